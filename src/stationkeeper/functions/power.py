"""Power: what the arrays of a stack give on one turn round the Earth, what its loads need, and what goes dark without it.

Model: one balance of energy per turn. Each segment has its arrays (:mod:`stationkeeper.functions.arrays`), its batteries and its
loads, all averaged over the turn. In the Sun arrays feed loads and batteries, in the shadow batteries feed the loads; what reaches
the loads is what is left after distribution and after one charge and discharge, and the batteries bound what the night side can
have. Where a joint between segments that carries power is closed, the side with more helps the other with what it lacks, up to the
upper end of what the data say may cross. What still lacks is shed: loads with the largest ``shed_order`` first, over all
segments that this helps, the last of them in part; order 0 is never shed. Three cases are settled, each closing by itself: the best
values, every input at the end that gives least power, and at the end that gives most; ranges span the three.
A stack without gyroscopes and thrusters tumbles: its arrays then see a quarter of the Sun on average. Where the data name no
orbit, stated averages of the arrays are taken, else any shadow that a low orbit may have.
Loads belong to a segment, so when a segment parts, the part with most of its rooms carries them all: what left still counts there,
and nothing is booked where it went. Power of docked ships is not counted.
Neglected: peaks within a turn, single channels and their switches, what converters and cooling can take at most (so with little or
no shadow the supply is an upper bound), loads that follow the number of people, drift of the Sun's angle within the day, the ageing of
batteries beyond the range of their energy.
The margin is the power that the stack's own arrays can keep up: taking away what works never raises it, while a surplus rises
when a needy neighbour goes. An array that has failed still covers the one behind it.
Validation status: checked (validation/functions/test_power.py: 84 to 120 kW usable on average, new wing 31 to 33 kW, 160 to 215 kW
with six roll-out arrays, 35 minutes of shadow, 35 % depth of discharge of the old batteries). The loads and what crosses between the
segments are assumed: nobody published them.

References
----------
See :mod:`stationkeeper.functions.arrays`; sources of each number are in the station's data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from stationkeeper.core.ranges import Range
from stationkeeper.functions import attitude
from stationkeeper.functions.arrays import (
    MODES,
    Sunlight,
    TrackingMode,
    in_the_sun_kw,
    pointing,
    sunlight_of,
    uncovered,
)
from stationkeeper.functions.assessment import Assessment, Margin, Provider, Status, out_of_service, providers
from stationkeeper.functions.words import number, span, time
from stationkeeper.station.configuration import Stack, joint_links, present
from stationkeeper.station.schema import Equipment, Load

DISTRIBUTION = Range(0.90, 0.85, 0.95)
"""What switches, cables and converters leave of an array's output, where the data do not say; assumed."""
ROUND_TRIP = Range(0.80, 0.70, 0.92)
"""What charging and discharging a battery leaves, where the data do not say; assumed."""
USABLE = Range(0.70, 0.50, 0.95)
"""Part of a battery's energy that may be drawn when it must, where the data do not say; assumed."""
LITTLE_SHADOW = 0.30
"""Part of the turn in shadow below which limits that are not modelled may bound the supply: the Sun above about 55 degrees."""
NOTHING = Range.exact(0.0)
NO_LOADS = "the data name no loads for it, so only what its arrays give is known"
NO_OUTPUT = "the data do not say what its arrays give"
_TINY = 1e-11  # kW: far below any load, far above rounding

