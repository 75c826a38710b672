"""Single members of a forecast by the numerical engine: its check, and the path of the median member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, EngineError, OutOfRangeError
from stationkeeper.core.frames import earth_orientation
from stationkeeper.core.time_arrays import utc_day_number
from stationkeeper.environment.density_error import DensityError
from stationkeeper.environment.outlook import WeatherPaths
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.drag_profile import DragProfile
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.reentry.descent import Flown, Job, collect, weather_of
from stationkeeper.reentry.falling import Falling
from stationkeeper.reentry.forecast import ENTRY_M, EntryForecast

NUMERICAL_FROM_M: Final = 200_000.0
_LONGEST_DAYS: Final = 60


@dataclass(frozen=True, eq=False)
class NumericalEntry:
    """One member flown numerically from some height (or from its start) to entry."""

    member: int
    start: Epoch
    entry: Epoch
    path: Trajectory


def numerical_entry(job: Job, member: int, from_m: float = NUMERICAL_FROM_M) -> NumericalEntry:
    """A member again: averaged to ``from_m``, the osculating state that belongs to the mean elements there, then the numerical engine.

    Raises ``EngineError``, ``DataAgeError`` or ``OutOfRangeError`` where that engine does not reach.
    """
    # here, because loading satkit takes long
    from stationkeeper.flight.engines.numerical import ALTITUDE_FLOOR, Forces, fly

    if job.falling.density_model != "nrlmsise00":
        raise EngineError(f"the numerical engine has no {job.falling.density_model}")
    only = np.array([member])
    upper = Flown(job, floor_m=from_m, only=only)
    orbit = upper.orbit(member)
    end = orbit.epoch.plus_days(float(_LONGEST_DAYS))
    if end.tai_us > earth_orientation().times[-1]:
        raise DataAgeError("Earth orientation is not known that far ahead")
    if job.below_m[:, member].min() < from_m:
        raise EngineError(
            f"an attitude changes below {from_m / 1e3:g} km, which the numerical flight of one member leaves out"
        )
    forces = Forces(gravity_degree=8, tides=False, relativity=False)
    state = orbit.to_state_fitted(forces=forces)
    day = int(utc_day_number(orbit.epoch)[0])
    factors = job.air_factors(only, np.array([day]), _LONGEST_DAYS + 2)[0]
    midnight = Epoch.parse("2000-01-01T00:00:00Z")
    times = [midnight.plus_days(float(day + d)) for d in range(len(factors))]
    times[0] = min(times[0], orbit.epoch)
    mass = job.falling.mass_kg
    flight = fly(
        state, Body(mass, float(upper.drag_m2_kg(only)[0]) * mass, 1.0), end, weather=job.table(member), forces=forces,
        output_step_s=60.0, floor_m=ENTRY_M, drag_profile=DragProfile.steps(times, factors), tolerance=1e-10,
    )  # fmt: skip
    if flight.stopped != ALTITUDE_FLOOR:
        raise EngineError(f"the numerical engine was still up after {_LONGEST_DAYS} days below {from_m / 1e3:g} km")
    return NumericalEntry(member, orbit.epoch, flight.end_state.epoch, flight.trajectory)


def with_numerical_median(job: Job, forecast: EntryForecast) -> EntryForecast:
    """The forecast with its median member flown numerically too, and the difference in its settings."""
    row = forecast.median_row
    member = int(forecast.member[row])
    averaged = Epoch(int(forecast.entry_tai_us[row]))
    try:
        found = numerical_entry(job, member)
    except (EngineError, DataAgeError, OutOfRangeError) as e:
        note = f"the median member was not flown by the numerical engine: {e}"
        return replace(forecast, notes=(*forecast.notes, note))
    difference_s = found.entry - averaged
    remaining_s = averaged - forecast.start
    report = {
        "member": member, "entry_utc": averaged.isoformat(0), "numerical_entry_utc": found.entry.isoformat(0),
        "numerical_from_utc": found.start.isoformat(0), "difference_s": round(difference_s, 1), "part_of_remaining": difference_s / remaining_s,
    }  # fmt: skip
    return replace(forecast, median_path=found.path, settings=forecast.settings | {"median_member": report})


def numerical_differences(
    falling: Falling, *, members: int, seed: int = 0, weather: SpaceWeather | WeatherPaths, until: Epoch | None = None,
    pick: Sequence[int] = (0, 1, 2), from_m: float = NUMERICAL_FROM_M,
) -> list[tuple[int, float, float]]:  # fmt: skip
    """For some members: index, seconds by which the numerical entry is later, days from the start to entry."""
    table, end = weather_of(falling, members, seed, weather, until)
    job = Job(falling, members, seed, table, end, DensityError())
    flown = Flown(job)
    forecast = collect(job, flown, *flown.fall())
    out = []
    for k in pick:
        row = np.flatnonzero(forecast.member == k)
        if len(row):
            entry = Epoch(int(forecast.entry_tai_us[row[0]]))
            out.append((int(k), numerical_entry(job, int(k), from_m).entry - entry, entry.days_since(forecast.start)))
    return out
