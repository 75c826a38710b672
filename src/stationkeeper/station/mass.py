"""Mass properties of a stack, and what happens to momentum when it parts.

Every body is a uniform box of its mass and size (an assumption; arrays and trusses are thin boxes). The station
frame is x forward, y starboard, z nadir.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stationkeeper.station.configuration import Node, Stack

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MassProperties:
    """Mass (kg), centre of mass (3,) in metres and inertia about it (3, 3) in kg m2, station frame."""

    mass_kg: float
    centre_m: Array
    inertia_kg_m2: Array


def box_inertia(mass_kg: float, size_m: tuple[float, float, float]) -> Array:
    """Inertia (3, 3) of a uniform box about its centre, kg m2."""
    x, y, z = (s * s for s in size_m)
    return np.diag([y + z, x + z, x + y]) * (mass_kg / 12.0)


def mass_properties(nodes: list[Node]) -> MassProperties:
    """Mass properties of bodies joined rigidly (parallel-axis theorem)."""
    masses = np.array([n.mass_kg for n in nodes])
    centres = np.array([n.centre_m for n in nodes])
    total = float(masses.sum())
    centre = masses @ centres / total
    inertia = np.zeros((3, 3))
    for n, c in zip(nodes, centres, strict=True):
        r = c - centre
        inertia += box_inertia(n.mass_kg, n.size_m) + n.mass_kg * (r @ r * np.eye(3) - np.outer(r, r))
    return MassProperties(total, centre, inertia)


@dataclass(frozen=True)
class Motion:
    """Velocity of the centre of mass (3,) in m/s and rotation rate (3,) in rad/s, both in one inertial frame whose
    axes coincide with the station frame at the instant; position (3,) of the centre of mass in metres."""

    position_m: Array
    velocity_m_s: Array
    rate_rad_s: Array


def momentum(body: MassProperties, motion: Motion) -> tuple[Array, Array]:
    """Linear momentum (3,), kg m/s, and angular momentum (3,) about the frame's origin, kg m2/s."""
    p = body.mass_kg * motion.velocity_m_s
    return p, np.cross(motion.position_m, p) + body.inertia_kg_m2 @ motion.rate_rad_s


def part(
    whole: Motion, bodies: list[MassProperties], at_m: Array, axis: Array, speed_m_s: float, pair: tuple[int, int]
) -> list[Motion]:
    """Motion of the parts of a rigid body right after a joint opens.

    The parts first keep the rigid motion of the whole; then a push at the joint (``at_m``, station frame) along
    ``axis`` (unit; from part ``pair[0]`` towards part ``pair[1]``) gives these two the relative speed ``speed_m_s``
    at the joint, with equal and opposite impulses, so that linear and angular momentum are both conserved.
    """
    centre = sum((b.mass_kg * b.centre_m for b in bodies), np.zeros(3)) / sum(b.mass_kg for b in bodies)
    out = [
        Motion(
            whole.position_m + (b.centre_m - centre),
            whole.velocity_m_s + np.cross(whole.rate_rad_s, b.centre_m - centre),
            whole.rate_rad_s.copy(),
        )
        for b in bodies
    ]
    a, b = pair
    arm = [at_m - bodies[a].centre_m, at_m - bodies[b].centre_m]
    inverse = [np.linalg.inv(bodies[i].inertia_kg_m2) for i in (a, b)]
    compliance = sum(
        1.0 / bodies[i].mass_kg + axis @ np.cross(inv @ np.cross(r, axis), r)
        for i, inv, r in zip((a, b), inverse, arm, strict=True)
    )
    impulse = speed_m_s / compliance * axis
    for i, sign, inv, r in zip((a, b), (-1.0, 1.0), inverse, arm, strict=True):
        m = out[i]
        out[i] = Motion(
            m.position_m,
            m.velocity_m_s + sign * impulse / bodies[i].mass_kg,
            m.rate_rad_s + inv @ np.cross(r, sign * impulse),
        )
    return out


def stack_mass_properties(stack: Stack) -> MassProperties:
    """Mass properties of a stack."""
    return mass_properties(stack.nodes)