End = Literal["best", "low", "high"]
_ENDS: tuple[End, ...] = ("best", "low", "high")
_OPPOSITE: dict[End, End] = {"best": "best", "low": "high", "high": "low"}


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy of one turn round the Earth, kWh, best values: generated + imported = loads + exported + losses + battery + unused."""

    generated_kwh: float = 0.0
    imported_kwh: float = 0.0
    loads_kwh: float = 0.0
    exported_kwh: float = 0.0
    losses_kwh: float = 0.0
    battery_change_kwh: float = 0.0
    unused_kwh: float = 0.0

    @property
    def residual_kwh(self) -> float:
        """What does not close; rounding only."""
        return math.fsum(
            (self.generated_kwh, self.imported_kwh, -self.loads_kwh, -self.exported_kwh, -self.losses_kwh,
             -self.battery_change_kwh, -self.unused_kwh)
        )  # fmt: skip

    def __add__(self, o: Energy) -> Energy:
        return Energy(
            self.generated_kwh + o.generated_kwh, self.imported_kwh + o.imported_kwh, self.loads_kwh + o.loads_kwh,
            self.exported_kwh + o.exported_kwh, self.losses_kwh + o.losses_kwh,
            self.battery_change_kwh + o.battery_change_kwh, self.unused_kwh + o.unused_kwh,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SegmentBalance:
    """The balance of one segment in a stack, or of the whole stack (``segment`` empty); averages over one turn unless said.

    Parameters
    ----------
    in_sun_kw : output of its arrays while in the Sun, as they point.
    generation_kw : the same averaged over the turn.
    supply_kw : what its own arrays and batteries can keep up at the loads.
    demand_kw : what its loads ask for.
    transfer_kw : comes in from other segments of the stack; below zero: goes out.
    battery_kwh : in its working batteries when full; ``None`` where the data do not say.
    depth_of_discharge : part of that drawn on the night side.
    shortfall_kw : demand that is not met: shed, and what may never be shed and still lacks (``unmet_kw``).
    shed : ids of the loads that are shed in whole or part at best values, in order; ``shed_at_worst`` at the worst ends.
    """

    segment: str
    name: str
    in_sun_kw: Range
    generation_kw: Range
    supply_kw: Range
    demand_kw: Range
    transfer_kw: Range
    battery_kwh: Range | None
    depth_of_discharge: Range | None
    shortfall_kw: Range
    unmet_kw: Range
    shed: tuple[str, ...]
    shed_at_worst: tuple[str, ...]
    energy: Energy

    @property
    def surplus_kw(self) -> Range:
        """Supply and transfer less demand; below zero: lacking."""
        return self.supply_kw + self.transfer_kw - self.demand_kw


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of a stack.

    ``reserve_kwh``: what full batteries (low end: after a night side) can give the loads without any array. ``unpublished``: nobody published how much crosses between its
    segments and others. ``not_modelled`` says what the data do not hold; the balance is
    ``complete`` when loads and outputs are all known.
    """

    segments: tuple[SegmentBalance, ...]
    total: SegmentBalance
    sunlight: Sunlight
    mode: TrackingMode
    tumbling: bool
    must_keep_kw: Range
    reserve_kwh: Range | None
    complete: bool
    unpublished: bool
    not_modelled: tuple[str, ...]
    source: tuple[str, ...] = ()

    @property
    def hours_on_batteries(self) -> Range | None:
        """How long the batteries alone carry all loads."""
        return _lasting(self.reserve_kwh, self.total.demand_kw)

    @property
    def hours_must_keep(self) -> Range | None:
        """The same with all shed but what never is."""
        return _lasting(self.reserve_kwh, self.must_keep_kw)

    @property
    def hours_left(self) -> Range | None:
        """How long they make up for what may never be shed and lacks; ``None`` where nothing lacks."""
        return _lasting(self.reserve_kwh, self.total.unmet_kw)

    def of(self, segment: str) -> SegmentBalance | None:
        """The balance of a segment."""
        return next((s for s in self.segments if s.segment == segment), None)


def _lasting(energy_kwh: Range | None, demand: Range) -> Range | None:
    return energy_kwh.over(demand) if energy_kwh is not None and demand.best > _TINY else None


@dataclass(frozen=True, slots=True)
class Darkening:
    """A load in the order in which loads go dark; ``relief_kw``: what is saved when it and all before it are off."""

    load: str
    name: str
    segment: str
    shed_order: int
    demand_kw: Range
    relief_kw: Range
    serves: tuple[str, ...]
    off: bool
    off_at_worst: bool


@dataclass(frozen=True, slots=True)
class _Side:
    """One segment's share of a stack: arrays, batteries, loads."""

    segment: str
    name: str
    in_sun: Range
    steady: Range
    distribution: Range
    round_trip: Range
    stored: Range | None
    usable: Range | None
    loads: tuple[Load, ...]
    asks: tuple[Range, ...]
    unknown: bool
    source: tuple[str, ...]


@dataclass(slots=True)
class _Account:
    """One side settled in one case, kW and kWh per turn."""

    supply: float
    free_sun: float
    steady: float
    own: float = 0.0
    demand: float = 0.0
    moved: float = 0.0
    unmet: float = 0.0
    shed: dict[str, float] = field(default_factory=dict)
    drawn_kwh: float = 0.0
    energy: Energy = field(default_factory=Energy)


