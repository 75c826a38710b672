"""Who keeps what going: what is lost without something, when and why; what would end a function; what would bring it back.

Model: things are lost at an instant and nothing is repaired or brought. Losses run through the service graph in time
(``Dependency.lasts_h``), and every function is assessed anew whenever something has stopped; a function whose own figures say
how long it lasts ends then and takes with it what needs it. The low, best and high ends of all delays are followed apart, so a
time is a bound over all of them erring alike. Cut sets are found by asking the functions themselves, at the instant of the
loss. Neglected: what people would do about it, other than the additions that are listed; stores and orbit do not move on
between two stops.
Validation status: checked (tests/mission/test_dependence.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from stationkeeper.core.epoch import When
from stationkeeper.core.errors import InputError, nearest
from stationkeeper.core.ranges import Range
from stationkeeper.functions import BUILT_IN, assess_all
from stationkeeper.functions.assessment import Assessment, Provider, providers
from stationkeeper.functions.graph import USED_UP, ServiceGraph, service_graph
from stationkeeper.mission.cuts import minimal_cuts
from stationkeeper.mission.losses import RANK, Thing, find, same_stack, things, without, worse
from stationkeeper.scenario.events.dock import attach
from stationkeeper.station.configuration import Configuration, Stack, type_of
from stationkeeper.station.schema import FUNCTIONS, Berth, Port, VehicleType, Visit

HORIZON_H = 10.0 * 8766.0
"""How far losses are followed: ten years. What lasts longer has no end in sight."""
SAME = 0.98
"""A function whose time is not shortened by more than this share is not said to be lost because of the loss."""
OF_GOODS = ("reboost", "life_support", "crew_return")
"""Functions that end with goods, propellant or papers; the machines that serve them do not stop for it."""
_END = {"best": 0, "low": 1, "high": 2}


@dataclass(frozen=True)
class Stage:
    """The state from a moment on: all functions, and what has stopped for want of something, with the reason."""

    after_h: float
    assessments: Mapping[str, Assessment]
    stopped: Mapping[str, str]
    spent: tuple[str, ...]


@dataclass(frozen=True)
class FunctionLoss:
    """What becomes of a function: its status before and right after, when it gets worse and when it is lost (hours).

    ``lost_h`` is ``None`` when no end is in sight. ``anyway_h``: how long it would last without the loss.
    """

    function: str
    before: str
    after: str
    worse_h: Range | None
    lost_h: Range | None
    anyway_h: Range | None
    why: tuple[str, ...]

    @property
    def hit(self) -> bool:
        """Whether the loss makes it worse, or shortens it."""
        return self.worse_h is not None or (self.lost_h is not None and not self.as_anyway)

    @property
    def as_anyway(self) -> bool:
        """Whether it lasts as long as without the loss."""
        return self.lost_h is not None and _runs_out(self.lost_h, self.anyway_h)


@dataclass(frozen=True)
class FunctionCuts:
    """Minimal sets of losses that end a function, the smallest and likeliest first.

    ``complete``: all sets of up to ``most`` things are there; else the search was stopped after ``asked`` questions.
    """

    function: str
    sets: tuple[tuple[Thing, ...], ...]
    most: int
    complete: bool
    asked: int


@dataclass(frozen=True)
class Addition:
    """The smallest thing found that makes a function better: vehicles at ports, or a repair."""

    function: str
    kind: Literal["vehicle", "repair"]
    text: str
    count: int
    before: str
    after: str
    note: str = ""


@dataclass(frozen=True)
class StackStudy:
    """All about one stack after the losses; ``was`` is the stack of the same main body before them."""

    stack: Stack
    was: Stack
    graph: ServiceGraph
    losses: tuple[FunctionLoss, ...]
    stages: tuple[Stage, ...]
    cuts: tuple[FunctionCuts, ...]
    additions: tuple[Addition, ...]


@dataclass(frozen=True)
class Study:
    """The whole answer of ``dependence``."""

    before: Configuration
    after: Configuration
    lost: tuple[Thing, ...]
    stacks: tuple[StackStudy, ...]


def study(
    cfg: Configuration, words: Sequence[str] = (), *, most: int = 2, budget: int = 1500, functions: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Study:  # fmt: skip
    """Everything about the dependence of a station on what is lost.

    Parameters
    ----------
    cfg : the station before.
    words : what is lost, see :func:`stationkeeper.mission.losses.find`.
    most : largest cut set looked for; 0 looks for none.
    budget : most questions asked for the cut sets of one function.
    functions : functions for which cut sets and additions are looked for; empty: all.
    progress : is told what is being worked out.

    Raises
    ------
    InputError
        When a word names nothing that is there, or a function is not known.
    """
    for f in functions:
        if f not in BUILT_IN:
            raise InputError.one("--function", "", f"'{f}'", f"one of {', '.join(BUILT_IN)}", nearest(f, BUILT_IN))
    lost = tuple(dict.fromkeys(t for w in words for t in find(cfg, w)))
    after = without(cfg, lost)
    out = []
    for stack in after.stacks():
        if not stack.segments:
            continue
        was = cfg.stack_of(stack.members[0])
        progress(f"{stack.name}: what follows in time")
        stages = unfold(stack)
        losses = tuple(_loss(f, was, stages) for f in BUILT_IN)
        cuts = []
        for f in (functions or BUILT_IN) if most else ():
            progress(f"{stack.name}: what would end {f.replace('_', ' ')}")
            cuts.append(cut_sets(stack, f, most, budget))
        progress(f"{stack.name}: what would help")
        poor = [
            x.function
            for x in losses
            if (x.hit or x.after in ("degraded", "lost")) and x.function in (functions or BUILT_IN)
        ]
        more = tuple(a for f in poor for a in additions(cfg, after, stack, f, lost))
        out.append(StackStudy(stack, was, service_graph(stack), losses, stages["best"], tuple(cuts), more))
    return Study(cfg, after, lost, tuple(out))


# ---- in time --------------------------------------------------------------------------------------------------------


def unfold(stack: Stack) -> dict[str, tuple[Stage, ...]]:
    """What follows in a stack from what is lost in it now, stage by stage, for each end of the delays' ranges."""
    return {end: tuple({s.after_h: s for s in _unfold(stack, k)}.values()) for end, k in _END.items()}


