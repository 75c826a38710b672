"""The loops of air and water of a stack: which units run, and what flows between people, units and stores in a day.

Model: people breathe, eat, drink, wash and flush as in :mod:`human_needs`. Electrolysis splits water into oxygen for the cabin and
hydrogen, which goes overboard or to a Sabatier reactor. Units take carbon dioxide from the air and vent it; what they leave is
absorbed by lithium hydroxide while there is some, and then stays in the air. Moisture, washing water included, is condensed and
made into water; urine goes through urine and brine units where there are any, and their distillate through the water processor.
What no unit takes, or gives back, becomes waste water; everything else waste. In one stack goods and units are shared by all.
Every flow conserves mass, so what leaves the stores is in them again as waste, or overboard, or in the air.
Oxygen is made from water as long as the water lasts; when what is left of the stored oxygen would last as long as the water
without electrolysis, that stops, so that both end together and last as long as they can.
Neglected: leaks, spacewalks, trace gases, humidity control, power of the units (its need is only told), spares, time between
failures, that units wear out; water or oxygen brought from one segment to another takes work that is not counted.
Validation status: checked (validation/functions/test_life_support.py).

References
----------
Rates and yields are data of the station; chemistry and needs as in :mod:`human_needs`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stationkeeper.core.ranges import Range
from stationkeeper.functions import human_needs as h
from stationkeeper.functions.assessment import Provider, providers
from stationkeeper.functions.human_needs import Case, Diet
from stationkeeper.station.configuration import Stack
from stationkeeper.station.schema import Equipment

LOOP_OF = {
    "electrolysis": "oxygen", "co2-removal": "co2", "condensate": "water", "water": "water",
    "urine": "water", "brine": "water", "sabatier": "water",
}  # fmt: skip
"""Which loop a process serves; the others (candles, absorbent, gas and water stores) only hold goods."""
CORE = ("electrolysis", "co2-removal", "condensate", "water")
"""Processes without which a loop does not run: a urine unit alone gives no water to drink."""
_USUAL = {"oxygen": "electrolysis", "co2": "co2-removal", "water": "water"}
_RATE = {"electrolysis": "oxygen_kg_day", "co2-removal": "co2_kg_day"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A life-support unit of a stack.

    ``rate_kg_day``: oxygen made, carbon dioxide removed or waste water taken in; ``None`` where the data give none.
    ``people``: the same as the number of people that it serves. ``recovery``: share of the water taken in that comes back.
    ``runs``: it works and is not kept in reserve.
    """

    id: str
    name: str
    process: str
    segment: str
    partner: str
    mode: str
    runs: bool
    rate_kg_day: Range | None
    people: Range | None
    recovery: Range | None
    power_kw: Range | None
    reason: str = ""
    source: tuple[str, ...] = ()


def process_of(q: Equipment) -> str:
    """What a life-support unit does; where the data do not say it, the usual for its kind."""
    return q.process or _USUAL.get(q.kind, "")


def units(stack: Stack, found: Sequence[Provider] | None = None) -> tuple[Unit, ...]:
    """The life-support units of a stack, working or not; ``found``: its providers of life support, where at hand."""
    found = providers(stack, "life_support") if found is None else found
    data = {q.id: q for q in stack.configuration.station.equipment}
    segment = {e.id: e.segment for e in stack.configuration.station.element}
    out: dict[str, Unit] = {}
    for p in found:
        q = data.get(p.id)
        if q is None or not process_of(q):
            continue
        runs = p.works and p.mode in ("main", "backup")
        if p.id in out and (out[p.id].runs or not runs):
            continue
        figures = {k: Range.of(v) for k, v in q.figures.items()}
        process = process_of(q)
        out[p.id] = Unit(
            p.id, p.name, process, segment[q.element], p.partner, p.mode, runs,
            figures.get(_RATE.get(process, "water_kg_day")), figures.get("people_count"), figures.get("recovery_ratio"),
            figures.get("power_kw"), p.reason, tuple(q.source),
        )  # fmt: skip
    return tuple(out.values())