# ---- what crosses ---------------------------------------------------------------------------------------------------


def lost_feeds(stack: Stack, *, outward: bool = False) -> list[str]:
    """Names of joints, open now, that fed power into this stack (or out of it) in the flown configuration."""
    cfg = stack.configuration
    if stack.siblings == 1:
        return []
    now = {link.id for link in cfg.links}
    out = []
    for link in joint_links(cfg.station, cfg.nodes, cfg.epoch):
        if link.joint is None or link.id in now or (link.a in stack.members) == (link.b in stack.members):
            continue
        receiver = link.a if (link.a in stack.members) != outward else link.b
        for c in link.joint.crosses:
            if c.what == "power" and (c.direction == "both" or c.direction.endswith(f"to {receiver}")):
                out.append(link.joint.name or link.id)
    return out


def crossings(stack: Stack) -> dict[tuple[str, str], float]:
    """From segment to segment: the most power, kW, that may cross the closed joints between them; infinite where nobody says."""
    cfg = stack.configuration
    out: dict[tuple[str, str], float] = {}
    for link in cfg.links:
        if link.joint is None or link.a not in stack.members or link.b not in stack.members:
            continue
        sides = {link.a: cfg.nodes[link.a].segment, link.b: cfg.nodes[link.b].segment}
        if sides[link.a] == sides[link.b]:
            continue
        for c in link.joint.crosses:
            if c.what != "power":
                continue
            most = c.amount_kw.bounds[1] if c.amount_kw is not None else math.inf
            for giver, taker in ((link.a, link.b), (link.b, link.a)):
                if c.direction in ("both", f"{giver} to {taker}"):
                    key = (sides[giver], sides[taker])
                    out[key] = out.get(key, 0.0) + most
    return out


def _unpublished(stack: Stack) -> bool:
    """Whether what crosses between its segments, or to others when all joints were closed, is assumed or not in the data."""
    cfg = stack.configuration
    for link in cfg.links if stack.siblings == 1 else joint_links(cfg.station, cfg.nodes, cfg.epoch):
        if link.joint is None or cfg.nodes[link.a].segment == cfg.nodes[link.b].segment:
            continue
        if link.a in stack.members or link.b in stack.members:
            amounts = [c.amount_kw for c in link.joint.crosses if c.what == "power"]
            if any(a is None or a.confidence == "assumed" for a in amounts):
                return True
    return False


def _share(spare: Mapping[str, float], most: Mapping[tuple[str, str], float]) -> tuple[dict[str, float], float]:
    """Moves power along the crossings from sides that have some to spare to those that lack (below zero).

    Returns what each side gains (below zero: gives), and what still lacks in all. Largest flow by shortest paths.
    """
    left, room, gain = dict(spare), dict(most), dict.fromkeys(spare, 0.0)
    while (path := _path(left, room)) is not None:
        steps = list(pairwise(path))
        amount = min(left[path[0]], -left[path[-1]], *(room[s] for s in steps))
        for a, b in steps:
            room[a, b] -= amount
            room[b, a] = room.get((b, a), 0.0) + amount
        left[path[0]] -= amount
        left[path[-1]] += amount
        gain[path[0]] -= amount
        gain[path[-1]] += amount
    return gain, math.fsum(-x for x in left.values() if x < -_TINY)


def _path(left: Mapping[str, float], room: Mapping[tuple[str, str], float]) -> list[str] | None:
    paths = [[s] for s, x in left.items() if x > _TINY]
    seen = {p[0] for p in paths}
    while paths:
        path = paths.pop(0)
        if left[path[-1]] < -_TINY:
            return path
        for (a, b), x in room.items():
            if a == path[-1] and b in left and b not in seen and x > _TINY:
                seen.add(b)
                paths.append([*path, b])
    return None


# ---- what a stack holds ---------------------------------------------------------------------------------------------


def carries_loads(stack: Stack, segment: str) -> bool:
    """Whether it is the part of the segment, among all that fly, with most of its rooms: the one its loads are booked on."""
    if stack.siblings == 1:
        return True

    def rooms(s: Stack) -> tuple[float, float]:
        mine = [n for n in s.nodes if n.kind == "element" and n.segment == segment]
        return math.fsum(n.mass_kg for n in mine if n.habitable), math.fsum(n.mass_kg for n in mine)

    return max(stack.configuration.stacks(), key=rooms).members == stack.members


