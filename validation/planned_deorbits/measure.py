"""Planned deorbits against history, NASA's profile and published footprints: writes results.csv, footprints.csv and README.md's tables.

Run it from anywhere: ``python validation/planned_deorbits/measure.py``. About five minutes.
"""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.reentry.deorbit import Deorbit, distance_m, fly_plan
from stationkeeper.reentry.plan import Plan, load_plan

HERE = Path(__file__).resolve().parent
MEMBERS = 1_500  # of a footprint: five times the plans' own, for the 99.9 %
ENTRY_100_KM = Epoch.parse("2001-03-23T05:44:00Z")  # R193, R194
IMPACT_DEG = (-40.0, -160.0)  # TsUP, after the event
NASA_DELTA_V_M_S = 56.8  # 22.2 + 5.9 + 28.7 m/s, impulses between the orbits that NASA gave
BURNS = (
    "case", "delta v m/s", "orbit before the last burn km", "100 km utc", "minutes from 05:44", "middle deg", "km from 40 S 160 W",
)  # fmt: skip
PIECES = (
    "case", "entry angle deg", "99 % of the places km", "99.9 % km", "one event km (90 %)", "lands % (90 %)", "pieces (90 %)", "in the corridor %",
    "land",
)  # fmt: skip


def changed(plan: Plan, **tables: dict[str, Any]) -> Plan:
    """A plan with some keys of its tables changed; ``last``: of its last burn."""
    f = plan.file
    new: dict[str, Any] = {}
    for k, v in tables.items():
        if k == "last":
            clear = {"delta_v_m_s": None, "duration_s": None, "perigee_km": None, "apogee_km": None}
            new["burn"] = [*f.burn[:-1], f.burn[-1].model_copy(update={**clear, **v})]
        else:
            new[k] = getattr(f, k).model_copy(update=v)
    return replace(plan, file=f.model_copy(update=new))


def mir(drag: float | None = None, **last: float) -> Plan:
    """Mir's plan with another drag, or another last burn."""
    plan = load_plan("mir-2001")
    if drag is not None:
        plan = changed(plan, station={"cdam_m2_kg": plan.file.station.cdam_m2_kg.model_copy(update={"value": drag})})
    return changed(plan, last=last) if last else plan


def burn_row(name: str, d: Deorbit) -> dict[str, str]:
    """One row of the table of burns."""
    x, before = d.descent, d.burns[-2]
    assert x is not None
    middle = x.middle  # of the same few members in every row, so that rows compare
    is_mir = d.plan.path.stem == "mir-2001"
    at = (middle.latitude_rad, middle.longitude_rad)
    away = distance_m(at, (math.radians(IMPACT_DEG[0]), math.radians(IMPACT_DEG[1]))) / 1e3
    return {
        "case": name, "delta v m/s": f"{d.delta_v_m_s:.1f}",
        "orbit before the last burn km": f"{before.perigee_m / 1e3:.0f} x {before.apogee_m / 1e3:.0f}",
        "100 km utc": str(x.at_100_km), "minutes from 05:44": f"{(x.at_100_km - ENTRY_100_KM) / 60.0:+.1f}" if is_mir else "-",
        "middle deg": f"{math.degrees(at[0]):.1f}, {math.degrees(at[1]):.1f}", "km from 40 S 160 W": f"{away:.0f}" if is_mir else "-",
    }  # fmt: skip


def _ends(r: Range, scale: float = 1.0) -> str:
    return f"{scale * r.best:,.0f} ({scale * r.low:,.0f} to {scale * r.high:,.0f})"


def piece_row(name: str, d: Deorbit) -> dict[str, str]:
    """One row of the table of footprints."""
    z, x = d.zone, d.descent
    assert z is not None and x is not None
    return {
        "case": name, "entry angle deg": f"{math.degrees(x.entry.flight_path_angle_rad):.2f}",
        "99 % of the places km": f"{z.width_m / 1e3:.0f} x {z.length_m / 1e3:,.0f}",
        "99.9 % km": f"{z.wide_width_m / 1e3:.0f} x {z.wide_length_m / 1e3:,.0f}", "one event km (90 %)": _ends(z.event_length_m, 1e-3),
        "lands % (90 %)": _ends(z.surviving_ratio, 100.0), "pieces (90 %)": _ends(z.count), "in the corridor %": f"{100.0 * z.inside_ratio:.1f}",
        "land": ", ".join(z.lands) or "none",
    }  # fmt: skip


def burns() -> list[dict[str, str]]:
    """Mir's deorbit with what is doubtful about it."""
    cases = (
        ("Mir, drag at its low end", mir(0.0033)),
        ("Mir, drag at its high end", mir(0.0050)),
        ("Mir, 28.0 m/s with thrusters and main engine at full thrust", mir(delta_v_m_s=28.0)),
        ("Mir, thrusters and main engine at full thrust for 22 min", mir(duration_s=1320.0)),
    )
    return [burn_row(name, fly_plan(plan, branches=False, crew=False, zone=False)) for name, plan in cases]


def packaged() -> list[tuple[str, Plan]]:
    """The packaged plans as they are."""
    iss = ("iss-2022-rfi", "iss-usdv", "iss-three-progress", "iss-zvezda-cygnus")
    plans = [load_plan(n) for n in iss]
    return [("Mir, published times, 28.0 m/s in 22 min", mir()), *((p.file.name, p) for p in plans)]


def variants() -> list[tuple[str, Plan]]:
    """NASA's profile with another perigee of the last burn, or a more doubtful one."""
    plan = load_plan("iss-2022-rfi")
    out = [(f"ISS, perigee of {p:g} km", changed(plan, last={"perigee_km": p})) for p in (20.0, 70.0, 80.0)]
    return [*out, ("ISS, last burn good to 3 %", changed(plan, dispersion={"last_burn_percent": 3.0}))]


def write(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]], mark: str, text: str) -> str:
    """A CSV, and its table between two marks of a page."""
    with path.open("w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, columns, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(r[c] for c in columns) + " |" for r in rows]
    head, _, rest = text.partition(f"<!-- {mark} -->")
    _, _, tail = rest.partition(f"<!-- /{mark} -->")
    return f"{head}<!-- {mark} -->\n" + "\n".join(lines) + f"\n<!-- /{mark} -->{tail}"


def main() -> None:
    flown = [(name, fly_plan(plan, branches=False, crew=False, members=MEMBERS)) for name, plan in packaged()]
    more = [(name, fly_plan(plan, branches=False, crew=False, members=MEMBERS)) for name, plan in variants()]
    first, *rest = [burn_row(*x) for x in flown]
    page = HERE / "README.md"
    text = page.read_text("utf-8")
    text = write(HERE / "results.csv", BURNS, [first, *burns(), *rest], "results", text)
    text = write(HERE / "footprints.csv", PIECES, [piece_row(*x) for x in (*flown, *more)], "footprints", text)
    page.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