def _unfold(stack: Stack, k: int) -> Iterable[Stage]:
    cfg, now = stack.configuration, 0.0
    spent: dict[str, Range] = {}
    due: dict[str, float] = {}
    while True:
        graph = service_graph(stack, spent)
        at = {p: _end(s.after_h, k) for p, s in graph.stops.items() if s.what and p not in FUNCTIONS}
        stopped = {p: graph.stops[p].because for p, h in at.items() if h <= now}
        stopped |= {f: USED_UP for f in spent if f not in OF_GOODS}
        found = assess_all(same_stack(stack, cfg.with_(stopped=stopped)))
        yield Stage(now, found, stopped, tuple(spent))
        for f, a in found.items():
            if a.lasts is not None and a.status != "lost":
                lasts = (a.lasts.value, a.lasts.low, a.lasts.high)[k]
                due[f] = min(due.get(f, math.inf), now + 24.0 * lasts if lasts is not None else math.inf)
        nexts = [h for h in at.values() if h > now] + [h for f, h in due.items() if f not in spent]
        now = max(now, min(nexts, default=math.inf))
        if now > HORIZON_H:
            return
        spent.update({f: Range.exact(now) for f, h in due.items() if h <= now and f not in spent})


def _end(r: Range, k: int) -> float:
    return (r.best, r.low, r.high)[k]


def _status(stage: Stage, f: str) -> str:
    return "lost" if f in stage.spent else stage.assessments[f].status


def _first(stages: Sequence[Stage], f: str, than: str) -> float:
    """When a function is first worse than a status; never is infinite."""
    return next((s.after_h for s in stages if worse(than, _status(s, f))), math.inf)


def _span(ends: Mapping[str, float]) -> Range | None:
    values = list(ends.values())
    if not math.isfinite(min(values)):
        return None
    return Range(ends["best"], min(values), max(values))


def _loss(f: str, was: Stack, stages: Mapping[str, Sequence[Stage]]) -> FunctionLoss:
    before = BUILT_IN[f](was)
    first, best = stages["best"][0], stages["best"]
    lost = _span({e: _first(s, f, "degraded") for e, s in stages.items()})
    worse_h = _span({e: _first(s, f, before.status) for e, s in stages.items()})
    anyway = _hours(before)
    if worse_h is not None and lost is not None and worse_h == lost and _runs_out(lost, anyway):
        worse_h = None
    why: list[str] = []
    for s in best:
        if (worse_h is not None and s.after_h == worse_h.best) or (lost is not None and s.after_h == lost.best):
            why += _reasons(f, s, was)
    if not why:
        why = _reasons(f, first, was)
    return FunctionLoss(f, before.status, first.assessments[f].status, worse_h, lost, anyway, tuple(dict.fromkeys(why)))


def _runs_out(lost: Range, anyway: Range | None) -> bool:
    return anyway is not None and lost.best >= SAME * anyway.best and lost.low >= SAME * anyway.low


