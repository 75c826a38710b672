"""Life support: air, water and food for the people in a stack, from units and from stores, and for how many days.

Model: the loops of :mod:`loops` run with the people and units of the stack, once with best values and with all ranges at
either end; the days of cover of a good are those until its stores are empty (:mod:`stores`), without end where a loop keeps up.
Carbon dioxide is covered while units remove all of it or absorbent is left. When a gas is no longer looked after, the cabin
itself lasts a while: how long until the air passes the limits follows from its volume. That time is a figure beside the cover; it
counts in ``lasts`` for carbon dioxide only.
Status: nominal when every good is covered for at least the days of the station's reserve rule (45 on the ISS) and no loop is
missing or out of order; lost below the rule's lower number (30), at which the crew leaves; degraded between. Without such a rule:
lost when a good has neither a loop nor a store. A loop is missing when the station has units for it, and none of them runs here.
A good of which the data hold no store is not counted, and said; of absorbent, an emergency's means, there is none then.
Neglected: leaks of air, spacewalks, spares and failures, waste without room (its limits are not published), that a crew saves.
Validation status: checked (validation/functions/test_life_support.py): needs per person against NASA RP-1324, share of water
recovered, water for the Russian segment against what Progress brings, reserves of 2004, 2005 and 2015.

References
----------
R130, R131 (needs); R138 to R141 (reserves and rules); sources of units and stores stand with them in the station's data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stationkeeper.core.ranges import Range
from stationkeeper.functions import human_needs as h
from stationkeeper.functions import power
from stationkeeper.functions.assessment import Assessment, Margin, Provider, Status, out_of_service, providers
from stationkeeper.functions.human_needs import CASES, Case, human_needs
from stationkeeper.functions.loops import CORE, LOOP_OF, Plant, Unit, plant, process_of, units
from stationkeeper.functions.stores import (
    DRAWN,
    Booking,
    Living,
    Run,
    known_goods,
    live,
    stocktake_after,
    usable,
)
from stationkeeper.station.configuration import Stack, Stored, present
from stationkeeper.station.schema import Rule

__all__ = [
    "Air", "Booking", "Cover", "GoodCover", "Living", "Loss", "Unit", "air", "assess", "cover", "if_lost", "live",
    "stocktake_after", "units",
]  # fmt: skip

LOOPS = (
    ("oxygen", "oxygen is made by", "makes oxygen"),
    ("co2", "carbon dioxide is removed by", "removes carbon dioxide"),
    ("water", "water is recovered by", "recovers water"),
)
NAMES = {"oxygen": "oxygen", "water": "water", "food": "food", "co2_absorbent": "carbon dioxide removal"}


@dataclass(frozen=True, slots=True)
class GoodCover:
    """How a good is covered: kg used and made in a day, kg in store, days until it ends.

    For ``co2_absorbent`` use is the carbon dioxide breathed out and made what units remove. ``days``: infinite where a loop keeps
    up, ``None`` where the data hold no store of it. ``ends_day``: the same, but for carbon dioxide with what the
    air of the cabin adds until its emergency limit.
    """

    good: str
    use_kg_day: Range
    made_kg_day: Range
    in_store_kg: Range | None
    days: Range | None
    ends_day: Range | None

    @property
    def name(self) -> str:
        """For people."""
        return NAMES[self.good]


@dataclass(frozen=True, slots=True)
class Air:
    """The air of a stack when nobody looks after it: change of pressures in a day, days to the limits, from a normal cabin."""

    volume_m3: Range
    co2_pa_day: Range
    oxygen_pa_day: Range
    co2_limit_day: Range
    co2_emergency_day: Range
    oxygen_limit_day: Range
    oxygen_emergency_day: Range


@dataclass(frozen=True, slots=True)
class Cover:
    """What covers the people of a stack. ``limiting``: the good that ends first, ``None`` where none is known to end."""

    people: int
    goods: tuple[GoodCover, ...]
    limiting: GoodCover | None
    units: tuple[Unit, ...]
    air: Air | None

    def of(self, good: str) -> GoodCover:
        """The cover of a good."""
        return next(g for g in self.goods if g.good == good)

    @property
    def lasts_day(self) -> Range | None:
        """Days until the first good has ended, with the cabin's air for carbon dioxide; ``None`` where none is known."""
        return _least([g.ends_day for g in self.goods])

    @property
    def days(self) -> Range | None:
        """Days of cover by the first good to end, each end of the range by whichever good that is."""
        return _least([g.days for g in self.goods])