@dataclass(frozen=True, slots=True)
class Plant:
    """People and running units in one case: limits in kg per day (infinite where the data give none) and recovery ratios.

    Water units are pairs (limit, ratio), the best ratio first.
    """

    people: int
    diet: Diet
    electrolysis: float
    co2_removal: float
    water: tuple[tuple[float, float], ...]
    condensate: tuple[tuple[float, float], ...]
    urine: tuple[tuple[float, float], ...]
    brine: tuple[tuple[float, float], ...]
    sabatier: bool


def plant(people: int, running: Sequence[Unit], case: Case = "best") -> Plant:
    """The running units of a stack with so many people, in one case."""
    of, d = {k: [u for u in running if u.runs and u.process == k] for k in LOOP_OF}, h.diet(case)

    def end(r: Range | None, none: float) -> float:
        return none if r is None else float(getattr(r, case.partition("_")[0]))

    def sum_of(kind: str, person: float) -> float:
        return math.fsum(
            end(u.people, 0.0) * person if u.rate_kg_day is None and u.people else end(u.rate_kg_day, math.inf)
            for u in of[kind]
        )

    def pairs(kind: str) -> tuple[tuple[float, float], ...]:
        found = [(end(u.rate_kg_day, math.inf), min(1.0, end(u.recovery, 0.0))) for u in of[kind]]
        return tuple(sorted(found, key=lambda x: -x[1]))

    return Plant(
        people, d, sum_of("electrolysis", d.oxygen), sum_of("co2-removal", d.co2), pairs("water"), pairs("condensate"),
        pairs("urine"), pairs("brine"), bool(of["sabatier"]),
    )  # fmt: skip


@dataclass
class Flows:
    """Flows of a moment, kg per day.

    ``into`` and ``out_of``: good -> cause -> rate, with the stores as the other end. ``vented``: substance -> rate overboard.
    ``air``: what stays in the air. ``short``: what nobody could give. ``switch_day``: days until electrolysis stops so that
    water and oxygen end together (infinite: never).
    """

    into: dict[str, dict[str, float]] = field(default_factory=dict)
    out_of: dict[str, dict[str, float]] = field(default_factory=dict)
    vented: dict[str, float] = field(default_factory=dict)
    air: dict[str, float] = field(default_factory=dict)
    short: dict[str, float] = field(default_factory=dict)
    switch_day: float = math.inf

    def total_in(self, good: str) -> float:
        """Everything that comes into the stores of a good."""
        return math.fsum(self.into.get(good, {}).values())

    def total_out(self, good: str) -> float:
        """Everything that is taken from the stores of a good."""
        return math.fsum(self.out_of.get(good, {}).values())

    def net(self, good: str) -> float:
        """In less out."""
        return self.total_in(good) - self.total_out(good)


def _treat(feed: float, with_: Sequence[tuple[float, float]]) -> float:
    """Water that units give back of a feed; the rest is lost."""
    back = 0.0
    for limit, ratio in with_:
        took = min(feed, limit)
        back += took * ratio
        feed -= took
    return back


def _recovered(p: Plant, moisture: float, distillate: float) -> float:
    """Most water that condensate units (moisture only) and water processors can make of moisture and distillate."""
    room = math.fsum(limit for limit, _ in p.water)
    steps = {0.0, moisture, moisture + distillate - room}
    total = 0.0
    for limit, _ in p.condensate:
        total += limit
        steps.add(total)
    total = 0.0
    for limit, _ in p.water:
        total += limit
        steps.add(moisture + distillate - total)
    # concave and piecewise linear in the share of the first kind: the best is at a corner
    best = 0.0
    for x in steps:
        share = min(max(x, 0.0), moisture) if math.isfinite(x) else 0.0
        best = max(best, _treat(share, p.condensate) + _treat(moisture - share + distillate, p.water))
    return best


