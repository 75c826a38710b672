"""Air density from NRLMSISE-00 and NRLMSIS 2.1, through pymsis, always with our own indices.

Indices are never left to pymsis, which would download them. The seven-value ap history is used (storm-time mode). Validation
status: checked, against the numerical engine's own NRLMSISE-00 (tests/environment/test_msis.py). Spread between the
two models: NRLMSIS 2.1 is about 12 % lower between 120 and 450 km. Error of either against the real air: about 15 %
(one sigma) in calm weather, a factor of up to two in a storm. Neglected: winds, composition-dependent drag coefficients.

References
----------
Picone et al., J. Geophys. Res. 107 (2002) 1468. Source key: nrlmsise-00.
Emmert et al., J. Geophys. Res. Space Physics 127 (2022) e2022JA030896. Source key: nrlmsis-2.1.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import pymsis
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.core.time_arrays import Times, tai_us, utc_datetime64
from stationkeeper.environment.space_weather import Indices, SpaceWeather

Floats = NDArray[np.float64]
DensityModel = Literal["nrlmsise00", "nrlmsis21"]
_VERSION: Final = {"nrlmsise00": 0, "nrlmsis21": 2.1}
_HIGHEST_M: Final = 1_500_000.0


def density_kg_m3(
    times: Times,
    latitude_rad: ArrayLike,
    longitude_rad: ArrayLike,
    height_m: ArrayLike,
    weather: SpaceWeather,
    model: DensityModel = "nrlmsise00",
) -> Floats:
    """Total mass density at n places and times, kg/m3, shape (n,).

    Parameters
    ----------
    times : n instants (one Epoch is repeated over all places).
    latitude_rad, longitude_rad, height_m : geodetic, WGS 84, shape (n,); height -0.5 to 1,500 km.
    weather : the table of indices.
    model : ``nrlmsise00`` (with anomalous oxygen, as the total drag density wants it) or ``nrlmsis21``.

    Raises
    ------
    InputError
        For an unknown model.
    OutOfRangeError
        For a place that is not finite or too high or too low.
    DataAgeError
        Beyond the table of indices.
    """
    check_model(model)
    latitude, longitude, height = (
        np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (latitude_rad, longitude_rad, height_m)
    )
    n = max(len(latitude), len(longitude), len(height))
    t = tai_us(times)
    if len(t) == 1 and n > 1:
        t = np.repeat(t, n)
    n = len(t)
    latitude, longitude, height = (np.broadcast_to(a, (n,)) for a in (latitude, longitude, height))
    if not (np.isfinite(latitude) & np.isfinite(longitude) & (height > -500.0) & (height <= _HIGHEST_M)).all():
        raise OutOfRangeError(
            f"air density outside 0 to {_HIGHEST_M / 1e3:.0f} km: heights {np.min(height) / 1e3:.3f} to {np.max(height) / 1e3:.3f} km"
        )
    if n == 0:
        return np.empty(0)
    return density_at_indices_kg_m3(utc_datetime64(t), latitude, longitude, height, weather.indices_at(t), model)


def density_at_indices_kg_m3(
    utc: NDArray[np.datetime64], latitude_rad: Floats, longitude_rad: Floats, height_m: Floats, indices: Indices,
    model: DensityModel = "nrlmsise00",
) -> Floats:  # fmt: skip
    """Total mass density with the indices written out, kg/m3, shape (n,); the other arguments as above, all of shape (n,).

    For tables and tests: nothing is checked.
    """
    result = pymsis.calculate(
        utc,
        np.degrees(longitude_rad),
        np.degrees(latitude_rad),
        np.asarray(height_m) / 1e3,
        indices.f107,
        indices.f107a,
        indices.ap,
        version=_VERSION[model],
        geomagnetic_activity=-1,
    )
    return np.asarray(result, dtype=np.float64).reshape(len(utc), -1)[:, int(pymsis.Variable.MASS_DENSITY)]


def check_model(model: str) -> None:
    """Raises ``InputError`` for a name that is no density model here."""
    if model not in get_args(DensityModel):
        raise InputError.one("density", "model", model, " or ".join(get_args(DensityModel)))
