"""Stores of a stack over time: what is in them after some days of living, and on which day a good ends.

Model: constant flows (:mod:`loops`) until a store is empty or full, or electrolysis stops to spare water; then new ones, and so on.
Living a while and then another while is the same as living both at a stretch. Ships are emptied first, those that leave soonest
before the others, then the station's own stores in the order of the data; what comes in goes to the station's own. When a
good has ended, people are taken to live on as before: what they would have used is booked as short (taken from the air, or from
their bodies), so that mass still closes.
A good of which the data know no store at all is taken to be there, and booked as untracked; its days are not known.
Neglected: that people would eat and drink less.
Validation status: checked (tests/functions/test_stores.py: mass to 1e-9, additivity, bookings).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from stationkeeper.core.errors import OutOfRangeError
from stationkeeper.functions.loops import Flows, Plant, flows, plant, units
from stationkeeper.station.configuration import Configuration, Stack, Stored

DRAWN = ("oxygen", "water", "food", "co2_absorbent")
"""Goods that people live on, in the order in which they are shown."""
FILLED = ("waste", "waste_water")
_MAX_STEPS = 64
_EMPTY_KG = 1e-10
"""Rounding of a few hundred kg in double precision; what is left below it is nothing."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What went into and out of one store for one cause, kg."""

    good: str
    account: str
    added_kg: float
    removed_kg: float
    cause: str


@dataclass(frozen=True, slots=True)
class Living:
    """What some days of living change in a stack.

    ``stores``: store id -> kg at the end, for every usable store. ``bookings``: for each store, opening + added - removed = closing.
    ``vented_kg``: substance -> kg overboard. ``air_kg``: kg that stay in the air. ``short_kg``: what nobody could give;
    ``untracked_kg``: what came from stores that the data do not hold. ``unstored_kg``: waste without a place.
    ``mass_kg``: body -> change of its mass; the sum is minus all that was vented.
    ``ran_out``: good -> day on which it ended (or waste on which it had no place), counted from the start.
    """

    stack: str
    days: float
    people: int
    stores: Mapping[str, float]
    bookings: tuple[Booking, ...]
    vented_kg: Mapping[str, float]
    air_kg: Mapping[str, float]
    short_kg: Mapping[str, float]
    untracked_kg: Mapping[str, float]
    unstored_kg: Mapping[str, float]
    mass_kg: Mapping[str, float]
    ran_out: Mapping[str, float]


def usable(stack: Stack) -> tuple[Stored, ...]:
    """The stores that the people of a stack can use, in the order in which they are emptied.

    Not those of an element or vehicle that has failed, nor those that only other segments can use.
    """
    cfg = stack.configuration
    segments = set(stack.segments)
    place = {x.id: x.element for x in cfg.station.store}
    leaves = {d.visit: d.leaves.tai_us if d.leaves else math.inf for d in stack.docked}
    there = [
        s
        for s in stack.stores
        if (not s.usable_by or segments & set(s.usable_by))
        and s.node not in cfg.failed
        and place.get(s.id, s.node) not in cfg.failed
        and s.id not in cfg.failed
    ]
    return tuple(sorted(there, key=lambda s: (s.node not in leaves, leaves.get(s.node, 0.0))))


def known_goods(stack: Stack) -> frozenset[str]:
    """Goods of which the data hold stores, in this stack or elsewhere in the station."""
    cfg = stack.configuration
    return frozenset(s.good for s in cfg.stores) | frozenset(str(x.good) for x in cfg.station.store)


