"""Trajectories as NetCDF with CF attributes, by xarray and h5netcdf.

The times are stored as whole microseconds of UTC (``time``) and as SI seconds since the first sample (``elapsed_s``,
which also holds over a leap second). No date of writing is put in, so equal runs write equal contents.

References
----------
CF Conventions 1.11. Source key: cf-1.11.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.flight.trajectory import Trajectory

_REQUIRED: Final = ("position_gcrf_m", "velocity_gcrf_m_s", "elapsed_s", "time")


def write_netcdf(trajectory: Trajectory, path: str | Path, *, group: str | None = None, append: bool = False) -> None:
    """Write a trajectory, into a group of the file if one is named; an existing file is replaced unless ``append``."""
    dataset = trajectory.dataset
    dataset["xyz"] = dataset["xyz"].astype(object)
    encoding: dict[str, dict[str, Any]] = {
        "time": {"units": "microseconds since 2000-01-01T00:00:00", "dtype": "int64", "calendar": "standard"}
    }
    dataset.to_netcdf(Path(path), mode="a" if append else "w", group=group, engine="h5netcdf", encoding=encoding)


def read_netcdf(path: str | Path, *, group: str | None = None) -> Trajectory:
    """Read a trajectory that :func:`write_netcdf` wrote.

    Raises
    ------
    InputError
        For a file that is not NetCDF, or lacks a variable, the frame GCRF or the start epoch.
    """
    import xarray as xr  # half a second: only for those who read NetCDF

    path = Path(path)
    try:
        times = xr.coders.CFDatetimeCoder(time_unit="us")
        with xr.open_dataset(path, group=group, engine="h5netcdf", decode_times=times) as opened:
            dataset = opened.load()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError.one(path.name, "", error, "a NetCDF-4 file", "Write it with write_netcdf.") from None
    for key in _REQUIRED:
        if key not in dataset.variables:
            raise InputError.one(path.name, key, "missing", "the variables of a stationkeeper trajectory")
    if dataset.attrs.get("frame") != "GCRF":
        raise InputError.one(path.name, "frame", dataset.attrs.get("frame"), "GCRF")
    try:
        Epoch.parse(str(dataset.attrs.get("start_epoch")))
    except ValueError as error:
        raise InputError.one(
            path.name, "start_epoch", dataset.attrs.get("start_epoch"), f"a UTC time ({error})"
        ) from None
    return Trajectory.from_dataset(dataset)
