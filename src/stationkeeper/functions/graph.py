"""What needs what aboard: parts, the services they give, the functions they serve, and what stops when a part does.

Model: a part (element, docked vehicle, equipment) works while it is there, has not failed, its operator has not left and
its needs are met. A need (``[[dependency]]`` of the station's data) names the things it may be met by, how many of
them must work, and for how many hours its owner goes on without. An element takes its equipment with it, a segment that
lacks something takes its elements. A function is met while one part of an essential kind serves it. Times are found from
"all works" downwards: every part starts at "never stops" and is lowered until nothing changes, so circles of parts that keep
each other alive stay alive, and loss runs through a graph of any shape. Each end of a range is carried apart.
Neglected: parts of a load (a need is met or not), repair, and the sharing of one buffer by several needs. What a function
works out itself (momentum, propellant, stores) is not timed here: such a need (``timed_by``) is shown, and stops nothing.
Validation status: checked (tests/functions/test_graph.py; the computers of June 2007).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.station.configuration import Stack, present, type_of
from stationkeeper.station.schema import FUNCTIONS, Dependency, Station

PartKind = Literal["segment", "element", "vehicle", "equipment", "function"]

ESSENTIAL: dict[str, tuple[str, ...]] = {
    "reboost": ("engine", "thruster", "vehicle"),
    "attitude": ("gyroscope", "thruster", "engine", "vehicle"),
    "power": ("array", "vehicle"),
    "life_support": ("oxygen", "co2", "water"),
    "communications": ("radio",),
    "command": ("computer",),
    "crew_return": ("vehicle",),
}
"""Kinds of equipment of which one must work for a function to be there at all, where something else needs that function."""

GOES_ON_H = 24.0
"""A part that goes on for less than this without what it needs counts as out of work: functions are judged by the day."""


@dataclass(frozen=True, slots=True)
class Part:
    """A node of the graph: something that can work or stop. ``place`` is the body that it sits in."""

    id: str
    name: str
    kind: PartKind
    sort: str
    partner: str
    segment: str
    place: str


@dataclass(frozen=True, slots=True)
class Serve:
    """An edge from a part to a function, with the count of units and how many of them must work."""

    part: str
    function: str
    mode: str
    role: str
    count: int = 1
    needed: int = 1


@dataclass(frozen=True, slots=True)
class Need:
    """An edge from what is needed to the part that needs it: ``needed`` of ``on`` must work. ``met``: they do, and for a day more."""

    of: str
    on: tuple[str, ...]
    needed: int
    lasts_h: Range | None
    timed_by: str | None
    why: str
    met: bool
    between_partners: bool
    between_segments: bool
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """When a part stops, hours from now, and because of what; ``what`` names the part or need that it hangs on."""

    after_h: Range
    because: str
    what: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceGraph:
    """The graph of one stack. ``stops`` holds the parts that stop, sooner or later, for a reason that is there now."""

    parts: Mapping[str, Part]
    serves: tuple[Serve, ...]
    needs: tuple[Need, ...]
    stops: Mapping[str, Stop]

    def works(self, part: str) -> bool:
        """Whether a part works, and goes on for a day at least."""
        stop = self.stops.get(part)
        return part in self.parts and (stop is None or stop.after_h.best >= GOES_ON_H)

    def needs_of(self, part: str) -> list[Need]:
        """Needs of a part, its element's and its segment's with them."""
        p = self.parts[part]
        owners = {part, p.place, p.segment} if p.kind != "function" else {part}
        return [n for n in self.needs if n.of in owners]

    def upstream(self, parts: Iterable[str]) -> set[str]:
        """The parts and all that they live on, directly or not."""
        found: set[str] = set()
        todo = list(parts)
        while todo:
            x = todo.pop()
            if x in found or x not in self.parts:
                continue
            found.add(x)
            todo += [y for n in self.needs_of(x) for y in n.on]
            todo += self.makers(x)
        return found

    def makers(self, function: str) -> list[str]:
        """Parts of an essential kind that serve a function."""
        kinds = ESSENTIAL.get(function, ())
        return [s.part for s in self.serves if s.function == function and self.parts[s.part].sort in kinds]


def service_graph(stack: Stack, spent_h: Mapping[str, Range] | None = None) -> ServiceGraph:
    """The graph of a stack at its instant.

    ``spent_h``: functions that are taken to end by themselves, hours from now (gyroscopes full, stores eaten).
    Needs that nothing in the stack can meet stop their owner after its ``lasts_h``.
    """
    plan = _plan_of(stack)
    times, cause = plan.times(_base(stack, plan), spent_h or {})
    needs = tuple(plan.need(of, d, times) for of, ds in plan.owned.items() for d in ds)
    stops = {k: plan.stop(k, t, cause) for k, t in times.items() if t != NEVER}
    return ServiceGraph(plan.parts, plan.serves, needs, stops)


def lasting_stops(stack: Stack) -> Mapping[str, str]:
    """Parts that have stopped for want of something, with the reason, as functions are judged: see ``GOES_ON_H``."""
    cfg = stack.configuration
    if cfg.stopped is not None:
        return cfg.stopped
    if not cfg.station.dependency:
        return {}
    plan = _plan_of(stack)
    times, cause = plan.times(_base(stack, plan), {})
    stops = {k: plan.stop(k, t, cause) for k, t in times.items() if t[0] < GOES_ON_H}
    return {k: s.because for k, s in stops.items() if s.what and k not in FUNCTIONS}


def hours(r: Range) -> str:
    """A span of hours in words: minutes to years, with its range."""
    if r.best <= 0.0:
        return "at once" if r.high <= 0.0 else f"at once, at the latest {_after(r.high)}"
    if not math.isfinite(r.best):
        return "no end in sight" if not math.isfinite(r.low) else f"no end in sight, at the earliest {_after(r.low)}"
    unit, length = _unit(r.best)
    low, best, high = (_short(x / length) if math.isfinite(x) else "" for x in (r.low, r.best, r.high))
    return f"{best} {unit}" if low == high else f"{best} {unit} ({low} to {high or 'no end in sight'})"


def _after(x: float) -> str:
    unit, length = _unit(x)
    return f"after {_short(x / length)} {unit}" if math.isfinite(x) else "never"


def _unit(x: float) -> tuple[str, float]:
    units = (("years", 8766.0), ("months", 730.5), ("days", 24.0), ("hours", 1.0))
    return next((u for u in units if x >= 2.0 * u[1]), ("minutes", 1.0 / 60.0))


def _short(x: float) -> str:
    text = f"{x:.0f}" if x >= 10.0 or x == round(x) else f"{x:.1f}"
    return text.removesuffix(".0")


USED_UP, UNSERVED = "used up", "nothing serves it"
NEVER = (math.inf, math.inf, math.inf)
NOW = (0.0, 0.0, 0.0)
Times = tuple[float, float, float]
"""Best, low and high end of a time, hours from now."""
Cause = Dependency | str
_Base = tuple[dict[str, str], dict[str, Times]]


@dataclass(frozen=True, slots=True)
class _Same:
    """A station as a key: the same object, whatever is in it."""

    station: Station

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.station is self.station

    def __hash__(self) -> int:
        return id(self.station)


def _plan_of(stack: Stack) -> _Plan:
    """The part of the graph that does not depend on what has failed; most questions differ in nothing else."""
    cfg = stack.configuration
    visits = tuple((d.visit, d.name, d.vehicle, cfg.nodes[d.visit].segment) for d in stack.docked)
    return _plan(_Same(cfg.station), stack.members, visits, cfg.epoch)


def _base(stack: Stack, plan: _Plan) -> _Base:
    """What has stopped by itself: failed, or left by its operator. Second: lifeboats, which stay whoever has left."""
    cfg = stack.configuration
    gone = {p for p, x in cfg.partners.items() if x.state == "gone"}
    base: dict[str, str] = {}
    for k, p in plan.parts.items():
        if p.kind in ("element", "equipment") and k in cfg.failed:
            base[k] = "failed"
        if p.kind in ("vehicle", "equipment") and p.partner in gone:
            base[k] = "its operator has left"
    lifeboats: dict[str, Times] = {}
    for d in stack.docked:
        broken = d.visit in cfg.failed or d.state == "lost"
        lifeboats[d.visit] = NOW if broken or not d.safe_for_return else NEVER
        if broken:
            base.setdefault(d.visit, d.state_text or "lost")
    return base, lifeboats


@lru_cache(maxsize=64)
def _plan(key: _Same, members: tuple[str, ...], visits: tuple[tuple[str, str, str, str], ...], at: Epoch) -> _Plan:
    station, there = key.station, set(members)
    parts: dict[str, Part] = {}
    serves: list[Serve] = []
    instances: dict[str, list[str]] = {}
    elements = {e.id: e for e in station.element if e.id in there}
    segments = {e.segment for e in elements.values()}
    for g in station.segment:
        if g.id in segments:
            parts[g.id] = Part(g.id, g.name, "segment", "segment", g.operator, g.id, "")
    for e in elements.values():
        parts[e.id] = Part(e.id, e.name, "element", e.kind, e.operator, e.segment, e.id)
    for q in station.equipment:
        e_ = elements.get(q.element)
        if e_ is not None and present(q.installed, q.removed, at):
            parts[q.id] = Part(q.id, q.name, "equipment", q.kind, q.operator or e_.operator, e_.segment, q.element)
            serves += [Serve(q.id, s.function, s.mode, s.role, q.count, q.needed or 1) for s in q.services]
    for visit, name, type_id, segment in visits:
        kind = type_of(station, type_id)
        parts[visit] = Part(visit, name, "vehicle", "vehicle", kind.operator, segment, visit)
        instances.setdefault(type_id, []).append(visit)
        serves += [Serve(visit, s.function, s.mode, s.role) for s in kind.services]
    for f in FUNCTIONS:
        parts[f] = Part(f, f.replace("_", " "), "function", "function", "", "", "")
    for k, p in parts.items():
        instances.setdefault(k, [k])
        if p.kind == "element" and p.segment in parts:
            instances.setdefault(f"elements of {p.segment}", []).append(k)
    owned: dict[str, list[Dependency]] = {}
    for d in station.dependency:
        for of in (d.of, *d.also):
            for k in instances.get(of, ()):
                owned.setdefault(k, []).append(d)
    return _Plan(station, parts, tuple(serves), instances, owned)


class _Plan:
    """Parts and needs of a stack, and the times at which parts stop for what has stopped by itself."""

    def __init__(
        self, station: Station, parts: dict[str, Part], serves: tuple[Serve, ...], instances: dict[str, list[str]],
        owned: dict[str, list[Dependency]],
    ) -> None:  # fmt: skip
        self.station, self.parts, self.serves, self.instances, self.owned = station, parts, serves, instances, owned
        entries = {o: self._entry(o) for ds in owned.values() for d in ds for o in d.on}
        self.entries = entries
        self.timed = [
            (k, d, [entries[o] for o in d.on], Range.of(d.lasts_h) if d.lasts_h else Range.exact(0.0))
            for k, ds in owned.items() for d in ds if not d.timed_by
        ]  # fmt: skip
        self.above = [(k, p.place) for k, p in parts.items() if p.kind == "equipment"]
        self.above += [(k, p.segment) for k, p in parts.items() if p.kind == "element" and p.segment in parts]
        self.makers = {
            f: [
                s.part for s in serves if s.function == f and s.mode != "dormant" and parts[s.part].sort in ESSENTIAL[f]
            ]
            for f in FUNCTIONS
        }

    def _entry(self, on: str) -> tuple[str, ...]:
        """The parts that an entry of a need's list stands for; none where it is not there."""
        p = self.parts.get(on)
        segment = p is not None and p.kind == "segment"
        return tuple(self.instances.get(f"elements of {on}" if segment else on, ()))

    def times(self, base: _Base, spent_h: Mapping[str, Range]) -> tuple[dict[str, Times], dict[str, Cause]]:
        """When each part stops and why, lowered from "never" until nothing changes."""
        times: dict[str, Times] = dict.fromkeys(self.parts, NEVER)
        cause: dict[str, Cause] = {}
        for k, why in base[0].items():
            times[k], cause[k] = NOW, why
        for f, r in spent_h.items():
            times[f], cause[f] = (r.best, r.low, r.high), USED_UP
        changed = True
        while changed:
            changed = False
            for k, t, because in self._lowered(times, base[1]):
                old = times[k]
                if t[0] < old[0] or t[1] < old[1] or t[2] < old[2]:
                    if t[0] < old[0] or k not in cause:
                        cause[k] = because
                    times[k], changed = _first(old, t), True
        return times, cause

    def _lowered(self, times: dict[str, Times], lifeboats: Mapping[str, Times]) -> Iterator[tuple[str, Times, Cause]]:
        """What each need, each body and each function has to say about when something stops."""
        for k, d, groups, lasts in self.timed:
            t = _nth([_last([times[x] for x in g]) for g in groups], d.needed)
            if t != NEVER:
                yield k, (t[0] + lasts.best, t[1] + lasts.low, t[2] + lasts.high), d
        for k, above in self.above:
            yield k, times[above], above
        for f, parts in self.makers.items():
            at = lifeboats if f == "crew_return" else times
            yield f, _last([at[k] for k in parts]), UNSERVED

    def need(self, of: str, d: Dependency, times: Mapping[str, Times]) -> Need:
        """A need with what meets it now, and whether it reaches across to other partners or segments."""
        mine = self.parts[of]
        on = [k for o in d.on for k in self.entries[o]]
        others = [self.parts[k] for k in on if self.parts[k].kind != "function"]
        working = sum(_last([times[k] for k in self.entries[o]])[0] >= GOES_ON_H for o in d.on)
        return Need(
            of, tuple(on) + tuple(o for o in d.on if not self.entries[o]), d.needed,
            Range.of(d.lasts_h) if d.lasts_h else None, d.timed_by, d.why, working >= d.needed,
            bool(others) and all(p.partner != mine.partner for p in others),
            bool(others) and all(p.segment != mine.segment for p in others), tuple(d.source),
        )  # fmt: skip

    def stop(self, k: str, t: Times, cause: Mapping[str, Cause]) -> Stop:
        """When and why a part stops."""
        text, what = self._because(k, cause)
        return Stop(Range(t[0], t[1], t[2]), text, what)

    def _because(self, k: str, cause: Mapping[str, Cause]) -> tuple[str, tuple[str, ...]]:
        """Why a part stops, in words, and what it hangs on (nothing where it failed by itself)."""
        why = cause[k]
        if isinstance(why, Dependency):
            listed = [self._name(o) for o in why.on]
            some = f"{why.needed} of " if 1 < why.needed < len(listed) else ""
            for_h = f"; goes on without for {hours(Range.of(why.lasts_h))}" if why.lasts_h else ""
            return f"needs {some}{_either(listed, why.needed)}: {why.why}{for_h}", tuple(why.on)
        if why in (USED_UP, UNSERVED):
            return why, (why,)
        if why in self.parts and why != k:
            text, what = self._because(why, cause)
            return f"{self.parts[why].name}: {text}", what
        return why, ()

    def _name(self, id_: str) -> str:
        if id_ in self.parts:
            return self.parts[id_].name
        s = self.station
        named = [(x.id, x.name) for x in s.equipment] + [(x.id, x.name) for x in s.element]
        named += [(x.id, x.name) for x in s.segment] + [(x.id, x.name) for x in s.vehicle]
        return next((name for known, name in named if known == id_), id_.replace("_", " "))


def _either(names: list[str], needed: int) -> str:
    """Names joined by 'and' where all of them are needed, else by 'or'; the first four of many."""
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    shown = names[:4]
    if len(shown) == 1:
        return shown[0] + more
    word = " and " if needed == len(names) else " or "
    return ", ".join(shown[:-1]) + word + shown[-1] + more


def _first(a: Times, b: Times) -> Times:
    return min(a[0], b[0]), min(a[1], b[1]), min(a[2], b[2])


def _last(times: Sequence[Times]) -> Times:
    """The latest of some times; now, where there is none."""
    if not times:
        return NOW
    return max(t[0] for t in times), max(t[1] for t in times), max(t[2] for t in times)


def _nth(times: Sequence[Times], needed: int) -> Times:
    """When fewer than so many of them are left; now, where there never were enough."""
    if len(times) < needed:
        return NOW
    if len(times) == 1:
        return times[0]
    best, low, high = (sorted((t[k] for t in times), reverse=True)[needed - 1] for k in range(3))
    return best, low, high
