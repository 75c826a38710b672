"""The errors that reach a user. Each carries its values; none reaches a user as a traceback.

Exit codes of the command line: 0 good, 1 the run failed, 2 the input is wrong.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class StationkeeperError(Exception):
    """Base of every error raised on purpose."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    where : where it stands: a file name, or the name of an argument.
    key : path of the key inside the file, such as ``event[3].port``; empty for the file as a whole.
    found : the offending value as text.
    expected : what was expected instead, with unit and range.
    remedy : what to do about it; may be empty.
    line : line of the file, counted from 1; 0 where it is not known.
    """

    where: str
    key: str
    found: str
    expected: str
    remedy: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.where}, line {self.line}" if self.line else self.where
        place = f"{place}: {self.key}" if self.key else place
        end = "" if self.expected.endswith((".", "?")) else "."
        return printable(
            f"{place}: found {short(self.found, 240)}; expected {self.expected}{end} {self.remedy}".rstrip()
        )


class Refused(ValueError):  # noqa: N818  (a reason given inside a check; what reaches the user is an InputError)
    """Why a check refuses a value. The reader of the file adds the place and makes an :class:`InputError` of it.

    Parameters
    ----------
    found, expected, remedy : as in :class:`Problem`.
    key : the key below the place of the check, where the check looks at a whole table.
    """

    def __init__(self, found: str, expected: str, remedy: str = "", key: str = "") -> None:
        self.found, self.expected, self.remedy, self.key = found, expected, remedy, key
        super().__init__("; ".join(x.rstrip(".") for x in (found, f"expected {expected}", remedy) if x))


SHOWN = 8
"""Problems that are printed; the rest is counted."""


class InputError(StationkeeperError):
    """The input is wrong: all the problems found in it, collected and raised once."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(p) for p in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"and {len(self.problems) - SHOWN} more problems")
        super().__init__("\n".join(lines))

    @classmethod
    def one(cls, where: str, key: str, found: object, expected: str, remedy: str = "", line: int = 0) -> InputError:
        """An error of a single problem."""
        return cls([Problem(where, key, str(found), expected, remedy, line)])


def short(text: str, most: int = 80) -> str:
    """Text that is cut after so many characters."""
    return text if len(text) <= most else text[: most - 3] + "..."


def printable(text: str) -> str:
    """Text in which characters that would steer a terminal or break the line are written out."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def plain(value: object) -> str:
    """A value out of a file in words: text in quotes, tables and lists by their size."""
    if isinstance(value, str):
        return f"'{short(value)}'"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return f"a table with {', '.join(map(str, value)) or 'nothing'} in it"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if len(value) > 4 else f"[{', '.join(map(plain, value))}]"
    return short(str(value))


def choice(word: str, known: Iterable[str], what: str) -> str:
    """``did you mean 'x'?`` where a known word is alike, else the known words, the first ten of many."""
    words = list(known)
    near = nearest(word, words)
    if near:
        return near[0].lower() + near[1:]
    more = f" and {len(words) - 10} more" if len(words) > 10 else ""
    return f"{what} are {', '.join(words[:10]) or 'none'}{more}"


def nearest(word: str, known: Iterable[str]) -> str:
    """``Did you mean 'x'?`` for the known word that is spelled most alike, or nothing."""
    found = difflib.get_close_matches(word, list(known), 1)
    return f"Did you mean '{found[0]}'?" if found else ""


class OutOfRangeError(StationkeeperError):
    """A model was asked outside the range in which it holds."""


class DataAgeError(StationkeeperError):
    """Environment data do not reach the date that was asked for."""


class ConservationError(StationkeeperError):
    """A ledger does not close: the run is FAILED. Carries the ledger's name and the size of the gap."""

    def __init__(self, ledger: str, leg: str, gap: float, unit: str) -> None:
        self.ledger, self.leg, self.gap, self.unit = ledger, leg, gap, unit
        super().__init__(f"ledger '{ledger}' does not close in leg '{leg}': off by {gap:.6g} {unit}")


class EngineError(StationkeeperError):
    """The flight engine could not fly a leg."""
