"""Frames: GCRF, ITRF, EME2000, TEME, geodetic coordinates and the radial / along-track / cross-track basis.

Arrays of vectors have shape (n, 3), arrays of times shape (n,) (see :mod:`stationkeeper.core.time_arrays`); one
vector of shape (3,) with one Epoch gives shape (1, 3).

Model: IAU 2006/2000A precession-nutation, CIO based, with the measured pole offsets, polar motion and UT1 of the IERS
file ``finals2000A.all`` (Bulletin A, measured, then predicted) in the dated snapshot of the package
astropy-iers-data, or in a newer file of the user's (:mod:`stationkeeper.core.user_data`). Neglected: the sub-daily tidal terms of polar motion and UT1 (up to about 0.5 mas and 30
microseconds: 3 cm in low orbit) and the change of the length of day in the velocity transformation (1e-8 relative).
Error: a few centimetres in low orbit while the Earth orientation is measured; within the IERS prediction (one year)
up to about 0.03 s of UT1, 15 m.
Validation status: checked against astropy and against satkit (tests/core/test_frames.py).

References
----------
IERS Conventions (2010), IERS Technical Note 36, chapter 5. Source key: iers-tn36.
SOFA tools for Earth attitude (2021), through pyerfa. Source key: sofa.
Vallado et al., Revisiting Spacetrack Report #3, AIAA 2006-6753, for TEME. Source key: vallado-2006.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import astropy_iers_data
import erfa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core import user_data
from stationkeeper.core.constants import EARTH_ROTATION_RATE_RAD_S
from stationkeeper.core.epoch import Epoch, LeapSeconds, leap_seconds
from stationkeeper.core.errors import DataAgeError, InputError
from stationkeeper.core.time_arrays import DAY_US, Times, TimesUs, tai_us, tt_jd

Vectors = NDArray[np.float64]
_ARCSEC_RAD = np.pi / 648_000.0
_MJD_ZERO = np.datetime64("1858-11-17T00:00:00", "us")
_LARGEST_OFFSET_MAS = 5.0  # IAU 2000 pole offsets stay below 1 mas, the corrections to IAU 1980 reach 100
_LARGEST_STEP_S = 0.1  # UT1 drifts from TAI by at most 4 ms a day
_NODE_DAYS = 0.25
_NODE_POINTS = 8


class Geodetic(NamedTuple):
    """Geodetic coordinates on WGS 84: radians, radians east in (-pi, pi], metres; each of shape (n,)."""

    latitude_rad: Vectors
    longitude_rad: Vectors
    height_m: Vectors


@dataclass(frozen=True)
class EarthOrientation:
    """Earth orientation at 0 h UTC of each day, all arrays of shape (n,).

    Parameters
    ----------
    times : TAI microseconds.
    ut1_minus_tai_s, pole_x_rad, pole_y_rad, cip_dx_rad, cip_dy_rad : the values of the day.
    last_measured : the last day that is not a prediction.
    source : the package and version, or the user's file.
    """

    times: TimesUs
    ut1_minus_tai_s: Vectors
    pole_x_rad: Vectors
    pole_y_rad: Vectors
    cip_dx_rad: Vectors
    cip_dy_rad: Vectors
    last_measured: Epoch
    source: str = ""

    def kind_at(self, epoch: Epoch) -> str:
        """``measured``, ``predicted`` or ``outside``."""
        if not self.times[0] <= epoch.tai_us <= self.times[-1]:
            return "outside"
        return "measured" if epoch.tai_us <= self.last_measured.tai_us + DAY_US else "predicted"


def parse_earth_orientation(
    text: str, source: str, name: str = "finals2000A.all", leaps: LeapSeconds | None = None
) -> EarthOrientation:
    """Read the text of the IERS file ``finals2000A.all``.

    Parameters
    ----------
    text, name : contents and name of the file.
    source : what a report says of it.
    leaps : the leap seconds to read it with; by default those in use.

    Raises
    ------
    InputError
        For a line that cannot be read, a missing day, a value out of range, or the file of the IAU 1980 theory.
    """
    rows: list[tuple[float, float, float, float, float, float]] = []
    measured = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line[58:68].strip():
            break
        try:
            cip = [float(line[a:b]) if line[a:b].strip() else 0.0 for a, b in ((97, 106), (116, 125))]
            row = (float(line[7:15]), float(line[18:27]), float(line[37:46]), float(line[58:68]), cip[0], cip[1])
            if line[57] not in "IP" or (rows and row[0] != rows[-1][0] + 1.0):
                raise ValueError
            if not (abs(row[1]) < 2.0 and abs(row[2]) < 2.0 and abs(row[3]) < 1.0):
                raise ValueError
        except (ValueError, IndexError):
            raise InputError.one(
                name, "", line[:70].strip(), "the next day, flag I or P, pole within 2 arcsec, UT1-UTC within 1 s",
                "Take the file anew.", number,
            ) from None  # fmt: skip
        rows.append(row)
        measured = len(rows) if line[57] == "I" else measured
    if len(rows) < 2 or not measured:
        raise InputError.one(name, "", f"{len(rows)} days", "the IERS file finals2000A.all", "Take the file anew.")
    a = np.array(rows)
    if np.median(np.abs(a[:, 4:])) > _LARGEST_OFFSET_MAS:
        raise InputError.one(
            name, "", f"pole offsets of {np.median(np.abs(a[:, 4:])):.0f} mas, those of the IAU 1980 theory",
            "the file of the IAU 2000 theory, finals2000A.all", "finals.all is the one with the old theory.",
        )  # fmt: skip
    utc = _MJD_ZERO + np.round(a[:, 0] * DAY_US).astype("timedelta64[us]")
    since, tai_minus_utc_s = zip(*(leaps or leap_seconds()).rows, strict=True)
    starts = np.array([f"{m // 100:04d}-{m % 100:02d}-01" for m in since], dtype="datetime64[us]")
    offset_s = np.array(tai_minus_utc_s)[np.clip(np.searchsorted(starts, utc, side="right") - 1, 0, None)]
    times = (utc - np.datetime64("2000-01-01T00:00:00", "us")).astype(np.int64) + offset_s * 1_000_000
    ut1_minus_tai_s = a[:, 3] - offset_s
    jumps = np.flatnonzero(np.abs(np.diff(ut1_minus_tai_s)) > _LARGEST_STEP_S)
    if len(jumps):
        raise InputError.one(
            name, f"UT1 on {str(utc[jumps[0] + 1])[:10]}", f"a jump of {np.diff(ut1_minus_tai_s)[jumps[0]]:+.2f} s",
            "the leap seconds of the table in use", "Update Earth orientation and Leap_Second.dat together.",
        )  # fmt: skip
    return EarthOrientation(
        times=times,
        ut1_minus_tai_s=ut1_minus_tai_s,
        pole_x_rad=a[:, 1] * _ARCSEC_RAD,
        pole_y_rad=a[:, 2] * _ARCSEC_RAD,
        cip_dx_rad=a[:, 4] * 1e-3 * _ARCSEC_RAD,
        cip_dy_rad=a[:, 5] * 1e-3 * _ARCSEC_RAD,
        last_measured=Epoch(int(times[measured - 1])),
        source=source,
    )


def _earth_orientation_file() -> tuple[Path, str]:
    own = user_data.current("earth-orientation")
    if own:
        return own[0], own[1].label
    return Path(astropy_iers_data.IERS_A_FILE), f"astropy-iers-data {astropy_iers_data.__version__}"


@lru_cache(maxsize=1)
def earth_orientation() -> EarthOrientation:
    """The Earth orientation table in use: the user's newer file, else the packaged one (read once from disk)."""
    path, source = _earth_orientation_file()
    return parse_earth_orientation(path.read_text(encoding="ascii"), source, path.name)


