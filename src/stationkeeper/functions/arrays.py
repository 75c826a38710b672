"""Solar arrays: what a set of them gives in the Sun on a date, and how much of it their pointing takes away.

Model: output in the Sun = sunlight of the date (1361 W/m2 at one astronomical unit) x area of cells x efficiency of the cell x
what warmth, wiring and mismatch leave x what shadows of the station leave x (1 - loss per year)^age x pointing. Where the data
give no cells, a stated output in the Sun takes their place; where they give only an average, that is taken as it is. An array in
front of another takes away the part of it that it covers. Pointing: arrays with two axes see the Sun square on; arrays with one
axis, which lies along the orbit's normal, lose the cosine of the Sun's angle to the orbit plane. Beyond 60 degrees the best value
takes the stack to be turned towards the Sun. The other modes of the arrays are factors (:data:`MODES`), the sun slicer's from
geometry: the panel holds the line of flight in its plane, so it sees sqrt(1 - (cos beta sin theta)^2) of the Sun at the angle
theta from noon.
Neglected: light from the Earth, moving shadows hour by hour, the current-voltage curve, seasons of temperature.
Validation status: checked (validation/functions/test_power.py: output of a new wing, sun slicer against its integral).

References
----------
Kopp and Lean (2011), A new, lower value of total solar irradiance, Geophysical Research Letters 38, L01706. Source key: kopp-lean-2011.
Landis and Lu (1991), Solar array orientation options for a space station in low Earth orbit, Journal of Propulsion and Power 7, 123
(the modes; read in copies of the article Night Glider mode). Source keys: R85, R125.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from stationkeeper.core.constants import ASTRONOMICAL_UNIT_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.orbit import Orbit
from stationkeeper.core.ranges import Range
from stationkeeper.environment.sun import sun_position_gcrf_m
from stationkeeper.functions.surroundings import beta_rad, reference_orbit, shadow_fraction
from stationkeeper.station.configuration import Configuration
from stationkeeper.station.schema import Element, Equipment

SOLAR_CONSTANT_KW_M2 = 1.361
TrackingMode = Literal["sun-tracking", "night-glider", "sun-slicer", "biased"]
DAYS_PER_YEAR = 365.25
UNKNOWN_SHADOW = Range(0.38, 0.0, 0.42)
"""Part of a turn in shadow where the data name no orbit: none at all to that of a circle 200 km up with the Sun in its plane."""
UNKNOWN_PERIOD_S = 5400.0
TUMBLING = Range(0.25, 0.0, 1.0 / math.pi)
"""Of a flat array with cells on one side that turns without control, averaged: max(cos, 0) over all directions gives 1/4, over a
turn about an axis that lies in the panel and is square to the Sun 1/pi (the most), edge on to the Sun nothing (the least)."""
_TURNED = 0.5  # cosine of 60 degrees: see the module's text


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to turn the arrays: what it leaves of their power and of their own drag.

    ``power`` is ``None`` where it follows from geometry (the sun slicer).
    """

    power: Range | None
    array_drag: Range
    note: str


MODES: dict[TrackingMode, Mode] = {
    "sun-tracking": Mode(Range.exact(1.0), Range.exact(1.0), "face the Sun all the way round"),
    "night-glider": Mode(
        Range.exact(1.0), Range(0.70, 0.65, 0.75), "edge on to the flow on the night side: arrays' drag -30 %, no loss of power (R85)"
    ),
    "sun-slicer": Mode(
        None, Range(0.1, 0.0, 0.3), "edge on to the flow all the way round: least drag, less power (R85); the drag left is assumed"
    ),
    "biased": Mode(
        Range(0.95, 0.85, 1.0), Range(0.85, 0.70, 1.0),
        "turned some degrees away from the Sun towards the flow (R125); nobody published the factors: assumed, up to 30 degrees",
    ),
}  # fmt: skip
"""Modes of the arrays; numbers without a source key are assumed."""


@dataclass(frozen=True, slots=True)
class Sunlight:
    """The Sun as a stack meets it on one turn round the Earth.

    ``beta_rad`` is ``None`` and ``shadow`` wide where the data name no orbit.
    """

    beta_rad: float | None
    shadow: Range
    period_s: float
    distance_au: float
    basis: str


