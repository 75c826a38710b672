"""The errors that reach a user. Each carries its values; none reaches a user as a traceback.

Exit codes of the command line: 0 good, 1 the run failed, 2 the input is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """

    where: str
    key: str
    found: str
    expected: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: {self.key}" if self.key else self.where
        text = f"{place}: found {self.found}; expected {self.expected}."
        return f"{text} {self.remedy}".rstrip()


class InputError(StationkeeperError):
    """The input is wrong: all the problems found in it, collected and raised once."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    @classmethod
    def one(cls, where: str, key: str, found: object, expected: str, remedy: str = "") -> InputError:
        """An error of a single problem; ``found`` is shortened to 80 characters."""
        text = str(found)
        return cls([Problem(where, key, text if len(text) <= 80 else text[:77] + "...", expected, remedy)])


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


class ScenarioError(StationkeeperError):
    """An event cannot be applied to the configuration that it meets."""

    exit_code = 2