def earth_orientation_folder() -> Path:
    """The folder in which the ``finals2000A.all`` in use lies, for programs that read it themselves."""
    return _earth_orientation_file()[0].parent


user_data.on_change(earth_orientation.cache_clear)


def _check_range(eop: EarthOrientation, t: TimesUs) -> None:
    if t.size and (t.min() < eop.times[0] or t.max() > eop.times[-1]):
        first, last = Epoch(int(eop.times[0])), Epoch(int(eop.times[-1]))
        wrong = Epoch(int(t.min() if t.min() < eop.times[0] else t.max()))
        raise DataAgeError(
            f"Earth orientation at {wrong}: the IERS table of this installation runs from {first.date} to {last.date} "
            f"(measured to {eop.last_measured.date}, then predicted); bring in a newer finals2000A.all with "
            "'stationkeeper data update FILE'"
        )


def _cip(tt1: Vectors, tt2: Vectors) -> tuple[Vectors, Vectors, Vectors]:
    """X, Y (radians) and s of IAU 2006/2000A by 8-point Lagrange interpolation between 6-hour nodes.

    The nodes lie on a fixed grid, so that a value never depends on its neighbours in the array. Error below 1e-15 rad
    (measured: 3e-9 m in low orbit).
    """
    days = (tt1 - 2_451_544.5) + tt2
    base = np.floor(days / _NODE_DAYS).astype(np.int64) - (_NODE_POINTS // 2 - 1)
    u = days / _NODE_DAYS - base
    nodes, inverse = np.unique(base[:, None] + np.arange(_NODE_POINTS), return_inverse=True)
    values = np.array(erfa.xys06a(2_451_544.5 + 0.0 * nodes, nodes * _NODE_DAYS))
    at_nodes = values[:, inverse.reshape(-1, _NODE_POINTS)]
    weights = np.ones((len(days), _NODE_POINTS))
    for j in range(_NODE_POINTS):
        for m in range(_NODE_POINTS):
            if m != j:
                weights[:, j] *= (u - m) / (j - m)
    x, y, s = np.einsum("cnk,nk->cn", at_nodes, weights)
    return x, y, s


def _to_itrf(times: Times) -> tuple[Vectors, Vectors]:
    """Matrices GCRF to ITRF, (n, 3, 3), and the axis of the Earth's rotation in ITRF, (n, 3)."""
    t = tai_us(times)
    eop = earth_orientation()
    _check_range(eop, t)
    tt1, tt2 = tt_jd(t)
    at = [
        np.interp(t, eop.times, column)
        for column in (eop.ut1_minus_tai_s, eop.pole_x_rad, eop.pole_y_rad, eop.cip_dx_rad, eop.cip_dy_rad)
    ]
    x, y, s = _cip(tt1, tt2)
    celestial = erfa.c2ixys(x + at[3], y + at[4], s)
    days, rest = np.divmod(t, DAY_US)
    era = erfa.era00(2_451_544.5 + days, (rest + at[0] * 1e6) / DAY_US)
    polar = np.asarray(erfa.pom00(at[1], at[2], erfa.sp00(tt1, tt2)), dtype=np.float64).reshape(-1, 3, 3)
    return np.asarray(erfa.c2tcio(celestial, era, polar), dtype=np.float64).reshape(-1, 3, 3), polar[:, :, 2]


def gcrf_to_itrf_matrix(times: Times) -> Vectors:
    """Rotation matrices R with ``position_itrf = R @ position_gcrf``, shape (n, 3, 3).

    Raises
    ------
    DataAgeError
        Outside the Earth orientation table (1973 to about one year after the snapshot).
    """
    return _to_itrf(times)[0]


def gcrf_to_cirs_matrix(times: Times) -> Vectors:
    """Rotation matrices R with ``position_cirs = R @ position_gcrf``, shape (n, 3, 3).

    CIRS is the celestial intermediate system: true equator of date, x axis at the celestial intermediate origin, so that an
    Earth rotation angle taken from a right ascension gives a longitude. Good for any date: the measured
    pole offsets (below 1 mas, 3 cm in low orbit) are left out.
    """
    tt1, tt2 = tt_jd(times)
    x, y, s = _cip(np.atleast_1d(tt1), np.atleast_1d(tt2))
    return np.asarray(erfa.c2ixys(x, y, s), dtype=np.float64).reshape(-1, 3, 3)


def _rotate(matrix: Vectors, vectors: ArrayLike, transpose: bool = False) -> Vectors:
    v = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
    spec = "nji,nj->ni" if transpose else "nij,nj->ni"
    return np.asarray(np.einsum(spec, np.broadcast_to(matrix, (len(v), 3, 3)), v))


def _spin(axis: Vectors, position_itrf_m: Vectors) -> Vectors:
    """Velocity of the rotating Earth at positions, about a unit axis."""
    return EARTH_ROTATION_RATE_RAD_S * np.cross(np.broadcast_to(axis, position_itrf_m.shape), position_itrf_m)


def gcrf_to_itrf(times: Times, position_gcrf_m: ArrayLike) -> Vectors:
    """Positions from GCRF to ITRF, metres, shape (n, 3)."""
    return _rotate(gcrf_to_itrf_matrix(times), position_gcrf_m)


def gcrf_to_itrf_state(
    times: Times, position_gcrf_m: ArrayLike, velocity_gcrf_m_s: ArrayLike
) -> tuple[Vectors, Vectors]:
    """Positions and velocities from GCRF to ITRF, m and m/s relative to the rotating Earth, shapes (n, 3)."""
    matrix, axis = _to_itrf(times)
    position_itrf_m = _rotate(matrix, position_gcrf_m)
    return position_itrf_m, _rotate(matrix, velocity_gcrf_m_s) - _spin(axis, position_itrf_m)


def itrf_to_gcrf(times: Times, position_itrf_m: ArrayLike) -> Vectors:
    """Positions from ITRF to GCRF, metres, shape (n, 3)."""
    return _rotate(gcrf_to_itrf_matrix(times), position_itrf_m, transpose=True)


def itrf_to_gcrf_state(
    times: Times, position_itrf_m: ArrayLike, velocity_itrf_m_s: ArrayLike
) -> tuple[Vectors, Vectors]:
    """Positions and velocities from ITRF (rotating) to GCRF, m and m/s, shapes (n, 3)."""
    matrix, axis = _to_itrf(times)
    r = np.atleast_2d(np.asarray(position_itrf_m, dtype=np.float64))
    v = np.atleast_2d(np.asarray(velocity_itrf_m_s, dtype=np.float64))
    return _rotate(matrix, r, transpose=True), _rotate(matrix, v + _spin(axis, r), transpose=True)


@lru_cache(maxsize=1)
def _bias() -> tuple[tuple[float, ...], ...]:
    bias = erfa.bp00(2_451_545.0, 0.0)[0]
    return tuple(tuple(float(c) for c in row) for row in bias)


def eme2000_to_gcrf(vectors: ArrayLike) -> Vectors:
    """Positions or velocities from EME2000 (mean equator and equinox of J2000.0) to GCRF, shape (n, 3).

    The IAU 2000 frame bias: a constant rotation of 23 milliarcseconds, 0.8 m in low orbit.
    """
    return np.asarray(np.atleast_2d(np.asarray(vectors, dtype=np.float64)) @ np.array(_bias()))


def gcrf_to_eme2000(vectors: ArrayLike) -> Vectors:
    """Positions or velocities from GCRF to EME2000, shape (n, 3)."""
    return np.asarray(np.atleast_2d(np.asarray(vectors, dtype=np.float64)) @ np.array(_bias()).T)


def teme_to_gcrf(times: Times, position_teme_m: ArrayLike, velocity_teme_m_s: ArrayLike) -> tuple[Vectors, Vectors]:
    """SGP4's true equator, mean equinox of date to GCRF: m and m/s, shapes (n, 3).

    TEME is turned by the 1982 Greenwich mean sidereal time to the pseudo Earth-fixed frame, by polar motion to ITRF,
    and from there to GCRF (Vallado et al. 2006, as astropy does). Frame error below 0.1 m; SGP4's own error is about a
    kilometre.
    """
    t = tai_us(times)
    eop = earth_orientation()
    _check_range(eop, t)
    ut1_s, pole_x, pole_y = (
        np.interp(t, eop.times, column) for column in (eop.ut1_minus_tai_s, eop.pole_x_rad, eop.pole_y_rad)
    )
    days, rest = np.divmod(t, DAY_US)
    gmst = erfa.gmst82(2_451_544.5 + days, (rest + ut1_s * 1e6) / DAY_US)
    c, s = np.cos(gmst), np.sin(gmst)
    zero, one = np.zeros_like(c), np.ones_like(c)
    turn = np.stack([np.stack([c, s, zero], -1), np.stack([-s, c, zero], -1), np.stack([zero, zero, one], -1)], axis=1)
    position = _rotate(turn, position_teme_m)
    velocity = _rotate(turn, velocity_teme_m_s) - _spin(np.array([0.0, 0.0, 1.0]), position)
    polar = np.asarray(erfa.pom00(pole_x, pole_y, np.zeros_like(pole_x))).reshape(-1, 3, 3)
    return itrf_to_gcrf_state(t, _rotate(polar, position), _rotate(polar, velocity))


def geodetic(position_itrf_m: ArrayLike) -> Geodetic:
    """Geodetic latitude, longitude and height above WGS 84 of ITRF positions of shape (n, 3)."""
    longitude_rad, latitude_rad, height_m = erfa.gc2gd(1, np.atleast_2d(np.asarray(position_itrf_m, dtype=np.float64)))
    return Geodetic(latitude_rad, longitude_rad, height_m)


def itrf_of_geodetic(latitude_rad: ArrayLike, longitude_rad: ArrayLike, height_m: ArrayLike) -> Vectors:
    """ITRF positions, metres, shape (n, 3), of geodetic coordinates on WGS 84."""
    return np.atleast_2d(np.asarray(erfa.gd2gc(1, longitude_rad, latitude_rad, height_m), dtype=np.float64))


def rtn_basis(position: ArrayLike, velocity: ArrayLike) -> Vectors:
    """Radial, along-track and cross-track unit vectors as the rows of matrices of shape (n, 3, 3).

    Radial is away from Earth, cross-track along the orbital angular momentum, along-track completes the right-handed
    set (it is the velocity direction only on a circle). ``basis @ vector`` gives the three components.
    """
    r = np.atleast_2d(np.asarray(position, dtype=np.float64))
    v = np.atleast_2d(np.asarray(velocity, dtype=np.float64))
    radial = r / np.linalg.norm(r, axis=1, keepdims=True)
    normal = np.cross(r, v)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return np.stack([radial, np.cross(normal, radial), normal], axis=1)


def orientation_statement(epoch: Epoch) -> str:
    """One line for a report: what the Earth orientation at an epoch rests on, and the snapshot's age."""
    eop = earth_orientation()
    kind = eop.kind_at(epoch)
    return (
        f"Earth orientation at {epoch.date}: {kind}; IERS snapshot measured to {eop.last_measured.date} ({eop.source})"
    )


__all__ = [
    "EarthOrientation",
    "Geodetic",
    "earth_orientation",
    "earth_orientation_folder",
    "eme2000_to_gcrf",
    "gcrf_to_cirs_matrix",
    "gcrf_to_eme2000",
    "gcrf_to_itrf",
    "gcrf_to_itrf_matrix",
    "gcrf_to_itrf_state",
    "geodetic",
    "itrf_of_geodetic",
    "itrf_to_gcrf",
    "itrf_to_gcrf_state",
    "orientation_statement",
    "parse_earth_orientation",
    "rtn_basis",
    "teme_to_gcrf",
]
