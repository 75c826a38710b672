"""Torques on a body in a circular orbit, the attitude in which they balance, and how it turns under torques of its own.

Frames: LVLH is x forward, y to starboard (against the orbit's normal), z to the nadir; the body frame is the station frame
(:mod:`stationkeeper.station.mass`). An attitude is (roll, pitch, yaw) in rad, turned yaw first, then pitch, then roll, that
takes LVLH to the body frame; all zero: the station frame lies along LVLH.

Model: a rigid body held at rest in LVLH. Gravity-gradient torque :math:`3 n^2 z \\times I z`, the torque that turning the body
once an orbit takes, :math:`-n^2 y \\times I y`, and the force of the air at one centre of pressure, against the flight.
Neglected: wind and the turning air (6 % of the force), lift, shadowing of parts by others, flexible arrays, solar pressure
(about 0.01 N on 1,500 m2), the Earth's oblateness in the gravity gradient.
Validation status: validated (validation/functions/test_attitude.py: published equilibrium attitude of the ISS, the turn of
29 July 2021).

References
----------
Wertz (ed.), Spacecraft Attitude Determination and Control (1978), sections 17.2 and 18.3, from memory: gravity-gradient torque,
the three inertia ratios and their stability.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Angles = tuple[float, float, float]

LARGEST_RAD = math.radians(60.0)
"""No equilibrium farther from LVLH than this is looked for: the force of the air would no longer be that of the flight attitude."""


def attitude_matrix(angles_rad: Angles) -> Array:
    """Rotation (3, 3) from LVLH to the body frame for (roll, pitch, yaw)."""
    cr, cp, cy = (math.cos(a) for a in angles_rad)
    sr, sp, sy = (math.sin(a) for a in angles_rad)
    return np.array(
        [
            [cp * cy, cp * sy, -sp],
            [sr * sp * cy - cr * sy, sr * sp * sy + cr * cy, sr * cp],
            [cr * sp * cy + sr * sy, cr * sp * sy - sr * cy, cr * cp],
        ]
    )


def _cross(a: Array, b: Array) -> Array:
    # numpy's own costs ten times as much for one pair of vectors
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def gravity_torque_nm(inertia_kg_m2: Array, angles_rad: Angles, mean_motion_rad_s: float) -> Array:
    """Gravity gradient plus what turning once an orbit takes, body frame, shape (3,), N m."""
    c = attitude_matrix(angles_rad)
    y, z = c[:, 1], c[:, 2]
    n2 = mean_motion_rad_s**2
    return n2 * (3.0 * _cross(z, inertia_kg_m2 @ z) - _cross(y, inertia_kg_m2 @ y))


def air_torque_nm(force_n: float, arm_m: Array, angles_rad: Angles) -> Array:
    """Torque of the air, body frame, shape (3,), N m: the force against the flight at ``arm_m`` from the centre of mass."""
    return _cross(arm_m, -force_n * attitude_matrix(angles_rad)[:, 0])


def equilibrium(inertia_kg_m2: Array, arm_m: Array, force_n: float, mean_motion_rad_s: float) -> Angles | None:
    """Attitude nearest to LVLH in which all torques balance: the torque-equilibrium attitude (TEA).

    Newton's method, started on the principal axes nearest to LVLH. It may be unstable, as that of the ISS is: gyroscopes or
    thrusters hold it. ``None`` where there is none within 60 degrees, which happens when the air outweighs gravity.
    """
    x = np.array(_nearest_axes(inertia_kg_m2))
    scale = mean_motion_rad_s**2 * float(np.trace(inertia_kg_m2))

    def torque(a: Array) -> Array:
        angles = (float(a[0]), float(a[1]), float(a[2]))
        t = gravity_torque_nm(inertia_kg_m2, angles, mean_motion_rad_s)
        return (t + air_torque_nm(force_n, arm_m, angles)) / scale

    for _ in range(25):
        r = torque(x)
        if np.abs(r).max() < 1e-12:
            break
        h = 1e-6
        jacobian = np.stack([(torque(x + h * e) - torque(x - h * e)) / (2.0 * h) for e in np.eye(3)], axis=1)
        step = np.linalg.lstsq(jacobian, -r, rcond=1e-9)[0]
        x = x + step * min(1.0, 0.3 / max(float(np.abs(step).max()), 1e-12))
    if np.abs(torque(x)).max() > 1e-9 or np.abs(x).max() > LARGEST_RAD:
        return None
    return float(x[0]), float(x[1]), float(x[2])


def _nearest_axes(inertia_kg_m2: Array) -> Angles:
    _, v = np.linalg.eigh(inertia_kg_m2)
    # each principal axis goes with the body axis that it lies nearest to, taken one after the other
    c, left = np.zeros((3, 3)), [0, 1, 2]
    for axis in sorted(range(3), key=lambda k: -np.abs(v[k]).max()):
        k = max(left, key=lambda j: abs(v[axis, j]))
        left.remove(k)
        c[:, axis] = v[:, k] * (1.0 if v[axis, k] >= 0.0 else -1.0)
    if np.linalg.det(c) < 0.0:
        return (0.0, 0.0, 0.0)
    # c's columns are the LVLH axes in body coordinates
    pitch = math.asin(max(-1.0, min(1.0, -c[0, 2])))
    return math.atan2(c[1, 2], c[2, 2]), pitch, math.atan2(c[0, 1], c[0, 0])


def stiffness_nm_rad(inertia_kg_m2: Array, mean_motion_rad_s: float) -> Array:
    """Torque that each radian of roll, pitch and yaw brings, shape (3,), N m/rad, without its sign."""
    x, y, z = (float(k) for k in np.diag(inertia_kg_m2))
    n2 = mean_motion_rad_s**2
    return np.array([4.0 * abs(z - y), 3.0 * abs(z - x), abs(x - y)]) * n2


def growth_rate_rad_s(inertia_kg_m2: Array, mean_motion_rad_s: float) -> float:
    """Rate at which a small error of attitude grows when nobody holds the body, 1/s; zero where gravity holds it.

    Linear motion about LVLH with the diagonal of the inertia: pitch by itself, roll and yaw together.
    """
    x, y, z = (float(k) for k in np.diag(inertia_kg_m2))
    n = mean_motion_rad_s
    roots = [complex(math.sqrt(max(0.0, 3.0 * (z - x) / y)))]
    sx, sz = (y - z) / x, (y - x) / z
    roots += [complex(r) for r in np.roots([1.0, 0.0, 1.0 + 3.0 * sx + sx * sz, 0.0, 4.0 * sx * sz])]
    rate = max(r.real for r in roots)
    return n * rate if rate > 1e-6 else 0.0


@dataclass(frozen=True, slots=True)
class Push:
    """A force fixed in the body for a time: body frame, N; ``arm_m`` from the centre of mass."""

    start_s: float
    end_s: float
    force_n: tuple[float, float, float]
    arm_m: tuple[float, float, float]

    @property
    def torque_nm(self) -> Array:
        """Its torque, body frame, shape (3,)."""
        return _cross(np.asarray(self.arm_m, dtype=float), np.asarray(self.force_n, dtype=float))


@dataclass(frozen=True)
class Turn:
    """How a body turned: ``times_s`` (n,), ``rates_rad_s`` (n, 3) in the body frame, ``angle_rad`` (n,) turned in all by then."""

    times_s: Array
    rates_rad_s: Array
    angle_rad: Array

    @property
    def peak_rate_rad_s(self) -> float:
        """The greatest rate of rotation."""
        return float(np.linalg.norm(self.rates_rad_s, axis=1).max())

    @property
    def total_rad(self) -> float:
        """Angle turned in all, over all directions."""
        return float(self.angle_rad[-1])


def turn(
    inertia_kg_m2: Array,
    pushes: Sequence[Push],
    length_s: float,
    rate_rad_s: Angles = (0.0, 0.0, 0.0),
    step_s: float = 1.0,
) -> Turn:
    """Euler's equations of a rigid body under forces fixed in it (Runge-Kutta 4, steps cut at each push's ends).

    The start rate is relative to inertial space and so is the angle; gravity and air are left out: good for minutes of torques
    of hundreds of N m and more.
    """
    ends = {0.0, length_s, *(t for p in pushes for t in (p.start_s, p.end_s) if 0.0 < t < length_s)}
    marks = sorted(ends)
    inverse = np.linalg.inv(inertia_kg_m2)
    w, angle, t = np.asarray(rate_rad_s, dtype=float), 0.0, 0.0
    times, rates, angles = [0.0], [w], [0.0]
    for a, b in pairwise(marks):
        torque = sum((p.torque_nm for p in pushes if p.start_s <= a and b <= p.end_s), np.zeros(3))

        def slope(v: Array, torque: Array = torque) -> Array:
            return np.asarray(inverse @ (torque - _cross(v, inertia_kg_m2 @ v)))

        count = max(1, math.ceil((b - a) / step_s))
        h = (b - a) / count
        for _ in range(count):
            k1 = slope(w)
            k2 = slope(w + 0.5 * h * k1)
            k3 = slope(w + 0.5 * h * k2)
            k4 = slope(w + h * k3)
            new = w + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
            angle += 0.5 * h * (float(np.linalg.norm(w)) + float(np.linalg.norm(new)))
            w, t = new, t + h
            times.append(t)
            rates.append(w)
            angles.append(angle)
    return Turn(np.array(times), np.array(rates), np.array(angles))
