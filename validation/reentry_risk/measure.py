"""Published casualty risks of uncontrolled entries beside this program's; writes results.csv and the tables of README.md.

Run: ``python validation/reentry_risk/measure.py``.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stationkeeper.core.ranges import Range
from stationkeeper.reentry.risk import Population, Risk, casualty_expectation, one_in, triangular

HERE = Path(__file__).parent
MEMBERS = 4000
TIME_SPENT = Range.exact(0.0)


@dataclass(frozen=True)
class Published:
    """An entry whose odds (1 in so many) were published, with the casualty area where that was too."""

    name: str
    year: float
    inclination_deg: float
    odds: float
    area_m2: float | None
    pieces: int
    source: str


# Areas marked MEM were not looked up. EUVE's is the first-order result of NASA's DAS and belongs to its odds.
PUBLISHED = (
    Published("UARS", 2011.73, 57.0, 3200, 22.38, 26, "NASA status slides 2011 (odds, 26 pieces, 532 kg); area MEM"),
    Published("EUVE, first analysis", 2001.0, 28.4, 5300, 12.41, 18, "Orbital Debris Quarterly News, Oct. 2000: area, odds, 28.5 deg"),
    Published("ROSAT", 2011.81, 53.0, 2000, None, 30, "DLR 2011: 1 in 2,000, 30 pieces, up to 1.7 t"),
    Published("Skylab", 1979.53, 50.0, 152, None, 500, "NASA 1979 (Christian Science Monitor 2011); about 500 pieces (Time, 1979-07-16)"),
)  # fmt: skip


@dataclass(frozen=True)
class Estimated:
    """An entry without a published expectation: the mass that may come down, and casualty area for each kg of it."""

    name: str
    year: float
    inclination_deg: float
    surviving_kg: Range
    source: str


ESTIMATED = (
    Estimated("Salyut 7 + Cosmos 1686", 1991.1, 51.6, Range(8000.0, 4000.0, 16000.0), "40 t, 10 to 40 % (ESA)"),
    Estimated("Tiangong-1", 2018.25, 42.8, Range(2500.0, 1500.0, 3500.0), "1.5 to 3.5 t (ESA, 2018)"),
    Estimated("ISS, uncontrolled", 2031.0, 51.64, Range(90_000.0, 42_000.0, 168_000.0), "420 t, 10 to 40 %: an extrapolation"),
)  # fmt: skip
# UARS: 22.38 m2 for 532 kg (0.042); ROSAT: what its odds ask for, for 1.6 to 1.7 t (0.020)
AREA_PER_KG_M2 = Range(0.03, 0.02, 0.042)


def ours(case: Published, area_m2: float, bulge: Range | None) -> Risk:
    """Our risk for one area that is taken as exact."""
    return casualty_expectation(
        np.full(MEMBERS, area_m2), year=case.year, inclination_rad=math.radians(case.inclination_deg), bulge=bulge
    )


def needed_area_m2(case: Published) -> float:
    """The casualty area that the published odds ask for, with our people and the time spent over each latitude."""
    density, _ = Population.in_year(case.year).under_orbit(math.radians(case.inclination_deg))
    return 1.0 / case.odds / density


def estimate(case: Estimated, seed: int = 0) -> Risk:
    """Our risk where only the surviving mass was published."""
    rng = np.random.default_rng(seed)
    area = triangular(case.surviving_kg, MEMBERS, rng) * triangular(AREA_PER_KG_M2, MEMBERS, rng)
    return casualty_expectation(area, year=case.year, inclination_rad=math.radians(case.inclination_deg), seed=seed)


def rows() -> list[dict[str, object]]:
    """All results."""
    out: list[dict[str, object]] = []
    for case in PUBLISHED:
        area = case.area_m2 or needed_area_m2(case)
        plain, pulled = ours(case, area, TIME_SPENT), ours(case, area, None)
        assert plain.expectation and pulled.expectation and pulled.low and pulled.high
        out.append({
            "case": case.name, "year": case.year, "inclination_deg": case.inclination_deg, "published_odds": case.odds,
            "area_m2": round(area, 2), "area_is": "published" if case.area_m2 else "from the odds", "pieces": case.pieces,
            "area_per_piece_m2": round(area / case.pieces, 2), "odds_time_spent": round(1 / plain.expectation),
            "odds": round(1 / pulled.expectation), "odds_low": round(1 / pulled.high), "odds_high": round(1 / pulled.low),
            "published_inside": (pulled.low <= 1.0 / case.odds <= pulled.high) if case.area_m2 else "", "source": case.source,
        })  # fmt: skip
    for k in ESTIMATED:
        risk = estimate(k)
        assert risk.expectation and risk.low and risk.high
        out.append({
            "case": k.name, "year": k.year, "inclination_deg": k.inclination_deg, "published_odds": "",
            "area_m2": round(risk.casualty_area_m2.best), "area_is": "mass x area per kg", "pieces": "", "area_per_piece_m2": "",
            "odds_time_spent": "", "odds": round(1 / risk.expectation), "odds_low": round(1 / risk.high, 1),
            "odds_high": round(1 / risk.low), "published_inside": "", "source": k.source,
        })  # fmt: skip
    return out


def main() -> None:
    """Write the results and the table."""
    found = rows()
    with (HERE / "results.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    shown = [c for c in found[0] if c != "source"]
    lines = ["| " + " | ".join(c.replace("_", " ") for c in shown) + " |", "|" + "---|" * len(shown)]
    lines += ["| " + " | ".join(str(r[c]) for c in shown) + " |" for r in found]
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    head, rest = text.split("<!-- results -->")
    tail = rest.split("<!-- /results -->")[1]
    body = "\n".join(lines)
    readme.write_text(f"{head}<!-- results -->\n{body}\n<!-- /results -->{tail}", encoding="utf-8")
    for case in ESTIMATED:
        risk = estimate(case)
        print(
            case.name,
            one_in(risk.expectation or 0.0),
            risk.statement,
            risk.contributions,
            one_in(risk.individual or 0.0),
        )


if __name__ == "__main__":
    main()
