"""An osculating state: where a body is and how it moves at an instant, and its Kepler elements."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, GM_EARTH_M3_S2, J2_EARTH
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.frames import eme2000_to_gcrf

Floats = NDArray[np.float64]


def mean_semi_major_axis_m(position_m: ArrayLike, velocity_m_s: ArrayLike) -> Floats:
    """Mean semi-major axis of osculating states, shape (n,): Kepler's, less the first-order short-period term of J2.

    Model: a_osc - a_mean = J2 Re^2 / a ((a/r)^3 (1 - 3/2 sin^2 i + 3/2 sin^2 i cos 2u) - (1 - 3/2 sin^2 i)
    (1 - e^2)^-3/2), with r, i and the argument of latitude u osculating. Neglected: second order in J2 (up to 20 m), the
    tesseral harmonics (m-daily and short-period, up to about 300 m) and the Sun and Moon. Error of one value in low
    orbit: below 0.4 km, 0.1 km rms; of a mean over a day: a few tens of metres (measured in
    tests/flight/test_trajectory.py). Frame: any inertial one whose z axis is near the Earth's pole; using GCRF of
    2000 in 2022 (0.12 degrees) changes the value by less than 30 m.

    References
    ----------
    Kozai, Astronomical Journal 64 (1959) 367; Vallado, Fundamentals of Astrodynamics, section 9.7. Source keys:
    kozai-1959, vallado.
    """
    r = np.atleast_2d(np.asarray(position_m, dtype=np.float64))
    v = np.atleast_2d(np.asarray(velocity_m_s, dtype=np.float64))
    radius = np.linalg.norm(r, axis=1)
    a = 1.0 / (2.0 / radius - np.einsum("ni,ni->n", v, v) / GM_EARTH_M3_S2)
    h = np.cross(r, v)
    e2 = np.clip(1.0 - np.einsum("ni,ni->n", h, h) / (GM_EARTH_M3_S2 * a), 0.0, None)
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    sin2_i = 1.0 - h[:, 2] ** 2
    # sin^2 i cos 2u = sin^2 i - 2 (z / r)^2
    cos_term = sin2_i - 2.0 * (r[:, 2] / radius) ** 2
    zonal = 1.0 - 1.5 * sin2_i
    mean: Floats = a.copy()
    for _ in range(2):
        mean = a - J2_EARTH * EARTH_EQUATORIAL_RADIUS_M**2 / mean * (
            (mean / radius) ** 3 * (zonal + 1.5 * cos_term) - zonal * (1.0 - e2) ** -1.5
        )
    return np.asarray(mean)


@dataclass(frozen=True, eq=False)
class StateVector:
    """An osculating state in GCRF. Mean elements (TLE, OMM) have their own door: ``flight.engines.sgp4``.

    Parameters
    ----------
    epoch : the instant.
    position_gcrf_m, velocity_gcrf_m_s : three numbers each, m and m/s.

    Raises
    ------
    InputError
        For numbers that are not finite, a position inside the Earth, or a hyperbolic speed.
    """

    epoch: Epoch
    position_gcrf_m: Floats
    velocity_gcrf_m_s: Floats

    def __post_init__(self) -> None:
        for name in ("position_gcrf_m", "velocity_gcrf_m_s"):
            value = np.array(getattr(self, name), dtype=np.float64).reshape(-1)
            if value.shape != (3,) or not np.isfinite(value).all():
                raise InputError.one("state", name, value.tolist(), "three finite numbers")
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        if self.radius_m < 6_350_000.0:
            raise InputError.one(
                "state", "position_gcrf_m", f"{self.radius_m:.0f} m from the centre", "outside the Earth"
            )
        if self.specific_energy_m2_s2 >= 0.0:
            raise InputError.one(
                "state", "velocity_gcrf_m_s", f"{self.speed_m_s:.1f} m/s", "less than the escape speed"
            )

    @classmethod
    def circular(
        cls,
        epoch: Epoch,
        altitude_m: float,
        inclination_rad: float,
        raan_rad: float = 0.0,
        argument_of_latitude_rad: float = 0.0,
    ) -> StateVector:
        """A state of circular speed at ``altitude_m`` above 6,378,137 m (osculating, GCRF equator)."""
        radius_m = EARTH_EQUATORIAL_RADIUS_M + altitude_m
        speed = math.sqrt(GM_EARTH_M3_S2 / radius_m)
        node = np.array([math.cos(raan_rad), math.sin(raan_rad), 0.0])
        across = np.array(
            [
                -math.sin(raan_rad) * math.cos(inclination_rad),
                math.cos(raan_rad) * math.cos(inclination_rad),
                math.sin(inclination_rad),
            ]
        )
        c, s = math.cos(argument_of_latitude_rad), math.sin(argument_of_latitude_rad)
        return cls(epoch, radius_m * (c * node + s * across), speed * (c * across - s * node))

    @classmethod
    def from_eme2000(cls, epoch: Epoch, position_eme2000_m: ArrayLike, velocity_eme2000_m_s: ArrayLike) -> StateVector:
        """From a state in EME2000 (mean equator and equinox of J2000), as NASA's ephemerides give it."""
        return cls(epoch, eme2000_to_gcrf(position_eme2000_m)[0], eme2000_to_gcrf(velocity_eme2000_m_s)[0])

    @property
    def radius_m(self) -> float:
        """Distance from the centre of the Earth."""
        return float(np.linalg.norm(self.position_gcrf_m))

    @property
    def speed_m_s(self) -> float:
        """Speed in GCRF."""
        return float(np.linalg.norm(self.velocity_gcrf_m_s))

    @property
    def specific_energy_m2_s2(self) -> float:
        """Kepler energy per kilogram."""
        return 0.5 * self.speed_m_s**2 - GM_EARTH_M3_S2 / self.radius_m

    @property
    def semi_major_axis_m(self) -> float:
        """Osculating semi-major axis."""
        return -0.5 * GM_EARTH_M3_S2 / self.specific_energy_m2_s2

    @property
    def angular_momentum_m2_s(self) -> Floats:
        """Specific angular momentum vector, GCRF."""
        return np.cross(self.position_gcrf_m, self.velocity_gcrf_m_s)

    @property
    def eccentricity_vector(self) -> Floats:
        """Vector towards perigee with the length of the eccentricity, GCRF."""
        r, v = self.position_gcrf_m, self.velocity_gcrf_m_s
        return np.asarray(np.cross(v, self.angular_momentum_m2_s) / GM_EARTH_M3_S2 - r / self.radius_m)

    @property
    def eccentricity(self) -> float:
        """Osculating eccentricity."""
        return float(np.linalg.norm(self.eccentricity_vector))

    @property
    def inclination_rad(self) -> float:
        """Inclination to the GCRF equator, 0 to pi."""
        h = self.angular_momentum_m2_s
        return math.atan2(math.hypot(h[0], h[1]), h[2])

    @property
    def raan_rad(self) -> float:
        """Right ascension of the ascending node, 0 to 2 pi; 0 for an equatorial orbit."""
        h = self.angular_momentum_m2_s
        return math.atan2(h[0], -h[1]) % math.tau if math.hypot(h[0], h[1]) > 0.0 else 0.0

    @property
    def argument_of_latitude_rad(self) -> float:
        """Angle from the ascending node to the body, 0 to 2 pi."""
        h = self.angular_momentum_m2_s / np.linalg.norm(self.angular_momentum_m2_s)
        node = np.array([math.cos(self.raan_rad), math.sin(self.raan_rad), 0.0])
        r = self.position_gcrf_m
        return math.atan2(float(r @ np.cross(h, node)), float(r @ node)) % math.tau

    @property
    def period_s(self) -> float:
        """Osculating Kepler period."""
        return math.tau * math.sqrt(self.semi_major_axis_m**3 / GM_EARTH_M3_S2)

    @property
    def perigee_altitude_m(self) -> float:
        """Osculating perigee above 6,378,137 m."""
        return self.semi_major_axis_m * (1.0 - self.eccentricity) - EARTH_EQUATORIAL_RADIUS_M

    @property
    def apogee_altitude_m(self) -> float:
        """Osculating apogee above 6,378,137 m."""
        return self.semi_major_axis_m * (1.0 + self.eccentricity) - EARTH_EQUATORIAL_RADIUS_M

    @property
    def mean_altitude_m(self) -> float:
        """Mean semi-major axis (see :func:`mean_semi_major_axis_m`) less 6,378,137 m."""
        return (
            float(mean_semi_major_axis_m(self.position_gcrf_m, self.velocity_gcrf_m_s)[0]) - EARTH_EQUATORIAL_RADIUS_M
        )
