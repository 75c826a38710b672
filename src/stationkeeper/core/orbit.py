"""Where a station flies, as plainly as its functions need it: a circular mean orbit that J2 turns, and the air in it.

Model: secular J2 rates of node and argument of latitude; a circle. Neglected: eccentricity (up to 12 km of height on the
ISS), drag along the way, short periods; the pole of GCRF stands for the Earth's axis of date (0.13 degrees in 2023). Good for
the Sun's angle, eclipses, contact times and heights over days; the flight engines give positions.
Validation status: checked (tests/core/test_orbit.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, GM_EARTH_M3_S2, J2_EARTH
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.core.time_arrays import Times, tai_us

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Orbit:
    """A circular mean orbit at an epoch, GCRF.

    Parameters
    ----------
    epoch : the instant.
    semi_major_axis_m : mean, metres.
    inclination_rad, raan_rad, argument_of_latitude_rad : angles.
    basis : where it comes from, in words, such as ``flown`` or ``data of 2022-02-11``.
    source : keys of its sources.
    """

    epoch: Epoch
    semi_major_axis_m: float
    inclination_rad: float
    raan_rad: float
    argument_of_latitude_rad: float
    basis: str
    source: tuple[str, ...] = ()

    @classmethod
    def of_state(
        cls, epoch: Epoch, position_gcrf_m: Floats, velocity_gcrf_m_s: Floats, mean_semi_major_axis_m: float, basis: str
    ) -> Orbit:
        """From a state, shapes (3,): plane and place of the state, size as given."""
        h = np.cross(position_gcrf_m, velocity_gcrf_m_s)
        h /= np.linalg.norm(h)
        node = np.array([-h[1], h[0], 0.0])
        node = node / np.linalg.norm(node) if np.linalg.norm(node) > 1e-9 else np.array([1.0, 0.0, 0.0])
        u = math.atan2(float(position_gcrf_m @ np.cross(h, node)), float(position_gcrf_m @ node))
        return cls(epoch, mean_semi_major_axis_m, math.acos(float(h[2])), math.atan2(node[1], node[0]), u, basis)

    @property
    def mean_altitude_m(self) -> float:
        """Semi-major axis less the equatorial radius."""
        return self.semi_major_axis_m - EARTH_EQUATORIAL_RADIUS_M

    @property
    def mean_motion_rad_s(self) -> float:
        """Of the unperturbed orbit."""
        return math.sqrt(GM_EARTH_M3_S2 / self.semi_major_axis_m**3)

    @property
    def period_s(self) -> float:
        """From node to node."""
        return 2.0 * math.pi / self._rates[1]

    @property
    def speed_m_s(self) -> float:
        """Of the circular orbit."""
        return math.sqrt(GM_EARTH_M3_S2 / self.semi_major_axis_m)

    @property
    def _rates(self) -> tuple[float, float]:
        n, c = self.mean_motion_rad_s, math.cos(self.inclination_rad)
        k = 1.5 * J2_EARTH * (EARTH_EQUATORIAL_RADIUS_M / self.semi_major_axis_m) ** 2 * n
        return -k * c, n + k * (4.0 * c * c - 1.0)

    def at(self, epoch: Epoch) -> Orbit:
        """The same orbit later or earlier."""
        node, u = self._rates
        dt = epoch - self.epoch
        return replace(
            self, epoch=epoch, raan_rad=math.remainder(self.raan_rad + node * dt, 2.0 * math.pi),
            argument_of_latitude_rad=math.remainder(self.argument_of_latitude_rad + u * dt, 2.0 * math.pi),
        )  # fmt: skip

    def states_gcrf(self, times: Times) -> tuple[Floats, Floats]:
        """Positions (m) and velocities (m/s) at n instants, shapes (n, 3)."""
        node_rate, u_rate = self._rates
        dt = (tai_us(times) - self.epoch.tai_us) * 1e-6
        raan, u = self.raan_rad + node_rate * dt, self.argument_of_latitude_rad + u_rate * dt
        ci, si = math.cos(self.inclination_rad), math.sin(self.inclination_rad)
        cr, sr, cu, su = np.cos(raan), np.sin(raan), np.cos(u), np.sin(u)
        r = np.stack([cr * cu - sr * su * ci, sr * cu + cr * su * ci, su * si], axis=1)
        v = np.stack([-cr * su - sr * cu * ci, -sr * su + cr * cu * ci, cu * si], axis=1)
        return self.semi_major_axis_m * r, self.speed_m_s * v


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What surrounds a station at an instant.

    Parameters
    ----------
    orbit : where it flies.
    density_kg_m3 : of the air, averaged over the orbit; the range spans the two models of density and the outlook.
    drag_area_cd_m2 : drag area times drag coefficient of the whole station, with the density of the model named in ``basis``;
        ``None`` where nobody knows.
    basis : in words, where air and drag come from.
    """

    orbit: Orbit
    density_kg_m3: Range | None
    drag_area_cd_m2: Range | None
    basis: str
    source: tuple[str, ...] = ()
