"""Blind hindcasts of uncontrolled entries: forecasts from what was known on the day, then the score; writes ``results.csv``, ``summary.csv`` and the README's tables.

The model is the second one (``[second]`` of ``inputs.toml``); ``first.csv`` and ``first_summary.csv`` hold the rows of the first, as they came.

Run from the root of the project, with the reference folder beside it (or STATIONKEEPER_REFERENCE set):

    python validation/hindcasts/measure.py

What each forecast may know stands in ``inputs.toml``; ``ends.toml`` is read after all forecasts have been made.
"""

from __future__ import annotations

import csv
import hashlib
import math
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.environment.density_error import DensityError, fit_weights
from stationkeeper.environment.outlook import as_known_on
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.calibration.elements import ElementsFit, fit_elements
from stationkeeper.flight.engines import sgp4
from stationkeeper.flight.engines.averaged import Members, fly_members
from stationkeeper.flight.engines.sgp4 import MeanElements
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.formats.elements import read_elements

Floats = NDArray[np.float64]
HERE = Path(__file__).parent
FIRST_BULLETIN = "1999-05"
DAY_S = 86_400.0
COLUMNS = (
    "body", "kind", "asked_days", "from", "remaining_days", "calibrated_days", "sets", "cdam_m2_kg", "sigma_ln", "weather",
    "p05_utc", "median_utc", "p95_utc", "median_days", "error_percent", "inside_50", "inside_90", "inside_99", "half_width_90_percent",
    "inside_20_percent", "percentile_of_end", "not_down", "members",
)  # fmt: skip


def reference_folder() -> Path | None:
    """The folder of element histories: STATIONKEEPER_REFERENCE, or ../shared/reference beside the project."""
    given = os.environ.get("STATIONKEEPER_REFERENCE")
    folder = Path(given) if given else HERE.parents[1].parent / "shared" / "reference"
    return folder / "decays" if (folder / "decays").is_dir() else None


def inputs() -> dict[str, Any]:
    """The frozen file."""
    return tomllib.loads((HERE / "inputs.toml").read_text(encoding="utf-8"))


def ends() -> dict[str, dict[str, Any]]:
    """When they came down, by name: for the score only."""
    return {e["name"]: e for e in tomllib.loads((HERE / "ends.toml").read_text(encoding="utf-8"))["end"]}


@dataclass(frozen=True)
class Start:
    """One start of a forecast."""

    orbit: MeanOrbit
    cdam_m2_kg: float
    sigma_ln: float


@dataclass(frozen=True)
class Task:
    """One forecast: what it is made from."""

    case: Mapping[str, Any]
    asked_days: float | None
    known_on: Epoch
    starts: tuple[Start, ...]
    calibrated_days: float
    sets: int


@dataclass(frozen=True)
class Forecast:
    """One forecast and what came out: seconds from the start to 120 km, infinite where a member stays up."""

    task: Task
    weather: str
    entry_s: Floats

    def quantile_s(self, share: float) -> float:
        """Time below which a share of the members is down."""
        return float(np.quantile(self.entry_s, share, method="inverted_cdf"))


# ---- weather --------------------------------------------------------------------------------------------------------


def known_weather(day: Epoch) -> SpaceWeather:
    """Observed before the day and nothing of the rest: the bulletin's median behind it, before 1999 the mean of its last 27 days."""
    if day.date[:7] >= FIRST_BULLETIN:
        return as_known_on(day)
    observed = SpaceWeather.observed()
    before = observed.between(day.plus_days(-27.0), day.plus_days(-1.0))
    outlook = SpaceWeather.fixed(float(before.f107.mean()), float(before.ap.mean()), first="1957-10-01")
    return observed.as_known(day, outlook)


# ---- starts ---------------------------------------------------------------------------------------------------------


def file_of(case: Mapping[str, Any], folder: Path) -> list[MeanElements]:
    """The sets of a case, in order. Raises ``SystemExit`` for a file that is not the frozen one."""
    path = folder / case["file"]
    if hashlib.sha256(path.read_bytes()).hexdigest() != case["sha256"]:
        raise SystemExit(f"{path.name} is not the file that inputs.toml names")
    return sorted(read_elements(path), key=lambda s: s.epoch)


