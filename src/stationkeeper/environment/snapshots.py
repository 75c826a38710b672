"""The dated data in use: Earth orientation, leap seconds, space weather, bulletins. Their age, what it costs, newer files.

What an age costs is a number with a source:

- Earth orientation: the standard error of predicted UT1 that every IERS Bulletin A prints, 0.00025 s * days^0.75, times
  the speed of a place under the orbit as seen from the orbit (495 m/s at 6,790 km from Earth's centre).
- Leap seconds: one second of UTC, so 7.7 km along a low orbit, once the table has expired and if one was inserted.
- Space weather: error of the drag at 420 km in hindcasts (``scripts/measure_outlook_error.py``, :data:`DRAG_ERROR_PERCENT`).
- Bulletins: how often what came lay inside 5 to 95 % (:data:`BAND_COVERAGE`), from the same script.

A newer file is recognised by its contents, read and checked as a whole, and only then stored (:mod:`stationkeeper.core.user_data`).

References
----------
IERS Bulletin A, section Predictions, "The accuracy may be estimated from the expressions". Source key: iers-bulletin-a.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from stationkeeper.core import user_data
from stationkeeper.core.constants import EARTH_ROTATION_RATE_RAD_S
from stationkeeper.core.epoch import Epoch, LeapSeconds, leap_seconds, parse_leap_seconds
from stationkeeper.core.errors import InputError, Problem, Refused
from stationkeeper.core.frames import (
    EarthOrientation,
    earth_orientation,
    earth_orientation_folder,
    parse_earth_orientation,
)
from stationkeeper.core.user_data import UserFile
from stationkeeper.environment.space_weather import MAX_FILE_BYTES, SpaceWeather
from stationkeeper.environment.weather_files import (
    Bulletin,
    bulletin_months,
    bulletin_of,
    newest_bulletin,
    parse_bulletin,
    parse_celestrak,
    parse_cssi,
)

DRAG_ERROR_DAYS: Final = (0.0, 1.0, 3.0, 10.0, 30.0, 45.0, 90.0, 180.0, 365.0)
DRAG_ERROR_PERCENT: Final = (0.0, 11.6, 14.3, 15.8, 17.5, 18.6, 20.7, 22.6, 26.7)
"""Root mean square error of the drag at 420 km over so many days behind the last observed one, from what was known then
(:func:`stationkeeper.environment.outlook.as_known_on`): 308 dates from 1999-06 to 2025-01, by the script named above."""
BAND_COVERAGE: Final = (
    "what came lay inside 5-95 % in 84 to 94 % of cases for the flux, in 44 to 81 % for Ap "
    "(13-month means, 1 to 60 months ahead, bulletins of 1999-2024)"
)
"""By the script named above; nominal 90 %."""
_ORBIT_RADIUS_M: Final = 6.79e6
_ORBIT_SPEED_M_S: Final = 7660.0
_NOTHING: Final = "Nothing was changed."
_EOP_LINE = re.compile(r"[ \d]{6} \d{5}\.\d\d [IP]")
_BULLETIN_HINT = re.compile(r"ESTIMATES OF 13-MONTH SMOOTH|PERCENTILE")
_DISAGREE: Final = 0.05
"""Share of common measured days that may differ from the table in use before a file is refused."""


@dataclass(frozen=True)
class Snapshot:
    """A data set in use.

    Parameters
    ----------
    key, name : short name, and in words.
    source : package and version, or the user's file with its digest.
    issued : date or month of issue; empty where the file does not say.
    last_measured : last measured day, or the month of issue of a bulletin.
    last_predicted : last day that the table reaches.
    kinds : kinds of its rows.
    """

    key: str
    name: str
    source: str
    issued: str
    last_measured: str
    last_predicted: str
    kinds: tuple[str, ...]

    def age_days(self, at: Epoch) -> float:
        """Days from the end of the last measured day (or of the month of issue) to an instant; 0 before it."""
        day = self.last_measured if len(self.last_measured) == 10 else _last_of(self.last_measured)
        return max(0.0, at.days_since(Epoch.parse(f"{day}T00:00:00Z")) - 1.0)

    def implied(self, at: Epoch) -> tuple[float, str, str]:
        """What the age means for a flight at an instant: value, its unit, and the sentence."""
        days = self.age_days(at)
        past_end = at.date > self.last_predicted
        if self.key == "leap-seconds":
            if past_end:
                return (
                    1.0,
                    "s",
                    f"may miss a leap second since {self.last_predicted}: 1 s of UTC, {_ORBIT_SPEED_M_S / 1e3:.1f} km along a low orbit",
                )
            return 0.0, "s", "no leap second can be missing"
        if self.key == "space-weather":
            percent = float(np.interp(days, DRAG_ERROR_DAYS, DRAG_ERROR_PERCENT))
            if not days:
                return 0.0, "%", "measured: what is left is the error of the density model, about 15 %"
            over = " or worse" if days > DRAG_ERROR_DAYS[-1] else ""
            end = (
                f"; the table itself ends on {self.last_predicted}, behind it only an outlook helps" if past_end else ""
            )
            return (
                percent,
                "%",
                f"the drag over the days not measured is good to {percent:.0f} %{over} (rms of hindcasts){end}",
            )
        if past_end:
            return float("inf"), "", f"ends on {self.last_predicted}: a flight behind it is an error"
        if self.key == "earth-orientation":
            ut1_s = 0.000_25 * days**0.75
            metres = ut1_s * EARTH_ROTATION_RATE_RAD_S * _ORBIT_RADIUS_M
            if not days:
                return 0.05, "m", "measured: a few centimetres in low orbit"
            return metres, "m", f"UT1 predicted for {days:.0f} days, good to {ut1_s:.4f} s: {metres:.1f} m in low orbit"
        return float("nan"), "", BAND_COVERAGE


def _last_of(month: str) -> str:
    return str((np.datetime64(month, "M") + 1).astype("datetime64[D]") - 1)


def snapshots() -> tuple[Snapshot, ...]:
    """The data sets in use. Raises ``InputError`` where a file of the user's is damaged."""
    eop, leaps, weather, bulletin = earth_orientation(), leap_seconds(), SpaceWeather.observed(), newest_bulletin()
    months = bulletin_months()
    ends = str((bulletin.months[-1] + 1).astype("datetime64[D]") - 1)
    last = f"{leaps.rows[-1][0] // 100}-{leaps.rows[-1][0] % 100:02d}-01"
    return (
        Snapshot(
            "earth-orientation", "Earth orientation", eop.source, "", eop.last_measured.date,
            Epoch(int(eop.times[-1])).date, ("measured", "predicted"),
        ),
        Snapshot("leap-seconds", "Leap seconds", leaps.source, "", last, leaps.expires or last, ("decreed",)),
        Snapshot(
            "space-weather", "Space weather", weather.source, weather.issued, weather.last_observed,
            weather.end.plus_s(-1.0).date, tuple(dict.fromkeys(_KIND_WORDS[str(k)] for k in np.unique(weather.kind))),
        ),
        Snapshot(
            "msafe", f"NASA MSAFE bulletins since {months[0]}", bulletin.source, bulletin.issued,
            bulletin.issued, ends, ("predicted",),
        ),
    )  # fmt: skip


