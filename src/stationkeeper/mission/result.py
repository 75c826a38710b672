"""What a run gives: flights, the log of events, assessments over time, ledgers, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.orbit import Surroundings
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.functions.assessment import Assessment
from stationkeeper.functions.crew_return import SeatTable
from stationkeeper.reentry.outcome import ComingDown
from stationkeeper.scenario.ruling import Push
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.walk import Happened
from stationkeeper.station.configuration import Configuration
from stationkeeper.station.schema import Station

AnswerVerdict = Literal["yes", "no", "depends", "not_assessed"]


@dataclass(frozen=True)
class Value:
    """A number with interval and unit, or a date with interval (ISO text) when ``unit`` is ``utc``."""

    value: float | str | None
    low: float | str | None
    high: float | str | None
    unit: str
    what: str


@dataclass(frozen=True)
class Answer:
    """The answer to one question for one stack.

    ``headline`` is one sentence to trust; ``chain`` the causal chain in plain words; ``not_modelled`` says what this
    version leaves out of it.
    """

    question: str
    asks: str
    stack: str
    stack_name: str
    verdict: AnswerVerdict
    headline: str
    value: Value | None
    chain: tuple[str, ...]
    not_modelled: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class FlownBurn:
    """A burn as it was flown."""

    start: Epoch
    stack: str
    push: Push
    duration_s: float
    propellant_kg: float
    mean_altitude_before_m: float
    mean_altitude_after_m: float


@dataclass(frozen=True)
class Flown:
    """The flight of one stack from its first to its last moment in the run."""

    stack: str
    name: str
    trajectory: Trajectory
    burns: tuple[FlownBurn, ...]
    stopped: str | None
    settings: Mapping[str, object]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """How a stack comes down if nobody raises it from the end of the run on (or from where it fell inside the run)."""

    stack: str
    down: ComingDown
    weather_note: str


@dataclass(frozen=True)
class Snapshot:
    """A configuration with its assessments, at the start, after each event, and at the end."""

    at: Epoch
    cause: str
    configuration: Configuration
    assessments: Mapping[str, Mapping[str, Assessment]]
    seats: Mapping[str, SeatTable]


@dataclass(frozen=True)
class LedgerRow:
    """One line of a ledger: what was there, what came, what went, what is there. Units in ``unit``."""

    at: Epoch
    ledger: str
    account: str
    cause: str
    opening: float
    added: float
    removed: float
    closing: float
    unit: str

    @property
    def gap(self) -> float:
        """How far it is from closing."""
        return self.opening + self.added - self.removed - self.closing


@dataclass(frozen=True)
class Leg:
    """A stretch of time without events, and the surroundings of each stack at its end."""

    start: Epoch
    end: Epoch
    around: Mapping[str, Surroundings]

    @property
    def days(self) -> float:
        """Its length."""
        return self.end.days_since(self.start)


@dataclass(frozen=True)
class Lived:
    """A leg with what it changed, its ledger rows, and what ran out."""

    leg: Leg
    before: Configuration
    after: Configuration
    rows: tuple[LedgerRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """Everything that a run found out."""

    scenario: Scenario
    scenario_path: Path
    station: Station
    start: Configuration
    happened: tuple[Happened, ...]
    lived: tuple[Lived, ...]
    snapshots: tuple[Snapshot, ...]
    flown: tuple[Flown, ...]
    forecasts: tuple[Forecast, ...]
    ledger: tuple[LedgerRow, ...]
    answers: tuple[Answer, ...]
    sources: tuple[str, ...]
    warnings: tuple[str, ...]
    manifest: Mapping[str, object]

    @property
    def forced(self) -> tuple[Happened, ...]:
        """Events that happened against their ruling: said at the top of every report."""
        return tuple(h for h in self.happened if h.forced)

    @property
    def end(self) -> Configuration:
        """The configuration at the end."""
        return self.snapshots[-1].configuration

    def answer(self, question: str, stack: str) -> Answer | None:
        """The answer to a question for a stack."""
        return next((a for a in self.answers if a.question == question and a.stack == stack), None)