def _least(ranges: Sequence[Range | None]) -> Range | None:
    known = [r for r in ranges if r is not None]
    return Range(*(min(getattr(r, end) for r in known) for end in ("best", "low", "high"))) if known else None


def air(stack: Stack) -> Air | None:
    """Days that the cabin's air lasts without any unit or store; ``None`` with nobody aboard, or without volumes or pressures."""
    station, people = stack.configuration.station, len(stack.crew)
    cabin = station.station.cabin
    volumes = [e.volume_m3 for e in station.element if e.id in stack.members and e.volume_m3 is not None]
    if cabin is None or not volumes or not people:
        return None
    volume = Range.total(Range.of(v) for v in volumes)
    n = human_needs()
    per_kmol = h.GAS_CONSTANT_J_KMOL_K * h.CABIN_TEMPERATURE_K

    def rate(kg_day: Range, molar: float) -> Range:
        return kg_day.scaled(people * per_kmol / molar).over(volume)

    co2, oxygen = rate(Range.of(n.co2_kg_day), h.CO2), rate(Range.of(n.oxygen_kg_day), h.O2)

    def days(room: Range, pa_day: Range) -> Range:
        return room.at_least(0.0).over(pa_day)

    now_co2, now_o2 = Range.of(cabin.co2_pa), Range.of(cabin.oxygen_pa)
    return Air(
        volume, co2, oxygen,
        days(Range.of(n.co2_limit_pa) - now_co2, co2), days(Range.of(n.co2_emergency_pa) - now_co2, co2),
        days(now_o2 - Range.of(n.oxygen_limit_pa), oxygen), days(now_o2 - Range.of(n.oxygen_emergency_pa), oxygen),
    )  # fmt: skip


def cover(stack: Stack, found: Sequence[Provider] | None = None) -> Cover:
    """What covers the people of a stack, with ranges. ``found``: its providers of life support, where they are at hand."""
    running, people, cabin = units(stack, found), len(stack.crew), air(stack)
    stores, known = usable(stack), known_goods(stack)
    if not people:
        return Cover(0, (), None, running, None)
    plants = {case: plant(people, running, case) for case in CASES}
    runs = {case: _run(stores, known, plants[case], case) for case in CASES}
    goods = tuple(_good(good, plants, runs, stores, known, cabin) for good in DRAWN)
    ending = [g for g in goods if g.days is not None and math.isfinite(g.days.low)]
    limiting = min(ending, key=lambda g: (_days(g).best, _days(g).low), default=None)
    return Cover(people, goods, limiting, running, cabin)


@dataclass(frozen=True, slots=True)
class Loss:
    """What the loss of one unit would change: the cover without it, and the loops of which none would be left."""

    unit: Unit
    cover: Cover
    loops_left_out: tuple[str, ...]


def if_lost(stack: Stack) -> tuple[Loss, ...]:
    """For each running unit of a stack, the cover that is left without it."""
    found = providers(stack, "life_support")
    out = []
    for u in units(stack, found):
        if not u.runs:
            continue
        c = cover(stack, [replace(p, works=False) if p.id == u.id else p for p in found])
        left = {LOOP_OF[x.process] for x in c.units if x.runs and x.process in CORE}
        gone = LOOP_OF.get(u.process)
        out.append(Loss(u, c, (gone,) if gone and gone not in left else ()))
    return tuple(out)


def _days(g: GoodCover) -> Range:
    return g.days or Range.exact(math.inf)


def _run(stores: tuple[Stored, ...], known: frozenset[str], p: Plant, case: Case) -> Run:
    end = {"best": "content_kg", "low": "low_kg", "high": "high_kg"}[case.partition("_")[0]]
    run = Run(stores, known, {s.id: getattr(s, end) for s in stores})
    run.live(p, math.inf)
    return run


def _ordered(values: Mapping[Case, float]) -> Range:
    """Best value and both ends over all cases."""
    return Range(values["best"], min(values.values()), max(values.values()))


