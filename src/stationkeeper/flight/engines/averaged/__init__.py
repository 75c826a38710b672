"""The averaged engine: thousands of near-circular orbits over months and years, each with its own weather and reboosts.

Model: mean elements (Brouwer's convention, true equator of date); the loss of semi-major axis and the change of the eccentricity
vector by drag, averaged around the orbit at eight places and over the longitudes and times of a day, in an atmosphere that
turns with the Earth over the WGS 84 ellipsoid; the radius with J2's first-order terms; node, perigee and phase moved by J2, J2
squared and J4; the eccentricity turning about the frozen point of J3 to J11. Density: the expansion of NRLMSISE-00 or NRLMSIS 2.1
(:mod:`stationkeeper.environment.atmosphere.surrogate`), at each day's indices with the whole ap history. Steps of one day, shorter where
the orbit sinks by more than 5 % of a scale height. A member's air may carry a random factor
(:mod:`stationkeeper.environment.density_error`); a member may keep a band of altitude, follow a list of burns, or do nothing, until its
propellant is gone. Burns change the semi-major axis at once and leave the eccentricity as it is.

Neglected: tesseral harmonics, Sun and Moon, radiation pressure, change of inclination, winds, variations of the indices within
a day. Below about 200 km an orbit is no longer a slow spiral: dates stay good to about an hour, the place does not;
:func:`stationkeeper.flight.lifetime.lifetime` hands over to the numerical engine there.

Error against the numerical engine: :data:`DATE_ERROR`.
Validation status: checked against the numerical engine and other programs (validation/lifetime).

References
----------
King-Hele, Satellite Orbits in an Atmosphere (1987). Source key: king-hele-1987.
Brouwer, Astronomical Journal 64 (1959) 378. Source key: brouwer-1959.
Vallado, Fundamentals of Astrodynamics, section 9.6, secular rates. Source key: vallado.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError, OutOfRangeError
from stationkeeper.core.time_arrays import DAY_US, NEVER, TimesUs, from_utc_datetime64, utc_us
from stationkeeper.environment.atmosphere import surrogate
from stationkeeper.environment.atmosphere.msis import DensityModel
from stationkeeper.environment.density_error import DensityError
from stationkeeper.environment.outlook import WeatherPaths
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.engines.averaged import kernel
from stationkeeper.flight.engines.averaged.members import LARGEST_ECCENTRICITY, Members
from stationkeeper.flight.mean_elements import MeanOrbit

__all__ = ["ALTITUDES_M", "DATE_ERROR", "LARGEST_ECCENTRICITY", "Ensemble", "Members", "fly_members"]

Floats = NDArray[np.float64]
Weather = SpaceWeather | Sequence[SpaceWeather] | WeatherPaths
Of = Literal["mean", "lowest"]
ALTITUDES_M: Final = (330_000.0, 280_000.0, 220_000.0, 200_000.0, 150_000.0, 120_000.0)
DATE_ERROR: Final = (
    "dates against the numerical engine: mean -0.14 % of the remaining life, standard deviation 0.11 %, largest 0.34 % over 20 starts; "
    "-0.07 and -0.12 % of 960 and 628 days from 415 km to 120 km in observed space weather"
)
STATUS: Final = ("up", "altitude floor", "weather ended", "out of range")
_BLOCK: Final = 64
_SLOPE: Final = 0.45
"""How ln(density) rises with activity at 300 to 450 km, for the mean over a day's eight values (a second-order term)."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What came out, one row for each member, in their order.

    Parameters
    ----------
    members : who flew.
    status : (n,) ``up``, ``altitude floor`` (came down), ``weather ended``, ``out of range``.
    end_tai_us : (n,) last instant of each.
    altitudes_m : (k,) heights that were dated, falling.
    mean_crossing_tai_us, lowest_crossing_tai_us : (n, k) first time at which the mean altitude, or the lowest geodetic height over the
        orbit, is at or below each height; -1 where it never is.
    end_elements : (n, 5) a, ex, ey, node, mean argument of latitude at the end (m, rad).
    end_mass_kg, used_kg, delta_v_m_s : (n,) mass at the end, propellant used, sum of the burns' sizes.
    dry_tai_us : (n,) when the propellant ran out, -1 where it did not.
    burn_count : (n,); burns : (n, slots, 2) day on the engine's clock and delta-v of the first burns; NaN beyond.
    samples_m : (n, s) mean altitude every ``sample_s`` since each member's start; NaN once it is down.
    history : (n, h, 4) every step: TAI microseconds, mean altitude, lowest height, eccentricity; NaN beyond.
    settings : engine, model, weather, error, for a report.
    """

    members: Members
    status: NDArray[np.str_]
    end_tai_us: TimesUs
    altitudes_m: Floats
    mean_crossing_tai_us: TimesUs
    lowest_crossing_tai_us: TimesUs
    end_elements: Floats
    end_mass_kg: Floats
    used_kg: Floats
    delta_v_m_s: Floats
    dry_tai_us: TimesUs
    burn_count: NDArray[np.int64]
    burns: Floats
    sample_s: float
    samples_m: NDArray[np.float32]
    history: Floats
    settings: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.members)

    def crossing_days(self, altitude_m: float, of: Of = "lowest") -> Floats:
        """Days from each member's start to its crossing, shape (n,); NaN where it never crosses. Raises for a height not dated."""
        column = np.flatnonzero(self.altitudes_m == altitude_m)
        if len(column) == 0:
            dated = ", ".join(f"{a / 1e3:g}" for a in self.altitudes_m)
            raise InputError.one(
                "crossing", "altitude_m", f"{altitude_m / 1e3:g} km", f"one of the dated heights: {dated} km"
            )
        t = (self.mean_crossing_tai_us if of == "mean" else self.lowest_crossing_tai_us)[:, column[0]]
        return np.where(t == NEVER, np.nan, (t - self.members.epoch_tai_us) / (1e6 * 86_400.0))

    def crossing(self, altitude_m: float, of: Of = "lowest") -> tuple[Epoch | None, ...]:
        """The same as epochs."""
        days = self.crossing_days(altitude_m, of)
        starts = self.members.epoch_tai_us
        return tuple(
            None if np.isnan(d) else Epoch(int(s)).plus_s(float(d) * 86_400.0)
            for d, s in zip(days, starts, strict=True)
        )

    def end_orbit(self, member: int) -> MeanOrbit:
        """Mean elements of a member at its end."""
        a, ex, ey, node, phase = (float(x) for x in self.end_elements[member])
        i = float(self.members.inclination_rad[member])
        return MeanOrbit(Epoch(int(self.end_tai_us[member])), a, ex, ey, i, node, phase)


