"""The last hundred kilometres of many pieces at once: flight, heating and melting to first order.

Model. Flight: point masses over a rotating Earth, Earth-fixed Cartesian coordinates, central gravity on the ellipsoid's
heights, Coriolis and centrifugal terms, drag, and a small lift of a fixed roll angle for pieces that do not tumble
evenly. Air: the US Standard Atmosphere 1976, times a factor of the member. Heating: the Detra-Kemp-Riddell stagnation
point formula, joined to the free-molecular limit by an inverse sum of squares, with a hot-wall correction, and averaged over
a tumbling surface by a factor of the shape. A piece is one temperature: it warms, radiates, and from its melting point on
loses mass by its heat of fusion; plates thin, other shapes shrink. Second-order (midpoint) steps, each trajectory with
its own step.

Neglected: conduction inside a piece, oxidation, heating of one piece by another's shock, oblateness of gravity, winds above the
end of this flight (footprint.py adds drift below), melting under load. Validation status: checked
(tests/reentry/test_breakup.py: against closed forms, and an independent integrator).

References
----------
Detra, Kemp and Riddell, Addendum to Heat transfer to satellite vehicles re-entering the atmosphere, Jet Propulsion 27
    (1957) 1256. Source key: DKR.
Lips and Fritsche, A comparison of commonly used re-entry analysis tools, Acta Astronautica 57 (2005) 312: factor
    of 0.275 for a tumbling sphere. Source key: LF2005.
U.S. Standard Atmosphere 1976, NOAA-S/T 76-1562. Source key: US76.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_FLATTENING,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
    STANDARD_GRAVITY_M_S2,
)

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SEA_LEVEL_DENSITY_KG_M3: Final = 1.225
"""US76."""
DKR_W_M2: Final = 1.1035e8
"""Detra-Kemp-Riddell: W/m2 at a nose of 1 m, sea-level density and 7,924.8 m/s (17,600 BTU/(ft2 s) at 1 ft and 26,000 ft/s)."""
DKR_SPEED_M_S: Final = 7924.8
DKR_POWER: Final = 3.15
STEFAN_BOLTZMANN_W_M2_K4: Final = 5.670374419e-8
AIR_HEAT_J_KG_K: Final = 1100.0
"""Specific heat of air at the wall, for the hot-wall correction (assumed constant, 1,005 at 300 K, 1,250 at 2,000 K)."""
START_K: Final = 300.0
"""Temperature of a piece when it comes free, as the Debris Assessment Software takes it (from memory)."""
SLOW_M_S: Final = 250.0
"""Speed at which the numerical flight ends and the terminal fall begins."""
_STEPS: Final = 20_000
_PACK: Final = 0.9
_WHOLE: Final = (0.05, 1000.0, 4.0)
_PIECES: Final = (0.1, 1500.0, 6.0)
"""Of one step at most: part of the speed lost, height crossed (m), length (s); for bodies that are not heated and for those that are.