class Run:
    """Contents of stores as people live on them. ``ran_out`` and ``totals`` grow as it runs."""

    def __init__(self, stores: tuple[Stored, ...], known: frozenset[str], content: Mapping[str, float] | None = None):
        self.of = {good: [s for s in stores if s.good == good] for good in DRAWN + FILLED}
        self.content = {s.id: s.content_kg for s in stores} if content is None else dict(content)
        self.known = known | {"co2_absorbent"}
        self.rows: dict[tuple[str, str, str], list[float]] = {}
        self.totals: dict[str, dict[str, float]] = {k: {} for k in ("vented", "air", "short", "untracked", "unstored")}
        self.ran_out: dict[str, float] = {}
        self.first: Flows | None = None

    def amount(self, good: str) -> float:
        """Kg of a good; infinite where the data know of no store of it."""
        if good not in self.known:
            return math.inf
        return math.fsum(self.content[s.id] for s in self.of[good])

    def room(self, good: str) -> float:
        """Kg that the stores of a good can still take."""
        return math.fsum(_free(s, self.content[s.id]) for s in self.of[good])

    def live(self, p: Plant, days: float) -> None:
        """Lets the people of a plant live for some days; infinite: until nothing changes any more."""
        now = 0.0
        for _ in range(_MAX_STEPS):
            f = flows(p, {good: self.amount(good) for good in DRAWN})
            self.first = self.first or f
            self._spill(f)
            for good in f.short:
                self.ran_out.setdefault(good, now)
            step = min(days - now, self._next_change(f))
            if step <= 0.0 or math.isinf(step):
                return
            self._apply(f, step)
            now += step

    def _spill(self, f: Flows) -> None:
        """Water that no tank can take any more goes to the waste water; waste that has no place is said."""
        if f.net("water") > 0.0 and self.of["water"] and self.room("water") <= 0.0:
            over = f.net("water")
            f.out_of["water"]["more than fits"] = over
            f.into["waste_water"]["more water than fits"] = over
        for good in FILLED:
            if self.of[good] and f.total_in(good) > 0.0 and self.room(good) <= 0.0:
                f.short[good] = 0.0

    def _next_change(self, f: Flows) -> float:
        """Days until a store is empty or full, or electrolysis stops."""
        day = f.switch_day
        for good in DRAWN + FILLED:
            net = f.net(good)
            if net < -_EMPTY_KG and good in DRAWN and self.amount(good) > 0.0:
                day = min(day, self.amount(good) / -net)
            elif net > _EMPTY_KG and good != "oxygen" and self.of[good] and self.room(good) > 0.0:
                day = min(day, self.room(good) / net)
        return day

    def _apply(self, f: Flows, days: float) -> None:
        """Moves and books the flows of some days."""
        for kind, values in (("vented", f.vented), ("air", f.air), ("short", f.short)):
            for k, x in values.items():
                self._add(kind, k, x * days)
        for good in DRAWN + FILLED:
            added = {c: x * days for c, x in f.into.get(good, {}).items() if x > 0.0}
            removed = {c: x * days for c, x in f.out_of.get(good, {}).items() if x > 0.0}
            came, went = math.fsum(added.values()), math.fsum(removed.values())
            stores = self.of[good]
            if not stores:
                self._add("unstored", good, max(0.0, came - went))
                self._add("untracked", good, max(0.0, went - came))
                continue
            # what merely passes through is booked at the last store
            through = {stores[-1].id: min(came, went)}
            self._book(good, through, added, came, 1)
            self._book(good, through, removed, went, -1)
            self._book(good, self._filled(good, came - went), added, came, 1)
            self._book(good, self._drawn(good, went - came), removed, went, -1)

    def _filled(self, good: str, kg: float) -> dict[str, float]:
        """Which stores take how much: the station's own, which come last."""
        out: dict[str, float] = {}
        for s in reversed(self.of[good]):
            if kg > 0.0:
                out[s.id] = min(kg, _free(s, self.content[s.id]))
                kg -= out[s.id]
        self._add("unstored", good, max(0.0, kg))
        return out

    def _drawn(self, good: str, kg: float) -> dict[str, float]:
        """Which stores give how much, in order."""
        out: dict[str, float] = {}
        for s in self.of[good]:
            if kg > 0.0:
                held = self.content[s.id]
                out[s.id] = held if held - kg < _EMPTY_KG else kg
                kg -= out[s.id]
        return out

    def _book(
        self, good: str, by_store: Mapping[str, float], causes: Mapping[str, float], total: float, sign: int
    ) -> None:
        for account, kg in by_store.items():
            if kg <= 0.0:
                continue
            for cause, x in causes.items():
                row = self.rows.setdefault((good, account, cause), [0.0, 0.0])
                row[0 if sign > 0 else 1] += kg * x / total
            left = self.content[account] + sign * kg
            self.content[account] = left if abs(left) > _EMPTY_KG else 0.0

    def _add(self, kind: str, key: str, kg: float) -> None:
        if kg > 0.0:
            self.totals[kind][key] = self.totals[kind].get(key, 0.0) + kg


def _free(s: Stored, content_kg: float) -> float:
    return math.inf if s.capacity_kg is None else max(0.0, s.capacity_kg - content_kg)


def live(stack: Stack, days: float) -> Living:
    """What the people aboard a stack use, make and leave in some days, with best estimates.

    Raises
    ------
    OutOfRangeError
        For a number of days that is negative, or not finite.
    """
    if not 0.0 <= days < math.inf:
        raise OutOfRangeError(f"living for {days:g} days; expected a finite number of days of at least zero")
    stores = usable(stack)
    run = Run(stores, known_goods(stack))
    run.live(plant(len(stack.crew), units(stack)), days)
    rows = tuple(Booking(good, a, x[0], x[1], cause) for (good, a, cause), x in run.rows.items())
    t = run.totals
    mass: dict[str, float] = {}
    for s in stores:
        mass[s.node] = mass.get(s.node, 0.0) + run.content[s.id] - s.content_kg
    kept = math.fsum((*t["unstored"].values(), *t["air"].values())) - math.fsum(
        (*(x for k, x in t["short"].items() if k != "co2_absorbent"), *t["untracked"].values())
    )
    home = max(stack.nodes, key=lambda n: (n.habitable, n.mass_kg)).id
    mass[home] = mass.get(home, 0.0) + kept
    return Living(
        stack.id, days, len(stack.crew), run.content, rows, t["vented"], t["air"], t["short"], t["untracked"],
        t["unstored"], {k: x for k, x in mass.items() if x}, run.ran_out,
    )  # fmt: skip


def stocktake_after(stack: Stack, days: float, living: Living | None = None) -> Configuration:
    """The configuration with the stores and masses of one stack as they are after some days; its date stays as it is."""
    living = living or live(stack, days)
    cfg = stack.configuration
    stores = tuple(
        replace(s.plus_kg(living.stores[s.id] - s.content_kg), content_kg=living.stores[s.id])
        if s.id in living.stores
        else s
        for s in cfg.stores
    )
    nodes = {k: n.plus_kg(living.mass_kg[k]) if k in living.mass_kg else n for k, n in cfg.nodes.items()}
    return cfg.with_(stores=stores, nodes=nodes)