def calibrate(known: Sequence[MeanElements], days: float, weather: SpaceWeather) -> ElementsFit:
    """The fit over the last ``days`` of the known sets; longer where they are too few."""
    now = known[-1].epoch
    while True:
        try:
            return fit_elements(known, weather, start=now.plus_days(-days), find_burns=False)
        except InputError:
            if now.plus_days(-days) < known[0].epoch:
                raise
            days += 1.0


def element_tasks(case: Mapping[str, Any], settings: Mapping[str, Any], folder: Path) -> Iterator[Task]:
    """Forecasts of a body with a history."""
    sets = file_of(case, folder)
    for row in case["forecasts"]:
        date = Epoch.parse(row["known_on"])
        known = [s for s in sets if s.epoch <= date]
        days = min(max(row["asked_days"], settings["shortest_calibration_days"]), settings["longest_calibration_days"])
        weather = known_weather(known[-1].epoch)
        fit = calibrate(known, days, weather)
        drag = fit.overall
        start = Start(fit.last_orbit(), drag.cdam_m2_kg, drag.formal_sigma_m2_kg / drag.cdam_m2_kg)
        span = drag.end.days_since(drag.start)
        yield Task(case, row["asked_days"], start.orbit.epoch, (start,), span, len(fit.sets))


def _spread(n: int, stride: int) -> Floats:
    """Middles of n equal shares of the standard normal distribution, in an order given by the stride (prime to n)."""
    from statistics import NormalDist

    return np.array([NormalDist().inv_cdf(((stride * k) % n + 0.5) / n) for k in range(n)])


def report_orbits(case: Mapping[str, Any], number: int, n: int, folder: Path) -> list[MeanOrbit]:
    """A report as n orbits: where it gives no node, perigee or place, evenly spread ones; heights spread by its sigma."""
    report = case["report"][number]
    epoch, inclination = Epoch.parse(report["utc"]), math.radians(case["inclination_deg"])
    shift = 1e3 * report["sigma_km"] * _spread(n, 3 if number else 5)
    if report.get("from_file") == "last set":
        last = file_of(case, folder)[-1]
        orbit = MeanOrbit.analytic(sgp4.osculating_state(last, last.epoch))
        axis = last.mean_altitude_m + EARTH_EQUATORIAL_RADIUS_M
        return [replace(orbit, semi_major_axis_m=axis + float(d)) for d in shift]
    if "mean_motion_rev_day" in report:
        mean = MeanElements(
            case["name"], 0, "", epoch, report["mean_motion_rev_day"] * math.tau / DAY_S, report["eccentricity"], inclination,
            math.radians(report["raan_deg"]), math.radians(report["argument_of_perigee_deg"]), 0.0, 0.0,
        )  # fmt: skip
        altitude = mean.mean_altitude_m
    else:
        altitude = 1e3 * report["altitude_km"]
    out = []
    for k in range(n):
        node = math.radians(report["raan_deg"]) if "raan_deg" in report else math.tau * k / n
        perigee = math.radians(report.get("argument_of_perigee_deg", 360.0 * ((3 * k) % n + 0.5) / n))
        e = report["eccentricity"]
        axis = EARTH_EQUATORIAL_RADIUS_M + altitude + float(shift[k])
        out.append(MeanOrbit(epoch, axis, e * math.cos(perigee), e * math.sin(perigee), inclination, node, perigee))
    return out


def drag_between(first: MeanOrbit, later: MeanOrbit, weather: SpaceWeather) -> tuple[float, float]:
    """The Cd*A/m that sinks the mean altitude from one orbit to that of the other by its epoch, and the node there, rad."""
    wanted = later.epoch.days_since(first.epoch)
    drags = np.geomspace(5e-4, 0.1, 60)
    flown = fly_members(
        Members.of(first, drags), later.epoch.plus_days(2.0 * wanted + 2.0), weather=weather,
        altitudes_m=[later.mean_altitude_m], floor_m=95_000.0,
    )  # fmt: skip
    days = flown.crossing_days(later.mean_altitude_m, "mean")
    held = np.flatnonzero(np.isfinite(days))[::-1]  # rising days
    if not len(held) or not days[held[0]] <= wanted <= days[held[-1]]:
        raise InputError.one("hindcast", first.epoch.date, f"{wanted:.1f} days", "a drag between 0.0005 and 0.1 m2/kg")
    drag = math.exp(float(np.interp(math.log(wanted), np.log(days[held]), np.log(drags[held]))))
    there = fly_members(Members.of(first, drag), later.epoch, weather=weather)
    return drag, there.end_orbit(0).raan_rad


