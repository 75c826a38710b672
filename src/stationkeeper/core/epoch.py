"""Instants, and the vague dates of history.

An :class:`Epoch` is an instant on the TAI scale, kept as a whole number of microseconds; UTC text exists only at
the edges. A :class:`When` is a date as a source gives it: to the minute, to the day, or only to the month.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, total_ordering
from pathlib import Path

import astropy_iers_data
import erfa

from stationkeeper.core import user_data
from stationkeeper.core.errors import Refused

_DAY_US = 86_400_000_000
_FIRST_YEAR, _LAST_YEAR = 1972, 2999
_TIME = "a UTC time such as 2022-03-30T07:21:00Z"
_DATE = "a UTC date or time: 2022-03-30T07:21Z, 2022-03-30 or 2022-03"
_J2000_ORDINAL = datetime(2000, 1, 1, tzinfo=UTC).toordinal()
_ISO = re.compile(
    r"(?P<y>\d{4})-(?P<mo>\d{2})-(?P<d>\d{2})T(?P<h>\d{2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:\.(?P<f>\d{1,9}))?)?"
    r"(?P<z>Z|[+-]\d{2}:\d{2})?$"
)
_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?$")
_EXPIRES = re.compile(r"File expires on\s+(\d{1,2})\s+([A-Z][a-z]+)\s+(\d{4})")
_LEAP_ROW = re.compile(r"\s*(\d{5})(?:\.0*)?\s+(\d{1,2})\s+(\d{1,2})\s+(\d{4})\s+(\d{2})\s*")
_MJD_ORDINAL = datetime(1858, 11, 17, tzinfo=UTC).toordinal()
_LEAPS_TO_2017 = 28
_YEARS = f"a year from {_FIRST_YEAR}, when UTC with whole leap seconds starts, to {_LAST_YEAR}"


def _check_day(text: str, year: int, month: int, day: int) -> None:
    """Refuses a year, month or day that no calendar has."""
    if not 1 <= month <= 12:
        raise Refused(f"month {month} in '{text}'", "a month from 01 to 12")
    last = calendar.monthrange(max(year, 1), month)[1]
    if not 1 <= day <= last:
        raise Refused(f"day {day} in '{text}'", f"a day from 01 to {last}")
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise Refused(f"year {year} in '{text}'", _YEARS)


@dataclass(frozen=True, slots=True)
class LeapSeconds:
    """The table of leap seconds in use.

    Parameters
    ----------
    rows : (year * 100 + month, TAI minus UTC in whole seconds) from the first of that month on, since 1972.
    expires : last day for which the table is known to be complete, YYYY-MM-DD.
    source : where it comes from.
    """

    rows: tuple[tuple[int, int], ...]
    expires: str
    source: str


def parse_leap_seconds(text: str, source: str) -> LeapSeconds:
    """Read the text of IERS ``Leap_Second.dat``.

    Raises
    ------
    ValueError
        With the reason, for text that is not such a file, or a broken one.
    """
    m = _EXPIRES.search(text)
    if m is None:
        raise Refused("no line 'File expires on'", "the file Leap_Second.dat of the IERS")
    expires = f"{int(m[3]):04d}-{datetime.strptime(m[2][:3], '%b').replace(tzinfo=UTC).month:02d}-{int(m[1]):02d}"
    _check_day(expires, int(m[3]), int(expires[5:7]), int(m[1]))
    rows: list[tuple[int, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        r = _LEAP_ROW.fullmatch(line)
        if r is None:
            raise Refused(f"'{line.strip()}' in line {number}", "modified Julian date, day, month, year, TAI-UTC")
        mjd, day, month, year, offset_s = (int(x) for x in r.groups())
        _check_day(line.strip(), year, month, day)
        if day != 1 or datetime(year, month, day, tzinfo=UTC).toordinal() - _MJD_ORDINAL != mjd:
            raise Refused(f"'{line.strip()}' in line {number}", "the first of a month, with its modified Julian date")
        if offset_s != (10 if not rows else rows[-1][1] + 1) or (rows and rows[-1][0] >= year * 100 + month):
            raise Refused(
                f"TAI-UTC {offset_s} s in line {number}", "10 s in 1972 and one second more in each later row"
            )
        rows.append((year * 100 + month, offset_s))
    if len(rows) < _LEAPS_TO_2017 or int(expires[:4]) * 100 + int(expires[5:7]) <= rows[-1][0]:
        raise Refused(
            f"{len(rows)} rows, expiring {expires}", f"at least {_LEAPS_TO_2017} rows, expiring after the last"
        )
    return LeapSeconds(tuple(rows), expires, source)


@lru_cache(maxsize=1)
def leap_seconds() -> LeapSeconds:
    """The leap seconds in use: the user's newer file, else the table in pyerfa.

    The date of expiry of the packaged table is that of the file ``Leap_Second.dat`` in astropy-iers-data, where it holds the same leap
    seconds.
    """
    own = user_data.current("leap-seconds")
    if own:
        path, file = own
        return parse_leap_seconds(path.read_text(encoding="ascii"), file.label)
    rows = tuple(
        (int(r["year"]) * 100 + int(r["month"]), round(float(r["tai_utc"])))
        for r in erfa.leap_seconds.get()
        if r["year"] >= 1972
    )
    dated = parse_leap_seconds(
        Path(astropy_iers_data.IERS_LEAP_SECOND_FILE).read_text(encoding="ascii"), "astropy-iers-data"
    )
    return LeapSeconds(rows, dated.expires if dated.rows == rows else "", "pyerfa")


def _forget() -> None:
    leap_seconds.cache_clear()
    _span.cache_clear()


user_data.on_change(_forget)


def _tai_minus_utc_s(year: int, month: int) -> int:
    """Whole seconds by which TAI is ahead of UTC in a month since 1972."""
    return max((s for since, s in leap_seconds().rows if since <= year * 100 + month), default=10)


@lru_cache(maxsize=4096)
def _civil(day_number: int) -> tuple[int, int, int]:
    d = datetime.fromordinal(_J2000_ORDINAL + day_number)
    return d.year, d.month, d.day


def _day_start_tai_us(day_number: int) -> int:
    """TAI microseconds since 2000-01-01T00:00:00 TAI at 0 h UTC of a day counted from 2000-01-01."""
    year, month, _ = _civil(day_number)
    return day_number * _DAY_US + _tai_minus_utc_s(year, month) * 1_000_000


@total_ordering
@dataclass(frozen=True, slots=True)
class Epoch:
    """An instant. Compare, subtract (seconds, SI), shift with :meth:`plus_s`.

    Parameters
    ----------
    tai_us : microseconds since 2000-01-01T00:00:00 TAI.
    """

    tai_us: int

    @classmethod
    def parse(cls, text: str) -> Epoch:
        """Read ISO 8601 UTC text such as ``2022-03-30T07:21Z``; seconds and a fraction are optional.

        An offset such as ``+03:00`` is converted. Second 60 is accepted only where there was a leap second.

        Raises
        ------
        ValueError
            With the reason: not a time, naive, or a field out of range.
        """
        m = _ISO.match(text.strip())
        if m is None:
            raise Refused(f"'{text}', which is not a time", _TIME)
        if m["z"] is None:
            raise Refused(f"'{text}', which has no time zone", "a UTC time ending in Z", f"Write {text.strip()}Z.")
        y, mo, d, h, mi = (int(m[k]) for k in ("y", "mo", "d", "h", "mi"))
        s = int(m["s"] or 0)
        us = int((m["f"] or "0").ljust(9, "0")[:9]) // 1000
        _check_day(text, y, mo, d)
        if h > 23 or mi > 59:
            raise Refused(f"time of day in '{text}'", "hours from 00 to 23 and minutes from 00 to 59")
        offset_min = 0
        if m["z"] != "Z":
            sign = -1 if m["z"][0] == "-" else 1
            hours, minutes = int(m["z"][1:3]), int(m["z"][4:6])
            if hours > 23 or minutes > 59:
                raise Refused(f"offset {m['z']} in '{text}'", "an offset from UTC below 24 hours")
            offset_min = sign * (hours * 60 + minutes)
        day_number = datetime(y, mo, d, tzinfo=UTC).toordinal() - _J2000_ORDINAL
        total_min = h * 60 + mi - offset_min
        day_number, total_min = day_number + total_min // 1440, total_min % 1440
        start = _day_start_tai_us(day_number)
        if s >= 60:
            day_length_us = _day_start_tai_us(day_number + 1) - start
            if s > 60 or total_min != 1439 or day_length_us <= _DAY_US:
                raise Refused(
                    f"second {s} in '{text}'", "seconds from 00 to 59", "There was no leap second at that minute."
                )
        return cls(start + total_min * 60_000_000 + s * 1_000_000 + us)

    @classmethod
    def from_datetime(cls, value: datetime) -> Epoch:
        """From an aware ``datetime``; a naive one is refused with ``ValueError``."""
        if value.tzinfo is None:
            text = value.isoformat()
            raise Refused(f"'{text}', which has no time zone", "a UTC time ending in Z", f"Write {text}Z.")
        if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
            raise Refused(f"year {value.year} in '{value.isoformat()}'", _YEARS)
        u = value.astimezone(UTC)
        return cls.parse(u.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z")

    def _utc_fields(self) -> tuple[int, int]:
        """Day number from 2000-01-01 and microseconds into that UTC day (may reach the leap second)."""
        day_number = self.tai_us // _DAY_US
        while self.tai_us < _day_start_tai_us(day_number):
            day_number -= 1
        while self.tai_us >= _day_start_tai_us(day_number + 1):
            day_number += 1
        return day_number, self.tai_us - _day_start_tai_us(day_number)

    def isoformat(self, digits: int = 0) -> str:
        """UTC text ending in ``Z`` with ``digits`` (0 to 6) decimals of the second, truncated."""
        day_number, us = self._utc_fields()
        y, mo, d = _civil(day_number)
        minute, rest_us = (1439, us - 1439 * 60_000_000) if us >= _DAY_US else divmod(us, 60_000_000)
        sec, frac = divmod(rest_us, 1_000_000)
        tail = f".{frac:06d}"[: digits + 1] if digits else ""
        return f"{y:04d}-{mo:02d}-{d:02d}T{minute // 60:02d}:{minute % 60:02d}:{sec:02d}{tail}Z"

    def __str__(self) -> str:
        return self.isoformat()

    @property
    def date(self) -> str:
        """The UTC date, ``YYYY-MM-DD``."""
        return self.isoformat()[:10]

    def to_datetime(self) -> datetime:
        """An aware UTC ``datetime``; a leap second is given as the second before it."""
        return datetime.fromisoformat(self.isoformat(6).replace(":60.", ":59.").replace("Z", "+00:00"))

    def plus_s(self, seconds: float) -> Epoch:
        """The epoch ``seconds`` (SI) later."""
        return Epoch(self.tai_us + round(seconds * 1e6))

    def plus_days(self, days: float) -> Epoch:
        """The epoch ``days`` of 86,400 SI seconds later."""
        return self.plus_s(days * 86_400.0)

    def __sub__(self, other: Epoch) -> float:
        return (self.tai_us - other.tai_us) / 1e6

    def __lt__(self, other: Epoch) -> bool:
        return self.tai_us < other.tai_us

    def days_since(self, other: Epoch) -> float:
        """Days of 86,400 s since another epoch."""
        return (self - other) / 86_400.0

    def tai_jd(self) -> tuple[float, float]:
        """Julian date on the TAI scale in two parts, for pyerfa."""
        days, us = divmod(self.tai_us, _DAY_US)
        return 2_451_544.5 + days, us / _DAY_US


@lru_cache(maxsize=8192)
def _span(text: str) -> tuple[Epoch, Epoch]:
    """First and last instant of a vague date; its station asks for it again and again."""
    body = text.rstrip("?").strip()
    if "T" in body:
        e = Epoch.parse(body)
        return e, e
    m = _DAY.match(body)
    if m is None:
        raise Refused(f"'{text}', which is not a date", _DATE)
    y, mo = int(m[1]), int(m[2])
    _check_day(text, y, mo, int(m[3] or 1))
    last = calendar.monthrange(y, mo)[1]
    if m[3] is not None:
        return Epoch.parse(f"{body}T00:00:00Z"), Epoch.parse(f"{body}T23:59:59Z")
    return Epoch.parse(f"{body}-01T00:00:00Z"), Epoch.parse(f"{body}-{last:02d}T23:59:59Z")


@total_ordering
@dataclass(frozen=True, slots=True)
class When:
    """A date as its source gives it.

    ``2022-03-30T07:21Z`` (to the minute or second), ``2022-03-28`` (to the day), ``2023-01`` (to the month); a
    trailing ``?`` marks a doubtful one. Vague dates sort and act at the middle of their span.
    """

    text: str

    def __post_init__(self) -> None:
        self.span()

    @property
    def doubtful(self) -> bool:
        """Whether the source itself is unsure."""
        return self.text.endswith("?")

    @property
    def precision(self) -> str:
        """``time``, ``day`` or ``month``."""
        body = self.text.rstrip("?")
        return "time" if "T" in body else "day" if body.count("-") == 2 else "month"

    def span(self) -> tuple[Epoch, Epoch]:
        """First and last instant that the text allows. Raises ``ValueError`` when it is not a date."""
        return _span(self.text)

    @property
    def epoch(self) -> Epoch:
        """The instant at which a run acts on it: the middle of the span."""
        a, b = self.span()
        return Epoch((a.tai_us + b.tai_us) // 2)

    def __lt__(self, other: When) -> bool:
        return self.epoch < other.epoch

    def __str__(self) -> str:
        return self.text