def _least(parts: Sequence[Range], default: Range) -> Range:
    if not parts:
        return default
    return Range(min(p.best for p in parts), min(p.low for p in parts), min(p.high for p in parts))


def _figure(q: Equipment, key: str, default: Range) -> Range:
    return Range.of(q.figures[key]) if key in q.figures else default


def _side(stack: Stack, segment: str, working: set[str], light: Sunlight, mode: TrackingMode, tumbling: bool) -> _Side:
    cfg = stack.configuration
    elements = {e.id: e for e in cfg.station.element}
    there = [
        q for q in cfg.station.equipment
        if q.kind in ("array", "battery") and elements[q.element].segment == segment and present(q.installed, q.removed, cfg.epoch)
    ]  # fmt: skip
    aboard = [q for q in there if q.element in stack.members]
    arrays = [q for q in there if q.kind == "array"]
    batteries = [q for q in there if q.kind == "battery" and "energy_kwh" in q.figures]
    in_sun, steady, unknown, source = [], [], False, list[str]()
    for q in aboard:
        if q.kind != "array" or q.id not in working:
            continue
        axes = int(_figure(q, "axes_count", Range.exact(2.0)).best)
        bare = uncovered(q, (o for o in aboard if o.shades))
        full = in_the_sun_kw(q, elements[q.element], cfg.epoch, light.distance_au)
        source += q.source
        if "average_kw" in q.figures and (full is None or light.beta_rad is None):
            steady.append(Range.of(q.figures["average_kw"]).times(pointing(_NO_SUN, 2, mode, tumbling)).times(bare))
        elif full is not None:
            in_sun.append(full.times(pointing(light, axes, mode, tumbling)).times(bare))
        else:
            unknown = True
    live = [q for q in batteries if q.id in working and q.element in stack.members]
    source += [k for q in live for k in q.source]
    energy = [(Range.of(q.figures["energy_kwh"]).scaled(q.count), _figure(q, "usable_ratio", USABLE)) for q in live]
    loads = tuple(x for x in cfg.station.load if x.segment == segment) if carries_loads(stack, segment) else ()
    return _Side(
        segment, next(s.short for s in cfg.station.segment if s.id == segment), Range.total(in_sun), Range.total(steady),
        _least([_figure(q, "distribution_ratio", DISTRIBUTION) for q in arrays], DISTRIBUTION),
        _least([_figure(q, "round_trip_ratio", ROUND_TRIP) for q in batteries], ROUND_TRIP),
        Range.total(e for e, _ in energy) if batteries else None,
        Range.total(e.times(u) for e, u in energy) if batteries else None,
        loads, tuple(Range.of(x.demand_kw) for x in loads), unknown, (*source, *(k for x in loads for k in x.source)),
    )  # fmt: skip


_NO_SUN = Sunlight(None, Range.exact(0.0), 1.0, 1.0, "")


# ---- one case settled -----------------------------------------------------------------------------------------------


def _open(side: _Side, light: Sunlight, end: End) -> _Account:
    """What a side's own arrays and batteries can keep up at the loads."""
    shadow, hours = getattr(light.shadow, _OPPOSITE[end]), light.period_s / 3600.0
    spread, cells = getattr(side.distribution, end), getattr(side.round_trip, end)
    free_sun = getattr(side.in_sun, end) * spread * (1.0 - shadow) / ((1.0 - shadow) + shadow / cells)
    steady = getattr(side.steady, end)
    night = math.inf
    if side.usable is not None and shadow > 0.0:
        night = getattr(side.usable, end) * math.sqrt(cells) * spread / (shadow * hours)
    return _Account(min(free_sun + steady, night), free_sun, steady)


