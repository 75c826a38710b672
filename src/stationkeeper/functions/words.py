"""Numbers with their ranges in plain words, the same way in every function."""

from __future__ import annotations

import math

from stationkeeper.core.ranges import Range

FIGURES = 2
"""Figures that count in a sentence; the files of a run hold all of them."""


def number(x: float) -> str:
    """Two figures that count, with thousands parted: ``0.044``, ``3.6``, ``114``, ``16,000``."""
    if not math.isfinite(x):
        return "no end in sight"
    if x == 0.0:
        return "0"
    if 99.5 <= abs(x) < 1000.0:
        return f"{x:,.0f}"  # whole numbers keep all their figures: 114 kW, not 110
    x = float(f"{x:.{FIGURES}g}") if x != round(x) or abs(x) >= 100.0 else x
    digits = FIGURES - 1 - math.floor(math.log10(abs(x)))
    whole = abs(x) < 100.0 and x == round(x) and digits <= 0
    return f"{x:,.0f}" if whole else f"{x:,.{max(0, digits)}f}"


def span(r: Range, unit: str) -> str:
    """Best value, unit and range: ``114 kW (68 to 173)``; the range is left out where it says nothing."""
    low, best, high = (number(v) for v in (r.low, r.best, r.high))
    unit = unit.replace("/day", " a day").replace("/year", " a year")
    if low == best == high:
        return f"{best} {unit}"
    return f"{best} {unit} ({low} to {high})"


_UNITS = (("years", 8766.0), ("days", 24.0), ("hours", 1.0), ("minutes", 1.0 / 60.0))


def time(hours: Range) -> str:
    """A length of time, each end in its own fitting unit: ``3.6 days (3.9 hours to 52 days)``."""
    low, best, high = (_time(h) for h in (hours.low, hours.best, hours.high))
    return best if low == best == high else f"{best} ({low} to {high})"


def _time(hours: float) -> str:
    if not math.isfinite(hours):
        return "no end in sight"
    if hours <= 0.0:
        return "no time"
    unit, length = next((u for u in _UNITS if hours >= 2.0 * u[1]), _UNITS[-1])
    return f"{number(hours / length)} {unit}"
