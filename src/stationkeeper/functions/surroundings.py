"""What surrounds a stack: its orbit, the air, the Sun. Taken from the flight where there is one, else from the station's data.

Model: where a configuration carries no :class:`Surroundings` of a flight, the nearest reference orbit of the station's data is
carried to the date by J2, and the density of NRLMSISE-00 with observed (or predicted) space weather is averaged around it; the
low end of its range is the ratio to NRLMSIS 2.1, ends are widened by the day-to-day spread of ``density_error``.
Neglected: that the height of the date may differ from the reference orbit's (the Sun's angle drifts by 0.025 degrees a day for
each kilometre).
Validation status: checked (tests/functions/test_surroundings.py).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, OutOfRangeError
from stationkeeper.core.frames import gcrf_to_itrf, geodetic
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.environment.atmosphere.surrogate import density_table
from stationkeeper.environment.density_error import QUIET_SIGMA
from stationkeeper.environment.outlook import continued
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.environment.sun import beta_angle_rad, sun_position_gcrf_m, sunlit_fraction
from stationkeeper.station.configuration import Configuration, Stack
from stationkeeper.station.schema import ReferenceOrbit

_PLACES = 48


def surroundings_of(cfg: Configuration) -> Surroundings | None:
    """Those of the flight, else those that the station's data give for the date; ``None`` where the data name no orbit."""
    if cfg.surroundings is not None:
        return cfg.surroundings
    if not cfg.station.orbit:
        return None
    nearest = min(cfg.station.orbit, key=lambda o: abs(o.at - cfg.epoch))
    orbit = reference_orbit(nearest).at(cfg.epoch)
    area = math.fsum(n.drag_area_m2 for n in cfg.nodes.values())
    cd = cfg.station.station.drag_coefficient
    drag = Range.of(cd).scaled(area) if cd is not None and area > 0.0 else None
    source = tuple(nearest.source) + (tuple(cd.source) if cd else ())
    return Surroundings(orbit, orbit_density(orbit), drag, f"{orbit.basis}, air of the date", source)


def drag_share(stack: Stack) -> float | None:
    """A stack's part of the drag area of all that flies; 1 while nothing has parted, ``None`` where no part names an area."""
    if stack.siblings == 1:
        return 1.0
    whole = math.fsum(n.drag_area_m2 for n in stack.configuration.nodes.values())
    return stack.drag_area_m2 / whole if whole > 0.0 and stack.drag_area_m2 > 0.0 else None


def reference_orbit(o: ReferenceOrbit) -> Orbit:
    """The orbit of a station's data."""
    return Orbit(
        o.at, EARTH_EQUATORIAL_RADIUS_M + 1e3 * o.mean_altitude_km.best, math.radians(o.inclination_deg),
        math.radians(o.raan_deg), math.radians(o.argument_of_latitude_deg), f"data of {o.at.date}", tuple(o.source),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _weather() -> SpaceWeather:
    return continued()


@lru_cache(maxsize=8)
def _calm(weather: SpaceWeather) -> SpaceWeather:
    return weather.without_bursts()


@lru_cache(maxsize=256)
def orbit_density(orbit: Orbit, weather: SpaceWeather | None = None) -> Range | None:
    """Density around an orbit at its epoch, kg/m3: NRLMSISE-00, down to NRLMSIS 2.1, both widened by the models' spread.

    ``None`` outside the expansion of the density (120 to 800 km, its indices), the table of indices or that of Earth orientation.
    """
    start = orbit.epoch.tai_us
    times = start + (np.arange(_PLACES) * (orbit.period_s / _PLACES) * 1e6).astype(np.int64)
    position, _ = orbit.states_gcrf(times)
    try:
        place = geodetic(gcrf_to_itrf(times, position))
    except DataAgeError:
        return None
    sky = _calm(weather or _weather())
    means = []
    for model in ("nrlmsise00", "nrlmsis21"):
        try:
            rho = density_table(model).density_kg_m3(
                times, place.latitude_rad, place.longitude_rad, place.height_m, sky
            )
        except (DataAgeError, OutOfRangeError):
            return None
        means.append(float(rho.mean()))
    best, second = means
    return Range(best, min(best, second) * (1.0 - QUIET_SIGMA), max(best, second) * (1.0 + QUIET_SIGMA))


def beta_rad(orbit: Orbit, epoch: Epoch | None = None) -> float:
    """Angle of the Sun above the orbit plane, rad."""
    o = orbit if epoch is None else orbit.at(epoch)
    r, v = o.states_gcrf([o.epoch])
    return float(beta_angle_rad([o.epoch], r, v)[0])


@lru_cache(maxsize=256)
def shadow_fraction(orbit: Orbit) -> float:
    """Part of the orbit at its epoch that is in the Earth's shadow (half of the penumbra counts)."""
    times = orbit.epoch.tai_us + (np.arange(720) * (orbit.period_s / 720) * 1e6).astype(np.int64)
    sun = sun_position_gcrf_m([orbit.epoch])
    return float(1.0 - sunlit_fraction(times, orbit.states_gcrf(times)[0], sun_gcrf_m=sun).mean())