Against steps a sixth as long the surviving mass of Mir changes by 0.4 %, the number of pieces by 1.5 %.
"""

# US76: base geopotential height (m), temperature (K), lapse rate (K/m) up to 84.852 km geopotential (86 km)
_LAYERS: Final = (
    (0.0, 288.15, -0.0065), (11_000.0, 216.65, 0.0), (20_000.0, 216.65, 0.001), (32_000.0, 228.65, 0.0028),
    (47_000.0, 270.65, 0.0), (51_000.0, 270.65, -0.0028), (71_000.0, 214.65, -0.002),
)  # fmt: skip
# US76, table I above 86 km: height (km), density (kg/m3)
_UPPER: Final = (
    (86.0, 6.958e-6), (90.0, 3.416e-6), (95.0, 1.393e-6), (100.0, 5.604e-7), (105.0, 2.325e-7), (110.0, 9.708e-8),
    (115.0, 4.289e-8), (120.0, 2.222e-8), (130.0, 8.152e-9), (140.0, 3.831e-9), (150.0, 2.076e-9),
    (160.0, 1.233e-9), (180.0, 5.194e-10), (200.0, 2.541e-10), (220.0, 1.367e-10), (250.0, 6.073e-11), (300.0, 1.916e-11),
)  # fmt: skip
_GRID_M: Final = 250.0
TOP_M: Final = 300_000.0
"""Where the table of the air ends: above it a body counts as gone again."""


@cache
def _log_density() -> Floats:
    """Logarithm of the density every 250 m up to 300 km."""
    gas = 287.0528742  # J/(kg K), US76
    z = np.arange(0.0, TOP_M + 1.0, _GRID_M)
    geopotential = 6_356_766.0 * z / (6_356_766.0 + z)
    out = np.interp(z, [1e3 * h for h, _ in _UPPER], [np.log(d) for _, d in _UPPER])
    pressure = 101_325.0
    for i, (base, warm, lapse) in enumerate(_LAYERS):
        top = _LAYERS[i + 1][0] if i + 1 < len(_LAYERS) else 84_852.0
        inside = (geopotential >= base) & (z < 86_000.0) & (geopotential <= top)
        out[inside] = np.log(_layer(geopotential[inside] - base, pressure, warm, lapse, gas))
        end = _layer(np.array([top - base]), pressure, warm, lapse, gas)[0]
        pressure = float(end * gas * (warm + lapse * (top - base)))
    return np.asarray(out)


def _layer(above: Floats, pressure: float, warm: float, lapse: float, gas: float) -> Floats:
    t = warm + lapse * above
    g = STANDARD_GRAVITY_M_S2 / gas
    p = pressure * (np.exp(-g * above / warm) if lapse == 0.0 else (t / warm) ** (-g / lapse))
    return np.asarray(p / (gas * t))


def standard_density_kg_m3(height_m: ArrayLike) -> Floats:
    """Density of the US Standard Atmosphere 1976 at geometric heights of 0 to 300 km (the ends beyond), kg/m3."""
    table = _log_density()
    x = np.clip(np.asarray(height_m, dtype=np.float64) / _GRID_M, 0.0, len(table) - 1.000001)
    i = x.astype(np.intp)
    low = table[i]
    return np.asarray(np.exp(low + (x - i) * (table[i + 1] - low)))


def stagnation_heat_w_m2(density_kg_m3: ArrayLike, speed_m_s: ArrayLike, radius_m: ArrayLike) -> Floats:
    """Cold-wall heat flux at the stagnation point, W/m2: continuum joined to the free-molecular limit."""
    rho, v, r = (np.asarray(a, dtype=np.float64) for a in (density_kg_m3, speed_m_s, radius_m))
    thick = DKR_W_M2 * np.sqrt(rho / (SEA_LEVEL_DENSITY_KG_M3 * r)) * (v / DKR_SPEED_M_S) ** DKR_POWER
    thin = 0.5 * rho * v**3
    return np.asarray(thick * thin / np.sqrt(thick**2 + thin**2 + 1e-30))


@dataclass
class Falling:
    """Many bodies in flight; every array has shape (n,) but position and velocity, (3, n), Earth-fixed.

    ``area_m2`` is the average projected area of the unmelted body, ``surface_m2`` four times that (Cauchy, convex bodies).
    ``keeps_size`` marks plates, which thin instead of shrinking. ``melt_k`` is infinite for what is not heated here. A body that has
    melted down to ``gone_ratio`` of its mass counts as gone: what is left no longer holds together.
    """

    position_m: Floats
    velocity_m_s: Floats
    mass_kg: Floats
    area_m2: Floats
    drag_coefficient: Floats
    lift_ratio: Floats
    roll_rad: Floats
    nose_m: Floats
    heat_factor: Floats
    cp_j_kg_k: Floats
    melt_k: Floats
    fusion_j_kg: Floats
    emissivity: Floats
    keeps_size: Mask
    density_ratio: Floats
    stop_m: Floats
    gone_ratio: Floats


@dataclass(frozen=True)
class Fallen:
    """Where bodies stopped: at their height, at ``SLOW_M_S``, or melted. Shapes as in :class:`Falling`."""

    position_m: Floats
    velocity_m_s: Floats
    mass_kg: Floats
    temperature_k: Floats
    height_m: Floats
    time_s: Floats
    reached: Mask
    """False where the flight was cut off before its end: the body skipped out or the steps ran out."""


def _dot(a: Floats, b: Floats) -> Floats:
    """Scalar products of the columns."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def height_above_ellipsoid_m(position_m: Floats) -> Floats:
    """Height over the ellipsoid, within 10 m of geodetic height below 150 km; position (3, n), Earth-fixed."""
    r = np.sqrt(_dot(position_m, position_m))
    s2 = (position_m[2] / r) ** 2
    f = EARTH_FLATTENING
    return np.asarray(r - EARTH_EQUATORIAL_RADIUS_M * (1.0 - f * s2 - 1.5 * f * f * s2 * (1.0 - s2)))