def _hours(a: Assessment) -> Range | None:
    m = a.lasts
    if m is None or m.low is None:
        return None
    best = math.inf if m.value is None else m.value
    return Range(24.0 * best, 24.0 * min(m.low, best), 24.0 * max(best, math.inf if m.high is None else m.high))


def _reasons(f: str, stage: Stage, was: Stack) -> list[str]:
    """What the function says at a stage that it did not say before the loss, and which of its providers stopped there."""
    a, old = stage.assessments[f], set(BUILT_IN[f](was).reasons)
    out = [r for r in a.reasons if r not in old]
    out = [*out[:1], *out[-1:], *out[1:-1]] if len(out) > 2 else out  # the first and the gravest go first
    if f in stage.spent and a.lasts is not None:
        out.insert(0, a.lasts.what)
    gone = {p.name: stage.stopped[p.id] for p in a.providers if p.id in stage.stopped and p.mode != "dormant"}
    return out + [f"{name} stops: {why}" for name, why in list(gone.items())[:3]]


# ---- cut sets -------------------------------------------------------------------------------------------------------


def cut_sets(stack: Stack, function: str, most: int = 2, budget: int = 1500) -> FunctionCuts:
    """Minimal sets of losses that end a function of a stack at once, over partners, vehicles, equipment and elements.

    An element counts where at least two pieces of equipment in it serve the functions; with one, the piece stands for it.
    """
    cfg = stack.configuration
    if BUILT_IN[function](stack).status == "lost":
        return FunctionCuts(function, ((),), most, complete=True, asked=1)
    all_ = things(cfg)
    graph = service_graph(stack)
    atoms = _atoms(graph, all_)
    names = sorted(atoms, key=lambda t: (all_[t].likelihood, t))
    found = minimal_cuts(
        names, lambda lost: BUILT_IN[function](same_stack(stack, without(cfg, [all_[x] for x in sorted(lost)]))).status == "lost",
        most, hints=_hints(graph, stack, function, atoms), budget=budget,
    )  # fmt: skip
    sets = [tuple(sorted((all_[x] for x in c), key=lambda t: (t.likelihood, t.name))) for c in found.sets]
    sets.sort(key=lambda c: (len(c), max(t.likelihood for t in c), sum(t.likelihood for t in c), [t.name for t in c]))
    return FunctionCuts(function, tuple(sets), most, found.complete, found.asked)


def _atoms(graph: ServiceGraph, all_: Mapping[str, Thing]) -> set[str]:
    used = {s.part for s in graph.serves} | {k for n in graph.needs for k in (n.of, *n.on)}
    parts = [p for p in graph.parts.values() if p.kind in ("vehicle", "equipment") and p.id in used and p.id in all_]
    inside: dict[str, int] = {}
    for p in parts:
        inside[p.place] = inside.get(p.place, 0) + (p.kind == "equipment")
    out = {p.id for p in parts} | {p.partner for p in parts if p.partner in all_}
    return out | {e for e, count in inside.items() if count >= 2 and e in all_}


def _hints(graph: ServiceGraph, stack: Stack, function: str, atoms: set[str]) -> list[set[str]]:
    """What each provider lives on at least, with the partners and elements behind it: likely enough to keep the function."""
    able = [p.id for p in providers(stack, function) if p.works and p.mode != "dormant"]
    trees = [_tree(graph, p, k, atoms) for p in able for k in (0, 1)]
    alone = sorted((set(t) for t in dict.fromkeys(map(frozenset, trees))), key=len)
    pairs = sorted((a | b for a, b in combinations(alone[:10], 2)), key=len)
    whole = _behind(graph, graph.upstream(able), atoms)
    return [*alone, *pairs[:20], whole]


def _tree(graph: ServiceGraph, part: str, turn: int, atoms: set[str]) -> set[str]:
    """A part with as much as each of its needs asks for and no more; ``turn`` picks another of several that would do."""
    found: set[str] = set()
    todo = [part]
    while todo:
        x = todo.pop()
        if x in found or x not in graph.parts:
            continue
        found.add(x)
        for n in graph.needs_of(x):
            if not n.timed_by:
                todo += _some(n.on, n.needed, found, turn)
        if x in FUNCTIONS:
            todo += _some([y for y in graph.makers(x) if graph.works(y)], 1, found, turn)
    return _behind(graph, found, atoms)


def _some(on: Sequence[str], needed: int, found: set[str], turn: int) -> list[str]:
    have = [x for x in on if x in found]
    rest = [x for x in on if x not in found]
    rest = rest[turn % len(rest) :] + rest[: turn % len(rest)] if rest else []
    return (have + rest)[:needed]


