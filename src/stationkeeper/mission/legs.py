"""What the time between two events uses up: goods of the people, propellant of the thrusters, energy. No flight here.

A leg is lived stack by stack, in the surroundings of its end. The functions say what is used and made; this file takes it from stores and
tanks and books every kilogram twice: from what the functions say and from what the stores then hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stationkeeper.core.constants import SECONDS_PER_DAY
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.functions import attitude, power
from stationkeeper.functions import human_needs as needs
from stationkeeper.functions.loops import plant, units
from stationkeeper.functions.propellant import UNCOVERED, take
from stationkeeper.functions.stores import Booking, Living, stocktake_after
from stationkeeper.functions.stores import live as live_on
from stationkeeper.mission.result import LedgerRow, Leg, Lived
from stationkeeper.station.configuration import Configuration, Stack

Json = dict[str, Any]


def seen_from(cfg: Configuration, stack: Stack, around: Mapping[str, Surroundings]) -> Stack:
    """The stack with its own surroundings; those of the whole where it has none yet."""
    s = around.get(stack.id) or next(iter(around.values()), None)
    if s is None:
        return stack
    there = cfg.with_(surroundings=replace(s, orbit=s.orbit.at(cfg.epoch)))
    return next(x for x in there.stacks() if x.members == stack.members)


def live(cfg: Configuration, leg: Leg) -> Lived:
    """The configuration at the end of a leg that started with ``cfg``."""
    before = cfg = cfg.with_(epoch=leg.start)
    rows: list[LedgerRow] = []
    notes: list[str] = []
    for stack in cfg.stacks():
        if stack.id in leg.around:
            there = seen_from(cfg, stack, {stack.id: leg.around[stack.id]})
            cfg, more, said = _one(cfg, there, leg)
            rows += more
            notes += said
    first = next(iter(leg.around.values()), None)
    after = cfg.with_(epoch=leg.end, surroundings=first)
    return Lived(leg, before, after, tuple(rows), tuple(notes))


def _one(cfg: Configuration, stack: Stack, leg: Leg) -> tuple[Configuration, list[LedgerRow], list[str]]:
    living = live_on(stack, leg.days)
    used, taken = _propellant(stack, leg.days)
    lived = stocktake_after(stack, leg.days, living)
    tanks = tuple(t.plus_kg(-taken[t.id]) if t.id in taken else t for t in cfg.tanks)
    loss: dict[str, float] = {}
    for t in stack.tanks:
        loss[t.node] = loss.get(t.node, 0.0) + taken.get(t.id, 0.0)
    nodes = {k: n.plus_kg(-loss[k]) if loss.get(k) else n for k, n in lived.nodes.items()}
    filled = {**cfg.filled, **attitude.filling(stack, leg.days)}
    after = cfg.with_(stores=lived.stores, tanks=tanks, nodes=nodes, filled=filled)
    cause = f"leg to {leg.end.date}"
    rows = [
        *_goods(stack, after, living.bookings, leg, cause),
        *(
            LedgerRow(
                leg.end, "propellant", f"{t.name} ({t.owner})", cause, t.content_kg, 0.0, taken[t.id],
                next(x for x in tanks if x.id == t.id).content_kg, "kg",
            )
            for t in stack.tanks if taken.get(t.id)
        ),
        LedgerRow(
            leg.end, "mass", stack.id, cause, stack.mass_kg, 0.0, math.fsum((*taken.values(), *living.vented_kg.values())),
            math.fsum(nodes[m].mass_kg for m in stack.members), "kg",
        ),
        *_carbon_dioxide(stack, living, leg, cause),
        *_energy(stack, leg, cause),
        *_crew_days(stack, after, leg, cause),
    ]  # fmt: skip
    notes = [
        f"{leg.start.plus_days(day).date}: {stack.name} has no {good.replace('_', ' ')} left"
        for good, day in living.ran_out.items()
        if day > 0.0
    ]
    notes += [
        f"{leg.end.date}: the gyroscopes of {stack.name} are full and nothing unloads them: from here on it turns freely"
        for key in filled
        if key not in stack.configuration.failed and attitude.is_full(after, key) and not attitude.is_full(cfg, key)
    ]
    short = used - math.fsum(taken.values())
    if short > 1e-6:
        notes.append(f"{leg.end.date}: {stack.name} lacks {short:.0f} kg of propellant to hold its attitude")
    return after, rows, notes


def _propellant(stack: Stack, days: float) -> tuple[float, dict[str, float]]:
    """What holding the attitude burns, and from which tanks it comes."""
    rate: Range | None = attitude.propellant_kg_day(stack)
    jets = attitude.thrusters(stack)
    if rate is None or rate.best <= 0.0 or not jets:
        return 0.0, {}
    need, taken = rate.best * days, dict[str, float]()
    left = need
    for j in dict.fromkeys(x.id for x in jets):
        for tank, kg in take(stack, left, j):
            if tank == UNCOVERED:
                continue
            free = next(t.content_kg for t in stack.tanks if t.id == tank) - taken.get(tank, 0.0)
            part = min(kg, free, left)
            if part > 0.0:
                taken[tank] = taken.get(tank, 0.0) + part
                left -= part
        if left <= 1e-9:
            break
    return need, taken


def _goods(stack: Stack, after: Configuration, bookings: Iterable[Booking], leg: Leg, cause: str) -> list[LedgerRow]:
    """One row for each good that moved."""
    bookings = list(bookings)
    now = {s.id: s.content_kg for s in after.stores}
    out = []
    for good in dict.fromkeys(b.good for b in bookings):
        mine = [s for s in stack.stores if s.good == good]
        came, went = (math.fsum(getattr(b, k) for b in bookings if b.good == good) for k in ("added_kg", "removed_kg"))
        opening, closing = math.fsum(s.content_kg for s in mine), math.fsum(now[s.id] for s in mine)
        out.append(LedgerRow(leg.end, good.replace("_", " "), stack.id, cause, opening, came, went, closing, "kg"))
    return out


def _carbon_dioxide(stack: Stack, living: Living, leg: Leg, cause: str) -> list[LedgerRow]:
    """What people breathe out, and where it goes: overboard, into the Sabatier reactor, into absorbent; the rest stays in the air."""
    people = len(stack.crew)
    if not people:
        return []
    made = people * plant(people, units(stack)).diet.co2 * leg.days
    absorbed = math.fsum(b.removed_kg for b in living.bookings if b.good == "co2_absorbent") / needs.LIOH_PER_CO2
    reacted = living.vented_kg.get("methane", 0.0) / needs.METHANE_PER_CO2
    gone = living.vented_kg.get("carbon dioxide", 0.0) + reacted + absorbed
    return [LedgerRow(leg.end, "carbon dioxide", stack.id, cause, 0.0, made, gone, living.air_kg.get("co2", 0.0), "kg")]


def _energy(stack: Stack, leg: Leg, cause: str) -> list[LedgerRow]:
    """What the arrays made and where it went, kWh; what batteries give to loads that nothing else feeds, they give once."""
    b = power.balance(stack)
    if not b.complete:
        return []
    e, turns = b.total.energy, (leg.end - leg.start) / b.sunlight.period_s
    change = e.battery_change_kwh
    used = (e.loads_kwh + e.losses_kwh + e.unused_kwh) * turns + change * (turns - 1.0)
    return [LedgerRow(leg.end, "energy", stack.id, cause, 0.0, e.generated_kwh * turns, used, change, "kWh")]


def _crew_days(stack: Stack, after: Configuration, leg: Leg, cause: str) -> list[LedgerRow]:
    """Days that people spend; those between docking and the opening of the hatch are taken off, since they are spent in the ship."""
    people = len(stack.crew)
    if not people:
        return []
    waiting = math.fsum(max(0.0, c.aboard_since - leg.start) / SECONDS_PER_DAY for c in stack.crew)
    each = math.fsum(
        (leg.end - max(leg.start, c.aboard_since)) / SECONDS_PER_DAY for c in after.crew if c.location in stack.members
    )
    return [LedgerRow(leg.end, "crew-days", stack.id, cause, 0.0, people * leg.days, waiting, each, "person-days")]


# ---- on disk --------------------------------------------------------------------------------------------------------


def leg_json(leg: Leg) -> Json:
    """A leg for the run folder; numbers keep all their digits."""
    return {
        "start_tai_us": leg.start.tai_us,
        "end_tai_us": leg.end.tai_us,
        "around": {k: surroundings_json(s) for k, s in leg.around.items()},
    }


def leg_of(data: Json) -> Leg:
    """The leg of its JSON."""
    around = {k: surroundings_of_json(s) for k, s in data["around"].items()}
    return Leg(Epoch(data["start_tai_us"]), Epoch(data["end_tai_us"]), around)


def surroundings_json(s: Surroundings) -> Json:
    """Surroundings for the run folder."""
    o = s.orbit
    return {
        "tai_us": o.epoch.tai_us, "semi_major_axis_m": o.semi_major_axis_m, "inclination_rad": o.inclination_rad,
        "raan_rad": o.raan_rad, "argument_of_latitude_rad": o.argument_of_latitude_rad, "orbit_basis": o.basis,
        "density_kg_m3": _range_json(s.density_kg_m3), "drag_area_cd_m2": _range_json(s.drag_area_cd_m2), "basis": s.basis,
        "source": list(s.source),
    }  # fmt: skip


def surroundings_of_json(d: Json) -> Surroundings:
    """The surroundings of their JSON."""
    orbit = Orbit(
        Epoch(d["tai_us"]), d["semi_major_axis_m"], d["inclination_rad"], d["raan_rad"], d["argument_of_latitude_rad"],
        d["orbit_basis"],
    )  # fmt: skip
    return Surroundings(
        orbit, _range_of(d["density_kg_m3"]), _range_of(d["drag_area_cd_m2"]), d["basis"], tuple(d["source"])
    )


def _range_json(r: Range | None) -> list[float] | None:
    return None if r is None else [r.best, r.low, r.high]


def _range_of(x: Sequence[float] | None) -> Range | None:
    return None if x is None else Range(*x)