def fly_members(
    members: Members,
    until: Epoch,
    *,
    weather: Weather,
    model: DensityModel = "nrlmsise00",
    altitudes_m: Sequence[float] = ALTITUDES_M,
    floor_m: float = 95_000.0,
    schedules: Sequence[Sequence[tuple[Epoch, float]]] = (),
    density_error: DensityError | None = None,
    seed: int = 0,
    sample_s: float = 0.0,
    burn_slots: int = 32,
    history_slots: int = 0,
    threads: int | None = None,
    device: Literal["cpu", "gpu"] = "cpu",
) -> Ensemble:
    """Fly all members to ``until``, to the floor, or to the end of their weather.

    Parameters
    ----------
    members : who flies.
    until : end of the flight, after every start.
    weather : one table for all, a list of tables, or compact paths; ``members.path`` chooses among them.
    altitudes_m : heights to be dated; sorted by the engine.
    floor_m : lowest geodetic height over the orbit at which a member is down, 90 km or more.
    schedules : lists of burns (epoch, signed delta-v in m/s); ``members.schedule`` chooses among them.
    density_error, seed : a random factor on each member's air, none by default.
    sample_s : spacing of ``samples_m``; 0 for none.
    burn_slots, history_slots : room for burns and steps of each member.
    threads : as many as the machine has cores by default.
    device : ``gpu`` needs numba-cuda and a card.

    Fluxes above the expansion's 400 sfu (a day: a radio burst at the hour of the measurement, not ultraviolet light), and in
    ``WeatherPaths`` only, whose random members have far tails, 280 sfu (81 days) and a day's activity above that of ap 300, are cut to
    these and counted in ``settings``. The
    result of a member depends on nothing but the member: not on the others, their order, or the threads.

    Raises
    ------
    InputError
        For settings out of range.
    DataAgeError
        When the weather does not hold a start; a member that outlives its weather gets a status instead.
    OutOfRangeError
        For indices outside the expansion of the density, and a start below the floor.
    """
    altitudes = np.array(sorted(altitudes_m, reverse=True), dtype=np.float64)
    _check(members, until, floor_m, altitudes, sample_s, len(schedules))
    paths = _paths(weather)
    if len(members) and not (members.path.min() >= 0 and members.path.max() < len(paths.f107)):
        raise InputError.one(
            "members", "path", int(members.path.max()), f"0 to {len(paths.f107) - 1}, the tables given"
        )
    table = surrogate.density_table(model)
    clock = _Clock(paths.first_day)
    starts = clock.days(members.epoch_tai_us)
    last = float(clock.days(np.array([until.tai_us]))[0])
    days_needed = min(paths.f107.shape[1], int(np.ceil(last)))
    if len(members) and (starts.min() < 3.0 or starts.max() >= days_needed):
        raise DataAgeError(
            f"a member starts at {Epoch(int(members.epoch_tai_us[np.argmin(starts)]))}, but its space weather runs from "
            f"{clock.epoch(3.0)} to {clock.epoch(float(paths.f107.shape[1]))}"
        )
    first_needed = int(starts.min()) if len(members) else 3
    random = isinstance(weather, WeatherPaths)
    stormy = float(surrogate.compressed(table.limits.ap[1])) if random else np.inf
    highest = (table.limits.f107[1], table.limits.f107a[1] if random else np.inf, stormy)
    drivers, found = daily_drivers(paths, days_needed, first_needed, highest)
    if first_needed < days_needed:
        table.check(found[0:2], found[2:4], found[4:6], "averaged engine")
    n = len(members)
    inputs, choices = members.arrays(starts)
    plan = _schedule_array(schedules, clock)
    error = density_error or DensityError(0.0, 0.0)
    stream = np.array([np.uint64(seed), np.int64(paths.first_day).astype(np.uint64)])
    solar = surrogate.solar_angle_rad(np.array([paths.first_day, paths.first_day + 1.0]))
    world = np.empty(kernel.WORLD)
    world[kernel.SOLAR], world[kernel.SOLAR_RATE] = solar[0], (solar[1] - solar[0]) % (2 * np.pi)
    world[kernel.LOWEST], world[kernel.ROWS] = table.nodes_m[0], len(table.rows)
    world[kernel.LAST_DAY], world[kernel.SINK_TO], world[kernel.SAMPLE_DAYS] = last, floor_m, sample_s / 86_400.0
    world[kernel.PHI], world[kernel.QUIET] = error.phi, error.quiet_sigma
    world[kernel.STORM], world[kernel.BIAS] = error.storm_sigma, error.bias
    n_samples = int((until.tai_us - members.epoch_tai_us.min()) / 1e6 // sample_s) + 1 if sample_s > 0.0 and n else 0
    outputs = np.full((n, kernel.OUTPUTS), np.nan)
    counts = np.zeros((n, 3), dtype=np.int64)
    crossings = [np.full((n, len(altitudes)), np.nan) for _ in range(2)]
    samples = np.full((n, n_samples), np.nan, dtype=np.float32)
    burns = np.full((n, burn_slots, 2), np.nan)
    history = np.full((n, history_slots, 4), np.nan)
    arguments = (
        inputs, choices, surrogate.day_of_year(paths.first_day + np.arange(days_needed)), drivers, world, stream, _air(table), plan,
        altitudes, outputs, counts, *crossings, samples, burns, history,
    )  # fmt: skip
    if device == "gpu":
        from stationkeeper.flight.engines.averaged import device as gpu

        gpu.fly(n, first_needed, *arguments)
    else:
        order = np.argsort(members.path, kind="stable")
        _on_threads(order, threads or os.cpu_count() or 1, first_needed, arguments)
    return _result(members, clock, altitudes, outputs, counts, crossings, samples, burns, history, sample_s, {
        "engine": "averaged", "density_model": model, "density": table.statement, "space_weather": paths.source,
        "density_error": None if density_error is None else vars(density_error) | {"seed": seed},
        "fluxes_cut": int(found[6]), "floor_m": floor_m, "device": device, "own_error": DATE_ERROR,
    })  # fmt: skip


@lru_cache(maxsize=4)
def _air(table: surrogate.DensityTable) -> NDArray[np.float32]:
    """The arrays of an expansion in a row, as the kernel reads them."""
    parts = (table.drive_by_day, table.rows, table.rows[:, :, 0])
    return np.concatenate([a.astype(np.float32).ravel() for a in parts])


def daily_drivers(
    paths: WeatherPaths, days: int, first: int = 3, highest: tuple[float, float, float] = (np.inf, np.inf, np.inf)
) -> tuple[NDArray[np.float32], Floats]:
    """F10.7 of the day before, its 81-day mean, activity and mean ap of the first ``days`` days, (p, days, 4).

    Rows before ``first`` (3 or more, because the ap history reaches back so far) are not written; fluxes and activity above ``highest`` (a day, 81
    days, activity) are cut. The second array, (7,), holds the lowest and highest of the first three columns and the number of cuts.
    """
    out = np.empty((len(paths.f107), days, 4), dtype=np.float32)
    compress = surrogate.compressed(np.arange(3_201) / 8.0)
    block = 256
    starts = range(0, len(out), block)
    found = np.tile([np.inf, -np.inf, np.inf, -np.inf, np.inf, -np.inf, 0.0], (len(starts), 1))

    def one(k: int) -> None:
        b = slice(starts[k], starts[k] + block)
        ap = np.ascontiguousarray(paths.ap[b, :days]).reshape(-1, days * 8)
        kernel.daily_drivers(
            paths.f107[b, :days], paths.f107a[b, :days], ap, first, surrogate.MEMORY, compress, 0.5 * _SLOPE,
            np.array(highest), out[b], found[k],
        )  # fmt: skip

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(len(starts))))
    least, most = found.min(axis=0), found.max(axis=0)
    return out, np.array([least[0], most[1], least[2], most[3], least[4], most[5], found[:, 6].sum()])