def _settle(
    sides: Sequence[_Side], most: Mapping[tuple[str, str], float], light: Sunlight, end: End
) -> dict[str, _Account]:
    """Shares, sheds and books one case; the demand stands at the opposite end of the supply."""
    accounts = {s.segment: _open(s, light, end) for s in sides}
    asked_at = _OPPOSITE[end]
    demand = {x.id: float(getattr(r, asked_at)) for s in sides for x, r in zip(s.loads, s.asks, strict=True)}
    home = {x.id: s.segment for s in sides for x in s.loads}

    def spare(of: Mapping[str, float]) -> dict[str, float]:
        out = {s: a.supply for s, a in accounts.items()}
        for load, kw in of.items():
            out[home[load]] -= kw
        return out

    for s, a in accounts.items():
        a.demand = math.fsum(kw for load, kw in demand.items() if home[load] == s)
    left = dict(demand)
    gap = _share(spare(left), most)[1]
    for load in sorted((x for s in sides for x in s.loads if x.shed_order > 0), key=lambda x: -x.shed_order):
        if gap <= _TINY:
            break
        without = _share(spare(left | {load.id: 0.0}), most)[1]
        cut = min(left[load.id], gap - without)
        if cut > _TINY:
            left[load.id] -= cut
            accounts[home[load.id]].shed[load.id] = cut
            gap = without
    gain, _ = _share(spare(left), most)
    for side in sides:
        a = accounts[side.segment]
        a.moved = gain[side.segment]
        asked = math.fsum(kw for load, kw in left.items() if home[load] == side.segment)
        lacking = asked - a.supply - a.moved
        a.unmet = lacking if lacking > _TINY else 0.0
        a.own = min(max(0.0, asked - a.moved), a.supply)
        _book(side, a, light, end)
    return accounts


def _book(side: _Side, a: _Account, light: Sunlight, end: End) -> None:
    """The energy of one turn: losses from the efficiencies, the unused from what the arrays could have kept up beyond it."""
    shadow, hours = getattr(light.shadow, _OPPOSITE[end]), light.period_s / 3600.0
    spread, cells = getattr(side.distribution, end), getattr(side.round_trip, end)
    path = (1.0 - shadow) + shadow / cells
    from_steady = min(a.own, a.steady)
    from_sun = a.own - from_steady
    on_the_way = from_sun * hours * (1.0 / spread - 1.0)
    in_the_cells = from_sun * hours * shadow / spread * (1.0 / cells - 1.0)
    a.drawn_kwh = a.own * shadow * hours / (spread * math.sqrt(cells))
    rescue = math.sqrt(cells) * spread
    usable = getattr(side.usable, end) if side.usable is not None else 0.0
    carried = min(a.unmet * hours, usable * rescue)
    a.energy = Energy(
        generated_kwh=getattr(side.in_sun, end) * (1.0 - shadow) * hours + a.steady * hours,
        imported_kwh=max(0.0, a.moved) * hours,
        loads_kwh=(a.own + a.moved) * hours + carried,
        exported_kwh=max(0.0, -a.moved) * hours,
        losses_kwh=on_the_way + in_the_cells + carried * (1.0 / rescue - 1.0),
        battery_change_kwh=-carried / rescue,
        unused_kwh=(a.free_sun - from_sun) * hours * path / spread + (a.steady - from_steady) * hours,
    )


# ---- the balance ----------------------------------------------------------------------------------------------------


def balance(stack: Stack, mode: TrackingMode = "sun-tracking", *, found: tuple[Provider, ...] | None = None) -> Balance:
    """The balance of a stack on one turn round the Earth at its configuration's instant.

    Parameters
    ----------
    mode : how arrays with two axes are turned.
    found : providers of power of this stack, where the caller has them already.
    """
    cfg = stack.configuration
    light, tumbling = sunlight_of(cfg), attitude.turns_freely(stack)
    seen = providers(stack, "power") if found is None else found
    working = {p.id for p in seen if p.works and p.mode != "dormant"}
    sides = [_side(stack, s, working, light, mode, tumbling) for s in stack.segments]
    most = crossings(stack)
    cases = {end: _settle(sides, most, light, end) for end in _ENDS}
    segments = _with_all_that_may_cross(
        [_segment(s, light, {e: cases[e][s.segment] for e in _ENDS}) for s in sides], most
    )
    must = Range.total(r for s in sides for x, r in zip(s.loads, s.asks, strict=True) if x.shed_order == 0)
    total = _total(segments)
    reserve = _reserve(sides, total, light)
    lacking = []
    if not any(s.loads for s in sides):
        lacking.append(NO_LOADS)
    if any(s.unknown for s in sides):
        lacking.append(NO_OUTPUT)
    if light.beta_rad is None and any(s.in_sun.high > 0.0 or s.steady.high > 0.0 for s in sides):
        lacking.append("the data name no orbit for the date, so the Sun's angle and the shadow are not known")
    if light.shadow.best < LITTLE_SHADOW and any(s.in_sun.best > 0.0 for s in sides):
        lacking.append("what converters and cooling can take: with so little shadow the supply is an upper bound")
    if any(s.stored is None for s in sides):
        lacking.append("the energy of its batteries is not in the data, so they bound nothing here")
    source = tuple(dict.fromkeys(k for s in sides for k in s.source))
    return Balance(
        segments, total, light, mode, tumbling, must,
        reserve,
        NO_LOADS not in lacking and NO_OUTPUT not in lacking, _unpublished(stack), tuple(lacking), source,
    )  # fmt: skip