def report_tasks(case: Mapping[str, Any], settings: Mapping[str, Any], folder: Path) -> Iterator[Task]:
    """Forecasts of a body that is known by reports."""
    n = settings["starts_where_unknown"]
    for number, report in enumerate(case["report"]):
        if not report.get("forecast"):
            continue
        orbits = report_orbits(case, number, n, folder)
        weather = known_weather(orbits[0].epoch)
        days = 0.0
        if "calibrate_from" in report:
            before = report_orbits(case, report["calibrate_from"], n, folder)
            days = orbits[0].epoch.days_since(before[0].epoch)
            sigma = case.get("sigma_ln", settings["sigma_ln_two_reports"])
            found = [drag_between(a, b, weather) for a, b in zip(before, orbits, strict=True)]
            own_node = "raan_deg" in report or "from_file" in report
            starts = tuple(
                Start(o if own_node else replace(o, raan_rad=node), drag, sigma)
                for o, (drag, node) in zip(orbits, found, strict=True)
            )
        else:
            starts = tuple(Start(o, case["cdam_m2_kg"], settings["sigma_ln_geometry"]) for o in orbits)
        yield Task(case, None, orbits[0].epoch, starts, days, 1 + ("calibrate_from" in report))


def tasks(frozen: Mapping[str, Any], folder: Path, names: Sequence[str] = ()) -> Iterator[Task]:
    """All forecasts, or those of some bodies."""
    for case in frozen["case"]:
        if not names or case["name"] in names:
            make = element_tasks if case["kind"] == "elements" else report_tasks
            yield from make(case, frozen["settings"], folder)


# ---- forecasts ------------------------------------------------------------------------------------------------------