def _oxygen(full: float, need: float, water: float, oxygen: float, other: float, per_kg: float) -> tuple[float, float]:
    """Oxygen made from water, kg a day, and days until that changes.

    ``full``: what units can make of the need; ``water``, ``oxygen``: stores in kg; ``other``: net use of water without
    electrolysis; ``per_kg``: net water for a kg of oxygen.
    """
    if full <= 0.0 or other + per_kg * full <= 0.0:
        return full, math.inf
    if water <= 0.0:
        return min(full, max(0.0, -other / per_kg)), math.inf
    if other <= 0.0 or not (math.isfinite(water) and math.isfinite(oxygen)):
        return full, math.inf
    ahead = need * water - other * oxygen
    if ahead <= 1e-6:
        return 0.0, math.inf
    return full, ahead / full / (need * per_kg + other)


def flows(p: Plant, stores: Mapping[str, float]) -> Flows:
    """What flows in a day with so much in the stores (kg by good; infinite: not known and taken to be enough)."""
    f, d, n = Flows(), p.diet, p.people
    need, co2 = n * d.oxygen, n * d.co2
    # carbon dioxide
    removed = min(co2, p.co2_removal)
    absorbed = co2 - removed if stores.get("co2_absorbent", 0.0) > 0.0 else 0.0
    f.air["co2"] = co2 - removed - absorbed
    if f.air["co2"] > 0.0:
        f.short["co2_absorbent"] = h.LIOH_PER_CO2 * f.air["co2"]
    if absorbed:
        f.out_of["co2_absorbent"] = {"absorbing carbon dioxide": h.LIOH_PER_CO2 * absorbed}
    # waste water
    moisture = n * d.moisture
    urine = n * (d.urine_water + d.urine_solids)
    liquid = d.urine_water / (d.urine_water + d.urine_solids)
    taken = min(urine, math.fsum(limit for limit, _ in p.urine))
    distillate = liquid * _treat(urine, p.urine) if p.water else 0.0
    brine = liquid * taken - distillate if p.water else 0.0
    vapour = _treat(brine, p.brine)
    back = _recovered(p, moisture + vapour, distillate)
    lost_water = moisture + urine - back
    # oxygen
    full = min(need, p.electrolysis)
    per_o2 = min(h.CO2_PER_OXYGEN, removed / full) if p.sabatier and full > 0.0 else 0.0
    per_kg = h.WATER_PER_OXYGEN - per_o2 * h.WATER_PER_CO2
    water, oxygen = stores.get("water", math.inf), stores.get("oxygen", math.inf)
    made, f.switch_day = _oxygen(full, need, water, oxygen, n * d.water - back, per_kg)
    reacted = made * per_o2
    f.vented = {
        "carbon dioxide": removed - reacted,
        "methane": reacted * h.METHANE_PER_CO2,
        "hydrogen": made * h.HYDROGEN_PER_OXYGEN - reacted * h.HYDROGEN_PER_CO2,
    }
    f.into["water"] = {"recovered": back, "Sabatier reactor": reacted * h.WATER_PER_CO2}
    f.out_of["water"] = {
        "drinking and food": n * d.drink, "washing and flushing": n * d.wash, "oxygen making": made * h.WATER_PER_OXYGEN,
    }  # fmt: skip
    f.into["oxygen"] = {"electrolysis": made}
    f.out_of["oxygen"] = {"breathing": need}
    f.out_of["food"] = {"eating": n * d.food}
    f.into["waste_water"] = {"not recovered": lost_water}
    f.into["waste"] = {
        "refuse": n * d.refuse,
        "spent absorbent": (h.CARBONATE_PER_CO2 + h.WATER_PER_ABSORBED) * absorbed,
    }
    for good in ("water", "oxygen", "food"):
        if stores.get(good, math.inf) <= 0.0 and f.net(good) < -1e-12:
            _cut(f, good)
    return f


def _cut(f: Flows, good: str) -> None:
    """An empty store gives only what comes in; the rest is short, taken from all uses alike."""
    used, given = f.total_out(good), f.total_in(good)
    f.short[good] = used - given
    f.out_of[good] = {cause: x * given / used for cause, x in f.out_of[good].items()}
