"""Air density of the MSIS models as an expansion: fast enough for ensembles, with its own error stated.

Model: ln(density) at a height is a sum of 48 harmonics of latitude and local mean solar time, averaged over universal time, and
32 terms of longitude and universal time on top. Each coefficient depends on the day of the year (annual and semiannual waves), the
81-day mean F10.7 and the day's F10.7 (logarithm of their mean, and their difference), and one number for the ap history, ``activity``, as
polynomials; sixteen principal components carry them all (eight for longitude and universal time). Heights are nodes of 5 to 25 km,
interpolated to rows of 2 km. ``scripts/make_density_tables.py`` fits it to pymsis and writes the packaged tables
with their provenance and with their error on points that the fit has not seen (:attr:`DensityTable.errors`).

Why an expansion: it depends on the indices, so ten thousand members with ten thousand solar paths need no new table, and an
orbit's mean density costs a few hundred multiplications.

Neglected: the dependence of the ap memory on latitude and height (one memory for all; below 1 % in storms). Outside
:attr:`DensityTable.limits` it refuses.
Validation status: checked against pymsis on unseen points (tests/environment/test_surrogate.py; figures in the tables).

References
----------
Picone et al., NRLMSISE-00, J. Geophys. Res. 107 (2002) 1468. Source key: nrlmsise-00.
Emmert et al., NRLMSIS 2.1, J. Geophys. Res. Space Physics 127 (2022) e2022JA030896. Source key: nrlmsis-2.1.
Hedin, J. Geophys. Res. 92 (1987) 4649, for harmonics, waves and the ap memory that the models are made of. Source key: hedin-1987.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.errors import OutOfRangeError
from stationkeeper.core.time_arrays import DAY_US, Times, tai_us, utc_us
from stationkeeper.environment.atmosphere.msis import DensityModel, check_model
from stationkeeper.environment.space_weather import Indices, SpaceWeather

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

ORDERS: Final = ((0, 7), (1, 7), (2, 7), (3, 6), (4, 6))
"""(m, highest degree) of the harmonics of latitude and local time: 48 terms."""
TERMS: Final = 48
COMPONENTS: Final = 16
FINE_TERMS: Final = 32
FINE_COMPONENTS: Final = 8
DEGREE: Final = 4
SEASON_DEGREE: Final = 3
EXPONENTS: Final = tuple(
    (i, j, k)
    for total in range(DEGREE + 1)
    for i in range(total, -1, -1)
    for j in range(total - i, -1, -1)
    for k in (total - i - j,)
)
"""Powers of (logarithm of the mean of both fluxes, daily less 81-day flux, activity), the lowest degrees first: 35 terms."""
SEASONAL: Final = sum(sum(e) <= SEASON_DEGREE for e in EXPONENTS)
"""How many of them also go with the four waves of the year."""
ROW_M: Final = 2_000.0
MEMORY: Final = 0.6720
_CURVE: Final = 0.0859
_SLOPE: Final = 0.1611
"""How MSIS sees ap: each 3 hours weigh 0.672 of the next, and ap is compressed. Fitted to NRLMSISE-00 in real storms, 0.3 to 1 % rms."""


class Limits(NamedTuple):
    """Where the expansion holds; heights in metres, fluxes in sfu."""

    height_m: tuple[float, float]
    f107: tuple[float, float]
    f107a: tuple[float, float]
    ap: tuple[float, float]


class Drivers(NamedTuple):
    """Day number of the year (1 to 366), F10.7 of the day before, its 81-day mean, activity; each of shape (n,)."""

    day_of_year: NDArray[np.int64]
    f107: Floats
    f107a: Floats
    activity: Floats


def compressed(ap: ArrayLike) -> Floats:
    """Activity of a constant ap: MSIS's own compression, 0 at ap 4, about 1.1 at 80, 3.7 at 400."""
    a = np.asarray(ap, dtype=np.float64) - 4.0
    return np.asarray((a + (_SLOPE - 1.0) * (a + np.expm1(-_CURVE * a) / _CURVE)) / 20.0)


