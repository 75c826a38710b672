"""Where the Sun and Moon are, whether a station is lit, and the angle of the Sun from its orbit plane.

Model: Sun from the Earth's heliocentric position of pyerfa ``epv00`` (VSOP2000 abridged, error below 14 km in 1900 to 2100), Moon
from ``moon98`` (Meeus, error below about 20 km); TT stands in for TDB; light time and aberration (20 arcseconds) are
neglected. Shadow: the overlap of two discs, the Sun's and that of an Earth flattened as WGS 84, without atmosphere:
refraction and absorption shift sunset by a few seconds in low orbit.
Validation status: checked (tests/environment/test_sun.py).

References
----------
SOFA library, ``epv00`` and ``moon98``. Source key: sofa.
Montenbruck and Gill, Satellite Orbits (2000), section 3.4.2, conical shadow. Source key: montenbruck-gill-2000.
"""

from __future__ import annotations

import erfa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.constants import (
    ASTRONOMICAL_UNIT_M,
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_FLATTENING,
    SUN_RADIUS_M,
)
from stationkeeper.core.time_arrays import Times, tt_jd

Floats = NDArray[np.float64]


def sun_position_gcrf_m(times: Times) -> Floats:
    """Geocentric geometric position of the Sun, GCRF, metres, shape (n, 3)."""
    heliocentric, _ = erfa.epv00(*tt_jd(times))
    return np.asarray(-heliocentric["p"] * ASTRONOMICAL_UNIT_M, dtype=np.float64)


def moon_position_gcrf_m(times: Times) -> Floats:
    """Geocentric position of the Moon, GCRF, metres, shape (n, 3)."""
    return np.asarray(erfa.moon98(*tt_jd(times))["p"] * ASTRONOMICAL_UNIT_M, dtype=np.float64)


def sunlit_fraction(
    times: Times, position_gcrf_m: ArrayLike, flattening: float = EARTH_FLATTENING, *, sun_gcrf_m: Floats | None = None
) -> Floats:
    """Part of the Sun's disc that is seen from each position: 0 in the umbra, 1 in full light, shape (n,).

    Parameters
    ----------
    times : n instants.
    position_gcrf_m : shape (n, 3), metres, outside the Earth.
    flattening : of the Earth that casts the shadow; 0 for a sphere.
    sun_gcrf_m : of shape (n, 3) or (1, 3), where it is at hand: over one turn round the Earth it moves by 0.06 degrees.
    """
    stretch = np.array([1.0, 1.0, 1.0 / (1.0 - flattening)])
    r = np.atleast_2d(np.asarray(position_gcrf_m, dtype=np.float64)) * stretch
    to_sun = (sun_position_gcrf_m(times) if sun_gcrf_m is None else sun_gcrf_m) * stretch - r
    distance_m, radius_m = np.linalg.norm(to_sun, axis=1), np.linalg.norm(r, axis=1)
    sun = np.arcsin(SUN_RADIUS_M / distance_m)
    earth = np.arcsin(np.clip(EARTH_EQUATORIAL_RADIUS_M / radius_m, 0.0, 1.0))
    apart = np.arccos(np.clip(-np.einsum("ni,ni->n", r, to_sun) / (radius_m * distance_m), -1.0, 1.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        x = (apart**2 + sun**2 - earth**2) / (2.0 * apart)
        y = np.sqrt(np.clip(sun**2 - x**2, 0.0, None))
        overlap = (
            sun**2 * np.arccos(np.clip(x / sun, -1.0, 1.0))
            + earth**2 * np.arccos(np.clip((apart - x) / earth, -1.0, 1.0))
            - apart * y
        )
    partial = 1.0 - overlap / (np.pi * sun**2)
    return np.where(apart >= sun + earth, 1.0, np.where(apart <= earth - sun, 0.0, np.clip(partial, 0.0, 1.0)))


def beta_angle_rad(times: Times, position_gcrf_m: ArrayLike, velocity_gcrf_m_s: ArrayLike) -> Floats:
    """Angle of the Sun above the orbit plane, positive towards the angular momentum, radians, shape (n,)."""
    normal = np.cross(np.atleast_2d(position_gcrf_m), np.atleast_2d(velocity_gcrf_m_s))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    sun = sun_position_gcrf_m(times)
    sun /= np.linalg.norm(sun, axis=1, keepdims=True)
    return np.asarray(np.arcsin(np.clip(np.einsum("ni,ni->n", normal, sun), -1.0, 1.0)))
