"""When and where a body comes down: the time at which it passes 120 km, as a distribution.

Model: every member has its own Cd * A / m, its own air (a random factor on the density of each day,
:class:`~stationkeeper.environment.density_error.DensityError`), its own solar activity where the future is not known, and its own
course of attitudes. It flies with the averaged engine (:mod:`stationkeeper.reentry.descent`) until a revolution sinks it by
5 km, at a lowest height of 130 to 200 km, and from there as a point on its orbit (:mod:`stationkeeper.reentry.last_path`) to a
geodetic height of :data:`ENTRY_M`. The median member is flown again by the numerical engine from :data:`NUMERICAL_FROM_M`, wherever that
engine reaches; ``settings["median_member"]`` holds the difference.

Attitude: a list of phases, each with its drag area as a multiple of the area that Cd * A / m belongs to, from a height or a date on.
Below about 220 km no station has been held without thrusters (:data:`CONTROL_LOST_M`).

The air's error and the calibration: a Cd * A / m that was fitted to the decay of the last days has met the air of those days, so what the
forecast sees is the coming air over the mean of that air. With ``Falling.calibrated_days`` the walk of the error begins with those
days, and each member's Cd * A / m is divided by the mean of its own factors over them, weighted as a straight line's slope weighs
them. This is the exact conditional distribution where nothing else is known of Cd * A / m. The mean of the factor is what a fit
measures, so the factor's own mean cancels, and its median lies where the length of the calibration puts it.

Neglected: lift, winds, the loss of parts on the way (arrays bend and break above 95 km only), change of the drag coefficient from
free-molecular to denser flow, errors of the start state, that an error of the air at one height need not be that at another. A
place in the orbit is only known while the spread of the entry times is below a revolution; beyond that every place under the orbit is possible.

Validation status: checked against the numerical engine (tests/reentry/test_entry.py); windows against history in validation/hindcasts.

References
----------
ISO 27875:2019, Space systems, re-entry risk management: re-entry at an altitude of about 120 km. Source key: iso-27875.
Pardini and Anselmo, on the first 20 re-entry campaigns of the Inter-Agency Space Debris Coordination Committee: mean error about
10 % of the residual lifetime, 90 % of the predictions within 20 %. Source key: pardini-anselmo-iadc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError, OutOfRangeError
from stationkeeper.environment.density_error import DensityError
from stationkeeper.environment.outlook import WeatherPaths
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.reentry.descent import Flown, Job, collect, weather_of
from stationkeeper.reentry.falling import AS_FITTED, CONTROL_LOST_M, UNCALIBRATED_SIGMA_LN, AttitudePhase, Falling
from stationkeeper.reentry.forecast import ENTRY_M, YARDSTICK_PART, EntryForecast
from stationkeeper.reentry.median_member import NUMERICAL_FROM_M, numerical_differences, with_numerical_median
from stationkeeper.reentry.track import Track, track

HEIGHTS_M: Final = (330_000.0, 280_000.0, 220_000.0, 200_000.0, 150_000.0)


def predict(
    falling: Falling,
    *,
    members: int = 400,
    seed: int = 0,
    weather: SpaceWeather | WeatherPaths | None = None,
    until: Epoch | None = None,
    density_error: DensityError | None = None,
    heights_m: Sequence[float] = HEIGHTS_M,
    numerical_median: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> EntryForecast:
    """When and where it comes down.

    Parameters
    ----------
    falling : the body.
    members : how many, 1 or more; member k depends on ``seed`` and k alone.
    seed : 0 or more.
    weather : one table for all, or paths that the members take in turn. By default: members of NASA's bulletin as known on
        ``falling.known_on``; without that date the observed table, then members of the newest bulletin.
    until : an earlier end; members still up then count as not down.
    density_error : its settings.
    heights_m : heights to be dated for :meth:`EntryForecast.height_quantile` beside :data:`ENTRY_M`, which they lie above.
    numerical_median : whether the median member is flown by the numerical engine too (seconds).
    progress : is told what is being done.

    Raises
    ------
    InputError
        For settings out of range, and an orbit that the averaged engine does not hold.
    DataAgeError
        When the weather does not hold the start, or no bulletin reaches it.
    """
    if not 1 <= members <= 100_000 or seed < 0:
        raise InputError.one(
            "entry", "members, seed", f"{members}, {seed}", "1 to 100,000 members and a seed of 0 or more"
        )
    start = falling.start.epoch
    if until is not None and until <= start:
        raise InputError.one("entry", "until", until, f"a time after the start, {start}")
    heights = _heights(heights_m)
    error = density_error or DensityError()
    try:
        progress("how far the space weather must reach")
        table, end = weather_of(falling, members, seed, weather, until)
        if end <= start:
            raise DataAgeError(f"the start, {start}, lies behind the space weather, which ends on {end.date}")
        job = Job(falling, members, seed, table, end, error)
        progress(f"{members} members with the averaged engine")
        flown = Flown(job, heights)
        progress("the last revolutions")
        forecast = collect(job, flown, *flown.fall())
    except OutOfRangeError as e:
        raise InputError.one("start", "", str(e), "an orbit and indices that the averaged engine holds") from None
    if (forecast.entry_tai_us <= start.tai_us).any():
        raise InputError.one(
            "start", "", f"a place at or below {ENTRY_M / 1e3:g} km at {start}", "a body that has not entered yet"
        )
    if numerical_median and len(forecast.entry_tai_us):
        progress("the median member with the numerical engine")
        forecast = with_numerical_median(job, forecast)
    return forecast


def _heights(wanted: Sequence[float]) -> tuple[float, ...]:
    """The heights to be dated, falling, each once; entry is dated anyway."""
    wrong = [h for h in wanted if not (ENTRY_M <= h <= 2e6)]
    if wrong:
        raise InputError.one("entry", "heights_m", ", ".join(f"{h:g}" for h in wrong), f"{ENTRY_M:,.0f} to 2,000,000 m")
    return tuple(sorted({float(h) for h in wanted if h != ENTRY_M}, reverse=True))


__all__ = [
    "AS_FITTED",
    "CONTROL_LOST_M",
    "ENTRY_M",
    "HEIGHTS_M",
    "NUMERICAL_FROM_M",
    "UNCALIBRATED_SIGMA_LN",
    "YARDSTICK_PART",
    "AttitudePhase",
    "EntryForecast",
    "Falling",
    "Track",
    "numerical_differences",
    "predict",
    "track",
]