def activity(ap: Floats) -> Floats:
    """Activity of seven-value ap histories, shape (n, 7) to (n,): the compressed values, weighed by their age."""
    e = MEMORY
    eight = (1.0 - e**8) / (1.0 - e)
    weights = np.array([1.0, e, e**2, e**3, e**4 * eight, e**12 * eight])
    return np.asarray(compressed(ap[:, 1:]) @ (weights / weights.sum()))


def solar_angle_rad(utc_days: ArrayLike) -> Floats:
    """Right ascension from which the local mean solar angle of a place counts: local time 0 h is at this right ascension.

    Parameters
    ----------
    utc_days : days since 2000-01-01T00:00:00 UTC.
    """
    t = np.asarray(utc_days, dtype=np.float64) - 0.5
    return np.asarray(np.mod(2.0 * np.pi * (0.7790572732640 - 0.5 + 0.00273781191135448 * t), 2.0 * np.pi))


def variables(f107: Floats, f107a: Floats, activity: Floats) -> Floats:
    """The three scaled variables of the polynomials, shape (n, 3)."""
    return np.stack([1.3 * np.log((f107 + f107a) / 260.0), (f107 - f107a) / 60.0, activity], axis=-1)


def driver_terms(d: Drivers) -> Floats:
    """Polynomial terms, and the lowest of them times the waves of the year; shape (n, 35 + 4 * 20)."""
    v = variables(d.f107, d.f107a, d.activity)
    powers = v[:, None, :] ** np.arange(DEGREE + 1)[None, :, None]
    p = np.stack([powers[:, i, 0] * powers[:, j, 1] * powers[:, k, 2] for i, j, k in EXPONENTS], axis=-1)
    return np.concatenate([p, *(w[:, None] * p[:, :SEASONAL] for w in waves(d.day_of_year))], axis=1)


def waves(day_of_year: ArrayLike) -> tuple[Floats, ...]:
    """Annual and semiannual cosine and sine."""
    angle = 2.0 * np.pi * np.asarray(day_of_year, dtype=np.float64) / 365.0
    return np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)


def harmonics(sin_latitude: Floats, solar_angle: Floats) -> Floats:
    """The 48 harmonics, shape (n, 48): cos^m(latitude) L_(n-m)(sin latitude), times the cosine, then the sine, of m local-time angles."""
    x = np.asarray(sin_latitude, dtype=np.float64)
    legendre = _legendre(x, 8)
    c = np.sqrt(1.0 - x * x)
    columns = []
    for m, top in ORDERS:
        cosine, sine = c**m * np.cos(m * solar_angle), c**m * np.sin(m * solar_angle)
        for wave in (cosine, sine)[: 1 + (m > 0)]:
            columns += [legendre[n - m] * wave for n in range(m, top + 1)]
    return np.stack(columns, axis=-1)


def fine_harmonics(sin_latitude: Floats, longitude: Floats, universal_time: Floats) -> Floats:
    """The 32 terms of longitude and universal time (both as angles), shape (n, 32)."""
    x = np.asarray(sin_latitude, dtype=np.float64)
    legendre, c = _legendre(x, 6), np.sqrt(1.0 - x * x)
    columns = []
    for factor, angle, count in (
        (c, longitude, 6),
        (1.0, universal_time, 6),
        (c * c, universal_time + 2 * longitude, 4),
    ):
        for n in range(count):
            columns += [factor * legendre[n] * np.cos(angle), factor * legendre[n] * np.sin(angle)]
    return np.stack(columns, axis=-1)


def _legendre(x: Floats, count: int) -> list[Floats]:
    out = [np.ones_like(x), x]
    for n in range(1, count - 1):
        out.append(((2 * n + 1) * x * out[n] - n * out[n - 1]) / (n + 1))
    return out