def _span(cases: Mapping[End, _Account], of: Callable[[_Account], float]) -> Range:
    x = [of(cases[e]) for e in _ENDS]
    return Range(x[0], min(x), max(x))


def _segment(side: _Side, light: Sunlight, cases: Mapping[End, _Account]) -> SegmentBalance:
    lit = Range(1.0 - light.shadow.best, 1.0 - light.shadow.high, 1.0 - light.shadow.low)
    depth = None
    if side.stored is not None and side.stored.low > 0.0:
        parts = [cases[e].drawn_kwh / getattr(side.stored, e) for e in _ENDS]
        depth = Range(parts[0], min(parts), max(parts))
    return SegmentBalance(
        side.segment, side.name, side.in_sun, side.in_sun.times(lit) + side.steady, _span(cases, lambda a: a.supply),
        _span(cases, lambda a: a.demand), _span(cases, lambda a: a.moved), side.stored, depth,
        _span(cases, lambda a: math.fsum(a.shed.values()) + a.unmet), _span(cases, lambda a: a.unmet),
        tuple(cases["best"].shed), tuple(cases["low"].shed), cases["best"].energy,
    )  # fmt: skip


def _with_all_that_may_cross(
    parts: Sequence[SegmentBalance], most: Mapping[tuple[str, str], float]
) -> tuple[SegmentBalance, ...]:
    """Transfers that also span the case in which a side lacks most while its neighbours have enough."""
    by_id = {p.segment: p for p in parts}
    asked = {}
    for p in parts:
        room = math.fsum(kw for (giver, taker), kw in most.items() if taker == p.segment and giver in by_id)
        asked[p.segment] = min(room, max(0.0, p.demand_kw.high - p.supply_kw.low))
    out = []
    for p in parts:
        takers = {taker: kw for (giver, taker), kw in most.items() if giver == p.segment and taker in by_id}
        given = math.fsum(min(kw, asked[taker]) for taker, kw in takers.items())
        given = min(given, p.supply_kw.high)
        taken = min(asked[p.segment], math.fsum(o.supply_kw.high for o in parts if o is not p))
        t = p.transfer_kw
        out.append(replace(p, transfer_kw=Range(t.best, min(t.low, -given), max(t.high, taken))))
    return tuple(out)


def _total(parts: Sequence[SegmentBalance]) -> SegmentBalance:
    def add(of: Callable[[SegmentBalance], Range]) -> Range:
        return Range.total(of(p) for p in parts)

    known = [(p.battery_kwh, p.depth_of_discharge) for p in parts if p.battery_kwh is not None]
    stored = Range.total(b for b, _ in known) if known else None
    depth = None
    deep = [(b.best, d) for b, d in known if d is not None]
    if sum(b for b, _ in deep) > 0.0:
        best = math.fsum(b * d.best for b, d in deep) / math.fsum(b for b, _ in deep)
        depth = Range(best, min(d.low for _, d in deep), max(d.high for _, d in deep))
    energy = Energy()
    for p in parts:
        energy = energy + p.energy
    return SegmentBalance(
        "", "all", add(lambda p: p.in_sun_kw), add(lambda p: p.generation_kw), add(lambda p: p.supply_kw),
        add(lambda p: p.demand_kw), NOTHING, stored, depth, add(lambda p: p.shortfall_kw), add(lambda p: p.unmet_kw),
        tuple(x for p in parts for x in p.shed), tuple(x for p in parts for x in p.shed_at_worst), energy,
    )  # fmt: skip


def _reserve(sides: Sequence[_Side], total: SegmentBalance, light: Sunlight) -> Range | None:
    """What the batteries alone can give the loads, kWh; low end: after a night side has drawn on them."""
    held = [(s, s.usable) for s in sides if s.usable is not None]
    if not held:
        return None
    energy = Range.total(
        u.times(s.distribution).times(Range(*(math.sqrt(getattr(s.round_trip, e)) for e in _ENDS))) for s, u in held
    )
    # what all loads ask for on a night side, whether or not the arrays can make it up: so the loss of an array adds no hour
    night = total.demand_kw.best * light.shadow.high * light.period_s / 3600.0
    return Range(energy.best, max(0.0, energy.low - night), energy.high)


