"""The option ``--weather``: its words, and what is to be said of a flight that rests on foretold indices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stationkeeper.core.errors import InputError, Refused

if TYPE_CHECKING:
    from stationkeeper.core.epoch import Epoch
    from stationkeeper.environment.space_weather import SpaceWeather

WEATHER_HELP = (
    "Space weather: observed (then the newest NASA bulletin), as-known-on=2022-03-07, fixed=F107,AP, "
    "or msfc=YYYY-MM[,PERCENTILE]."
)
_EXPECTED = "observed, as-known-on=DATE, fixed=F107,AP or msfc=YYYY-MM[,PERCENTILE]"


def parse_weather(text: str, start: Epoch, where: str = "--weather") -> SpaceWeather:
    """The table that the option names.

    Parameters
    ----------
    text : the option: ``observed``, ``as-known-on=2022-03-07`` (or ``=start`` for the day of the start), ``fixed=150,4``,
        ``msfc=2022-02`` or ``msfc=2022-02,95``.
    start : start of the flight.
    where : name of the option, for messages.

    Raises
    ------
    InputError
        For any other text, naming what was expected.
    """
    from stationkeeper.environment.outlook import as_known_on, continued
    from stationkeeper.environment.space_weather import SpaceWeather

    word, _, rest = (p.strip() for p in text.partition("="))
    if word == "observed" and not rest:
        return continued()
    if word == "as-known-on":
        return as_known_on(start if rest == "start" else _date(rest, where))
    if word == "fixed":
        f107, ap = _numbers(rest, where)
        for name, value, low, high in (("F10.7", f107, 50.0, 400.0), ("ap", ap, 0.0, 400.0)):
            if not low <= value <= high:
                raise InputError.one(where, name, f"{value:g}", f"{low:g} to {high:g}")
        return SpaceWeather.fixed(f107, ap)
    if word == "msfc":
        month, comma, percentile = (p.strip() for p in rest.partition(","))
        if comma and percentile not in ("5", "50", "95"):
            raise InputError.one(where, "percentile", f"'{percentile}'", "5, 50 or 95", "Write msfc=2022-02,95.")
        try:
            return SpaceWeather.msfc(month, int(percentile or 50))  # type: ignore[arg-type]
        except InputError as e:
            p = e.problems[0]
            raise InputError.one(
                where, p.key, p.found or "nothing", p.expected, p.remedy or "Write msfc=2022-02."
            ) from None
    raise InputError.one(where, "", f"'{text}'", _EXPECTED)


def _date(text: str, where: str) -> Epoch:
    from stationkeeper.cli.common import parse_when

    try:
        return parse_when(text, where)
    except (InputError, Refused) as e:
        found = e.problems[0].found if isinstance(e, InputError) else str(e)
        raise InputError.one(where, "date", found, "a UTC date", "Write as-known-on=2022-03-07.") from None


def _numbers(text: str, where: str) -> tuple[float, float]:
    parts = [p.strip() for p in text.split(",")]
    if len(parts) == 2 and all(re.fullmatch(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", p) for p in parts):
        return float(parts[0]), float(parts[1])
    raise InputError.one(where, "fixed", f"'{text}'", "F10.7 and ap, two numbers", "Write fixed=150,4.")


def weather_notes(weather: SpaceWeather, start: Epoch, end: Epoch) -> tuple[str, ...]:
    """Lines for stderr about a flight: empty where all of its indices are measured."""
    kinds = {str(weather.kind_at(e)) for e in (start, end)}
    if kinds <= {"OBS", "INT"}:
        return ()
    if kinds == {"FIX"}:
        return (f"space weather is {weather.source}: an assumption, not a forecast",)
    lines = []
    if "END" in kinds:
        lines.append(f"space weather ends on {weather.end.plus_s(-1.0).date}, before the flight does")
    since = f"after {weather.last_observed}" if weather.last_observed else "throughout"
    if not weather.last_observed or weather.last_observed < end.date:
        lines.append(f"space weather {since} is predicted, not measured: {weather.source.split('; from ')[-1]}")
        if weather.kind_at(end) == "PRM":
            lines.append("monthly predictions know no storms and no 27-day rotation: the true drag varies about them")
    return tuple(lines)
