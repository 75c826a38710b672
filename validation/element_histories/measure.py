"""Calibrate on element sets, predict the decay of the days after, and write ``results.csv`` and the tables of the README.

Run from the root of the project, with the reference folder beside it (or STATIONKEEPER_REFERENCE set):

    python validation/element_histories/measure.py

It takes about eight minutes on one core.
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.time_arrays import DAY_US, tai_us
from stationkeeper.environment.outlook import as_known_on
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.calibration.elements import ElementsFit, fit_elements
from stationkeeper.flight.calibration.fit import NORMAL_90
from stationkeeper.flight.engines.averaged.decay import decay
from stationkeeper.flight.engines.sgp4 import MeanElements
from stationkeeper.formats.elements import read_elements

HERE = Path(__file__).parent
CALIBRATE_DAYS = 27.0
SHORTEST_DAYS = 10.0
HORIZONS_DAYS = (3.0, 7.0, 14.0)
NOISE_LOSS_M = 500.0
NEAR_DAYS = 0.6
AFTER_BURN_DAYS, BEFORE_BURN_DAYS = 1.5, 0.7
COLUMNS = (
    "group",
    "object",
    "history",
    "from_set_of",
    "calibrated_over_days",
    "cdam_m2_kg",
    "sigma_percent",
    "horizon_days",
    "predicted_loss_m",
    "low_m",
    "high_m",
    "observed_loss_m",
    "error_percent",
    "predicted_loss_as_known_m",
)
ISS = (
    ("2016", ("iss_25544_tle_20160220_20160327_e.tle.gz",)),
    ("2017", ("iss_25544_tle_20170101_20170331_b.tle.gz",)),
    ("2021-01", ("iss_25544_tle_20210101_20210331_a.tle.gz",)),
    ("2021-07", ("iss_25544_tle_20210701_20210909_a.tle.gz",)),
    ("2021-10", ("iss_25544_tle_20211014_20211113_a.tle.gz",)),
    ("2021-12", ("iss_25544_tle_20211208_20220102_a.tle.gz",)),
    ("2022-02", ("iss_25544_tle_20220207_20220303_a.tle.gz",)),
    ("2023-01", ("iss_25544_tle_20230101_20230220_c.tle.gz",)),
    ("2024-09", ("iss_25544_omm_20240915_20241209.json.gz", "iss_25544_tle_20241210_20250214_d.tle.gz")),
)
OTHERS = (
    ("decay_29655_genesat1.tle.gz", 20.0),
    ("decay_34393_cosmos2251_debris.tle.gz", 20.0),
    ("decay_37820_tiangong1_20160220_20160430.tle.gz", 5.0),
    ("drag_tracks_2016_cubesats.tle.gz", 7.0),
)
LOWEST_M = 220_000.0


@dataclass(frozen=True)
class Case:
    """One forecast of one horizon, metres."""

    group: str
    number: int
    history: str
    start: Epoch
    calibrated_days: float
    cdam_m2_kg: float
    sigma: float
    horizon_days: float
    predicted_m: float
    low_m: float
    high_m: float
    observed_m: float
    as_known_m: float

    @property
    def error(self) -> float:
        """Error as a part of the observed loss."""
        return self.predicted_m / self.observed_m - 1.0


def reference_folder() -> Path | None:
    """The reference folder: STATIONKEEPER_REFERENCE, or ../shared/reference beside the project."""
    given = os.environ.get("STATIONKEEPER_REFERENCE")
    folder = Path(given) if given else HERE.parents[1].parent / "shared" / "reference"
    return folder if (folder / "iss_tle").is_dir() and (folder / "decays").is_dir() else None


def iss_sets(folder: Path, files: Sequence[str]) -> list[MeanElements]:
    """The sets of one history, in order."""
    return sorted((s for f in files for s in read_elements(folder / "iss_tle" / f)), key=lambda s: s.epoch)


def observed_level_m(whole: ElementsFit, at: Epoch) -> float | None:
    """Mean semi-major axis at an instant: median of the sets within 0.6 days, carried there along the fitted slope."""
    t = tai_us([s.epoch for s in whole.sets])
    near = np.abs(t - at.tai_us) < NEAR_DAYS * DAY_US
    if not near.any() or not t[0] <= at.tai_us <= t[-1]:
        return None
    moved = whole.overall.cdam_m2_kg * (whole.integral.at(t[near]) - whole.integral.at(at))
    return float(np.median(whole.mean_semi_major_axis_m[near] + moved))


def forecasts(
    group: str, history: str, sets: Sequence[MeanElements], weather: SpaceWeather, every_days: float, burns: bool
) -> Iterator[Case]:
    """All forecasts of one history: calibrated on the sets before, flown by the averaged engine, compared with the sets after.

    Burns found in the whole history only choose the windows (none inside a forecast, none in the day before its start);
    the calibration finds the burns before its end by itself.
    """
    whole = fit_elements(sets, weather, find_burns=burns)
    jumps = [b.start.tai_us for b in whole.burns]
    epochs = tai_us([s.epoch for s in whole.sets])
    now = int(epochs[0] + SHORTEST_DAYS * DAY_US)
    while now < epochs[-1] - HORIZONS_DAYS[0] * DAY_US:
        start = int(epochs[np.searchsorted(epochs, now, side="right") - 1])
        now += round(every_days * DAY_US)
        free = [
            h
            for h in HORIZONS_DAYS
            if not any(start - DAY_US < j < start + (h + BEFORE_BURN_DAYS) * DAY_US for j in jumps)
        ]
        if not free or whole.sets[int(np.searchsorted(epochs, start))].mean_altitude_m < LOWEST_M:
            continue
        yield from _from(group, history, whole, Epoch(start), free, weather, burns)


def whole_spans(group: str, history: str, sets: Sequence[MeanElements], weather: SpaceWeather) -> Iterator[Case]:
    """One forecast for each span between two burns, from 1.5 days after the first to the last set before the next."""
    whole = fit_elements(sets, weather)
    epochs = tai_us([s.epoch for s in whole.sets])
    edges = [int(epochs[0] + (SHORTEST_DAYS - AFTER_BURN_DAYS) * DAY_US), *(b.start.tai_us for b in whole.burns)]
    for burn, following in zip(edges, [*edges[1:], int(epochs[-1]) + 1], strict=True):
        last = following - BEFORE_BURN_DAYS * DAY_US if following <= epochs[-1] else epochs[-1]
        inside = epochs[(epochs >= burn + AFTER_BURN_DAYS * DAY_US) & (epochs <= last)]
        if len(inside) > 1 and inside[0] - epochs[0] >= SHORTEST_DAYS * DAY_US and inside[-1] - inside[0] >= 3 * DAY_US:
            horizon = float(inside[-1] - inside[0]) / DAY_US
            yield from _from(group, history, whole, Epoch(int(inside[0])), [horizon], weather, True)


def _from(
    group: str,
    history: str,
    whole: ElementsFit,
    start: Epoch,
    free: Sequence[float],
    weather: SpaceWeather,
    burns: bool,
) -> Iterator[Case]:
    known = [s for s in whole.sets if s.epoch <= start]
    try:
        fit = fit_elements(known, weather, start=start.plus_days(-CALIBRATE_DAYS), find_burns=burns)
    except InputError:  # too few sets, or the station did not sink
        return
    drag, base_m = fit.overall, observed_level_m(whole, start)
    if drag.end.days_since(drag.start) < SHORTEST_DAYS - 1.5 or base_m is None:
        return
    tables = [weather] * 3
    bodies = [Body(1.0, c, 1.0) for c in (drag.cdam_m2_kg, drag.low_m2_kg, drag.high_m2_kg)]
    if burns:
        tables.append(as_known_on(start))
        bodies.append(bodies[0])
    flown = decay(fit.last_orbit(), bodies, start.plus_days(free[-1]), weather=tables).members
    # what one level of the sets is unsure by, twice
    noise_m = NORMAL_90 * math.sqrt(2.0) * drag.residual["rms_mean_altitude_m"]
    for horizon in free:
        end = start.plus_days(horizon)
        level_m = observed_level_m(whole, end)
        if level_m is None or any(m.end < end for m in flown):
            continue
        middle, low, high, *known_m = (float(m.mean_altitude_m[0]) - m.mean_altitude_at_m(end) for m in flown)
        yield Case(
            group,
            whole.sets[0].catalog_number,
            history,
            start,
            drag.end.days_since(drag.start),
            drag.cdam_m2_kg,
            drag.sigma_m2_kg / drag.cdam_m2_kg,
            horizon,
            middle,
            middle - math.hypot(middle - low, noise_m),
            middle + math.hypot(high - middle, noise_m),
            base_m - level_m,
            *(known_m or [math.nan]),
        )


def burn_rows(folder: Path, weather: SpaceWeather) -> tuple[list[dict[str, object]], int]:
    """Burns found in the ISS histories beside the announced ones; and the number found in bodies without engine."""
    with (HERE / "burns_announced.csv").open(encoding="utf-8", newline="") as handle:
        announced = list(csv.DictReader(handle))
    rows: list[dict[str, object]] = []
    for _, files in ISS:
        for burn in fit_elements(iss_sets(folder, files), weather).burns:
            near = [a for a in announced if abs(_middle(a["start_utc"]).days_since(burn.start)) < 1.0]
            said = near[0] if near else dict.fromkeys(announced[0], "")
            rows.append(
                {
                    "found between sets of": burn.method.partition("sets of ")[2].partition(" (")[0],
                    "step km": f"{burn.delta_a_m / 1e3:+.2f}",
                    "dv m/s": f"{burn.delta_v_m_s:+.3f} +- {burn.sigma_m_s:.3f}",
                    "announced": said["start_utc"],
                    "announced km": said["gain_km"],
                    "announced m/s": said["delta_v_m_s"],
                    "what": said["kind"],
                }
            )
    false = 0
    for file, _ in OTHERS:
        by_number: dict[int, list[MeanElements]] = {}
        for s in read_elements(folder / "decays" / file):
            by_number.setdefault(s.catalog_number, []).append(s)
        false += sum(len(fit_elements(sets, weather).burns) for sets in by_number.values())
    return rows, false


def _middle(text: str) -> Epoch:
    """An instant, or noon of a day."""
    return Epoch.parse(text if "T" in text else f"{text}T12:00:00Z")


def all_cases(folder: Path, weather: SpaceWeather) -> list[Case]:
    """Every forecast."""
    cases: list[Case] = []
    for history, files in ISS:
        sets = iss_sets(folder, files)
        cases += whole_spans("ISS, burn to burn", history, sets, weather)
        cases += forecasts("ISS", history, sets, weather, 2.0, True)
        print(history, len(cases))
    for file, every in OTHERS:
        by_number: dict[int, list[MeanElements]] = {}
        for s in read_elements(folder / "decays" / file):
            by_number.setdefault(s.catalog_number, []).append(s)
        for number, sets in by_number.items():
            cases += forecasts("bodies without engine", str(number), sets, weather, every, False)
            print(number, len(cases))
    return cases


def left_out_inside(cases: Sequence[Case]) -> float:
    """Share inside the 5 to 95 % range of predicted / observed over the same horizon in all *other* histories."""
    inside = []
    for c in cases:
        others = [
            o.observed_m / o.predicted_m
            for o in cases
            if o.history != c.history and (o.horizon_days == c.horizon_days or c.horizon_days not in HORIZONS_DAYS)
        ]
        if len(others) >= 10:
            low, high = np.percentile(others, [5.0, 95.0])
            inside.append(low <= c.observed_m / c.predicted_m <= high)
    return float(np.mean(inside)) if inside else math.nan


def summary(name: str, cases: Sequence[Case]) -> dict[str, object]:
    """One line of the summary."""
    keys = ("number", "histories", "median error %", "median signed %", "90 % interval holds", "from other histories")
    if not cases:
        return {"cases": name, **dict.fromkeys((*keys, "as known: median error %"), "")}
    errors = np.array([c.error for c in cases])
    inside = np.mean([c.low_m <= c.observed_m <= c.high_m for c in cases])
    other = left_out_inside(cases)
    known = [abs(c.as_known_m / c.observed_m - 1.0) for c in cases if not math.isnan(c.as_known_m)]
    return {
        "cases": name,
        "number": len(cases),
        "histories": len({c.history for c in cases}),
        "median error %": f"{100.0 * float(np.median(np.abs(errors))):.1f}",
        "median signed %": f"{100.0 * float(np.median(errors)):+.1f}",
        "90 % interval holds": f"{100.0 * float(inside):.0f} %",
        "from other histories": "" if math.isnan(other) else f"{100.0 * other:.0f} %",
        "as known: median error %": f"{100.0 * float(np.median(known)):.1f}" if known else "",
    }


def summaries(cases: Sequence[Case]) -> list[dict[str, object]]:
    """The table of the README."""
    out = []
    spans = [c for c in cases if c.group == "ISS, burn to burn"]
    large = f"loss from {NOISE_LOSS_M:.0f} m"
    out.append(summary(f"ISS, burn to burn, {large}", [c for c in spans if c.predicted_m >= NOISE_LOSS_M]))
    out.append(summary("ISS, burn to burn, all", spans))
    moving = [c for c in cases if c.group != "ISS, burn to burn"]
    for name in ("ISS", "bodies without engine"):
        group = [c for c in moving if c.group == name]
        clear = [c for c in group if c.predicted_m >= NOISE_LOSS_M]
        for horizon in HORIZONS_DAYS:
            out.append(summary(f"{name}, {horizon:g} days, {large}", [c for c in clear if c.horizon_days == horizon]))
        out.append(summary(f"{name}, 3 to 14 days, {large}", clear))
        out.append(summary(f"{name}, 3 to 14 days, all", group))
    out.append(summary(f"both, 3 to 14 days, {large}", [c for c in moving if c.predicted_m >= NOISE_LOSS_M]))
    return out


def table(rows: Sequence[dict[str, object]]) -> str:
    """Markdown."""
    columns = tuple(rows[0])
    head = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join(head + ["| " + " | ".join(str(r[c]) for c in columns) + " |" for r in rows])


def as_row(c: Case) -> dict[str, object]:
    """One line of results.csv."""
    return {
        "group": c.group,
        "object": c.number,
        "history": c.history,
        "from_set_of": c.start.isoformat(6),
        "calibrated_over_days": round(c.calibrated_days, 1),
        "cdam_m2_kg": round(c.cdam_m2_kg, 5),
        "sigma_percent": round(100.0 * c.sigma, 1),
        "horizon_days": f"{c.horizon_days:.3g}",
        "predicted_loss_m": round(c.predicted_m),
        "low_m": round(c.low_m),
        "high_m": round(c.high_m),
        "observed_loss_m": round(c.observed_m),
        "error_percent": round(100.0 * c.error, 1),
        "predicted_loss_as_known_m": "" if math.isnan(c.as_known_m) else round(c.as_known_m),
    }


def main() -> None:
    """Measure all and rewrite the results."""
    folder = reference_folder()
    if folder is None:
        raise SystemExit("the reference folder is not here: set STATIONKEEPER_REFERENCE")
    cases = all_cases(folder, SpaceWeather.observed())
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(as_row(c) for c in cases)
    burns, false = burn_rows(folder, SpaceWeather.observed())
    with (HERE / "burns_found.csv").open("w", newline="", encoding="utf-8") as handle:
        found = csv.DictWriter(handle, tuple(burns[0]), lineterminator="\n")
        found.writeheader()
        found.writerows(burns)
    blocks = {
        "summary": table(summaries(cases)),
        "burns": table(burns),
        "false": f"Found in the eleven bodies without engine: {false}.",
    }
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    for name, block in blocks.items():
        mark = rf"<!-- {name} -->.*<!-- /{name} -->"
        text = re.sub(mark, lambda _, n=name, b=block: f"<!-- {n} -->\n{b}\n<!-- /{n} -->", text, flags=re.S)  # type: ignore[misc]
    readme.write_text(text, encoding="utf-8")
    print(*blocks.values(), sep="\n\n")


if __name__ == "__main__":
    main()
