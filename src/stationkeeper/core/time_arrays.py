"""Many instants at once: arrays of TAI microseconds, and their UTC face.

Every function of the project that takes ``times`` accepts one :class:`Epoch`, a sequence of them, or an ``int64``
array of TAI microseconds since 2000-01-01T00:00:00 TAI (the number inside an Epoch). Microseconds are whole numbers,
so nothing is lost between the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch, leap_seconds
from stationkeeper.core.user_data import on_change

TimesUs = NDArray[np.int64]
Times = Epoch | Sequence[Epoch] | TimesUs
"""One epoch, a sequence of epochs, or an int64 array of TAI microseconds since 2000-01-01T00:00:00 TAI."""

DAY_US = 86_400_000_000
_J2000_DATE = np.datetime64("2000-01-01T00:00:00", "us")
_MJD_2000 = 51_544


NEVER: Final = -1
"""Stands for no instant in an array of TAI microseconds; other times before 2000 are below zero as well, so compare for equality."""


def tai_us(times: Times) -> TimesUs:
    """The times as an ``int64`` array of TAI microseconds, shape (n,); one Epoch gives shape (1,).

    Raises
    ------
    TypeError
        For anything else, in particular naive datetimes and floating-point seconds.
    """
    if isinstance(times, Epoch):
        return np.array([times.tai_us], dtype=np.int64)
    if isinstance(times, np.ndarray):
        if times.dtype != np.int64:
            raise TypeError(f"times of type {times.dtype}; give Epochs or int64 TAI microseconds")
        return np.atleast_1d(times)
    return np.fromiter((e.tai_us for e in times), dtype=np.int64, count=len(times))


@lru_cache(maxsize=1)
def _leap_table() -> tuple[TimesUs, TimesUs, TimesUs]:
    """Starts of constant TAI-UTC since 1972: UTC face (us since 2000-01-01), TAI (us), and TAI-UTC (us)."""
    rows = leap_seconds().rows
    dates = [np.datetime64(f"{month // 100:04d}-{month % 100:02d}-01", "us") for month, _ in rows]
    utc = np.array([(d - _J2000_DATE).astype(np.int64) for d in dates], dtype=np.int64)
    offset = np.array([seconds * 1_000_000 for _, seconds in rows], dtype=np.int64)
    return utc, utc + offset, offset


on_change(_leap_table.cache_clear)


def tai_minus_utc_us(times: Times) -> TimesUs:
    """TAI minus UTC in microseconds (whole seconds), shape (n,); during a leap second the value before it."""
    t = tai_us(times)
    _, tai, offset = _leap_table()
    return offset[np.clip(np.searchsorted(tai, t, side="right") - 1, 0, None)]


def utc_us(times: Times) -> TimesUs:
    """UTC face as microseconds since 2000-01-01T00:00:00 UTC counted in days of 86,400 s, shape (n,).

    A leap second is given as the second before it, repeated (the same rule as :meth:`Epoch.to_datetime`).
    """
    t = tai_us(times)
    utc_start, tai_start, offset = _leap_table()
    i = np.clip(np.searchsorted(tai_start, t, side="right") - 1, 0, None)
    out = t - offset[i]
    following = np.append(utc_start[1:], np.iinfo(np.int64).max)[i]
    return np.where(out >= following, out - 1_000_000, out)


def utc_datetime64(times: Times) -> NDArray[np.datetime64]:
    """UTC as ``datetime64[us]``, shape (n,); a leap second is given as the second before it."""
    return _J2000_DATE + utc_us(times).astype("timedelta64[us]")


def from_utc_datetime64(utc: NDArray[np.datetime64]) -> TimesUs:
    """TAI microseconds of UTC ``datetime64`` values, shape (n,). Leap seconds themselves cannot be written so."""
    us = (np.atleast_1d(utc).astype("datetime64[us]") - _J2000_DATE).astype(np.int64)
    utc_start, _, offset = _leap_table()
    return us + offset[np.clip(np.searchsorted(utc_start, us, side="right") - 1, 0, None)]


def utc_day_number(times: Times) -> TimesUs:
    """Number of the UTC day, counted from 2000-01-01, shape (n,)."""
    return utc_us(times) // DAY_US


def utc_seconds_of_day(times: Times) -> NDArray[np.float64]:
    """Seconds since 0 h UTC, shape (n,)."""
    return (utc_us(times) % DAY_US) / 1e6


def utc_mjd(times: Times) -> NDArray[np.float64]:
    """UTC as modified Julian date, shape (n,); good to about a microsecond, for look-ups only."""
    return _MJD_2000 + utc_us(times) / DAY_US


def tt_jd(times: Times) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Terrestrial time as Julian date in two parts for pyerfa, shapes (n,)."""
    t = tai_us(times) + 32_184_000
    days, rest = np.divmod(t, DAY_US)
    return 2_451_544.5 + days, rest / DAY_US


def epochs_of(times: Times) -> tuple[Epoch, ...]:
    """The times as a tuple of :class:`Epoch`."""
    return tuple(Epoch(int(t)) for t in tai_us(times))