def _good(
    good: str, plants: Mapping[Case, Plant], runs: Mapping[Case, Run], stores: tuple[Stored, ...], known: frozenset[str],
    cabin: Air | None,
) -> GoodCover:  # fmt: skip
    first = {c: r.first for c, r in runs.items() if r.first is not None}
    if good == "co2_absorbent":
        use = _ordered({c: p.people * p.diet.co2 for c, p in plants.items()})
        made = _ordered({c: min(p.people * p.diet.co2, p.co2_removal) for c, p in plants.items()})
    else:
        use = _ordered({c: f.total_out(good) + f.short.get(good, 0.0) for c, f in first.items()})
        made = _ordered({c: f.total_in(good) for c, f in first.items()})
    held = [s for s in stores if s.good == good]
    in_store = Range.total(Range(s.content_kg, s.low_kg, s.high_kg) for s in held) if good in known else None
    days = _ordered({c: r.ran_out.get(good, math.inf) for c, r in runs.items()})
    if good not in known and good != "co2_absorbent":
        return GoodCover(good, use, made, None, None, None)
    drift = cabin.co2_emergency_day if cabin and good == "co2_absorbent" else Range.exact(0.0)
    return GoodCover(good, use, made, in_store, days, days + drift)


# ---- the assessment --------------------------------------------------------------------------------------------------


def _reserve_rule(stack: Stack) -> Rule | None:
    return next((r for r in stack.configuration.station.rule if r.kind == "reserve"), None)


def _known_loops(stack: Stack) -> frozenset[str]:
    """Loops for which the station has units in regular use at the date, here or elsewhere."""
    cfg = stack.configuration
    return frozenset(
        LOOP_OF[process_of(q)]
        for q in cfg.station.equipment
        if process_of(q) in CORE
        and present(q.installed, q.removed, cfg.epoch)
        and any(s.function == "life_support" and s.mode in ("main", "backup") for s in q.services)
    )


def unpowered(stack: Stack) -> tuple[str, ...]:
    """Names of the loads of life support that are shed in the state that the stack is in, at best values."""
    return tuple(x.name for x in power.dark(stack) if x.off and "life_support" in x.serves)


def assess(stack: Stack) -> Assessment:
    """Nominal, degraded or lost by the days of cover and the loops that run; see the module."""
    found = providers(stack, "life_support")
    c = cover(stack, found)
    have = {k: [u for u in c.units if u.runs and LOOP_OF.get(u.process) == k] for k, _, _ in LOOPS}
    have = {k: x if any(u.process in CORE for u in x) else [] for k, x in have.items()}
    known = _known_loops(stack)
    reasons = []
    for k, by, alone in LOOPS:
        if have[k]:
            reasons.append(f"{by} {', '.join(dict.fromkeys(u.name for u in have[k]))}")
        elif k in known or not known:
            reasons.append(f"nothing in it {alone}")
        else:
            reasons.append(f"nothing aboard {alone}: it comes from stores")
    reasons += [_words(g) for g in c.goods if g.days is not None]
    broken = out_of_service(found)
    people = c.people
    missing = [k for k, _, _ in LOOPS if not have[k] and (k in known or not known)]
    status = _status(stack, c, missing, bool(broken), any(have.values()), reasons)
    off = unpowered(stack) if people else ()
    if off:
        reasons.append(f"its power does not suffice, and these would be off: {', '.join(off)}")
        status = "degraded" if status == "nominal" else status
    reasons += [broken] if broken else []
    reasons.append(
        f"{people} {'person lives' if people == 1 else 'people live'} in it" if people else "nobody is aboard it"
    )
    return Assessment(
        "life_support", stack.id, status, tuple(reasons), found, _margin(c), _not_modelled(stack, c), _sources(stack, c),
        _figures(c), Margin.of(c.lasts_day, "days", "until the first good has ended", "lasts_day") if c.lasts_day else None,
    )  # fmt: skip


def _status(
    stack: Stack, c: Cover, missing: Sequence[str], broken: bool, any_loop: bool, reasons: list[str]
) -> Status:  # fmt: skip
    rule = _reserve_rule(stack)
    plan, leave = (rule.figures.get(k) if rule else None for k in ("plan_day", "leave_day"))
    known = [g for g in c.goods if g.days is not None]
    out = [g for g in known if _days(g).best < (leave.best if leave else 1e-9)]
    short = [g for g in known if g not in out and plan is not None and _days(g).best < plan.best]
    if out and leave:
        reasons.append(f"{_list(out)} below {leave.best:g} days: by the rule the crew leaves")
    elif out:
        reasons.append(f"{_list(out)} has neither a loop nor a store")
    if short and plan:
        reasons.append(f"{_list(short)} below {plan.best:g} days: by the rule planning to leave starts")
    if out or (not any_loop and not any(_days(g).best > 0.0 for g in known)):
        return "lost"
    return "degraded" if short or missing or broken else "nominal"


