"""Numbers, dates and intervals in words for people: units, sensible digits, never a ``nan``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from stationkeeper.core.epoch import Epoch

if TYPE_CHECKING:
    from stationkeeper.mission.result import Value

UNKNOWN = "not known"
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
FUNCTIONS = {
    "reboost": "reboost", "attitude": "attitude", "power": "power", "life_support": "life support",
    "communications": "communications", "command": "command", "crew_return": "crew return",
}  # fmt: skip
STATUS = {"nominal": "nominal", "degraded": "degraded", "lost": "lost", "not_assessed": "not assessed"}
VERDICT = {"yes": "Yes", "no": "No", "depends": "It depends", "not_assessed": "Not assessed"}
STANDING = {"present": "present", "announced": "leaving announced", "notified": "notice given", "gone": "has left"}


def day(at: Epoch | str | None) -> str:
    """30 March 2022."""
    if at is None:
        return UNKNOWN
    text = at.date if isinstance(at, Epoch) else at[:10]
    parts = text.split("-")
    if len(parts) != 3 or not all(p.isdigit() for p in parts) or not 1 <= int(parts[1]) <= 12:
        return str(at)
    return f"{int(parts[2])} {MONTHS[int(parts[1]) - 1]} {parts[0]}"


def moment(at: Epoch) -> str:
    """2022-03-30 07:21 UTC."""
    t = at.isoformat()
    return f"{t[:10]} {t[11:16]} UTC"


def number(x: float | None, digits: int | None = None) -> str:
    """A number with thousands parted by a thin space; three significant digits unless ``digits`` decimals are asked for."""
    if x is None or not math.isfinite(x):
        return UNKNOWN
    if digits is None:
        size = abs(x)
        digits = 0 if size == int(size) or size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 4
    text = f"{abs(x):,.{digits}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return ("\N{MINUS SIGN}" if x < 0 and float(f"{x:.{digits}f}") != 0 else "") + text


def tonnes(kg: float | None) -> str:
    """A mass in tonnes."""
    return UNKNOWN if kg is None or not math.isfinite(kg) else f"{number(kg / 1000.0, 1)} t"


_ISO_DAY = re.compile(r"\b(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))\b(?![T\d:-])")


def dated(text: str) -> str:
    """A sentence with its ISO dates written out: 2022-03-30 becomes 30 March 2022."""
    return _ISO_DAY.sub(lambda m: day(m[1]), text)


def interval(v: Value) -> str:
    """A value with its interval and unit: ``12 kW (between 10 and 14)``."""
    if v.unit == "utc":
        return _date_interval(v)
    if v.value is None or isinstance(v.value, str):
        return str(v.value) if v.value else UNKNOWN
    if not math.isfinite(v.value):
        return UNKNOWN
    if v.unit == "seats" and v.value < 0:
        return f"{number(-v.value, 0)} {'seat' if v.value == -1 else 'seats'} short"
    unit = "" if v.unit in ("", "1") else f" {v.unit}"
    out = f"{number(v.value)}{unit}"
    if isinstance(v.low, float | int) and isinstance(v.high, float | int):
        out += f" (between {number(v.low)} and {number(v.high)})"
    return out


def _date_interval(v: Value) -> str:
    """Dates of a distribution: the middle, and the ends of 90 %."""
    low, middle, high = (None if x is None else day(str(x)) for x in (v.low, v.value, v.high))
    if middle is None and low is None:
        return "later than the forecast reaches"
    half = f"half of the cases by {middle}" if middle else "half of the cases later than the forecast reaches"
    if low is None:
        return half
    return (
        f"{half}; 90 % between {low} and {high}"
        if high
        else f"{half}; 90 % after {low}, the late end beyond the forecast"
    )


def people(count: int) -> str:
    """1 person, 7 people."""
    return "nobody" if count == 0 else "1 person" if count == 1 else f"{count} people"


def listed(items: Iterable[str], none: str = "none") -> str:
    """Comma-separated, or a word for nothing."""
    return ", ".join(items) or none


def flat(data: Mapping[str, object], head: str = "") -> list[tuple[str, str]]:
    """Nested settings as rows of a name and a plain text."""
    rows: list[tuple[str, str]] = []
    for key, value in data.items():
        name = f"{head}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            rows += flat(value, f"{head}{key}: ")
        else:
            rows.append((name, plain(value)))
    return rows


def plain(value: object) -> str:
    """Any setting as text without Python in it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.10g}" if math.isfinite(value) else UNKNOWN
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {plain(v)}" for k, v in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ("; " if any(isinstance(v, Mapping) for v in value) else ", ").join(plain(v) for v in value) or "none"
    return str(value)
