"""The feasibility of an event: whether it can happen, what must come first, what it breaks, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from stationkeeper.station.configuration import Configuration

Verdict = Literal["possible", "possible_after_steps", "impossible", "not_known"]

PLAIN: dict[str, str] = {
    "possible": "possible",
    "possible_after_steps": "possible only after other steps",
    "impossible": "not possible",
    "not_known": "not known",
}


@dataclass(frozen=True, slots=True)
class NeededStep:
    """Something to be done first: its kind, what it is, how many (as text with a range) and who says so."""

    kind: str
    text: str
    count: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A statement by somebody about this kind of event."""

    who: str
    when: str
    text: str
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the evidence says about an event in the configuration that it meets.

    ``against`` holds each finding that rules it out, with the key of the event that a user would change (or nothing);
    ``absent`` means that what it names is not there at all, so that not even force could make it happen.
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    steps: tuple[NeededStep, ...] = ()
    breaks: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    source: tuple[str, ...] = ()
    against: tuple[tuple[str, str], ...] = ()
    absent: bool = False

    @property
    def allows(self) -> bool:
        """Whether the event happens without being forced; what is not known is flown and flagged."""
        return self.verdict in ("possible", "not_known")

    @property
    def plain(self) -> str:
        """The verdict in plain words."""
        return PLAIN[self.verdict]

    def but(self, **changes: object) -> Ruling:
        """A copy with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]


class RulingBuilder:
    """Collects findings of checks; the worst one is the verdict."""

    _rank = ("possible", "not_known", "possible_after_steps", "impossible")

    def __init__(self) -> None:
        self._verdict: Verdict = "possible"
        self._reasons: list[str] = []
        self._steps: list[NeededStep] = []
        self._breaks: list[str] = []
        self._said: list[Said] = []
        self._source: list[str] = []
        self._against: list[tuple[str, str]] = []
        self._absent = False

    def _worsen(self, verdict: Verdict) -> None:
        if self._rank.index(verdict) > self._rank.index(self._verdict):
            self._verdict = verdict

    def good(self, reason: str, source: tuple[str, ...] = ()) -> None:
        """A finding in favour."""
        self._add(reason, source)

    def never(self, reason: str, source: tuple[str, ...] = (), key: str = "") -> None:
        """A finding that rules the event out; ``key`` is the key of the event that a user would change."""
        self._worsen("impossible")
        self._against.append((key, reason))
        self._add(reason, source)

    def absent(self, reason: str, key: str) -> None:
        """What the event names does not exist at that time, so that not even force could make it happen."""
        self.never(reason, (), key)
        self._absent = True

    def unknown(self, reason: str, source: tuple[str, ...] = ()) -> None:
        """A finding that cannot be settled with what is published."""
        self._worsen("not_known")
        self._add(reason, source)

    def first(self, kind: str, text: str, count: str = "", source: tuple[str, ...] = ()) -> None:
        """A step that must come first."""
        self._worsen("possible_after_steps")
        self._steps.append(NeededStep(kind, text, count, source))
        self._source += source

    def breaks(self, text: str, source: tuple[str, ...] = ()) -> None:
        """A rule or a function that the event breaks without being ruled out by it."""
        self._breaks.append(text)
        self._source += source

    def said(self, who: str, when: str, text: str, source: tuple[str, ...] = ()) -> None:
        """A statement to be shown beside the ruling."""
        self._said.append(Said(who, when, text, source))
        self._source += source

    def _add(self, reason: str, source: tuple[str, ...]) -> None:
        self._reasons.append(reason)
        self._source += source

    @property
    def ruled_out(self) -> bool:
        """Whether a finding so far rules the event out."""
        return self._verdict == "impossible"

    def build(self) -> Ruling:
        """The ruling."""
        return Ruling(
            self._verdict, tuple(self._reasons), tuple(self._steps), tuple(self._breaks), tuple(self._said),
            tuple(dict.fromkeys(self._source)), tuple(self._against), self._absent,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Push:
    """A burn that an event asks the flight to fly."""

    by: str
    name: str
    partner: str
    thrust_n: float
    specific_impulse_s: float
    delta_v_m_s: float
    purpose: str
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartMotion:
    """Motion of one part right after a joint opened, relative to the centre of mass of the whole.

    Station frame axes (x forward, y starboard, z nadir) at that instant; velocity inertial, metres per second.
    """

    offset_m: tuple[float, float, float]
    velocity_m_s: tuple[float, float, float]
    push_m_s: float
    rate_change_deg_s: float


@dataclass(frozen=True, slots=True)
class Separated:
    """A joint that opened: the relative speed of the two sides and the motion of each part by stack id."""

    joint: str
    relative_speed_m_s: float
    parts: dict[str, PartMotion]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an event did: the new configuration, effects in plain words, a burn or a separation if any.

    ``taken``: propellant that the event drew, as (tank, kg). ``moved_kg`` is the mass of new bodies that came out of bodies already there, so that ledgers do not count it twice.
    """

    configuration: Configuration
    effects: tuple[str, ...] = ()
    push: Push | None = None
    separation: Separated | None = None
    moved_kg: float = 0.0
    taken: tuple[tuple[str, float], ...] = ()
