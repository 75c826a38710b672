"""Finite burns: constant thrust in a direction of the orbital frame, mass flowing out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, Problem
from stationkeeper.core.frames import rtn_basis
from stationkeeper.flight.state import StateVector

Floats = NDArray[np.float64]
BurnFrame = Literal["NTW", "RTN", "GCRF"]
PROGRADE = (0.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class FiniteBurn:
    """A burn of constant thrust and specific impulse, its direction held in the orbital frame or in inertial space.

    Neglected: build-up and tail-off of the thrust, misalignment, plume impingement.

    Parameters
    ----------
    start : ignition.
    duration_s : above 0.
    thrust_n : sum of the engines, above 0.
    specific_impulse_s : above 0.
    sign : +1 along the direction (reboost), -1 against it (deboost, deorbit).
    label, by : name of the burn, and which vehicle gives it.
    direction : of the thrust on the body, components in ``frame``; any length above 0, kept as a unit vector. The
        default is along the GCRF velocity.
    frame : ``NTW`` (in the orbit plane across the velocity, away from the Earth; along the velocity; along the
        angular momentum), ``RTN`` (radial, away from the Earth; along-track; along the angular momentum) or ``GCRF``.
    """

    start: Epoch
    duration_s: float
    thrust_n: float
    specific_impulse_s: float
    sign: int = 1
    label: str = ""
    by: str = ""
    direction: tuple[float, float, float] = PROGRADE
    frame: BurnFrame = "NTW"

    def __post_init__(self) -> None:
        where = f"burn {self.label or 'at ' + str(self.start)}"
        problems = [
            Problem(where, key, repr(value), "a finite number above 0")
            for key, value in (
                ("duration_s", self.duration_s),
                ("thrust_n", self.thrust_n),
                ("specific_impulse_s", self.specific_impulse_s),
            )
            if not math.isfinite(value) or value <= 0.0
        ]
        if self.sign not in (1, -1):
            problems.append(Problem(where, "sign", repr(self.sign), "+1 (along the direction) or -1 (against it)"))
        if self.frame not in ("NTW", "RTN", "GCRF"):
            problems.append(Problem(where, "frame", repr(self.frame), "NTW, RTN or GCRF"))
        d = tuple(float(x) for x in self.direction)
        length = math.hypot(*d)
        if len(d) != 3 or not (math.isfinite(length) and length > 0.0):
            problems.append(Problem(where, "direction", repr(self.direction), "three finite numbers, not all 0"))
        if problems:
            raise InputError(problems)
        if abs(length - 1.0) > 1e-15:
            object.__setattr__(self, "direction", tuple(x / length for x in d))

    @classmethod
    def from_delta_v(
        cls,
        start: Epoch,
        delta_v_m_s: float,
        mass_kg: float,
        specific_impulse_s: float,
        *,
        thrust_n: float | None = None,
        duration_s: float | None = None,
        label: str = "",
        by: str = "",
        direction: tuple[float, float, float] = PROGRADE,
        frame: BurnFrame = "NTW",
    ) -> FiniteBurn:
        """The burn that gives a body of ``mass_kg`` a change of speed, by the rocket equation.

        Parameters
        ----------
        delta_v_m_s : change of speed, not 0; negative for a retrograde burn.
        thrust_n, duration_s : exactly one of the two; the other follows.

        Raises
        ------
        InputError
            When neither or both are given, or a number is not finite and in range.
        """
        where = f"burn {label or 'at ' + str(start)}"
        if (thrust_n is None) == (duration_s is None):
            raise InputError.one(where, "thrust_n, duration_s", f"{thrust_n}, {duration_s}", "exactly one of the two")
        if not math.isfinite(delta_v_m_s) or delta_v_m_s == 0.0:
            raise InputError.one(where, "delta_v_m_s", delta_v_m_s, "a finite number other than 0")
        if not (math.isfinite(mass_kg) and mass_kg > 0.0):
            raise InputError.one(where, "mass_kg", mass_kg, "a finite number above 0")
        if not (math.isfinite(specific_impulse_s) and specific_impulse_s > 0.0):
            raise InputError.one(where, "specific_impulse_s", specific_impulse_s, "a finite number above 0")
        exhaust_m_s = STANDARD_GRAVITY_M_S2 * specific_impulse_s
        propellant_kg = -mass_kg * math.expm1(-abs(delta_v_m_s) / exhaust_m_s)
        if duration_s is None:
            assert thrust_n is not None  # noqa: S101 - said by the check above, for the type checker
            duration_s = propellant_kg * exhaust_m_s / thrust_n if thrust_n > 0.0 else math.nan
        elif thrust_n is None:
            thrust_n = propellant_kg * exhaust_m_s / duration_s if duration_s > 0.0 else math.nan
        sign = 1 if delta_v_m_s > 0.0 else -1
        return cls(start, duration_s, thrust_n, specific_impulse_s, sign, label, by, direction, frame)

    @property
    def end(self) -> Epoch:
        """Cut-off."""
        return self.start.plus_s(self.duration_s)

    @property
    def mass_flow_kg_s(self) -> float:
        """Propellant used per second."""
        return self.thrust_n / (STANDARD_GRAVITY_M_S2 * self.specific_impulse_s)

    @property
    def propellant_kg(self) -> float:
        """Propellant used by the whole burn."""
        return self.mass_flow_kg_s * self.duration_s

    def delta_v_m_s(self, mass_kg: float) -> float:
        """Signed change of speed of a body that weighs ``mass_kg`` at ignition (rocket equation)."""
        if not self.propellant_kg < mass_kg:
            raise InputError.one(
                f"burn {self.label or 'at ' + str(self.start)}",
                "propellant_kg",
                f"{self.propellant_kg:.1f} kg",
                f"less than the mass of the body, {mass_kg:.1f} kg",
            )
        exhaust_m_s = STANDARD_GRAVITY_M_S2 * self.specific_impulse_s
        return -self.sign * exhaust_m_s * math.log1p(-self.propellant_kg / mass_kg)

    def along_velocity(self, position_gcrf_m: Floats, velocity_gcrf_m_s: Floats) -> Floats:
        """Component of the unit thrust along the speed times the speed, sign included, m/s, for n states, shape (n,).

        It is the power per unit acceleration: what the thrust gives to the orbit's energy.
        """
        r, v = np.atleast_2d(position_gcrf_m), np.atleast_2d(velocity_gcrf_m_s)
        d = np.asarray(self.direction)
        if self.frame == "NTW":
            return np.asarray(self.sign * d[1] * np.linalg.norm(v, axis=1))
        if self.frame == "RTN":
            d = np.einsum("i,nij->nj", d, rtn_basis(r, v))
        return np.asarray(self.sign * np.einsum("...i,...i->...", np.broadcast_to(d, v.shape), v))


@dataclass(frozen=True, slots=True)
class FlownBurn:
    """What a burn gave.

    Parameters
    ----------
    burn : as it was asked for.
    end : cut-off; before ``burn.end`` where the flight was stopped.
    mass_before_kg, mass_after_kg : at ignition and at cut-off.
    ideal_delta_v_m_s : the rocket equation's change of speed for these masses, signed.
    energy_delta_v_m_s : the impulse along the velocity, at the middle of the burn, that gives the orbit the same energy
        as the thrust did (its work along the path). What it lacks of the ideal one is lost to gravity and steering.
    """

    burn: FiniteBurn
    end: Epoch
    mass_before_kg: float
    mass_after_kg: float
    ideal_delta_v_m_s: float
    energy_delta_v_m_s: float

    @property
    def loss_m_s(self) -> float:
        """Ideal less energy-equivalent change of speed, along the sense of the burn; 0 or above for a burn along the velocity."""
        return self.burn.sign * (self.ideal_delta_v_m_s - self.energy_delta_v_m_s)


def impulse_m_s(after: StateVector, coast: StateVector) -> float:
    """Signed impulse along the velocity, m/s, of what parts a state from the coast to the same instant: from the Kepler energies."""
    return (after.specific_energy_m2_s2 - coast.specific_energy_m2_s2) / after.speed_m_s