def fall(b: Falling) -> Fallen:
    """Fly bodies until each reaches its ``stop_m``, slows to 250 m/s, or melts.

    Steps of 0.02 to 6 s, see :data:`_WHOLE` and :data:`_PIECES`.
    """
    n = b.mass_kg.size
    x, v = b.position_m.copy(), b.velocity_m_s.copy()
    mass, warm = b.mass_kg.copy(), np.full(n, START_K)
    height, clock = height_above_ellipsoid_m(x), np.zeros(n)
    done = np.zeros(n, dtype=np.bool_)
    live, over = np.arange(n), np.zeros(n, dtype=np.bool_)
    body = _Body(b)
    xs, vs, ms, ts, hs, cs = x, v, mass, warm, height, clock
    for _ in range(_STEPS):
        xs, vs, ms, ts, hs, cs = body.step(xs, vs, ms, ts, hs, cs)
        end = (hs <= body.stop) | (_dot(vs, vs) <= SLOW_M_S**2) | (ms <= body.gone * body.mass0)
        out = (end | (hs > TOP_M)) & ~over
        if not out.any():
            continue
        at = live[out]
        x[:, at], v[:, at], mass[at], warm[at] = xs[:, out], vs[:, out], ms[out], ts[out]
        height[at], clock[at], done[at] = hs[out], cs[out], end[out]
        over |= out
        left = np.count_nonzero(~over)
        if (
            left <= _PACK * over.size
        ):  # those that are through fly on unseen until enough of them can be dropped at once
            keep = ~over
            live, over = live[keep], over[keep]
            if not live.size:
                break
            xs, vs, ms, ts, hs, cs = xs[:, keep], vs[:, keep], ms[keep], ts[keep], hs[keep], cs[keep]
            body = body.part(keep)
    if live.size:
        up, rest = ~over, live[~over]
        x[:, rest], v[:, rest], mass[rest], warm[rest] = xs[:, up], vs[:, up], ms[up], ts[up]
        height[rest], clock[rest] = hs[up], cs[up]
    mass[mass <= b.gone_ratio * b.mass_kg] = 0.0
    return Fallen(x, v, mass, warm, height, clock, done)


