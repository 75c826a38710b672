"""Bodies that came down, and an ISS that nobody holds, through the whole chain; writes bodies.csv and its table in README.md.

Entry: each member starts in a circular orbit at 150 km, at any node and place in the orbit, and is flown down to 120 km by
``reentry.last_path`` with its own drag; Mir enters as its packaged plan does. Then ``reentry.breakup``, then ``reentry.risk``. Nothing here is fitted.

Run: ``python validation/reentry_risk/bodies.py`` (about two minutes).
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.environment.space_weather import Indices
from stationkeeper.reentry.breakup import Survivors, break_up
from stationkeeper.reentry.footprint import footprint
from stationkeeper.reentry.last_path import Fallen, fly_down
from stationkeeper.reentry.people import Population
from stationkeeper.reentry.pieces import Piece, breakup_table, pieces_of, pieces_of_body
from stationkeeper.reentry.risk import Risk, casualty_expectation
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import load_station

HERE = Path(__file__).parent
MEMBERS, SEED = 2000, 1
DRAG_COEFFICIENT = 2.2
MODERATE = 120.0
"""Solar flux of the air above 120 km, sfu; it moves where a body enters, hardly how."""


@dataclass(frozen=True)
class Case:
    """A body, when and where it enters, and what was published: each None where it was not.

    ``planned``: speed (m/s), angle, latitude, longitude, azimuth (deg) at 120 km, inertial; else it sinks by itself.
    """

    name: str
    year: float
    inclination_deg: float
    body: str = ""
    station: str = ""
    on: str = ""
    planned: tuple[float, float, float, float, float] | None = None
    ratio: tuple[float, float] | None = None
    pieces: float | None = None
    area_m2: float | None = None
    odds: float | None = None
    length_km: float | None = None
    source: str = ""


# What the packaged plan mir-2001 gives: stationkeeper deorbit mir-2001 --json.
MIR_ENTRY = (7843.6, -0.567, 7.64, 157.92, 141.26)

# A casualty area that was not published, but whose odds were, is worked out from the odds with our people and the time spent.
CASES = (
    Case("Mir (calibrated on)", 2001.22, 51.6, body="mir", planned=MIR_ENTRY, ratio=(0.20, 0.26), pieces=1500, length_km=3000, source="R162, LAT-2001; impact +-1,500 km"),
    Case("UARS (looked at)", 2011.73, 57.0, body="uars", ratio=(0.094, 0.094), pieces=26, area_m2=22.38, odds=3200, length_km=800, source="UARS-2011; area MEM"),
    Case("EUVE", 2002.08, 28.4, body="euve", pieces=9, area_m2=12.41, odds=5300, length_km=900, source="area and odds ODQN-5-4 (first analysis, 18 pieces); up to 9 pieces, 800 to 1,000 km: NASA-02-16"),
    Case("Hubble", 2020.0, 28.5, body="hubble", ratio=(0.2, 0.2), odds=250, length_km=1220, source="HST-2004"),
    Case("Skylab", 1979.53, 50.0, station="skylab", on="1979-07-11", pieces=500, odds=152, length_km=6440, source="TIME-1979; 1 in 152: Christian Science Monitor 2011"),
    Case("Salyut 7 + Cosmos 1686", 1991.1, 51.6, body="salyut-7", source="none"),
    Case("Tiangong-1", 2018.25, 42.8, body="tiangong-1", ratio=(0.2, 0.4), source="R197"),
    Case("ISS, nobody holds it", 2024.5, 51.64, station="iss", on="2022-03-07", source="none; of large spacecraft 10 to 40 % (R161)"),
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """What came out of one case."""

    case: Case
    survivors: Survivors
    risk: Risk
    sheltered: Risk
    angle_deg: NDArray[np.float64]


def parts_of(case: Case) -> tuple[tuple[Piece, ...], float, Range]:
    """Pieces, mass (kg) and drag area (m2)."""
    if case.body:
        pieces = pieces_of_body(case.body)
        area = Range.of(next(b.drag_area_m2 for b in breakup_table().body if b.id == case.body))
    else:
        stack = configuration_at(load_station(case.station), Epoch.parse(f"{case.on}T00:00:00Z")).stacks()[0]
        pieces = pieces_of(stack)
        whole = sum({p.parent: p.parent_drag_m2 for p in pieces}.values())
        area = Range(whole, 0.7 * whole, 1.4 * whole)  # as it turns
    return pieces, sum({p.parent: p.parent_kg.best for p in pieces}.values()), area


def entries(inclination_deg: float, mass_kg: float, area_m2: Range, members: int, seed: int) -> Fallen:
    """Where and how bodies that sink by themselves pass 120 km."""
    rng = np.random.default_rng([seed, 7])
    node, u = rng.uniform(0.0, 2.0 * np.pi, (2, members))
    i = math.radians(inclination_deg)
    ahead = np.stack([np.cos(node), np.sin(node), np.zeros(members)], axis=1)
    up = np.stack([-np.sin(node) * math.cos(i), np.cos(node) * math.cos(i), np.full(members, math.sin(i))], axis=1)
    radial = np.cos(u)[:, None] * ahead + np.sin(u)[:, None] * up
    along = np.cos(u)[:, None] * up - np.sin(u)[:, None] * ahead
    r = EARTH_EQUATORIAL_RADIUS_M + 150_000.0
    drag = DRAG_COEFFICIENT * rng.triangular(area_m2.low, area_m2.best, area_m2.high, members) / mass_kg
    flux = np.full(members, MODERATE)
    times = np.full(members, Epoch.parse("2012-03-20T00:00:00Z").tai_us)
    return fly_down(
        times, r * radial, math.sqrt(GM_EARTH_M3_S2 / r) * along, drag, Indices(flux, flux, np.full((members, 7), 9.0))
    )


def measure(case: Case, members: int = MEMBERS, seed: int = SEED) -> Found:
    """One case through entry, break-up and risk."""
    pieces, mass_kg, area = parts_of(case)
    if case.planned:
        speed, *degrees = case.planned
        slope, latitude, longitude, azimuth = (math.radians(x) for x in degrees)
        s = break_up(
            pieces, speed, slope, members=members, seed=seed, latitude_rad=latitude, longitude_rad=longitude, azimuth_rad=azimuth
        )  # fmt: skip
        angle = np.full(members, slope)
    else:
        f = entries(case.inclination_deg, mass_kg, area, members, seed)
        s = break_up(
            pieces, f.speed_m_s, f.flight_path_angle_rad, members=members, seed=seed,
            latitude_rad=f.latitude_rad, longitude_rad=f.longitude_rad, azimuth_rad=f.azimuth_rad,
        )  # fmt: skip
        angle = f.flight_path_angle_rad
    inclination = math.radians(case.inclination_deg)
    plain, roofs = (
        casualty_expectation(
            s.casualty_area_m2, year=case.year, inclination_rad=inclination, area_inputs=s.draws, sheltering=word, seed=seed
        )
        for word in ("none", "roofs")
    )  # fmt: skip
    return Found(case, s, plain, roofs, np.degrees(angle))


def published_area_m2(case: Case) -> float | None:
    """As published, or what the published odds ask for."""
    if case.area_m2 or not case.odds:
        return case.area_m2
    return 1.0 / case.odds / Population.in_year(case.year).under_orbit(math.radians(case.inclination_deg))[0]


def _figures(x: NDArray[np.float64], digits: int = 3) -> dict[str, float]:
    low, mid, high = np.quantile(x, (0.05, 0.5, 0.95))
    return {
        "low": float(f"{low:.{digits}g}"),
        "median": float(f"{mid:.{digits}g}"),
        "high": float(f"{high:.{digits}g}"),
    }


def row(found: Found) -> dict[str, object]:
    """A row of bodies.csv."""
    case, s, risk = found.case, found.survivors, found.risk
    f = footprint(s)
    event = f.event_length_m[np.isfinite(f.event_length_m)] / 1e3
    out: dict[str, object] = {
        "case": case.name,
        "year": case.year,
        "inclination_deg": case.inclination_deg,
        "start_t": round(float(s.start_kg.mean()) / 1e3, 1),
    }
    for name, values in (
        ("surviving_percent", 100.0 * s.surviving_ratio),
        ("pieces", s.count),
        ("area_m2", s.casualty_area_m2),
        ("length_km", event),
        ("entry_angle_deg", found.angle_deg),
    ):
        out |= {f"{name}_{k}": v for k, v in _figures(values).items()}
    if case.planned:  # into the sea: no odds
        out |= dict.fromkeys(("odds", "odds_least", "odds_most", "one_or_more_percent_at_most", "odds_roofs"), "")
    else:
        assert risk.expectation and risk.low and risk.high and risk.probability_of_one and found.sheltered.expectation
        out |= {
            "odds": float(f"{1.0 / risk.expectation:.3g}"),
            "odds_least": float(f"{1.0 / risk.high:.3g}"),
            "odds_most": float(f"{1.0 / risk.low:.3g}"),
            "one_or_more_percent_at_most": float(f"{100.0 * risk.probability_of_one:.2g}"),
            "odds_roofs": float(f"{1.0 / found.sheltered.expectation:.3g}"),
        }
    area = published_area_m2(case)
    out |= {
        "published_percent": "" if case.ratio is None else " to ".join(f"{100 * v:g}" for v in sorted(set(case.ratio))),
        "published_pieces": case.pieces or "",
        "published_area_m2": round(area, 1) if area else "",
        "area_is": "published" if case.area_m2 else "from the odds" if area else "",
        "published_odds": case.odds or "",
        "published_length_km": case.length_km or "",
        "source": case.source,
        "levers": "; ".join(
            f"{what} {100 * share:.0f} %" for what, share in [*risk.contributions[:5], risk.contributions[-1]]
        ),
    }
    return out  # fmt: skip


def misses(r: dict[str, object]) -> list[str]:
    """What was published and lies outside the 90 % of the members."""
    out = []
    for name in ("percent", "pieces", "area_m2", "length_km"):
        ours = {"percent": "surviving_percent"}.get(name, name)
        text = str(r[f"published_{name}"])
        if not text:
            continue
        ends = [float(v) for v in text.split(" to ")]
        if ends[-1] < float(str(r[f"{ours}_low"])) or ends[0] > float(str(r[f"{ours}_high"])):
            out.append(name)
    odds = str(r["published_odds"])
    if odds and not float(str(r["odds_least"])) <= float(odds) <= float(str(r["odds_most"])):
        out.append("odds")
    return out


def table(rows: list[dict[str, object]]) -> str:
    """The table of the README."""

    def triple(r: dict[str, object], name: str) -> str:
        low, mid, high = (float(str(r[f"{name}_{k}"])) for k in ("low", "median", "high"))
        return f"{mid:,.4g} ({low:,.4g} to {high:,.4g})" if high < 1000 else f"{mid:,.0f} ({low:,.0f} to {high:,.0f})"

    lines = [
        "| body | t | lands, % | published | pieces | published | casualty area, m2 | published | odds, 1 in | published | one event, km | published | outside |",
        "|" + "---|" * 13,
    ]
    for r in rows:
        area = f"{r['published_area_m2']}{' (from the odds)' if r['area_is'] == 'from the odds' else ''}"
        odds = (
            ""
            if r["odds"] == ""
            else f"{float(str(r['odds'])):,.4g} ({float(str(r['odds_least'])):,.4g} to {float(str(r['odds_most'])):,.4g})"
        )
        cells = [
            r["case"], r["start_t"], triple(r, "surviving_percent"), r["published_percent"], triple(r, "pieces"), r["published_pieces"],
            triple(r, "area_m2"), area, odds, r["published_odds"], triple(r, "length_km"), r["published_length_km"], ", ".join(misses(r)),
        ]  # fmt: skip
        lines.append("| " + " | ".join(str(c) for c in cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Write bodies.csv and the table."""
    rows = []
    for case in CASES:
        found = measure(case)
        rows.append(row(found))
        print(case.name, found.survivors.statement)
        if not case.planned:
            print("   ", found.risk.statement, "| under roofs:", found.sheltered.statement)
            print("   ", rows[-1]["levers"])
        print("    outside the 90 %:", ", ".join(misses(rows[-1])) or "nothing that was published")
    with (HERE / "bodies.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    readme = HERE / "README.md"
    head, rest = readme.read_text(encoding="utf-8").split("<!-- bodies -->")
    tail = rest.split("<!-- /bodies -->")[1]
    readme.write_text(f"{head}<!-- bodies -->\n{table(rows)}\n<!-- /bodies -->{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
