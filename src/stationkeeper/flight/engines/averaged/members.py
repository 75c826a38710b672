"""Who flies: the start, drag, propellant and reboost policy of each member of an ensemble, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, J2_EARTH, STANDARD_GRAVITY_M_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError, Problem
from stationkeeper.core.time_arrays import TimesUs
from stationkeeper.flight.engines.averaged import kernel as k
from stationkeeper.flight.mean_elements import MeanOrbit

Floats = NDArray[np.float64]
LARGEST_ECCENTRICITY: Final = 0.02
ODD_ZONALS: Final = ((3, -2.53254e-6), (5, -2.27801e-7), (7, -3.50561e-7), (9, -1.22118e-7), (11, 2.43481e-7))
"""(degree, J) of EIGEN-6S, 2005."""


@dataclass(frozen=True, eq=False)
class Members:
    """The members of an ensemble; every field is an array of shape (n,).

    Parameters
    ----------
    epoch_tai_us : start of each, int64.
    semi_major_axis_m, ex, ey, inclination_rad, raan_rad, argument_of_latitude_rad : mean elements (:class:`MeanOrbit`).
    drag_m2_kg : density scale * Cd * A / m at the start mass.
    mass_kg, propellant_kg : at the start; the propellant is part of the mass.
    exhaust_m_s : effective exhaust velocity.
    floor_m, ceiling_m : the band of mean altitude that is kept: below the floor the member is raised to the ceiling at once; NaN for
        members that keep none.
    path : which table of space weather each flies through.
    schedule : which list of burns each follows, -1 for none.
    identity : number that names the member's random density factor; it stays the same when an ensemble is cut into parts.
    walk : state of that factor's random walk on the UTC day before the start; by default (``kernel.FRESH``) it begins on the first day.

    Raises
    ------
    InputError
        For arrays of different lengths and values out of range; all problems at once.
    OutOfRangeError
        For an orbit that is not near-circular.
    """

    epoch_tai_us: TimesUs
    semi_major_axis_m: Floats
    ex: Floats
    ey: Floats
    inclination_rad: Floats
    raan_rad: Floats
    argument_of_latitude_rad: Floats
    drag_m2_kg: Floats
    mass_kg: Floats
    propellant_kg: Floats
    exhaust_m_s: Floats
    floor_m: Floats
    ceiling_m: Floats
    path: NDArray[np.int64]
    schedule: NDArray[np.int64]
    identity: NDArray[np.int64]
    walk: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        n = len(self.epoch_tai_us)
        if not len(self.walk):
            object.__setattr__(self, "walk", np.full(n, k.FRESH))
        problems = []
        for f in fields(self):
            value = getattr(self, f.name)
            if value.shape != (n,):
                problems.append(
                    Problem("members", f.name, f"shape {value.shape}", f"({n},), one value for each member")
                )
            elif f.name not in ("floor_m", "ceiling_m") and not np.isfinite(value).all():
                problems.append(Problem("members", f.name, "a value that is not finite", "finite numbers"))
            value.setflags(write=False)
        if not problems:
            problems += self._out_of_range()
        if problems:
            raise InputError(problems)
        largest = float(np.hypot(self.ex, self.ey).max(initial=0.0))
        if largest > LARGEST_ECCENTRICITY:
            raise OutOfRangeError(
                f"mean eccentricity {largest:.4f}; the averaged engine holds to {LARGEST_ECCENTRICITY:g}: fly it numerically"
            )

    def _out_of_range(self) -> list[Problem]:
        band = np.isfinite(self.floor_m) | np.isfinite(self.ceiling_m)
        checks = (
            ("drag_m2_kg", self.drag_m2_kg < 0.0, "0 or above"),
            ("mass_kg", self.mass_kg <= 0.0, "above 0"),
            (
                "propellant_kg",
                (self.propellant_kg < 0.0) | (self.propellant_kg >= self.mass_kg),
                "0 to less than the mass",
            ),
            ("exhaust_m_s", self.exhaust_m_s <= 0.0, "above 0"),
            ("ceiling_m", band & ~(self.ceiling_m > self.floor_m), "above floor_m, and both or neither given"),
            ("identity", self.identity < 0, "0 or above"),
            ("schedule", band & (self.schedule >= 0), "-1 for members that keep a band"),
        )
        return [
            Problem("members", name, repr(float(getattr(self, name)[np.argmax(wrong)])), expected)
            for name, wrong, expected in checks
            if wrong.any()
        ]  # fmt: skip

    def __len__(self) -> int:
        return len(self.epoch_tai_us)

    @classmethod
    def of(
        cls,
        orbits: MeanOrbit | Sequence[MeanOrbit],
        drag_m2_kg: ArrayLike,
        *,
        mass_kg: ArrayLike = 1_000.0,
        propellant_kg: ArrayLike = 0.0,
        specific_impulse_s: ArrayLike = 300.0,
        floor_m: ArrayLike = np.nan,
        ceiling_m: ArrayLike = np.nan,
        path: ArrayLike = 0,
        schedule: ArrayLike = -1,
    ) -> Members:
        """Members from mean orbits; every argument is one value for all, or one for each. Raises as the class does."""
        listed = [orbits] if isinstance(orbits, MeanOrbit) else list(orbits)
        given = (drag_m2_kg, mass_kg, propellant_kg, specific_impulse_s, floor_m, ceiling_m, path, schedule)
        lengths = {len(listed)} | {len(np.atleast_1d(g)) for g in given}
        n = max(lengths)
        if lengths - {1, n}:
            raise InputError.one(
                "members", "arguments", f"lengths {sorted(lengths)}", "one value for all, or one for each member"
            )
        rows = np.array([[getattr(o, name) for name in _ELEMENTS] for o in listed])
        epochs = np.array([o.epoch.tai_us for o in listed], dtype=np.int64)
        drag, mass, propellant, impulse, floor, ceiling = (_floats(g, n) for g in given[:6])
        return cls(
            _whole(epochs, n), _floats(rows[:, 0], n), _floats(rows[:, 1], n), _floats(rows[:, 2], n),
            _floats(rows[:, 3], n), _floats(rows[:, 4], n), _floats(rows[:, 5], n), drag, mass, propellant,
            STANDARD_GRAVITY_M_S2 * impulse, floor, ceiling, _whole(path, n), _whole(schedule, n),
            np.arange(n, dtype=np.int64),
        )  # fmt: skip

    @classmethod
    def circular(
        cls, epoch: Epoch, altitude_m: ArrayLike, inclination_rad: ArrayLike, drag_m2_kg: ArrayLike, *,
        raan_rad: ArrayLike = 0.0, frozen: bool = True, path: ArrayLike = 0,
    ) -> Members:  # fmt: skip
        """Members on orbits of a given mean altitude (above 6,378,137 m), frozen or with no mean eccentricity at all."""
        n = max(len(np.atleast_1d(v)) for v in (altitude_m, inclination_rad, drag_m2_kg, raan_rad, path))
        a = EARTH_EQUATORIAL_RADIUS_M + _floats(altitude_m, n)
        i = _floats(inclination_rad, n)
        ey = frozen_eccentricity(a, i) * frozen
        nothing, none = np.zeros(n), np.full(n, np.nan)
        return cls(
            np.full(n, epoch.tai_us, dtype=np.int64), a, nothing, ey, i, _floats(raan_rad, n), nothing.copy(),
            _floats(drag_m2_kg, n), np.full(n, 1_000.0), nothing.copy(), np.full(n, 3_000.0), none, none.copy(),
            _whole(path, n), np.full(n, -1, dtype=np.int64), np.arange(n, dtype=np.int64),
        )  # fmt: skip

    def take(self, pick: NDArray[np.int64]) -> Members:
        """Some of the members, in the order given."""
        return Members(**{f.name: np.array(getattr(self, f.name)[pick]) for f in fields(self)})

    def arrays(self, start_days: Floats) -> tuple[Floats, NDArray[np.int64]]:
        """The two arrays that the kernel reads, (n, 19) and (n, 4); ``start_days`` on its clock."""
        inputs = np.empty((len(self), k.INPUTS))
        for column, values in (
            (k.START, start_days), (k.A, self.semi_major_axis_m), (k.EX, self.ex), (k.EY, self.ey),
            (k.INCLINATION, self.inclination_rad), (k.RAAN, self.raan_rad), (k.PHASE, self.argument_of_latitude_rad),
            (k.DRAG, self.drag_m2_kg), (k.MASS, self.mass_kg), (k.PROPELLANT, self.propellant_kg),
            (k.EXHAUST, self.exhaust_m_s), (k.FLOOR, self.floor_m), (k.CEILING, self.ceiling_m), (k.WALKED, self.walk),
        ):  # fmt: skip
            inputs[:, column] = values
        inputs[:, k.FROZEN :] = odd_zonal_terms(self.inclination_rad)
        choices = np.empty((len(self), 4), dtype=np.int64)
        choices[:, k.PATH], choices[:, k.SCHEDULE], choices[:, k.IDENTITY] = self.path, self.schedule, self.identity
        choices[:, k.POLICY] = np.where(
            np.isfinite(self.floor_m), k.BAND, np.where(self.schedule >= 0, k.SCHEDULED, k.NOBODY)
        )
        return inputs, choices


_ELEMENTS: Final = (
    "semi_major_axis_m", "ex", "ey", "inclination_rad", "raan_rad", "argument_of_latitude_rad",
)  # fmt: skip


def odd_zonal_terms(inclination_rad: Floats) -> Floats:
    """Terms of the frozen eccentricity of near-circular orbits, shape (n, 5): that of J_m times (R / a)^(m - 2), m = 3 to 11, adds up.

    To first order in the eccentricity the orbit's mean of an odd zonal potential is
    -(mu / a) J_m (R / a)^m (m - 1) e sin w <sin u P_m(sin i sin u)>; with J2's turning of the perigee it holds the eccentricity vector
    fixed where e cos w = 0 and e sin w is the sum of these terms. At the critical inclination (63.4 degrees) J2 does not turn
    it and there is no such point: the divisor is kept away from 0.

    References
    ----------
    Cook, Planetary and Space Science 14 (1966) 433. Source key: cook-1966. Zonal coefficients: EIGEN-6S. Source key: eigen-6s.
    """
    i = np.asarray(inclination_rad, dtype=np.float64)
    u = 2.0 * np.pi * (np.arange(16) + 0.5) / 16  # exact for a polynomial of degree 12 in sin u
    turning = 3.0 * J2_EARTH * (1.0 - 1.25 * np.sin(i) ** 2)
    turning = np.where(np.abs(turning) < 1e-4 * J2_EARTH, 1e-4 * J2_EARTH, turning)
    x = np.sin(i)[:, None] * np.sin(u)
    out = np.empty((len(i), len(ODD_ZONALS)))
    for column, (m, j) in enumerate(ODD_ZONALS):
        mean = (np.sin(u) * np.polynomial.legendre.legval(x, [0.0] * m + [1.0])).mean(axis=1)
        out[:, column] = j * (m - 1) * mean / turning
    return out


def frozen_eccentricity(semi_major_axis_m: Floats, inclination_rad: Floats) -> Floats:
    """e sin w of the frozen orbit (e cos w is 0); see :func:`odd_zonal_terms`."""
    ratio = EARTH_EQUATORIAL_RADIUS_M / np.asarray(semi_major_axis_m)
    powers = ratio[:, None] ** np.array([m - 2 for m, _ in ODD_ZONALS])
    return np.asarray((odd_zonal_terms(inclination_rad) * powers).sum(axis=1))


def _floats(values: ArrayLike, n: int) -> Floats:
    """Our own array of n values."""
    return np.broadcast_to(np.atleast_1d(np.asarray(values, dtype=np.float64)), (n,)).copy()


def _whole(values: ArrayLike, n: int) -> NDArray[np.int64]:
    """The same for whole numbers."""
    return np.broadcast_to(np.atleast_1d(np.asarray(values, dtype=np.int64)), (n,)).copy()