def sunlight_of(cfg: Configuration) -> Sunlight:
    """From the flown orbit, else from the orbits of the station's data, else anything that a low orbit may give."""
    distance = _distance_au(cfg.epoch)
    orbit = _orbit(cfg)
    if orbit is None:
        return Sunlight(None, UNKNOWN_SHADOW, UNKNOWN_PERIOD_S, distance, "the data name no orbit")
    return Sunlight(_beta(orbit), Range.exact(shadow_fraction(orbit)), orbit.period_s, distance, orbit.basis)


def _orbit(cfg: Configuration) -> Orbit | None:
    if cfg.surroundings is not None:
        orbit = cfg.surroundings.orbit
        return orbit if abs(cfg.epoch - orbit.epoch) < 60.0 else orbit.at(cfg.epoch)
    if not cfg.station.orbit:
        return None
    return reference_orbit(min(cfg.station.orbit, key=lambda o: abs(o.at - cfg.epoch))).at(cfg.epoch)


@lru_cache(maxsize=256)
def _beta(orbit: Orbit) -> float:
    return beta_rad(orbit)


@lru_cache(maxsize=256)
def _distance_au(epoch: Epoch) -> float:
    return float(np.linalg.norm(sun_position_gcrf_m([epoch])[0])) / ASTRONOMICAL_UNIT_M


@lru_cache(maxsize=256)
def slicer_factor(beta: float, shadow: float) -> float:
    """What a panel that holds the line of flight in its plane sees of the Sun, averaged over the sunlit part of the turn."""
    half = math.pi * (1.0 - shadow)
    theta = (np.arange(720) + 0.5) * (half / 720)
    return float(np.sqrt(1.0 - (math.cos(beta) * np.sin(theta)) ** 2).mean())


def pointing(light: Sunlight, axes: int, mode: TrackingMode, tumbling: bool) -> Range:
    """Part of the full output that an array with so many axes gives while it is in the Sun, 0 to 1."""
    if light.beta_rad is None:
        held = Range.exact(1.0) if axes >= 2 else Range(0.85, 0.0, 1.0)
    else:
        c = math.cos(light.beta_rad)
        held = Range.exact(1.0) if axes >= 2 else Range(max(c, _TURNED), c, 1.0)
    rule = MODES[mode].power
    if rule is None:
        b = light.beta_rad
        rule = Range(0.6, 0.5, 1.0) if b is None else Range.exact(slicer_factor(b, light.shadow.best))
    held = held.times(rule) if axes >= 2 else held
    if tumbling:
        return Range(min(held.best, TUMBLING.best), min(held.low, TUMBLING.low), min(held.high, TUMBLING.high))
    return held


def age_years(q: Equipment, element: Element, at: Epoch) -> float:
    """Years since it was installed, else since its element joined."""
    since = (q.installed or element.joined).epoch
    return max(0.0, at.days_since(since)) / DAYS_PER_YEAR


def in_the_sun_kw(q: Equipment, element: Element, at: Epoch, distance_au: float) -> Range | None:
    """Output at its terminals in full sunlight, pointed at the Sun; ``None`` where the data give neither cells nor an output."""
    f = q.figures
    if "cell_area_m2" in f and "efficiency_ratio" in f:
        sun = SOLAR_CONSTANT_KW_M2 / distance_au**2
        out = Range.of(f["cell_area_m2"]).times(Range.of(f["efficiency_ratio"])).scaled(sun)
    elif "peak_kw" in f:
        out = Range.of(f["peak_kw"])
    else:
        return None
    for key in ("output_ratio", "shading_ratio"):
        if key in f:
            out = out.times(Range.of(f[key]))
    if "yearly_loss_ratio" in f:
        loss, years = Range.of(f["yearly_loss_ratio"]), age_years(q, element, at)
        out = out.times(Range(*((1.0 - min(x, 1.0)) ** years for x in (loss.best, loss.high, loss.low))))
    return out


def uncovered(q: Equipment, others: Iterable[Equipment]) -> Range:
    """Part of an array that none of the others, which stand in front of it, covers."""
    left = Range.exact(1.0)
    for o in others:
        if q.id in o.shades:
            covered = Range.of(o.figures["covers_ratio"]) if "covers_ratio" in o.figures else Range(0.5, 0.0, 1.0)
            left = left.times((Range.exact(1.0) - covered).at_least(0.0))
    return left