def _behind(graph: ServiceGraph, parts: Iterable[str], atoms: set[str]) -> set[str]:
    found = {x for x in parts if x in graph.parts}
    found |= {graph.parts[x].place for x in found} | {graph.parts[x].partner for x in found}
    return found & atoms


# ---- what would bring it back ----------------------------------------------------------------------------------------


def additions(
    before: Configuration, after: Configuration, stack: Stack, function: str, lost: Sequence[Thing]
) -> list[Addition]:
    """The smallest additions that make a function better: one vehicle, else two, at free ports that fit; then repairs.

    Better is a better status, else a smaller shortage of what its margin counts. Only the best that additions of the
    smallest size reach is listed. A vehicle is taken to come like the last of its type that flew before the date, without
    people. A port whose vehicle is among the lost counts as free.
    """
    now = BUILT_IN[function](stack)
    out: list[Addition] = []
    berths = _berths(before, stack, lost)
    cleared = _cleared(after, lost)
    for count in (1, 2):
        found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        best = now
        for some in combinations(berths, count):
            if len({p.id for _, p in some}) < count:
                continue
            then = BUILT_IN[function](_joined(cleared, some))
            if _score(then) < _score(best):
                best, found = then, {}
            if _score(then) == _score(best) < _score(now):
                found.setdefault(tuple(sorted(v.name for v, _ in some)), []).append(tuple(p.name for _, p in some))
        note = _shortage(now, best)
        out += [
            Addition(function, "vehicle", _arrivals(v, p), count, now.status, best.status, note)
            for v, p in found.items()
        ]
        if out or now.status != "lost":
            break
    for t in lost:
        if t.kind in ("equipment", "element"):
            mended = without(before, [x for x in lost if x != t])
            then = BUILT_IN[function](same_stack(stack, mended))
            if _score(then) < _score(now):
                text = f"{t.name} repaired"
                out.append(Addition(function, "repair", text, 1, now.status, then.status, _shortage(now, then)))
    return out


def _score(a: Assessment) -> tuple[int, float]:
    """How bad it is: status, then what is missing in the unit of its margin."""
    m = a.margin
    return RANK.index(a.status) if a.status in RANK else 0, max(0.0, -m.value) if m and m.value is not None else 0.0


def _shortage(now: Assessment, then: Assessment) -> str:
    """The shortage before and after, where there was one."""
    short, left = _score(now)[1], _score(then)[1]
    if now.margin is None or left >= short:
        return ""
    return f"{short:.3g} {now.margin.unit} short before, {f'{left:.3g}' if left else 'none'} after"


def _arrivals(vehicles: tuple[str, ...], ports: list[tuple[str, ...]]) -> str:
    if len(vehicles) == 1:
        names = list(dict.fromkeys(p[0] for p in ports))
        return f"one {vehicles[0]} at {' or '.join(names[:4])}"
    same = len(set(vehicles)) == 1
    who = f"two {vehicles[0]}" if same else f"one {vehicles[0]} and one {vehicles[1]}"
    return f"{who} at {' and '.join(ports[0])}"


def _berths(cfg: Configuration, stack: Stack, lost: Sequence[Thing]) -> list[tuple[VehicleType, Port]]:
    """Vehicle types whose operators fly, at ports of the stack that fit, are open and are free."""
    gone = {t.id for t in lost}
    there = stack.configuration
    out = []
    for port in there.station.port:
        until = port.available_until
        if (
            port.element not in stack.members or not port.usable or there.epoch < port.available_from.epoch
            or (until is not None and there.epoch >= until.epoch) or port.element in gone
        ):  # fmt: skip
            continue
        occupied = cfg.at_port(port.id)
        if (
            occupied is not None
            and occupied.visit not in gone
            and type_of(cfg.station, occupied.vehicle).operator not in gone
        ):
            continue
        for kind_id in port.fits:
            kind = type_of(there.station, kind_id)
            fits = port.standard in kind.standards and there.partners[kind.operator].state != "gone"
            if fits and _last_flown(there, kind) is not None:
                out.append((kind, port))
    return out


def _last_flown(cfg: Configuration, kind: VehicleType) -> Visit | None:
    """The last visit of a type that flew before the date with all its seats in use; a type that never did is not offered."""
    flown = [v for v in cfg.station.visit if v.vehicle == kind.id and v.seats is None and v.launched.epoch <= cfg.epoch]
    return max(flown, key=lambda v: v.launched.epoch, default=None)