class _Body:
    """The constants of the bodies still in flight, and one step of them."""

    _NAMES = (
        "stop", "mass0", "area", "cd", "lift_up", "lift_side", "nose", "factor", "cp", "melt", "fusion", "emissivity",
        "plate", "ratio", "gone",
    )  # fmt: skip

    def __init__(self, b: Falling) -> None:
        self.stop, self.mass0, self.area, self.cd = b.stop_m, b.mass_kg, b.area_m2, b.drag_coefficient
        self.lift_up, self.lift_side = b.lift_ratio * np.cos(b.roll_rad), b.lift_ratio * np.sin(b.roll_rad)
        self.lifted = bool(np.any(b.lift_ratio))
        self.heated = bool(np.isfinite(b.melt_k).any())
        self.nose, self.factor, self.cp, self.melt = b.nose_m, b.heat_factor, b.cp_j_kg_k, b.melt_k
        self.fusion, self.emissivity, self.plate = b.fusion_j_kg, b.emissivity, b.keeps_size
        self.ratio, self.gone = b.density_ratio, b.gone_ratio

    def part(self, keep: Mask) -> _Body:
        """The bodies that are left."""
        for name in self._NAMES:
            setattr(self, name, getattr(self, name)[keep])
        return self

    def turn(self, x: Floats, v: Floats, radius: Floats, speed: Floats, climb: Floats) -> Floats:
        """Lift over drag as a vector normal to the velocity, (3, n): rolled from the vertical plane; ``climb`` is x.v / radius."""
        steep = climb / speed
        level = 1.0 / np.sqrt(np.maximum(1.0 - steep**2, 1e-12))
        across = self.lift_side * level / (radius * speed)
        up = self.lift_up * level
        up_x, up_v = up / radius, up * steep / speed
        out = np.empty_like(x)
        for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
            out[i] = up_x * x[i] - up_v * v[i] + across * (v[j] * x[k] - v[k] * x[j])
        return out

    def force(self, x: Floats, v: Floats, h: Floats, drag_area: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Acceleration without lift (3, n), density, speed, drag deceleration over speed (n,)."""
        r2 = _dot(x, x)
        rho = self.ratio * standard_density_kg_m3(h)
        speed = np.sqrt(_dot(v, v))
        rate = drag_area * rho * speed
        w = EARTH_ROTATION_RATE_RAD_S
        a = (-GM_EARTH_M3_S2 / (r2 * np.sqrt(r2))) * x - rate * v
        a[0] += (2.0 * w) * v[1] + (w * w) * x[0]
        a[1] += (w * w) * x[1] - (2.0 * w) * v[0]
        return a, rho, speed, rate

    def step(
        self, x: Floats, v: Floats, m: Floats, t: Floats, h: Floats, clock: Floats
    ) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """One midpoint step of all bodies; the last one ends near the height where it stops."""
        left = np.cbrt(m / self.mass0)
        area = np.where(self.plate, self.area, self.area * left**2)
        drag_area = 0.5 * self.cd * area / m
        a, rho, speed, rate = self.force(x, v, h, drag_area)
        radius = np.sqrt(_dot(x, x))
        sink = -_dot(x, v) / radius
        dt = self.length_s(h, sink, rate)
        half = 0.5 * dt
        turn = self.turn(x, v, radius, speed, -sink) if self.lifted else np.zeros(1)
        if self.lifted:
            a += (rate * speed) * turn
        xm, vm = x + half * v, v + half * a
        a, rho, speed, rate = self.force(xm, vm, height_above_ellipsoid_m(xm), drag_area)
        if self.lifted:
            a += (rate * speed) * turn
        if self.heated:
            t, m = self.heat(t, m, area, left, rho, speed, dt)
        x = x + dt * vm
        return x, v + dt * a, m, t, height_above_ellipsoid_m(x), clock + dt

    def length_s(self, h: Floats, sink: Floats, rate: Floats) -> Floats:
        """Length of the next step; ``rate`` is the drag deceleration over the speed, 1/s."""
        loss, cross_m, longest_s = _PIECES if self.heated else _WHOLE
        falling = np.maximum(np.abs(sink), 1e-9)
        dt = np.minimum(np.minimum(loss / (rate + 1e-9), cross_m / falling), longest_s)
        dt = np.maximum(dt, 0.02)
        gap = np.maximum(h - self.stop, 0.0)
        return np.where((sink > 0.0) & (gap < sink * dt), gap / falling + 1e-3, dt)

    def heat(
        self, t: Floats, m: Floats, area: Floats, left: Floats, rho: Floats, speed: Floats, dt: Floats
    ) -> tuple[Floats, Floats]:
        """Temperature and mass after a step."""
        nose = np.where(self.plate, self.nose, self.nose * left)
        total = 0.5 * speed**2
        wall = np.clip(1.0 - AIR_HEAT_J_KG_K * t / (total + AIR_HEAT_J_KG_K * 250.0), 0.0, 1.0)
        q = self.factor * wall * stagnation_heat_w_m2(rho, speed, nose)
        glow = self.emissivity * STEFAN_BOLTZMANN_W_M2_K4
        held = m * self.cp
        # the loss by radiation is taken at the end of the step, to first order
        cube = t * t * t
        warmer = t + 4.0 * area * dt * (q - glow * (cube * t - START_K**4)) / (held + 16.0 * area * dt * glow * cube)
        over = np.maximum(warmer - self.melt, 0.0) * held
        melted = over / self.fusion
        return np.clip(warmer, 150.0, self.melt), np.maximum(m - melted, 1e-3 * self.mass0)


def terminal_speed_m_s(mass_kg: Floats, area_m2: Floats, drag_coefficient: Floats) -> Floats:
    """Speed at which weight and drag balance at sea level, m/s."""
    return np.asarray(
        np.sqrt(2.0 * mass_kg * STANDARD_GRAVITY_M_S2 / (SEA_LEVEL_DENSITY_KG_M3 * drag_coefficient * area_m2))
    )