_KIND_WORDS: Final = {
    "OBS": "observed",
    "INT": "interpolated",
    "PRD": "predicted",
    "PRM": "predicted",
    "FIX": "constant",
}


# ---- newer files ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """A file that was read and found whole.

    Parameters
    ----------
    kind, what : data set, and in words.
    file : name under which it is stored.
    origin : name as given.
    raw : what is stored.
    last_measured, reaches : its last measured day (or month of issue), and its last day.
    note : what was changed on the way in.
    content : what it holds.
    """

    kind: str
    what: str
    file: str
    origin: str
    raw: bytes
    last_measured: str
    reaches: str
    content: EarthOrientation | LeapSeconds | SpaceWeather | Bulletin
    note: str = ""


def recognise(path: Path, leaps: LeapSeconds | None = None) -> Candidate:
    """Read a file of any known kind, told by its contents, and check all of it.

    Raises
    ------
    InputError
        For a file that cannot be read, is of no known kind, or is damaged.
    """
    name = path.name
    text = _read(path)
    head = text[:4000]
    try:
        if head.startswith("DATE,BSRN"):
            rows = parse_celestrak(text, name)
            return _weather(path, SpaceWeather(*rows[:5], name, rows.last_observed, rows.last_observed), text.encode())
        if head.startswith("DATATYPE CssiSpaceWeather"):
            rows = parse_cssi(text, name)
            table = SpaceWeather(*rows[:5], name, rows.last_observed, rows.last_observed)
            return replace(_weather(path, table, table.to_celestrak_csv()), note="converted from CSSI text")
        if "File expires on" in head:
            found = parse_leap_seconds(text, name)
            return Candidate(
                "leap-seconds",
                "leap seconds",
                "Leap_Second.dat",
                name,
                text.encode(),
                found.expires,
                found.expires,
                found,
            )
        if _EOP_LINE.match(head):
            eop = parse_earth_orientation(text, name, name, leaps)
            ends = Epoch(int(eop.times[-1])).date
            return Candidate(
                "earth-orientation",
                "Earth orientation",
                "finals2000A.all",
                name,
                text.encode(),
                eop.last_measured.date,
                ends,
                eop,
            )
        if _BULLETIN_HINT.search(head):
            b = parse_bulletin(text, name)
            return Candidate(
                f"msafe-{b.issued}", f"MSAFE bulletin of {b.issued}", f"msafe-{b.issued}.txt", name, text.encode(),
                b.issued, str((b.months[-1] + 1).astype("datetime64[D]") - 1), b,
            )  # fmt: skip
    except Refused as e:
        raise InputError.one(name, e.key, e.found, e.expected, e.remedy) from None
    first = (
        "a web page" if head.lstrip().lower().startswith(("<!doctype", "<html")) else f"'{head.splitlines()[0][:60]}'"
    )
    raise InputError.one(
        name, "first line", first,
        "CelesTrak's SW-All.csv, the CSSI SpaceWeather-All.txt, the IERS files finals2000A.all or Leap_Second.dat, or an MSAFE bulletin",
        "Is it the right file?",
    )  # fmt: skip


def _weather(path: Path, table: SpaceWeather, raw: bytes) -> Candidate:
    ends = table.end.plus_s(-1.0).date
    return Candidate("space-weather", "space weather", "SW-All.csv", path.name, raw, table.last_observed, ends, table)


def _read(path: Path) -> str:
    where = str(path)
    try:
        if path.is_dir():
            raise InputError.one(where, "", "a folder", "a file", "Name a file inside it.")
        if not path.exists():
            raise InputError.one(where, "", "no such file", "a file that can be read", "Check the name.")
        if not path.is_file():
            raise InputError.one(where, "", "a pipe or a device", "a file", "Write it to a file first.")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise InputError.one(where, "", f"{size} bytes", f"at most {MAX_FILE_BYTES} bytes", "Is it the right file?")
        raw = path.read_bytes()
    except (OSError, ValueError) as e:
        reason = getattr(e, "strerror", None) or str(e)
        raise InputError.one(where, "", reason, "a file that can be read", "Check its name and permissions.") from None
    if not raw.strip():
        raise InputError.one(where, "", "an empty file", "a file of data", "Was the download cut off?")
    if raw[:2] == b"\x1f\x8b":
        raise InputError.one(where, "", "a compressed file", "the file itself", "Unpack it first.")
    try:
        return raw.decode("ascii").replace("\r\n", "\n")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        raise InputError.one(
            where, "", f"byte 0x{raw[e.start]:02x}", "plain ASCII text", "Is it damaged?", line
        ) from None


def update(paths: Sequence[Path], today: str) -> list[tuple[Candidate, bool]]:
    """Take newer files in, all or none.

    Parameters
    ----------
    paths : files of any known kind, at most one of each.
    today : UTC date that is recorded, YYYY-MM-DD.

    Returns
    -------
    list of (Candidate, bool)
        What each file is, and whether it is new (False: it is in use already).

    Raises
    ------
    InputError
        With every problem of every file. Nothing is changed then.
    """
    problems: list[Problem] = []
    found: list[Candidate] = []
    # leap seconds first: Earth orientation is read with them
    texts = {p: _leaps_of(p) for p in paths}
    leaps = next((x for x in texts.values() if x), None)
    for path in paths:
        try:
            found.append(recognise(path, leaps))
        except InputError as e:
            problems += e.problems
    for c in found:
        same = [o.origin for o in found if o.kind == c.kind]
        if len(same) > 1 and c is next(o for o in found if o.kind == c.kind):
            problems.append(
                Problem(c.origin, "", f"{len(same)} files of {c.what}: {', '.join(same)}", "one of each kind", _NOTHING)
            )
    fresh: list[tuple[Candidate, bool]] = []
    for c in found:
        digest = hashlib.sha256(c.raw).hexdigest()
        own = user_data.entries().get(c.kind)
        new = own is None or own.sha256 != digest
        fresh.append((c, new))
        if new:
            problem = _too_old(c)
            if problem:
                problems.append(problem)
    problems += _contradiction(found)
    if problems:
        raise InputError(
            [
                replace(p, remedy=f"{p.remedy} {_NOTHING}".strip() if _NOTHING not in p.remedy else p.remedy)
                for p in problems
            ]
        )
    user_data.install([(_stored(c, today), c.raw) for c, new in fresh if new])
    return fresh


def _leaps_of(path: Path) -> LeapSeconds | None:
    try:
        text = _read(path)
        return parse_leap_seconds(text, path.name) if "File expires on" in text[:4000] else None
    except (InputError, Refused):
        return None  # said when the file is recognised


def _stored(c: Candidate, today: str) -> UserFile:
    digest = hashlib.sha256(c.raw).hexdigest()
    return UserFile(c.kind, f"{c.kind}/{digest[:16]}/{c.file}", digest, c.origin, today, c.last_measured, c.note)


def _too_old(c: Candidate) -> Problem | None:
    """Why a file may not replace what is in use: it is older, shorter, or of another world."""
    if isinstance(c.content, LeapSeconds):
        now = leap_seconds()
        if c.content.rows[: len(now.rows)] != now.rows:
            return Problem(c.origin, "", "other leap seconds", f"the {len(now.rows)} that are known, and newer ones")
        return _not_newer(c, now.expires, "expiry")
    if isinstance(c.content, Bulletin):
        month = c.content.issued
        try:
            there = bulletin_of(month) if month in bulletin_months() else None
        except InputError:
            there = None  # damaged in the package: welcome
        return Problem(c.origin, "", f"the bulletin of {month}", "a month that is not there yet") if there else None
    if isinstance(c.content, EarthOrientation):
        eop = earth_orientation()
        if c.content.times[0] > eop.times[0]:
            first = Epoch(int(c.content.times[0])).date
            return Problem(
                c.origin, "", f"a table from {first} on", "the whole table since 1973", "Take finals2000A.all."
            )
        ut1 = np.interp(eop.times, c.content.times, c.content.ut1_minus_tai_s) - eop.ut1_minus_tai_s
        common = eop.times < min(eop.last_measured.tai_us, c.content.last_measured.tai_us) - 30 * 86_400_000_000
        return _not_newer(c, eop.last_measured.date, "last measured day") or _differs(c, np.abs(ut1[common]) > 1e-3)
    weather = SpaceWeather.observed()
    if c.content.first_day > weather.first_day:
        first = c.content.start.plus_days(-3).date
        return Problem(c.origin, "", f"a table from {first} on", "the whole table since 1957", "Take SW-All.csv.")
    a = weather.first_day - c.content.first_day
    n = min(len(weather.f107), len(c.content.f107) - a)
    mine = slice(a, a + n)
    both = (weather.kind[:n] == "OBS") & (c.content.kind[mine] == "OBS")
    flux = np.abs(weather.f107[:n] - c.content.f107[mine]) > 1.0
    ap = np.abs(weather.ap[:n] - c.content.ap[mine]).mean(axis=1) > 5.0
    return _not_newer(c, weather.last_observed, "last measured day") or _differs(c, (flux | ap)[both])


def _not_newer(c: Candidate, now: str, what: str) -> Problem | None:
    if c.last_measured <= now:
        return Problem(c.origin, what, c.last_measured or "none", f"a date after {now}, that of the table in use")
    return None


def _differs(c: Candidate, wrong: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Problem | None:
    share = float(np.mean(wrong)) if len(wrong) else 1.0
    if share > _DISAGREE:
        return Problem(
            c.origin, "", f"measured values that differ from the table in use on {100 * share:.0f} % of the days",
            f"the same on all but {100 * _DISAGREE:.0f} %", "Is it damaged, or in other units?",
        )  # fmt: skip
    return None


def _contradiction(found: Sequence[Candidate]) -> list[Problem]:
    """New leap seconds must fit the Earth orientation that stays in use."""
    leaps = next((c for c in found if isinstance(c.content, LeapSeconds)), None)
    if leaps is None or any(isinstance(c.content, EarthOrientation) for c in found):
        return []
    path = earth_orientation_folder() / "finals2000A.all"
    try:
        parse_earth_orientation(
            path.read_text(encoding="ascii"),
            "",
            path.name,
            leaps.content if isinstance(leaps.content, LeapSeconds) else None,
        )
    except InputError as e:
        return list(e.problems)
    return []
