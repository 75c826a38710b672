"""Planned deorbits against history and against NASA's profile: writes results.csv and the table of README.md.

Run it from anywhere: ``python validation/deorbit_mir/measure.py``. About two minutes.
"""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

from stationkeeper.core.epoch import Epoch
from stationkeeper.reentry.deorbit import Deorbit, distance_m, fly_plan
from stationkeeper.reentry.plan import Plan, load_plan

HERE = Path(__file__).resolve().parent
ENTRY_100_KM = Epoch.parse("2001-03-23T05:44:00Z")  # R193, R194
END = Epoch.parse("2001-03-23T05:59:24Z")  # R195: "ceased to exist"
IMPACT_DEG = (-40.0, -160.0)  # TsUP, after the event
INTENDED_DEG = (-47.0, -140.0)  # TsUP, before it
NASA_DELTA_V_M_S = 56.8  # 22.2 + 5.9 + 28.7 m/s, impulses between the orbits that NASA gave
COLUMNS = (
    "case", "delta v m/s", "orbit before the last burn km", "100 km utc", "minutes from 05:44", "middle deg", "km from 40 S 160 W",
    "first to last km",
)  # fmt: skip


def mir(drag: float | None = None, **last: float) -> Plan:
    """Mir's plan with another drag, or another last burn."""
    plan = load_plan("mir-2001")
    f = plan.file
    if drag is not None:
        q = f.station.cdam_m2_kg.model_copy(update={"value": drag})
        f = f.model_copy(update={"station": f.station.model_copy(update={"cdam_m2_kg": q})})
    if last:
        clear = {"delta_v_m_s": None, "duration_s": None}
        f = f.model_copy(update={"burn": [*f.burn[:-1], f.burn[-1].model_copy(update={**clear, **last})]})
    return replace(plan, file=f)


def row(name: str, d: Deorbit) -> dict[str, str]:
    """One row of the table."""
    x, before = d.descent, d.burns[-2]
    assert x is not None and x.middle is not None
    is_mir = d.plan.path.stem == "mir-2001"
    at = (x.middle.latitude_rad, x.middle.longitude_rad)
    away = distance_m(at, (math.radians(IMPACT_DEG[0]), math.radians(IMPACT_DEG[1]))) / 1e3
    return {
        "case": name, "delta v m/s": f"{d.delta_v_m_s:.1f}",
        "orbit before the last burn km": f"{before.perigee_m / 1e3:.0f} x {before.apogee_m / 1e3:.0f}",
        "100 km utc": str(x.at_100_km), "minutes from 05:44": f"{(x.at_100_km - ENTRY_100_KM) / 60.0:+.1f}" if is_mir and x.at_100_km else "-",
        "middle deg": f"{math.degrees(at[0]):.1f}, {math.degrees(at[1]):.1f}", "km from 40 S 160 W": f"{away:.0f}" if is_mir else "-",
        "first to last km": "-" if x.length_m is None else f"{x.length_m / 1e3:.0f}",
    }  # fmt: skip


def measured() -> list[dict[str, str]]:
    """All rows."""
    cases: list[tuple[str, Plan]] = [
        ("Mir, published times, 28.0 m/s in 22 min", mir()),
        ("Mir, drag at its low end", mir(0.0033)),
        ("Mir, drag at its high end", mir(0.0050)),
        ("Mir, 28.0 m/s with thrusters and main engine at full thrust", mir(delta_v_m_s=28.0)),
        ("Mir, thrusters and main engine at full thrust for 22 min", mir(duration_s=1320.0)),
    ]
    cases += [
        (load_plan(n).file.name, load_plan(n))
        for n in ("iss-2022-rfi", "iss-usdv", "iss-three-progress", "iss-zvezda-cygnus")
    ]
    return [row(name, fly_plan(plan, branches=False, crew=False)) for name, plan in cases]


def main() -> None:
    rows = measured()
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as f:
        out = csv.DictWriter(f, COLUMNS, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(r[c] for c in COLUMNS) + " |" for r in rows]
    path = HERE / "README.md"
    head, _, rest = path.read_text("utf-8").partition("<!-- results -->")
    _, _, tail = rest.partition("<!-- /results -->")
    path.write_text(
        f"{head}<!-- results -->\n" + "\n".join(lines) + f"\n<!-- /results -->{tail}", encoding="utf-8", newline="\n"
    )


if __name__ == "__main__":
    main()
