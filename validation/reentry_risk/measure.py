"""Published odds of uncontrolled entries beside this program's people; writes results.csv and its table in README.md.

Run: ``python validation/reentry_risk/measure.py``.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stationkeeper.core.ranges import Range
from stationkeeper.reentry.people import Population
from stationkeeper.reentry.risk import Risk, casualty_expectation

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


def ours(case: Published, area_m2: float, bulge: Range | None) -> Risk:
    """Our risk for one area that is taken as exact."""
    return casualty_expectation(
        np.full(MEMBERS, area_m2), year=case.year, inclination_rad=math.radians(case.inclination_deg), bulge=bulge
    )


def needed_area_m2(case: Published) -> float:
    """The casualty area that the published odds ask for, with our people and the time spent over each latitude."""
    density, _ = Population.in_year(case.year).under_orbit(math.radians(case.inclination_deg))
    return 1.0 / case.odds / density


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
    return out


def main() -> None:
    """Write the results and the table."""
    found = rows()
    with (HERE / "results.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(found[0]), lineterminator="\n")
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


if __name__ == "__main__":
    main()