def dark(stack: Stack, mode: TrackingMode = "sun-tracking", *, of: Balance | None = None) -> tuple[Darkening, ...]:
    """The loads of a stack in the order in which they go dark as power falls, those that are never shed last.

    ``off`` tells which go dark in the state that the stack is in, at best values; ``off_at_worst`` at the worst ends.
    """
    cfg = stack.configuration
    b = balance(stack, mode) if of is None else of
    mine = [x for s in stack.segments if carries_loads(stack, s) for x in cfg.station.load if x.segment == s]
    keep = [x for x in mine if x.shed_order == 0]
    out, relief = [], NOTHING
    off, worst = set(b.total.shed), set(b.total.shed_at_worst)
    for x in sorted((x for x in mine if x.shed_order > 0), key=lambda x: -x.shed_order) + keep:
        kw = Range.of(x.demand_kw)
        relief = relief + kw
        gone = x.shed_order == 0 and (p := b.of(x.segment)) is not None and p.unmet_kw.best > _TINY
        out.append(
            Darkening(
                x.id, x.name, x.segment, x.shed_order, kw, relief, tuple(x.serves), x.id in off or gone,
                x.id in worst or gone,
            )
        )  # fmt: skip
    return tuple(out)


# ---- the assessment -------------------------------------------------------------------------------------------------


def _names(arrays: Sequence[Provider]) -> str:
    return ", ".join(p.name for p in arrays[:4]) + (f" and {len(arrays) - 4} more" if len(arrays) > 4 else "")


def assess(stack: Stack) -> Assessment:
    """Whether its loads can be kept up.

    Lost without arrays, or when what may never be shed cannot be kept up; degraded when loads are shed, a feed that it was built
    to rely on is gone, it tumbles, or a main provider is out of service; else nominal.
    """
    found = providers(stack, "power")
    b = balance(stack, found=found)
    arrays = [p for p in found if p.works and p.kind == "array" and p.mode != "dormant"]
    gone = lost_feeds(stack)
    status, reasons = _verdict(stack, b, found, arrays, gone)
    missing = b.not_modelled if arrays else ()
    if b.unpublished:
        missing = (
            *missing,
            "how many kilowatts cross between the segments: nobody published it, so it is what the other side lacks",
        )
    lasts = None
    if status == "lost" and b.hours_left is not None:
        lasts = Margin.of(
            b.hours_left.scaled(1.0 / 24.0), "days", "until the batteries are empty, all shed but what never is"
        )
    margin = Margin.of(
        b.total.supply_kw, "kW", "its own arrays can keep up, averaged over a turn round the Earth", "supply_kw"
    )
    return Assessment(
        "power", stack.id, status, tuple(r for r in reasons if r), found, margin, "; ".join(missing), b.source,
        _figures(b), lasts,
    )  # fmt: skip


def _verdict(
    stack: Stack, b: Balance, found: tuple[Provider, ...], arrays: Sequence[Provider], gone: Sequence[str]
) -> tuple[Status, list[str]]:
    t = b.total
    if not arrays:
        last = b.hours_on_batteries
        return "lost", [
            "no solar array in it works",
            f"its batteries carry all loads for {time(last)}, then it goes dark" if last is not None else "",
            f"with all shed but what never is, for {time(b.hours_must_keep)}" if b.hours_must_keep is not None else "",
        ]
    supply = f"its arrays ({_names(arrays)}) can keep up {span(t.supply_kw, 'kW')} on average" + _sun(b)
    short, unmet = t.shortfall_kw.best > _TINY, t.unmet_kw.best > _TINY
    rest = [
        "it tumbles, so its arrays see about a quarter of the Sun (none to a third)" if b.tumbling else "",
        out_of_service(found),
        f"{span(t.shortfall_kw, 'kW')} of demand cannot be met; off, in this order: {_shed(stack, b)}" if short and b.complete else "",
        f"{span(t.unmet_kw, 'kW')} that may never be shed lack as well, so it goes dark when its batteries are empty"
        if unmet and b.complete else "",
        "at the worst ends of these ranges not even what may never be shed can be kept up"
        if short and not unmet and b.complete and t.unmet_kw.high > _TINY else "",
    ]  # fmt: skip
    if gone:
        loss = f"the feed across {gone[0]} is gone, and it was built to rely on it, so loads would have to be shed"
        lost = unmet and b.complete
        return "lost" if lost else "degraded", [supply, loss, _asked(b), *rest]
    spared = lost_feeds(stack, outward=True)
    unknown = "; nobody published the amount" if b.unpublished else ""
    helped = [s for s in b.segments if s.transfer_kw.best > _TINY]
    reasons = [
        supply,
        _asked(b),
        *(f"{s.name} lacks {span(s.transfer_kw.at_least(0.0), 'kW')} and takes it from the rest" + unknown for s in helped),
        f"it no longer feeds the other side across {spared[0]}, so more is left for itself" if spared else "",
        "its arrays face the Sun only as long as its gyroscopes hold it: it has no thrusters to unload them"
        if not b.tumbling and attitude.gyroscopes(stack) and not attitude.thrusters(stack) else "",
        *rest,
    ]  # fmt: skip
    if unmet and b.complete:
        return "lost", reasons
    return ("degraded" if (short and b.complete) or b.tumbling or rest[1] else "nominal"), reasons


