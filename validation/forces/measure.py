"""Compares the engine with Orekit, force by force, and measures its own errors: writes results.csv and the tables in the README.

    python validation/forces/measure.py [results] [own] [dense] [profiles] [overhead]

Orekit's states are in orekit.csv (orekit_cases.py makes them).
"""

from __future__ import annotations

import csv
import math
import sys
import time
from pathlib import Path
from typing import Any

import cases
import numpy as np
import satkit

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.drag_profile import DragProfile
from stationkeeper.flight.engines import numerical
from stationkeeper.flight.engines.numerical import Flight, Forces, fly
from stationkeeper.flight.state import StateVector

HERE = Path(__file__).parent
TIGHT = 1e-13


def start_of(case: dict[str, Any]) -> StateVector:
    """The state that a case starts from."""
    epoch = Epoch.parse(cases.STORM_EPOCH if case.get("storm") else cases.EPOCH)
    return StateVector(epoch, cases.POSITION_M, cases.VELOCITY_M_S)  # type: ignore[arg-type]


def forces_of(case: dict[str, Any]) -> Forces:
    """The engine's forces of a case; what only Orekit has (steps, shapes, hours of the Sun) is its own there."""
    third = bool(case.get("sun_moon"))
    return Forces(
        gravity_degree=int(case["degree"]),
        sun=third,
        moon=third,
        drag="cd" in case,
        tides="tides" in case,
        relativity="relativity" in case,
        radiation_pressure="radiation" in case,
    )


def body_of(case: dict[str, Any]) -> Body:
    """The engine's body of a case."""
    return Body(
        cases.MASS_KG, cases.AREA_M2, float(case.get("cd", cases.CD)),
        radiation_area_m2=cases.AREA_M2, radiation_coefficient=cases.CR,
    )  # fmt: skip


def fly_case(case: dict[str, Any], days: float, **options: Any) -> Flight:
    """One case by the engine, Runge-Kutta with the tight tolerance unless said otherwise."""
    start = start_of(case)
    weather = SpaceWeather.fixed(150.0, 4.0) if case.get("weather") != "observed" else SpaceWeather.observed()
    options = {"method": "precise", "tolerance": TIGHT, "output_step_s": 3_600.0, **options}
    until = start.epoch.plus_days(days)
    return fly(start, body_of(case), until, weather=weather, forces=forces_of(case), **options)


def orekit() -> dict[tuple[str, float], np.ndarray]:
    """Orekit's positions, by case and day."""
    with (HERE / "orekit.csv").open(encoding="ascii") as f:
        return {
            (r["case"], float(r["day"])): np.array([float(r[k]) for k in ("x_m", "y_m", "z_m")])
            for r in csv.DictReader(f)
        }


def differences() -> list[dict[str, str]]:
    """Metres between the two programs after each span, and by how much the force itself moves the body."""
    theirs = orekit()
    rows = []
    plain = {d: theirs["harmonics 36x36", d] for d in cases.DAYS}
    for name, case in cases.CASES.items():
        row = {"case": name}
        for day in cases.DAYS:
            end = fly_case(case, day).end_state.position_gcrf_m
            row[f"apart_m_{day:g}d"] = f"{np.linalg.norm(end - theirs[name, day]):.4g}"
            base = plain[day]
            moved = "" if case.get("storm") or name == "two-body" else f"{np.linalg.norm(theirs[name, day] - base):.4g}"
            row[f"force_moves_m_{day:g}d"] = moved
        rows.append(row)
        print(row, flush=True)
    return rows


def own_errors() -> list[dict[str, str]]:
    """The engine against itself at tighter tolerance, and there and back, all forces 36x36, metres."""
    case = cases.CASES["all forces"]
    rows = []
    reference = {d: fly_case(case, d, tolerance=1e-14).end_state.position_gcrf_m for d in cases.DAYS}
    for label, options in {
        "rkv98 1e-13": {"tolerance": 1e-13},
        "rkv98 1e-12 (the default)": {"tolerance": 1e-12},
        "rkv98 1e-11": {"tolerance": 1e-11},
        "rkv98 1e-9": {"tolerance": 1e-9},
        "rkv98 1e-7": {"tolerance": 1e-7},
        "gauss_jackson8 45 s": {"method": "fast"},
    }.items():
        row = {"method": label}
        for day in cases.DAYS:
            begun = time.process_time()
            there = fly_case(case, day, **options)
            took = (time.process_time() - begun) / day
            row[f"error_m_{day:g}d"] = f"{np.linalg.norm(there.end_state.position_gcrf_m - reference[day]):.3g}"
            start = start_of(case)
            back = fly(
                there.end_state, body_of(case), start.epoch, weather=SpaceWeather.observed(), forces=forces_of(case),
                **{"method": "precise", **options},
            )  # fmt: skip
            apart = np.linalg.norm(back.end_state.position_gcrf_m - start.position_gcrf_m)
            row[f"there_and_back_m_{day:g}d"] = f"{apart:.3g}"
            row[f"cpu_s_per_day_{day:g}d"] = f"{took:.3f}"
        rows.append(row)
        print(row, flush=True)
    return rows


