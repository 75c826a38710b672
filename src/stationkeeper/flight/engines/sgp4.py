"""Mean elements (TLE, OMM) and the one theory that may propagate them: SGP4.

Mean elements have their own door: they are no osculating state, and only SGP4 turns them into one. A position from an
element set of a station is good to about 1 km at its epoch, 1 to 3 km a day later, and tens of kilometres after a week;
it knows no burns. Every result says so (:data:`NOTE`).
Validation status: checked against the sgp4 package's own reading of element sets and against NASA's ephemerides
(validation/nasa_oem).

References
----------
Vallado et al., Revisiting Spacetrack Report #3, AIAA 2006-6753. Source key: vallado-2006.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sgp4.api import SGP4_ERRORS, WGS72, Satrec

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import EngineError, InputError, Problem
from stationkeeper.core.frames import teme_to_gcrf
from stationkeeper.core.time_arrays import Times, utc_us
from stationkeeper.flight.state import StateVector

NOTE: Final = (
    "from mean elements by SGP4: good to about a kilometre at the epoch of the set, less with every day from it"
)
_WGS72_RADIUS_M: Final = 6_378_135.0
_DAYS_1949_TO_2000: Final = 18_263
_DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class MeanElements:
    """One SGP4 element set (TEME, WGS 72).

    Parameters
    ----------
    name, catalog_number, international_designator : as given; the designator as 1998-067A.
    epoch : of the set.
    mean_motion_rad_s : Kozai mean motion, as printed.
    eccentricity, inclination_rad, raan_rad, argument_of_perigee_rad, mean_anomaly_rad : mean, TEME of date.
    bstar_1_re : SGP4's drag term, per Earth radius.
    mean_motion_dot_rad_s2 : half of the first derivative of the mean motion, as a TLE prints it; SGP4 does not use it.
    """

    name: str
    catalog_number: int
    international_designator: str
    epoch: Epoch
    mean_motion_rad_s: float
    eccentricity: float
    inclination_rad: float
    raan_rad: float
    argument_of_perigee_rad: float
    mean_anomaly_rad: float
    bstar_1_re: float
    mean_motion_dot_rad_s2: float = 0.0

    def __post_init__(self) -> None:
        where = f"element set {self.catalog_number} of {self.epoch}"
        checks = (
            ("catalog_number", self.catalog_number, 0, 999_999_999),
            ("mean_motion_rad_s", self.mean_motion_rad_s, 0.0, 18.0 * math.tau / 86_400.0),
            ("eccentricity", self.eccentricity, 0.0, 0.999),
            ("inclination_rad", self.inclination_rad, 0.0, math.pi),
            ("raan_rad", self.raan_rad, -math.tau, math.tau),
            ("argument_of_perigee_rad", self.argument_of_perigee_rad, -math.tau, math.tau),
            ("mean_anomaly_rad", self.mean_anomaly_rad, -math.tau, math.tau),
            ("bstar_1_re", self.bstar_1_re, -10.0, 10.0),
        )
        problems = [
            Problem(where, key, f"{value!r}", f"{low:g} to {high:g}")
            for key, value, low, high in checks
            if not (math.isfinite(value) and low <= value <= high)
        ]
        if self.mean_motion_rad_s == 0.0:
            problems.append(Problem(where, "mean_motion_rad_s", "0", "above 0"))
        if problems:
            raise InputError(problems)

    def _satrec(self) -> Any:
        us = int(utc_us(self.epoch)[0])
        satellite = Satrec()
        satellite.sgp4init(
            WGS72,
            "i",
            self.catalog_number % 100_000,
            us / _DAY_US + _DAYS_1949_TO_2000,
            self.bstar_1_re,
            0.0,
            0.0,
            self.eccentricity,
            self.argument_of_perigee_rad,
            self.inclination_rad,
            self.mean_anomaly_rad,
            self.mean_motion_rad_s * 60.0,
            self.raan_rad,
        )
        return satellite

    @property
    def mean_altitude_m(self) -> float:
        """Brouwer's mean semi-major axis of the set less 6,378,137 m; noisy by 0.2 to 0.5 km for hours after a burn."""
        return float(self._satrec().a) * _WGS72_RADIUS_M - EARTH_EQUATORIAL_RADIUS_M


def state_at(elements: MeanElements, times: Times) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions and velocities in GCRF at n instants by SGP4, m and m/s, shapes (n, 3). See :data:`NOTE`.

    Raises
    ------
    EngineError
        When SGP4 gives up, such as for a set that has decayed.
    """
    satellite = elements._satrec()
    since_days = (utc_us(times) - int(utc_us(elements.epoch)[0])) / _DAY_US
    jd = np.full(since_days.shape, float(satellite.jdsatepoch))
    code, position_km, velocity_km_s = satellite.sgp4_array(jd, float(satellite.jdsatepochF) + since_days)
    if code.any():
        k = int(np.flatnonzero(code)[0])
        raise EngineError(
            f"SGP4 cannot carry element set {elements.catalog_number} of {elements.epoch} over "
            f"{since_days[k]:.2f} days: {SGP4_ERRORS[int(code[k])]}"
        )
    return teme_to_gcrf(times, position_km * 1e3, velocity_km_s * 1e3)


def osculating_state(elements: MeanElements, epoch: Epoch) -> StateVector:
    """The osculating state that SGP4 gives at an instant, GCRF. See :data:`NOTE`."""
    position_gcrf_m, velocity_gcrf_m_s = state_at(elements, epoch)
    return StateVector(epoch, position_gcrf_m[0], velocity_gcrf_m_s[0])