def _cleared(cfg: Configuration, lost: Sequence[Thing]) -> Configuration:
    """The configuration after lost vehicles were cast off, so that their ports are free."""
    gone = {t.id for t in lost}
    off = {d.visit for d in cfg.docked if d.visit in gone or type_of(cfg.station, d.vehicle).operator in gone}
    return cfg.with_(
        docked=tuple(d for d in cfg.docked if d.visit not in off),
        nodes={k: n for k, n in cfg.nodes.items() if k not in off},
        links=tuple(x for x in cfg.links if x.a not in off and x.b not in off),
        tanks=tuple(t for t in cfg.tanks if t.node not in off),
        stores=tuple(s for s in cfg.stores if s.node not in off),
    )


def _joined(cfg: Configuration, some: Sequence[tuple[VehicleType, Port]]) -> Stack:
    new = []
    for k, (kind, port) in enumerate(some):
        last, when = _last_flown(cfg, kind), When(cfg.epoch.isoformat())
        new.append(
            Visit(
                id=f"added-{k + 1}-{kind.id}", name=f"a new {kind.name}", vehicle=kind.id, launched=when,
                berths=[Berth(port=port.id, arrive=when)], mass_kg=last.mass_kg if last else None,
                cargo=dict(last.cargo) if last else {}, source=list(kind.source),
            )
        )  # fmt: skip
    cfg = cfg.with_(station=cfg.station.model_copy(update={"visit": [*cfg.station.visit, *new]}))
    for visit in new:
        cfg = attach(cfg, visit.id, visit.vehicle, visit.berths[0].port, cfg.epoch)
    return cfg.stack_of(some[0][1].element)


# ---- as plain data --------------------------------------------------------------------------------------------------


def _range_json(r: Range | None) -> dict[str, float | None] | None:
    if r is None:
        return None
    return {k: x if math.isfinite(x) else None for k, x in (("best", r.best), ("low", r.low), ("high", r.high))}


def matrix(stack: Stack) -> dict[str, dict[str, list[Provider]]]:
    """Function x partner: everything that serves a function and is not dormant, working or not."""
    out: dict[str, dict[str, list[Provider]]] = {}
    for f in FUNCTIONS:
        row = out.setdefault(f, {})
        for p in providers(stack, f):
            if p.mode != "dormant":
                row.setdefault(p.partner, []).append(p)
    return out


def study_json(s: Study) -> dict[str, Any]:
    """The study as JSON-ready data; times in hours, ``null`` where no end is in sight."""

    def thing(t: Thing) -> dict[str, Any]:
        return {"id": t.id, "name": t.name, "kind": t.kind, "likelihood": t.likelihood}

    return {
        "schema": "stationkeeper.dependence/1", "station": s.before.station.station.id, "at": str(s.before.epoch),
        "without": [thing(t) for t in s.lost],
        "stacks": [
            {
                "stack": x.stack.id, "name": x.stack.name,
                "providers": {
                    f: {
                        p: [{"id": y.id, "name": y.name, "role": y.role, "mode": y.mode, "works": y.works, "reason": y.reason} for y in ys]
                        for p, ys in row.items()
                    }
                    for f, row in matrix(x.stack).items()
                },
                "needs": [
                    {
                        "of": n.of, "on": list(n.on), "needed": n.needed, "met": n.met, "lasts_h": _range_json(n.lasts_h),
                        "timed_by": n.timed_by, "why": n.why, "between_partners": n.between_partners,
                        "between_segments": n.between_segments, "sources": list(n.source),
                    }
                    for n in x.graph.needs
                ],
                "functions": [
                    {
                        "function": y.function, "before": y.before, "after": y.after, "hit": y.hit, "worse_h": _range_json(y.worse_h),
                        "lost_h": _range_json(y.lost_h), "without_the_loss_h": _range_json(y.anyway_h), "why": list(y.why),
                    }
                    for y in x.losses
                ],
                "stages": [
                    {
                        "after_h": g.after_h, "functions": {f: _status(g, f) for f in g.assessments},
                        "stopped": [{"id": k, "why": w} for k, w in g.stopped.items()],
                    }
                    for g in x.stages
                ],
                "ends": [
                    {
                        "function": c.function, "most": c.most, "complete": c.complete,
                        "sets": [[thing(t) for t in some] for some in c.sets],
                    }
                    for c in x.cuts
                ],
                "additions": [
                    {"function": a.function, "kind": a.kind, "text": a.text, "count": a.count, "before": a.before, "after": a.after}
                    for a in x.additions
                ],
            }
            for x in s.stacks
        ],
    }  # fmt: skip