def dense_output() -> list[dict[str, str]]:
    """Interpolation of a trajectory with samples this far apart against one flown to each instant, all forces, metres."""
    case = cases.CASES["all forces, 70x70"]
    start = start_of(case)
    truth = fly_case(case, 0.5, output_step_s=7.0, tolerance=1e-12).trajectory
    rows = []
    for step_s in (30.0, 60.0, 120.0, 300.0, 600.0):
        path = fly_case(case, 0.5, output_step_s=step_s, tolerance=1e-12).trajectory
        position, velocity = path.interpolate(truth.times_tai_us)
        apart = np.linalg.norm(position - truth.position_gcrf_m, axis=1)
        slip = np.linalg.norm(velocity - truth.velocity_gcrf_m_s, axis=1)
        edge = 3 * step_s
        t = (truth.times_tai_us - start.epoch.tai_us) / 1e6
        inside = (t > edge) & (t < t[-1] - edge)
        rows.append(
            {
                "output_step_s": f"{step_s:g}",
                "median_m": f"{np.median(apart):.2g}",
                "largest_inside_m": f"{apart[inside].max():.2g}",
                "largest_at_the_ends_m": f"{apart.max():.2g}",
                "largest_m_s": f"{slip.max():.2g}",
            }
        )
        print(rows[-1], flush=True)
    return rows


def table(rows: list[dict[str, str]]) -> str:
    """A table in Markdown."""
    head = list(rows[0])
    lines = ["| " + " | ".join(h.replace("_", " ") for h in head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(r.get(h, "") for h in head) + " |" for r in rows])


def write(name: str, rows: list[dict[str, str]]) -> None:
    """A table as CSV, and between its marks in the README."""
    with (HERE / f"{name}.csv").open("w", newline="", encoding="ascii") as f:
        out = csv.DictWriter(f, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(f"<!-- {name} -->\n")
    _, _, after = rest.partition(f"<!-- /{name} -->")
    readme.write_text(f"{before}<!-- {name} -->\n{table(rows)}\n<!-- /{name} -->{after}", encoding="utf-8")


def profiles() -> list[dict[str, str]]:
    """A factor on the drag that changes daily, 30 days: Runge-Kutta (what ``auto`` flies) against Gauss-Jackson started daily."""
    start = StateVector.circular(Epoch.parse("2022-02-24T00:00:00Z"), 415e3, math.radians(51.64))
    body, weather = Body(1_000.0, 4.0, 1.0), SpaceWeather.observed()
    until = start.epoch.plus_days(30.0)
    changing = DragProfile.daily(start.epoch, 30, 0.15, 2.0, np.random.default_rng(1))
    ends: dict[str, StateVector] = {}
    rows = []
    for label, options in {
        "daily factor, rkv98 1e-13": {"drag_profile": changing, "tolerance": TIGHT},
        "daily factor, auto": {"drag_profile": changing},
        "daily factor, fast": {"drag_profile": changing, "method": "fast"},
        "no profile, rkv98 1e-13": {"tolerance": TIGHT, "method": "precise"},
        "no profile, fast": {"method": "fast"},
    }.items():
        begun = time.process_time()
        end = fly(start, body, until, weather=weather, forces=Forces(gravity_degree=20), **options).end_state  # type: ignore[arg-type]
        took = (time.process_time() - begun) / 30.0
        ends[label] = end
        truth = ends[f"{label.split(',')[0]}, rkv98 1e-13"]
        rows.append(
            {
                "flight": label,
                "apart_m_30d": f"{np.linalg.norm(end.position_gcrf_m - truth.position_gcrf_m):.3g}",
                "semi_major_axis_apart_m": f"{end.semi_major_axis_m - truth.semi_major_axis_m:.3g}",
                "cpu_s_per_day": f"{took:.3f}",
            }
        )
        print(rows[-1], flush=True)
    return rows


def overhead() -> list[dict[str, str]]:
    """``fly(method="fast")`` against satkit's Gauss-Jackson alone: same step, same 300 s output; medians of 9 in turn."""
    start = StateVector.circular(Epoch.parse("2022-02-24T00:00:00Z"), 415e3, math.radians(51.64))
    body, weather = Body(1_000.0, 4.0, 1.0), SpaceWeather.observed()
    y = np.concatenate([start.position_gcrf_m, start.velocity_gcrf_m_s])
    rows = []
    for degree in (8, 20):
        for days in (1.0, 10.0, 30.0):
            until = start.epoch.plus_days(days)

            def bare(degree: int = degree, days: float = days, until: Epoch = until) -> None:
                settings = satkit.propsettings(
                    gravity_degree=degree, integrator=satkit.integrator.gauss_jackson8, gj_step_seconds=45.0
                )
                a, b = numerical._sk_time(start.epoch.tai_us), numerical._sk_time(until.tai_us)
                drag = satkit.satproperties(cdaoverm=body.drag_m2_kg)
                result = satkit.propagate(y, a, b, propsettings=settings, satproperties=drag)
                result.interp([a + satkit.duration.from_seconds(300.0 * k) for k in range(round(days * 288) + 1)])

            def ours(degree: int = degree, until: Epoch = until) -> None:
                fly(start, body, until, weather=weather, forces=Forces(gravity_degree=degree), method="fast")

            times: dict[str, list[float]] = {"bare": [], "ours": []}
            for _ in range(10):
                for name, run in (("ours", ours), ("bare", bare)):
                    begun = time.process_time()
                    run()
                    times[name].append((time.process_time() - begun) / days)
            ratio = np.median([a / b for a, b in zip(times["ours"][1:], times["bare"][1:], strict=True)])
            rows.append(
                {
                    "field": f"{degree}x{degree}",
                    "days": f"{days:g}",
                    "satkit_cpu_s_per_day": f"{np.median(times['bare'][1:]):.4f}",
                    "fly_cpu_s_per_day": f"{np.median(times['ours'][1:]):.4f}",
                    "median_ratio": f"{ratio:.3f}",
                }
            )
            print(rows[-1], flush=True)
    return rows


TABLES = {"results": differences, "own": own_errors, "dense": dense_output, "profiles": profiles, "overhead": overhead}


def main(*names: str) -> None:
    """The tables that are named, or all."""
    for name in names or TABLES:
        write(name, TABLES[name]())


if __name__ == "__main__":
    main(*sys.argv[1:])