def _on_threads(order: NDArray[np.int64], threads: int, first_day: int, arguments: tuple[Any, ...]) -> None:
    """Blocks of members, handed to threads as they come free (the kernel releases the interpreter)."""
    n = len(order)
    if n <= _BLOCK or threads == 1:
        kernel.fly_block(order, first_day, *arguments)
        return
    with ThreadPoolExecutor(threads) as pool:
        jobs = [
            pool.submit(kernel.fly_block, order[a : a + _BLOCK], first_day, *arguments) for a in range(0, n, _BLOCK)
        ]
        for job in jobs:
            job.result()


class _Clock:
    """Days since 0 h UTC of the first day of a table (a leap second stretches its day's last second)."""

    def __init__(self, first_day: int) -> None:
        self.first_us = first_day * DAY_US

    def days(self, tai_us: TimesUs) -> Floats:
        return np.asarray((utc_us(tai_us) - self.first_us) / DAY_US)

    def tai_us(self, days: Floats) -> TimesUs:
        """-1 for days that are not finite."""
        known = np.isfinite(days)
        us = np.round(np.where(known, days, 0.0) * DAY_US).astype(np.int64) + self.first_us
        tai = from_utc_datetime64(np.datetime64("2000-01-01", "us") + us.ravel().astype("timedelta64[us]")).reshape(
            us.shape
        )
        return np.where(known, tai, -1)

    def epoch(self, day: float) -> Epoch:
        return Epoch(int(self.tai_us(np.array([day]))[0]))