def _sun(b: Balance) -> str:
    light = b.sunlight
    if light.beta_rad is None:
        return ""
    return (
        f", with the Sun {abs(math.degrees(light.beta_rad)):.0f} degrees from the orbit plane and "
        f"{100.0 * light.shadow.best:.0f} % of each turn in shadow"
    )


def _asked(b: Balance) -> str:
    if b.total.demand_kw.best <= 0.0:
        return ""
    s = b.total.supply_kw.best - b.total.demand_kw.best
    return f"its loads ask for {span(b.total.demand_kw, 'kW')}: {number(abs(s))} kW {'to spare' if s >= 0.0 else 'too little'}"


def _shed(stack: Stack, b: Balance) -> str:
    names = [x.name for x in dark(stack, b.mode, of=b) if x.load in b.total.shed]
    return (
        "; ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        if names
        else "nothing can be shed"
    )


def _figures(b: Balance) -> tuple[Margin, ...]:
    t, light = b.total, b.sunlight
    out = [
        Margin.of(t.in_sun_kw, "kW", "output of the arrays in the Sun", "in_sun_kw"),
        Margin.of(t.generation_kw, "kW", "output of the arrays averaged over a turn", "generation_kw"),
        Margin.of(Range.exact(100.0 * light.shadow.best) if light.beta_rad is not None else light.shadow.scaled(100.0),
                  "%", "of each turn in shadow", "shadow_percent"),
    ]  # fmt: skip
    if light.beta_rad is not None:
        beta = math.degrees(light.beta_rad)
        out.append(Margin.of(Range.exact(beta), "deg", "Sun above the orbit plane", "beta_deg"))
    if b.complete:
        out += [
            Margin.of(t.demand_kw, "kW", "asked for by the loads", "demand_kw"),
            Margin.of(t.shortfall_kw, "kW", "of the demand not met", "shortfall_kw"),
            Margin.of(t.surplus_kw, "kW", "to spare after the demand", "surplus_kw"),
        ]
    out += [
        Margin.of(s.transfer_kw, "kW", f"comes in to {s.name} from the rest (below zero: goes out)", f"transfer_{s.segment}_kw")
        for s in b.segments if s.transfer_kw.high > _TINY or s.transfer_kw.low < -_TINY
    ]  # fmt: skip
    if t.battery_kwh is not None:
        out.append(Margin.of(t.battery_kwh, "kWh", "in its batteries when full", "battery_kwh"))
    if t.depth_of_discharge is not None:
        depth = t.depth_of_discharge.scaled(100.0)
        out.append(Margin.of(depth, "%", "of that drawn on the night side", "depth_of_discharge_percent"))
    if b.hours_on_batteries is not None:
        out.append(Margin.of(b.hours_on_batteries, "hours", "on batteries alone, all loads on", "battery_hours"))
    if b.hours_must_keep is not None:
        out.append(
            Margin.of(b.hours_must_keep, "hours", "on batteries alone, all shed but what never is", "must_keep_hours")
        )
    return tuple(out)


__all__ = [
    "MODES", "Balance", "Darkening", "Energy", "SegmentBalance", "assess", "balance", "carries_loads", "crossings", "dark",
    "lost_feeds",
]  # fmt: skip