def _list(goods: Sequence[GoodCover]) -> str:
    return " and ".join(g.name for g in goods)


def day_range(r: Range) -> str:
    """How long something lasts, in words with the range."""
    if math.isinf(r.low):
        return "no end in sight"
    if math.isinf(r.best):
        return f"no end in sight, at worst {r.low:,.0f} days"
    best = f"{r.best:,.0f} days"
    if r.high - r.low < 0.5:
        return f"for {best}"
    return f"for {best} ({r.low:,.0f} to {'no end in sight' if math.isinf(r.high) else f'{r.high:,.0f}'})"


def _words(g: GoodCover) -> str:
    days = g.days or Range.exact(math.inf)
    if g.good == "co2_absorbent":
        text = f"carbon dioxide: {g.use_kg_day.best:.1f} kg a day breathed out, {g.made_kg_day.best:.1f} kg removed by units"
    else:
        made = f", {g.made_kg_day.best:.1f} kg made or recovered" if g.made_kg_day.high else ""
        text = f"{g.name}: {g.use_kg_day.best:.1f} kg a day used{made}"
    store, of = g.in_store_kg, " of absorbent" if g.good == "co2_absorbent" else ""
    if store is not None and store.high > 0.0:
        text += f"; {store.best:,.0f} kg ({store.low:,.0f} to {store.high:,.0f}){of} in store"
    return f"{text}: {day_range(days)}"


def _margin(c: Cover) -> Margin | None:
    if c.limiting is None or c.days is None:
        return None
    return Margin.of(c.days, "days", f"of cover by the first good to end, {c.limiting.name}", "cover_day")


def _figures(c: Cover) -> tuple[Margin, ...]:
    out = []
    for g in c.goods:
        if g.days is not None:
            out.append(Margin.of(g.days, "days", f"of cover of {g.name}", f"{g.good}_day"))
        if g.in_store_kg is not None:
            what = "carbon dioxide absorbent" if g.good == "co2_absorbent" else g.name
            out.append(Margin.of(g.in_store_kg, "kg", f"of {what} in store", f"{g.good}_kg"))
    if c.air is not None:
        what = "until carbon dioxide is past its emergency limit when nothing removes it"
        out.append(Margin.of(c.air.co2_emergency_day, "days", what, "cabin_co2_day"))
        what = "until oxygen is below its emergency limit when nothing supplies it"
        out.append(Margin.of(c.air.oxygen_emergency_day, "days", what, "cabin_oxygen_day"))
    return tuple(out)


def _not_modelled(stack: Stack, c: Cover) -> str:
    out = []
    if c.people:
        unknown = [g.name for g in c.goods if g.days is None]
        if unknown:
            out.append(f"the data hold no stores of {' or '.join(unknown)}, so no days are given for it")
    bare = [
        u.name
        for u in c.units
        if u.runs and u.rate_kg_day is None and u.people is None and u.process in ("electrolysis", "co2-removal")
    ]
    if bare:
        out.append(f"the data give no rate for {', '.join(bare)}: taken to be enough for those aboard")
    dry = [
        u.name
        for u in c.units
        if u.runs and u.recovery is None and u.process in ("condensate", "water", "urine", "brine")
    ]
    if dry:
        out.append(f"the data give no recovery for {', '.join(dry)}: counted as none")
    assumed = sorted({s.good.replace("_", " ") for s in usable(stack) if s.basis == "assumed" and s.good in DRAWN})
    if c.people and assumed:
        out.append(f"nobody published the stores of {', '.join(assumed)}: they are assumed, with their ranges")
    return "; ".join(out)


def _sources(stack: Stack, c: Cover) -> tuple[str, ...]:
    rule = _reserve_rule(stack)
    listed = [*("R130", "R131"), *(rule.source if rule else ())] if c.people else []
    known = {s.key for s in stack.configuration.station.source}
    used = [x for s in usable(stack) if s.good in DRAWN for x in s.source]
    return tuple(x for x in dict.fromkeys([*used, *listed]) if x in known)