@dataclass(frozen=True, eq=False)
class DensityTable:
    """One model's expansion.

    Parameters
    ----------
    model : the model that it stands for.
    nodes_m : (k,) heights.
    space : (k, 16, 48) coefficients of the harmonics for each component; the first component is the mean.
    drive : (115, 16) components from :func:`driver_terms`; the first column is 1 for the constant term.
    fine_space, fine_drive : the same for longitude and universal time, (k, 8, 32) and (115, 8).
    provenance : how it was made, and its errors.
    """

    model: DensityModel
    nodes_m: Floats
    space: Singles
    drive: Singles
    fine_space: Singles
    fine_drive: Singles
    provenance: dict[str, Any]

    @property
    def limits(self) -> Limits:
        """Where it holds."""
        return Limits(**{k: tuple(v) for k, v in self.provenance["limits"].items()})

    @property
    def errors(self) -> dict[str, Any]:
        """Errors against pymsis on unseen points, percent, as measured when the table was made."""
        return dict(self.provenance["errors"])

    @property
    def statement(self) -> str:
        """One line for a report."""
        e = self.errors
        return (
            f"{self.model} as an expansion (pymsis {self.provenance['pymsis']}): within {e['orbit_rms_percent']:.2f} % rms of it averaged "
            f"over an orbit, {e['point_rms_percent']:.2f} % at a point"
        )

    @cached_property
    def rows(self) -> Singles:
        """Coefficients in rows of 2 km from the lowest node, shape (rows, 16, 48): four-point interpolation of the nodes."""
        return _in_rows(self.nodes_m, self.space)

    @cached_property
    def _fine_rows(self) -> Singles:
        return _in_rows(self.nodes_m, self.fine_space)

    @cached_property
    def drive_by_day(self) -> Singles:
        """Components by day of the year from the polynomial terms alone, shape (367, 35, 16); row 0 is not used."""
        p = len(EXPONENTS)
        out = np.repeat(self.drive[None, :p].astype(np.float64), 367, axis=0)
        for w, wave in enumerate(waves(np.arange(367))):
            part = self.drive[p + w * SEASONAL : p + (w + 1) * SEASONAL]
            out[:, :SEASONAL] += wave[:, None, None] * part
        return out.astype(np.float32)

    def check(self, f107: ArrayLike, f107a: ArrayLike, act: ArrayLike, where: str = "air density") -> None:
        """Raises ``OutOfRangeError`` for indices outside :attr:`limits`, with the limits."""
        lim = self.limits
        for name, values, (low, high) in (
            ("F10.7", f107, lim.f107),
            ("81-day F10.7", f107a, lim.f107a),
            ("ap activity", act, tuple(float(compressed(a)) for a in lim.ap)),
        ):
            v = np.asarray(values)
            wrong = ~((v >= low - 1e-6) & (v <= high + 1e-6))
            if wrong.any():
                raise OutOfRangeError(
                    f"{where}: {name} {v[wrong].ravel()[0]:.1f} is outside the expansion of {self.model}, which holds for "
                    f"F10.7 {lim.f107[0]:g} to {lim.f107[1]:g} sfu, its 81-day mean {lim.f107a[0]:g} to {lim.f107a[1]:g} sfu, ap {lim.ap[0]:g} to "
                    f"{lim.ap[1]:g}, {lim.height_m[0] / 1e3:g} to {lim.height_m[1] / 1e3:g} km; use the MSIS model itself"
                )

    def density_kg_m3(
        self,
        times: Times,
        latitude_rad: ArrayLike,
        longitude_rad: ArrayLike,
        height_m: ArrayLike,
        weather: SpaceWeather,
    ) -> Floats:
        """Density at n places and times, as :func:`stationkeeper.environment.atmosphere.msis.density_kg_m3`, kg/m3.

        Raises
        ------
        OutOfRangeError
            Outside :attr:`limits`.
        DataAgeError
            Beyond the table of indices.
        """
        t = tai_us(times)
        latitude, longitude, height = (
            np.atleast_1d(np.asarray(a, float)) for a in (latitude_rad, longitude_rad, height_m)
        )
        n = max(len(t), len(latitude), len(longitude), len(height))
        t = np.repeat(t, n) if len(t) == 1 else t
        latitude, longitude, height = (np.broadcast_to(a, (n,)) for a in (latitude, longitude, height))
        return self.density_at_indices_kg_m3(utc_us(t), latitude, longitude, height, weather.indices_at(t))

    def density_at_indices_kg_m3(
        self, utc: NDArray[np.int64], latitude_rad: Floats, longitude_rad: Floats, height_m: Floats, indices: Indices
    ) -> Floats:
        """The same with UTC microseconds since 2000-01-01T00:00 and the indices written out, all of shape (n,)."""
        d = Drivers(day_of_year(utc // DAY_US), indices.f107, indices.f107a, activity(indices.ap))
        self.check(d.f107, d.f107a, d.activity)
        low, high = self.limits.height_m
        if not ((height_m >= low) & (height_m <= high)).all():
            raise OutOfRangeError(
                f"air density: height {np.min(height_m) / 1e3:.1f} to {np.max(height_m) / 1e3:.1f} km is outside the expansion, "
                f"{low / 1e3:g} to {high / 1e3:g} km; use the MSIS model itself"
            )
        angle = 2.0 * np.pi * (utc % DAY_US) / DAY_US
        x, terms = np.sin(latitude_rad), driver_terms(d)
        ln = _expand(self.rows, self.nodes_m[0], terms @ self.drive, harmonics(x, angle + longitude_rad), height_m)
        fine = fine_harmonics(x, longitude_rad, angle)
        ln += _expand(self._fine_rows, self.nodes_m[0], terms @ self.fine_drive, fine, height_m)
        return np.exp(ln)


def day_of_year(utc_day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of the day in its year, 1 to 366, from days since 2000-01-01."""
    date = np.datetime64("2000-01-01", "D") + utc_day
    return np.asarray((date - date.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64) + 1)


def _expand(rows: Singles, lowest_m: float, components: Floats, basis: Floats, height_m: Floats) -> Floats:
    """Sum over components and harmonics at heights between rows (three-point interpolation), in blocks."""
    out = np.empty(len(height_m))
    for a in range(0, len(out), 2_000):
        b = slice(a, a + 2_000)
        z = (height_m[b] - lowest_m) / ROW_M
        k = np.clip(np.round(z).astype(int), 1, len(rows) - 2)
        s = z - k
        total = 0.0
        for offset, weight in ((-1, 0.5 * s * (s - 1)), (0, 1 - s * s), (1, 0.5 * s * (s + 1))):
            mixed = np.einsum("nr,nrj->nj", components[b], rows[k + offset], optimize=False)
            total = total + weight * np.einsum("nj,nj->n", mixed, basis[b])
        out[b] = total
    return out


def _in_rows(nodes_m: Floats, values: Singles) -> Singles:
    """Values at nodes, interpolated to rows of 2 km by the cubic through the four nearest nodes."""
    z = np.arange(nodes_m[0], nodes_m[-1] + 0.5 * ROW_M, ROW_M)
    first = np.clip(np.searchsorted(nodes_m, z, side="right") - 2, 0, len(nodes_m) - 4)
    at = nodes_m[first[:, None] + np.arange(4)]
    out = np.zeros((len(z), *values.shape[1:]))
    for i in range(4):
        others = [j for j in range(4) if j != i]
        weight = np.prod([(z - at[:, j]) / (at[:, i] - at[:, j]) for j in others], axis=0)
        out += weight[:, None, None] * values[first + i]
    return np.ascontiguousarray(out, dtype=np.float32)


@lru_cache(maxsize=4)
def density_table(model: DensityModel = "nrlmsise00") -> DensityTable:
    """The packaged expansion of a model. Raises ``InputError`` for an unknown one."""
    check_model(model)
    with (files("stationkeeper") / "data" / "density" / f"{model}.npz").open("rb") as handle, np.load(handle) as z:
        return DensityTable(
            model,
            z["nodes_m"].astype(np.float64),
            z["space"],
            z["drive"],
            z["fine_space"],
            z["fine_drive"],
            json.loads(str(z["provenance"])),
        )