def _paths(weather: Weather) -> WeatherPaths:
    if isinstance(weather, WeatherPaths):
        return weather
    tables = [weather] if isinstance(weather, SpaceWeather) else list(weather)
    paths = WeatherPaths.from_tables(tables)
    return paths if len(tables) > 1 else _named(paths, tables[0].source)


def _named(paths: WeatherPaths, source: str) -> WeatherPaths:
    return WeatherPaths(
        paths.first_day, paths.known_days, paths.f107, paths.f107a, paths.ap, paths.labels, source, paths.provenance
    )


def _schedule_array(schedules: Sequence[Sequence[tuple[Epoch, float]]], clock: _Clock) -> Floats:
    plan = np.full((max(1, len(schedules)), max((len(s) for s in schedules), default=0) + 1, 2), np.inf)
    for s, burns in enumerate(schedules):
        for b, (epoch, delta_v) in enumerate(sorted(burns)):
            plan[s, b] = clock.days(np.array([epoch.tai_us]))[0], delta_v
    return plan


def _check(members: Members, until: Epoch, floor_m: float, altitudes: Floats, sample_s: float, schedules: int) -> None:
    if not floor_m >= 90_000.0:
        raise InputError.one("averaged engine", "floor_m", floor_m, "90,000 m or more")
    if not (sample_s == 0.0 or sample_s >= 60.0):
        raise InputError.one("averaged engine", "sample_s", sample_s, "0 for none, or 60 s or more")
    if len(altitudes) and not (np.isfinite(altitudes).all() and altitudes.min() >= floor_m):
        raise InputError.one(
            "averaged engine", "altitudes_m", altitudes.tolist(), f"heights at or above the floor, {floor_m:g} m"
        )
    if not len(members):
        return
    if not until.tai_us > members.epoch_tai_us.max():
        raise InputError.one(
            "averaged engine", "until", until, f"after the start, {Epoch(int(members.epoch_tai_us.max()))}"
        )
    if members.schedule.max() >= schedules:
        raise InputError.one(
            "members", "schedule", int(members.schedule.max()), f"less than {schedules}, the lists given"
        )
    perigee = members.semi_major_axis_m * (1.0 - np.hypot(members.ex, members.ey)) - EARTH_EQUATORIAL_RADIUS_M
    if perigee.min() < floor_m:
        raise OutOfRangeError(
            f"an orbit with its lowest point at {perigee.min() / 1e3:.1f} km starts below the floor of {floor_m / 1e3:.1f} km"
        )


def _result(
    members: Members, clock: _Clock, altitudes: Floats, outputs: Floats, counts: NDArray[np.int64], crossings: list[Floats],
    samples: NDArray[np.float32], burns: Floats, history: Floats, sample_s: float, settings: dict[str, Any],
) -> Ensemble:  # fmt: skip
    history[..., 0] = np.where(np.isnan(history[..., 0]), np.nan, clock.tai_us(history[..., 0]))
    return Ensemble(
        members, np.array(STATUS)[counts[:, kernel.STATUS]], clock.tai_us(outputs[:, kernel.T]), altitudes,
        clock.tai_us(crossings[0]), clock.tai_us(crossings[1]), outputs[:, kernel.SMA : kernel.ARGUMENT + 1],
        outputs[:, kernel.WEIGHT], outputs[:, kernel.USED], outputs[:, kernel.DELTA_V], clock.tai_us(outputs[:, kernel.DRY]),
        counts[:, kernel.BURNS], burns, sample_s, samples, history, settings | {"steps": int(counts[:, kernel.STEPS].sum())},
    )  # fmt: skip
