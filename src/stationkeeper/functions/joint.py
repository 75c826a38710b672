"""The work on a joint itself: what crosses it, whose it is, what must be done to open it, by whom, and how long that takes.

Model: the steps of the station's data with their numbers as ranges; hours of work are count times hours for one. How long the
whole takes: at the least the longest step alone, as if all went on at once; at the most one step after another; at best
agreement, vehicles and software go on together, and the work at the joint follows when they are done. What anybody has said about
spacewalks and time is kept beside it, and widens the ranges of spacewalks. Neglected: the crew's other work, failures, tools
that would have to be made, and whether a joint still lets go after decades: nobody published that.
Validation status: unvalidated (no joint between the segments of a station has ever been opened; the ranges are assumptions).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stationkeeper.core.errors import InputError, choice
from stationkeeper.core.model import Quantity
from stationkeeper.core.ranges import Range
from stationkeeper.functions.graph import Need, service_graph
from stationkeeper.station.configuration import Configuration, Stack, names, present
from stationkeeper.station.schema import Crossing, Statement, Step

BEFOREHAND = ("agreement", "vehicle", "software")
"""Kinds of steps that need no hand at the joint and can go on side by side."""
VIEWS = {
    "not-feasible": "cannot be done",
    "not-designed": "it was not designed for it",
    "with-work": "possible with much work",
    "feasible": "possible",
}


@dataclass(frozen=True, slots=True)
class JointStep:
    """A step with its numbers: how many, hours for one, hours in all, calendar days; ``assumed`` marks what nobody published."""

    kind: str
    text: str
    count: Range | None
    each_h: Range | None
    work_h: Range | None
    span_day: Range | None
    by: tuple[str, ...]
    assumed: bool
    notes: tuple[str, ...]
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JointView:
    """What somebody said: whether it can be done, with how many spacewalks, in how many days."""

    who: str
    when: str
    text: str
    view: str
    spacewalks: Range | None
    span_day: Range | None
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JointCrossing:
    """What crosses the joint, which way, and how many kilowatts where it is power."""

    what: str
    direction: str
    amount_kw: Range | None
    assumed: bool
    note: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JointSide:
    """One side: the element at the joint with its owner and operator, and what is there to work with."""

    element: str
    name: str
    owner: str
    operator: str
    airlocks: tuple[str, ...]
    arms: tuple[str, ...]
    people: int


@dataclass(frozen=True)
class JointWork:
    """The work to open a joint. ``cut``: needs that are met now and would not be once it is open, in time or at once."""

    joint: str
    name: str
    kind: str
    in_place_days: float
    ruling: str
    reason: str
    sides: tuple[JointSide, JointSide]
    crosses: tuple[JointCrossing, ...]
    steps: tuple[JointStep, ...]
    views: tuple[JointView, ...]
    spacewalks: Range | None
    spacewalk_h: Range | None
    span_day: Range | None
    without_span: int
    parts: bool
    cut: tuple[Need, ...]
    source: tuple[str, ...]

    @property
    def owners(self) -> tuple[str, ...]:
        """Owners and operators of the two elements at the joint, each once."""
        return tuple(dict.fromkeys(p for s in self.sides for p in (s.owner, s.operator)))

    @property
    def assumed(self) -> bool:
        """Whether any of its durations is an assumption."""
        return any(s.assumed for s in self.steps)

    @property
    def in_words(self) -> str:
        """One sentence: spacewalks and time with their ranges; empty where nothing is known about either."""
        parts = []
        if self.spacewalks is not None:
            hours = f" ({_span(self.spacewalk_h)} hours outside)" if self.spacewalk_h else ""
            parts.append(f"{_span(self.spacewalks)} spacewalks{hours}")
        if self.span_day is not None:
            parts.append(f"{_span(self.span_day)} days from the decision")
        if not parts:
            return ""
        return f"the work on it is put at {' and '.join(parts)}" + (
            "; nobody published these numbers, they are assumptions" if self.assumed else ""
        )


def maintenance(cfg: Configuration, joint_id: str, steps_done: Sequence[str] = ()) -> JointWork:
    """What it takes to open a joint of a configuration; steps of kinds that are done already are left out.

    Raises
    ------
    InputError
        When no closed joint has that id.
    """
    link = next((x for x in cfg.links if x.id == joint_id and x.joint is not None), None)
    if link is None or link.joint is None:
        known = [x.id for x in cfg.links if x.joint is not None]
        near = choice(joint_id, known, "joints")
        raise InputError.one(
            "joint", "", f"'{joint_id}'", f"a joint that is closed on {cfg.epoch.date}", near[0].upper() + near[1:]
        )
    j = link.joint
    steps = tuple(_step(s) for s in j.separation.steps if s.kind not in steps_done)
    views = tuple(_view(s) for s in j.separation.statements)
    after = cfg.with_(links=tuple(x for x in cfg.links if x.id != joint_id))
    walks = [s for s in steps if s.kind == "spacewalk" and s.count is not None]
    said = [v.spacewalks for v in views if v.spacewalks is not None] if walks else []
    spacewalks = _widened(Range.total(s.count for s in walks if s.count), said) if walks else None
    with_hours = [s.work_h for s in walks if s.work_h is not None]
    return JointWork(
        j.id, j.name or j.id, j.kind, cfg.epoch.days_since(j.made.epoch), j.separation.ruling, j.separation.reason,
        (_side(cfg, after, link.a), _side(cfg, after, link.b)), tuple(_crossing(c) for c in j.crosses), steps, views,
        spacewalks, Range.total(with_hours) if with_hours else None, _in_all(steps), sum(s.span_day is None for s in steps),
        len(after.stacks()) > len(cfg.stacks()), _cut(cfg, after),
        tuple(dict.fromkeys([*j.source, *(x for s in steps for x in s.source), *(x for v in views for x in v.source)])),
    )  # fmt: skip


def _range(q: Quantity | None) -> Range | None:
    return Range.of(q) if q is not None else None


def _step(s: Step) -> JointStep:
    count, each = _range(s.count), _range(s.each_h)
    numbers = [q for q in (s.count, s.each_h, s.span_day) if q is not None]
    work = each.times(count) if each is not None and count is not None else each
    return JointStep(
        s.kind, s.text, count, each, work, _range(s.span_day), tuple(s.by), any(q.confidence == "assumed" for q in numbers),
        tuple(dict.fromkeys(q.note for q in numbers if q.note)), tuple(dict.fromkeys([*s.source, *(x for q in numbers for x in q.source)])),
    )  # fmt: skip


def _view(s: Statement) -> JointView:
    return JointView(
        s.who,
        str(s.when),
        s.text,
        VIEWS.get(s.view or "", ""),
        _range(s.spacewalks),
        _range(s.span_day),
        tuple(s.source),
    )


def _crossing(c: Crossing) -> JointCrossing:
    assumed = c.amount_kw is not None and c.amount_kw.confidence == "assumed"
    return JointCrossing(c.what, c.direction, _range(c.amount_kw), assumed, c.note, tuple(c.source))


def _side(cfg: Configuration, after: Configuration, end: str) -> JointSide:
    node, side = cfg.nodes[end], after.stack_of(end)
    there = set(side.members) if len(after.stacks()) > len(cfg.stacks()) else {end}
    gear = [q for q in cfg.station.equipment if q.element in there and present(q.installed, q.removed, cfg.epoch)]
    operator = {e.id: e.operator for e in cfg.station.element}

    def of(kind: str) -> tuple[str, ...]:
        return tuple(
            f"{q.name} ({names([q.operator or operator[q.element]], cfg.station)[0]})" for q in gear if q.kind == kind
        )

    return JointSide(end, node.name, node.owner, node.operator, of("airlock"), of("robotics"), len(side.crew))


def _widened(r: Range, others: Sequence[Range]) -> Range:
    return Range(r.best, min([r.low, *(o.low for o in others)]), max([r.high, *(o.high for o in others)]))


def _in_all(steps: Sequence[JointStep]) -> Range | None:
    """Days from the decision to the opening, over the steps whose days are known."""
    known = [s for s in steps if s.span_day is not None]
    if not known:
        return None

    def end(of: Callable[[Range], float], chosen: Sequence[JointStep]) -> list[float]:
        return [of(s.span_day) for s in chosen if s.span_day is not None]

    before = [s for s in known if s.kind in BEFOREHAND]
    at_it = [s for s in known if s.kind not in BEFOREHAND]
    best = max(end(lambda r: r.best, before), default=0.0) + math.fsum(end(lambda r: r.best, at_it))
    low, high = max(end(lambda r: r.low, known)), math.fsum(end(lambda r: r.high, known))
    return Range(best, low, high)


def _cut(cfg: Configuration, after: Configuration) -> tuple[Need, ...]:
    """Needs that are met now and are not once the joint is open."""

    def unmet(stacks: Sequence[Stack]) -> dict[tuple[str, str], Need]:
        return {(n.of, n.why): n for s in stacks for n in service_graph(s).needs if not n.met}

    before, then = unmet(cfg.stacks()), unmet(after.stacks())
    return tuple(n for k, n in then.items() if k not in before)


def _span(r: Range) -> str:
    low, high = (f"{x:,.0f}" if x >= 10 or x == round(x) else f"{x:.1f}" for x in (r.low, r.high))
    return low if low == high else f"{low} to {high}"