def foretell(task: Task, settings: Mapping[str, Any], members: int | None = None) -> Forecast:
    """Fly a forecast: the members are shared among its starts, each start with its own seed."""
    from stationkeeper.reentry.entry import Falling, predict

    total = members or settings["members"]
    each = max(1, total // len(task.starts))
    bulletins = task.known_on.date[:7] >= FIRST_BULLETIN
    pooled = []
    for k, start in enumerate(task.starts):
        falling = Falling(
            start=start.orbit, mass_kg=task.case["mass_kg"], cdam_m2_kg=(start.cdam_m2_kg, start.sigma_ln),
            known_on=task.known_on if bulletins else None, density_model=settings["density_model"], name=task.case["name"],
            calibrated_days=task.calibrated_days if task.case["kind"] == "elements" else None,
        )  # fmt: skip
        came = predict(
            falling, members=each, seed=settings["seed"] + k,
            weather=None if bulletins else known_weather(task.known_on), numerical_median=False,
        )  # fmt: skip
        entry = np.asarray(came.entry_tai_us, dtype=np.float64)
        down = np.isfinite(entry) & (entry > start.orbit.epoch.tai_us)
        pooled.append(np.where(down, (entry - start.orbit.epoch.tai_us) / 1e6, np.inf))
    weather = "as known, members of the bulletin" if bulletins else "observed, then the mean of 27 days"
    return Forecast(task, weather, np.concatenate(pooled))


# ---- score ----------------------------------------------------------------------------------------------------------


def _inside(f: Forecast, share: float, remaining_s: float) -> str:
    return "yes" if f.quantile_s(0.5 - share / 2) <= remaining_s <= f.quantile_s(0.5 + share / 2) else "no"


def row(f: Forecast, end: Epoch) -> dict[str, object]:
    """A forecast against its end."""
    task = f.task
    remaining = end.days_since(task.known_on) * DAY_S
    low, middle, high = (f.quantile_s(q) for q in (0.05, 0.5, 0.95))
    utc = [task.known_on.plus_s(t).isoformat() if math.isfinite(t) else "not down" for t in (low, middle, high)]
    return {
        "body": task.case["name"],
        "kind": task.case["kind"],
        "asked_days": "" if task.asked_days is None else task.asked_days,
        "from": task.known_on.isoformat(),
        "remaining_days": round(remaining / DAY_S, 2),
        "calibrated_days": round(task.calibrated_days, 1),
        "sets": task.sets,
        "cdam_m2_kg": float(f"{np.median([s.cdam_m2_kg for s in task.starts]):.4g}"),
        "sigma_ln": round(task.starts[0].sigma_ln, 3),
        "weather": f.weather,
        "p05_utc": utc[0],
        "median_utc": utc[1],
        "p95_utc": utc[2],
        "median_days": round(middle / DAY_S, 3),
        "error_percent": round(100.0 * (middle / remaining - 1.0), 1),
        "inside_50": _inside(f, 0.50, remaining),
        "inside_90": _inside(f, 0.90, remaining),
        "inside_99": _inside(f, 0.99, remaining),
        "half_width_90_percent": round(50.0 * (high - low) / middle, 1),
        "inside_20_percent": "yes" if abs(remaining / middle - 1.0) <= 0.2 else "no",
        "percentile_of_end": round(100.0 * float(np.mean(f.entry_s <= remaining)), 1),
        "not_down": int(np.isinf(f.entry_s).sum()),
        "members": len(f.entry_s),
    }


def score(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, object]:
    """Mean error, coverage and width of some forecasts."""
    error = np.array([float(r["error_percent"]) for r in rows])
    width = np.array([float(r["half_width_90_percent"]) for r in rows])

    def held(key: str) -> str:
        return f"{sum(r[key] == 'yes' for r in rows)} of {len(rows)}"

    return {
        "which": name,
        "forecasts": len(rows),
        "bodies": len({r["body"] for r in rows}),
        "mean_error_percent": round(float(np.abs(error).mean()), 1),
        "mean_signed_percent": round(float(error.mean()), 1),
        "largest_percent": round(float(np.abs(error).max()), 1),
        "inside_50": held("inside_50"),
        "inside_90": held("inside_90"),
        "inside_90_percent": round(100.0 * sum(r["inside_90"] == "yes" for r in rows) / len(rows), 0),
        "inside_99": held("inside_99"),
        "mean_half_width_90_percent": round(float(width.mean()), 1),
        "largest_half_width_percent": round(float(width.max()), 1),
        "inside_20_percent": held("inside_20_percent"),
    }


def scores(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """All, by kind, by lead (of element histories)."""
    kinds = {k: [r for r in rows if r["kind"] == k] for k in ("elements", "reports")}
    groups = {"all": rows, "element histories": kinds["elements"], "reports": kinds["reports"]}
    found = [score(part, name) for name, part in groups.items() if part]
    for lead in (30, 14, 7, 3, 1):
        part = [r for r in kinds["elements"] if str(r["asked_days"]) == str(lead)]
        if part:
            found.append(score(part, f"element histories, {lead} days before"))
    return found


def missing(rows: Sequence[Mapping[str, Any]]) -> str:
    """The forecasts of the inputs that have no row."""
    out = []
    for case in inputs()["case"]:
        wanted = len(case.get("forecasts", [])) + sum(bool(r.get("forecast")) for r in case.get("report", []))
        if lacking := wanted - sum(r["body"] == case["name"] for r in rows):
            out.append(f"{case['name']} ({lacking} of {wanted})")
    return f"Not flown to the end yet, so without a row: {', '.join(out) or 'none'}."


def verdict(total: Mapping[str, Any]) -> str:
    """Each aim with its figure."""
    error, held, width = (
        float(total[k]) for k in ("mean_error_percent", "inside_90_percent", "mean_half_width_90_percent")
    )
    lines = (
        ("mean error at most 10 %", f"{error:g} %", error <= 10.0),
        ("85 to 95 % of the ends inside the 90 % window", f"{held:g} %", 85.0 <= held <= 95.0),
        ("90 % window at most +/- 20 %", f"+/- {width:g} % on average", width <= 20.0),
    )
    return "\n".join(f"- {aim}: {figure}, **{'met' if met else 'missed'}**." for aim, figure, met in lines)


def air_of_other_bodies() -> list[dict[str, object]]:
    """How far observed and predicted loss differ in ``../element_histories`` for bodies that are not foretold here, and what the walk gives."""
    foretold = {case["file"].split("_")[1] for case in inputs()["case"] if case["kind"] == "elements"}
    with (HERE.parent / "element_histories" / "results.csv").open(encoding="utf-8") as handle:
        cases = [
            r for r in csv.DictReader(handle) if r["object"] not in foretold and float(r["predicted_loss_m"]) >= 500.0
        ]
    found = []
    for days in ("3", "7", "14"):
        row: dict[str, object] = {"coming_days": days}
        for name, own in (("iss", True), ("others", False)):
            part = [r for r in cases if r["horizon_days"] == days and (r["group"] == "ISS") == own]
            logs = [abs(math.log(float(r["observed_loss_m"]) / float(r["predicted_loss_m"]))) for r in part]
            row[f"{name}_cases"] = len(part)
            row[f"{name}_robust_percent"] = round(148.26 * float(np.median(logs)))
        row["walk_percent"] = round(100.0 * walk_error(27.0, float(days)))
        found.append(row)
    return found


def walk_error(calibrated_days: float, coming_days: float) -> float:
    """Standard deviation of the mean of ln(air) over the coming days, less that of the days of a fitted line, in calm weather."""
    error = DensityError()
    _, past = fit_weights(0.0, calibrated_days)
    weights = np.concatenate([-past, np.full(round(coming_days), 1.0 / round(coming_days))])
    day = np.arange(len(weights))
    return error.quiet_sigma * math.sqrt(weights @ error.phi ** np.abs(day[:, None] - day) @ weights)


# ---- files ----------------------------------------------------------------------------------------------------------


def read_csv(name: str) -> list[dict[str, str]]:
    """A table of this folder."""
    with (HERE / name).open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def write_csv(name: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """A table as a file."""
    with (HERE / name).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Markdown."""
    head = ["| " + " | ".join(c.replace("_", " ") for c in columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join(head + ["| " + " | ".join(str(r[c]) for c in columns) + " |" for r in rows])


def into_readme(blocks: Mapping[str, str]) -> None:
    """Put tables between their marks."""
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    for name, block in blocks.items():
        mark = rf"<!-- {name} -->.*<!-- /{name} -->"
        text = re.sub(mark, lambda _, n=name, b=block: f"<!-- {n} -->\n{b}\n<!-- /{n} -->", text, flags=re.S)  # type: ignore[misc]
    readme.write_text(text, encoding="utf-8")


def main() -> None:
    """Forecasts first, ends afterwards."""
    folder = reference_folder()
    if folder is None:
        raise SystemExit("the reference folder is not here: set STATIONKEEPER_REFERENCE")
    frozen = inputs()
    made = []
    for task in tasks(frozen, folder, sys.argv[1:]):
        made.append(foretell(task, frozen["settings"]))
        print(task.case["name"], task.known_on, f"{made[-1].quantile_s(0.5) / DAY_S:.2f} days", flush=True)
    publish(made, write=not sys.argv[1:])


def publish(made: Sequence[Forecast], write: bool = True) -> None:
    """Score forecasts against the ends, and write the tables."""
    known_ends = ends()
    rows = [row(f, Epoch.parse(known_ends[f.task.case["name"]]["utc"])) for f in made]
    if not write:
        print(table(rows, COLUMNS))
        return
    summary = scores(rows)
    write_csv("results.csv", rows, COLUMNS)
    write_csv("summary.csv", summary, tuple(summary[0]))
    shown = (
        "body", "asked_days", "from", "remaining_days", "calibrated_days", "sets", "cdam_m2_kg", "sigma_ln", "median_days", "error_percent",
        "half_width_90_percent", "inside_50", "inside_90", "inside_99", "percentile_of_end",
    )  # fmt: skip
    misses = [r for r in rows if r["inside_90"] == "no"] or [dict.fromkeys(COLUMNS, "none")]
    into_readme(
        {
            "missing": missing(rows),
            "verdict": verdict(summary[0]),
            "summary": table(summary, tuple(summary[0])),
            "air": table(air := air_of_other_bodies(), tuple(air[0])),
            "first": table(read_csv("first_summary.csv"), tuple(summary[0])),
            "results": table(rows, shown),
            "misses": table(
                misses, ("body", "from", "remaining_days", "p05_utc", "median_utc", "p95_utc", "error_percent")
            ),
        }
    )


if __name__ == "__main__":
    main()
