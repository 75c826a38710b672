"""Crew return: everyone with a seat, a suit and a liner in a vehicle that may carry people home, now and after any one is lost.

Model: a seat belongs to a docked vehicle of the same stack; it counts while the vehicle is safe for return. A person
has a place while holding a seat, or an emergency place, in such a vehicle. The table says how many are short, and who.
Emergency places (a cargo floor) are shown apart and never counted as seats unless somebody holds one.
A seat fits a person whose suit connects to the vehicle (the kind of suit of the vehicle that brought the person up) and who, where seats
need one, owns a liner of that kind; a liner can be carried over to another vehicle of the kind. :func:`assignment` finds the most people
that fit into safe seats with the fewest moves. Days left come from the vehicle's certified docked life, counted from its first docking.
Times of landing come from :mod:`stationkeeper.functions.landing`, rules from the station's data.
Neglected: spare suits, illness, the time that packing, dressing and moving a liner take (two days in January 2023), conflicts between
vehicles that leave together: no port of the stations described here is blocked by another vehicle.
Status: lost without a safe seat, or when every safe vehicle is past the longest docked life that anybody states; degraded while
somebody is without a seat that fits, rides in an emergency place, or in a degraded vehicle or one past its certified life.
Validation status: checked against the ISS rosters of 2022 (7 people and 7 seats on 2022-03-07, 10 on 2022-03-30; three without a safe
seat after the leak of Soyuz MS-22); landings validated, see there.

References
----------
Seats, suits and liners: vehicle data, sources R36, R45, R166 to R168, ESA-SOKOL-2012, XATAKA-2024. Rules: R60, R169.
Successive shortest paths: Ahuja, Magnanti and Orlin, Network Flows (1993), section 9.7. Source key: network-flows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError
from stationkeeper.core.orbit import Orbit
from stationkeeper.core.ranges import Range
from stationkeeper.functions.assessment import Assessment, Margin, Status, providers
from stationkeeper.functions.landing import Opportunity, decay_m_s, descent_of, opportunities
from stationkeeper.functions.surroundings import drag_share, surroundings_of
from stationkeeper.station.configuration import Aboard, Docked, Stack, present, seats_of, type_of
from stationkeeper.station.schema import VehicleType

_T = TypeVar("_T")
PlaceKind = Literal["seat", "unfitted", "emergency", "none"]
_LOOK_AHEAD_DAY = 7.0
_OLD_ORBIT_DAY = 10.0  # drag then shifts a station at 400 km by a minute or more
_NO_END = Range.exact(math.inf)


@dataclass(frozen=True, slots=True)
class VehicleSeats:
    """A vehicle's seats and who holds them. ``docked_days`` counts from its first docking."""

    visit: str
    name: str
    port: str
    seats: int
    extra_seats: int
    safe: bool
    state: str
    state_text: str
    holders: tuple[str, ...]
    emergency_holders: tuple[str, ...]
    docked_days: float
    docked_life_days: float | None
    life_left_days: Range | None = None


@dataclass(frozen=True, slots=True)
class SeatTable:
    """Seats against people of a stack.

    ``short`` is the number of people for whom no seat is left when everyone takes a seat in any safe vehicle, whatever the suit;
    ``without`` names those who hold no place in a safe vehicle now. ``if_lost`` maps each vehicle to the number short
    if that vehicle alone were lost, counting free seats in the others.
    """

    people: int
    seats: int
    short: int
    vehicles: tuple[VehicleSeats, ...]
    without: tuple[str, ...]
    if_lost: tuple[tuple[str, str, int, tuple[str, ...]], ...]
    extra_seats: int


@dataclass(frozen=True, slots=True)
class Place:
    """A person's place home as it is now.

    ``kind`` is ``seat`` (safe or not, see ``safe``), ``unfitted`` (a seat for which suit or liner do not fit), ``emergency`` or ``none``.
    """

    person: str
    name: str
    agency: str
    visit: str | None
    vehicle: str
    kind: PlaceKind
    safe: bool
    suit_ok: bool
    liner_ok: bool
    reasons: tuple[str, ...]

    @property
    def good(self) -> bool:
        """A fitting seat in a safe vehicle."""
        return self.kind == "seat" and self.safe


@dataclass(frozen=True, slots=True)
class Taken:
    """A place that somebody takes in an assignment; ``moved``: it is not the one held now."""

    person: str
    name: str
    visit: str
    vehicle: str
    kind: PlaceKind
    moved: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who takes which place, and the names of those for whom none is left."""

    taken: tuple[Taken, ...]
    without: tuple[str, ...]

    @property
    def moves(self) -> tuple[Taken, ...]:
        """Places other than those held now."""
        return tuple(t for t in self.taken if t.moved)


@dataclass(frozen=True, slots=True)
class Departure:
    """What would follow if a crew vehicle left now.

    Parameters
    ----------
    goes : names of those who hold a place in it; ``stays``: the others.
    to_landing_h : from undocking to the ground, hours; ``None``: not known.
    landings : what the orbit offers in the next days; empty too where no zone or no orbit is known, then ``not_modelled`` says so.
    life_left_days : until its certified docked life ends; ``None``: no limit is known.
    breaks : rules that its departure breaks, in words.
    order : 1 for the one to leave first: safe ones that break no rule before others, then the one with fewer days left.
    """

    visit: str
    name: str
    port: str
    safe: bool
    goes: tuple[str, ...]
    stays: tuple[str, ...]
    free_seats: int
    to_landing_h: Range | None
    landings: tuple[Opportunity, ...]
    life_left_days: Range | None
    breaks: tuple[str, ...]
    order: int
    not_modelled: str = ""
    source: tuple[str, ...] = ()

    @property
    def planned(self) -> Opportunity | None:
        """The next landing as one would plan it: surely in reach and in daylight where that matters."""
        return next((o for o in self.landings if o.sure and o.as_planned), None)

    @property
    def first(self) -> Opportunity | None:
        """The next landing of any kind, for an emergency."""
        return next(iter(self.landings), None)


@dataclass(frozen=True, slots=True)
class Relief:
    """A free port of the stack and a kind of crew vehicle that could be sent to it."""

    vehicle: str
    name: str
    port: str
    port_name: str
    seats: int


# ---- seats and places -----------------------------------------------------------------------------------------------


def seat_table(stack: Stack) -> SeatTable:
    """The seat table of a stack."""
    return _once(stack, ("seat_table",), lambda: _seat_table(stack))


def _once(stack: Stack, key: tuple[object, ...], work: Callable[[], _T]) -> _T:
    """What was worked out for a stack at this instant already, else now."""
    memo = stack.configuration.memo
    whole = ("crew_return", stack.members, *key)
    if whole not in memo:
        memo[whole] = work()
    found: _T = memo[whole]
    return found


def _seat_table(stack: Stack) -> SeatTable:
    cfg = stack.configuration
    rows = tuple(_row(stack, d) for d in stack.docked if seats_of(cfg.station, d.visit) > 0)
    people = stack.crew
    safe = {r.visit for r in rows if r.safe}
    seats = sum(r.seats + len(r.emergency_holders) for r in rows if r.safe)
    without = tuple(c.name for c in people if c.seat not in safe)
    if_lost = []
    for r in rows:
        left = sum(x.seats + len(x.emergency_holders) for x in rows if x.safe and x.visit != r.visit)
        stranded = tuple(c.name for c in people if c.seat == r.visit or c.seat not in safe)
        if_lost.append((r.visit, r.name, max(0, len(people) - left), stranded))
    return SeatTable(
        len(people), seats, max(0, len(people) - seats), rows, without, tuple(if_lost),
        sum(r.extra_seats - len(r.emergency_holders) for r in rows if r.safe),
    )  # fmt: skip


def _row(stack: Stack, d: Docked) -> VehicleSeats:
    station = stack.configuration.station
    kind = type_of(station, d.vehicle)
    mine = [c for c in stack.crew if c.seat == d.visit]
    days = stack.configuration.epoch.days_since(d.since)
    life = Range.of(kind.docked_life_day) if kind.docked_life_day else None
    return VehicleSeats(
        d.visit, d.name, d.port, seats_of(station, d.visit), kind.extra_seats,
        d.safe_for_return and d.visit not in stack.configuration.failed, d.state, d.state_text,
        tuple(c.name for c in mine if c.seat_kind == "seat"),
        tuple(c.name for c in mine if c.seat_kind == "emergency"),
        days, life.best if life else None, life - Range.exact(days) if life else None,
    )  # fmt: skip


def came_in(stack: Stack, person: Aboard) -> VehicleType | None:
    """The kind of vehicle that brought a person up: its suit and liner are aboard. ``None`` where nobody knows."""
    return _once(stack, ("came_in", person), lambda: _came_in(stack, person))


def _came_in(stack: Stack, person: Aboard) -> VehicleType | None:
    station = stack.configuration.station
    up = next((y.up for y in station.stay if y.person == person.person and y.launched.epoch == person.launched), None)
    visit = next((v for v in station.visit if v.id == (up or person.seat)), None)
    return type_of(station, visit.vehicle) if visit else None


def _fit(stack: Stack, person: Aboard, kind: VehicleType) -> tuple[bool, bool, tuple[str, ...]]:
    """Whether a person's suit connects to a kind of vehicle, and whether a liner for its seats is owned; why not."""
    own = came_in(stack, person)
    suit = not kind.suit or (own is not None and own.suit == kind.suit)
    liner = not kind.liner or (own is not None and own.liner == kind.liner)
    reasons = []
    if not suit:
        has = f"a {own.suit} suit" if own and own.suit else "no suit that is known"
        reasons.append(f"has {has}; {kind.name} takes {kind.suit} suits")
    if not liner:
        reasons.append(f"has no {kind.liner} liner, which a seat in {kind.name} needs")
    return suit, liner, tuple(reasons)


def places(stack: Stack) -> tuple[Place, ...]:
    """The place home that each person of a stack holds, with what is wrong with it."""
    rows = {r.visit: r for r in seat_table(stack).vehicles}
    return tuple(_place(stack, c, rows.get(c.seat or "")) for c in stack.crew)


def _place(stack: Stack, c: Aboard, row: VehicleSeats | None) -> Place:
    if row is None or c.seat_kind not in ("seat", "emergency"):
        where = "holds no place" if c.seat is None else "the vehicle with the seat is not in this part of the station"
        return Place(c.person, c.name, c.agency, None, "", "none", False, False, False, (where,))
    kind = stack.configuration.vehicle_type(row.visit)
    suit, liner, why = _fit(stack, c, kind)
    sort: PlaceKind = "seat" if suit and liner else "unfitted"
    if c.seat_kind == "emergency":
        sort, liner = "emergency", True
        why = (f"an emergency place in {row.name}, not a seat", *(w for w in why if "liner" not in w))
    if not row.safe:
        why = (f"{row.name} is not safe to come home in" + (f": {row.state_text}" if row.state_text else ""), *why)
    return Place(c.person, c.name, c.agency, row.visit, row.name, sort, row.safe, suit, liner, why)


# ---- the best assignment --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Slot:
    """Places of one kind in one vehicle."""

    visit: str
    name: str
    kind: PlaceKind
    room: int


_COST: dict[PlaceKind, int] = {"seat": 0, "unfitted": 10_000, "emergency": 1_000_000, "none": 0}


def assignment(stack: Stack, last_resort: bool = False, without: Sequence[str] = ()) -> Assignment:
    """The most people in safe seats that fit them, with the fewest moves.

    Parameters
    ----------
    last_resort : also use seats without a fitting suit or liner, then emergency places.
    without : visits taken as lost.
    """
    lost = tuple(sorted(without))
    return _once(stack, ("assignment", last_resort, lost), lambda: _assignment(stack, last_resort, lost))


def _assignment(stack: Stack, last_resort: bool, without: tuple[str, ...]) -> Assignment:
    rows = [r for r in seat_table(stack).vehicles if r.safe and r.visit not in without]
    slots = [_Slot(r.visit, r.name, "seat", r.seats) for r in rows]
    slots += [_Slot(r.visit, r.name, "emergency", r.extra_seats) for r in rows if last_resort and r.extra_seats]
    people = stack.crew
    cost = [[_cost(stack, c, s, last_resort) for s in slots] for c in people]
    chosen = _cheapest(cost, [s.room for s in slots])
    taken = []
    for c, k in zip(people, chosen, strict=True):
        if k is None:
            continue
        slot, kind = slots[k], slots[k].kind
        if kind == "seat" and not all(_fit(stack, c, stack.configuration.vehicle_type(slot.visit))[:2]):
            kind = "unfitted"
        taken.append(
            Taken(c.person, c.name, slot.visit, slot.name, kind, (c.seat, c.seat_kind) != (slot.visit, slot.kind))
        )
    return Assignment(tuple(taken), tuple(c.name for c, k in zip(people, chosen, strict=True) if k is None))


def _cost(stack: Stack, c: Aboard, slot: _Slot, last_resort: bool) -> int | None:
    """What it takes to seat a person there; ``None``: cannot be."""
    moved = 0 if (c.seat, c.seat_kind) == (slot.visit, slot.kind) else 1
    if slot.kind == "emergency":
        return _COST["emergency"] + moved
    suit, liner, _ = _fit(stack, c, stack.configuration.vehicle_type(slot.visit))
    if suit and liner:
        return moved
    return _COST["unfitted"] + moved if last_resort else None


def _cheapest(cost: list[list[int | None]], room: list[int]) -> list[int | None]:
    """For each person the number of a slot: as many people as possible, then at the lowest total cost.

    Successive shortest augmenting paths (Bellman-Ford over the people), exact for these small tables.
    """
    held: list[int | None] = [None] * len(cost)
    while True:
        trail: dict[
            int, tuple[int, int | None]
        ] = {}  # slot: the person who would take it, and the slot that they leave
        dist: dict[int, int] = {}
        for p, row in enumerate(cost):
            if held[p] is None:
                for s, c in enumerate(row):
                    if c is not None and c < dist.get(s, c + 1):
                        dist[s], trail[s] = c, (p, None)
        for _ in range(len(room)):
            for p, old in enumerate(held):
                if old is None or old not in dist:
                    continue
                kept = cost[p][old] or 0
                for s, c in enumerate(cost[p]):
                    if c is not None and s != old and dist[old] - kept + c < dist.get(s, 1 << 40):
                        dist[s], trail[s] = dist[old] - kept + c, (p, old)
        used = [sum(1 for h in held if h == s) for s in range(len(room))]
        open_ = [s for s in dist if used[s] < room[s]]
        if not open_:
            return held
        at: int | None = min(open_, key=lambda s: (dist[s], s))
        while at is not None:
            p, at_before = trail[at]
            held[p] = at
            at = at_before


# ---- departures -----------------------------------------------------------------------------------------------------


def _flight(stack: Stack) -> tuple[Orbit | None, tuple[Epoch, float] | None, str]:
    """Orbit, the date from which it is carried on with its loss by drag, and what is not known of them."""
    cfg = stack.configuration
    try:
        around = surroundings_of(cfg)
    except DataAgeError as e:
        return None, None, f"when it could land is not worked out: {e}"
    if around is None:
        return None, None, "when it could land is not worked out: the station's data name no orbit"
    known = around.orbit.epoch
    if cfg.surroundings is None:
        known = min((o.at for o in cfg.station.orbit), key=lambda at: abs(at - cfg.epoch))
    loss = decay_m_s(around, stack.mass_kg, drag_share(stack))
    if cfg.epoch.days_since(known) > _OLD_ORBIT_DAY:
        return (
            around.orbit,
            (known, loss or 0.0),
            f"the orbit is that of {known.date}, carried on: landings may be earlier than shown",
        )
    if loss is None:
        return around.orbit, None, "how far drag and burns shift the orbit until then is not in the times of landing"
    return around.orbit, (known, loss), ""


def departures(stack: Stack, days: float = _LOOK_AHEAD_DAY) -> tuple[Departure, ...]:
    """For each crew vehicle of a stack what would follow if it left, the one to leave first in front.

    Parameters
    ----------
    days : how far to look for landings.
    """
    return _once(stack, ("departures", days), lambda: _departures(stack, days))


def _departures(stack: Stack, days: float) -> tuple[Departure, ...]:
    cfg = stack.configuration
    orbit, drift, unknown = _flight(stack)
    found = []
    for r in seat_table(stack).vehicles:
        kind = cfg.vehicle_type(r.visit)
        descent = descent_of(kind, cfg.epoch)
        f = kind.figures.get("undock_to_landing_s")
        landings = opportunities(orbit, descent, cfg.epoch, days, drift) if orbit and descent else ()
        gone = [c for c in stack.crew if c.seat == r.visit]
        missing = "" if descent else f"where and how fast {kind.name} lands is not in the data"
        found.append(
            Departure(
                r.visit, r.name, r.port, r.safe, tuple(c.name for c in gone),
                tuple(c.name for c in stack.crew if c not in gone), r.seats - len(r.holders),
                Range.of(f).scaled(1.0 / 3600.0) if f else None, landings, r.life_left_days, _broken(stack, r, gone), 0,
                missing or unknown, tuple(f.source) if f else (),
            )
        )  # fmt: skip
    found.sort(key=lambda d: (not d.safe, len(d.breaks), (d.life_left_days or _NO_END).best, d.visit))
    return tuple(replace(d, order=k + 1) for k, d in enumerate(found))


def _broken(stack: Stack, row: VehicleSeats, gone: list[Aboard]) -> tuple[str, ...]:
    """Rules that break when a vehicle leaves with those who hold a place in it."""
    station = stack.configuration.station
    rules = {x.kind: x for x in station.rule}
    stay = [c for c in stack.crew if c not in gone]
    if not stay:
        return ("nobody would be left aboard",) if gone else ()
    out = []
    names = {c.name for c in stay}
    now = [n for n in assignment(stack).without if n in names]
    short = [n for n in assignment(stack, without=(row.visit,)).without if n in names]
    if "lifeboat" in rules and len(short) > len(now):
        out.append(f"{', '.join(short)} would have no seat home: {rules['lifeboat'].text}")
    mix = rules.get("crew-mix")
    if mix:
        needed = {a for s in station.segment if s.id in stack.segments for a in s.needs_aboard}
        known = {a for s in station.segment for a in s.needs_aboard}
        left = {c.agency for c in stay}
        lost = [a for a in mix.agencies if a in {c.agency for c in gone} - left and (a in needed or a not in known)]
        short_names = [p.short for p in station.partner if p.id in lost]
        if lost:
            out.append(f"nobody of {', '.join(short_names)} would be left aboard: {mix.text}")
    return tuple(out)


def relief(stack: Stack) -> tuple[Relief, ...]:
    """Free ports of a stack and the kinds of crew vehicles, of operators that are still there, which could come to them."""
    cfg = stack.configuration
    out = []
    for p in cfg.station.port:
        free = p.usable and p.element in stack.members and cfg.at_port(p.id) is None
        if not free or not present(p.available_from, p.available_until, cfg.epoch):
            continue
        for v in cfg.station.vehicle:
            if v.id in p.fits and v.purpose == "crew" and v.seats and cfg.partners[v.operator].state != "gone":
                out.append(Relief(v.id, v.name, p.id, p.name, v.seats))
    return tuple(out)


# ---- the assessment -------------------------------------------------------------------------------------------------


def assess(stack: Stack) -> Assessment:
    """Nominal when everybody holds a seat that fits in a vehicle safe and within its life; see the module for the rest."""
    found = providers(stack, "crew_return")
    t = seat_table(stack)
    margin = Margin(t.seats - t.people, None, None, "seats", "seats beyond the people aboard", "seats")
    if t.people == 0:
        return Assessment("crew_return", stack.id, "nominal", ("nobody is aboard it",), found, margin)
    leave = departures(stack)
    held = places(stack)
    best = assignment(stack)
    reasons = [f"{t.people} {'person' if t.people == 1 else 'people'}, {t.seats} seats in vehicles safe for return"]
    reasons += _about_vehicles(t, leave)
    status, why = _judge(t, held, best)
    figures = (
        Margin(
            len(best.taken) - t.people,
            None,
            None,
            "seats",
            "people in seats that fit, less the people aboard",
            "fitted",
        ),
        *_figures(t, held, leave, stack.configuration.epoch),
    )
    return Assessment(
        "crew_return", stack.id, status, tuple(reasons + why), found, margin,
        "; ".join(dict.fromkeys(d.not_modelled for d in leave if d.not_modelled)),
        tuple(dict.fromkeys(s for d in leave for s in d.source)), figures, _lasts(t),
    )  # fmt: skip


def _about_vehicles(t: SeatTable, leave: tuple[Departure, ...]) -> list[str]:
    """Vehicles with a fault or near the end of their life, and the next landings."""
    out = []
    for r in t.vehicles:
        if r.safe and r.state != "good":
            out.append(f"{r.name} is {r.state}" + (f": {r.state_text}" if r.state_text else ""))
        left = r.life_left_days
        if r.safe and left is not None and left.best <= 0.0:
            end = "is past the end" if left.high <= 0.0 else "may be past the end"
            out.append(
                f"{r.name} {end} of its certified docked life: day {r.docked_days:.0f} of {r.docked_life_days:.0f}"
            )
    soon = [f"{d.name} {_when(d.planned)}" for d in leave if d.safe and d.planned]
    if soon:
        out.append(f"next landings that the orbit offers: {'; '.join(soon)}")
    return out


def _when(o: Opportunity | None) -> str:
    return f"{o.at.isoformat()[:16].replace('T', ' ')} UTC, {o.zone_name}" if o else "none"


def _judge(t: SeatTable, held: tuple[Place, ...], best: Assignment) -> tuple[Status, list[str]]:
    """Status and what it rests on; the gravest reason last."""
    why: list[str] = []
    emergency = [p.name for p in held if p.safe and p.kind == "emergency"]
    unfitted = [p for p in held if p.safe and p.kind == "unfitted"]
    worn = [r for r in t.vehicles if r.safe and (r.holders or r.emergency_holders) and _worn(r)]
    over = [r for r in t.vehicles if r.safe and r.life_left_days is not None and r.life_left_days.high <= 0.0]
    safe = [r for r in t.vehicles if r.safe and r.seats]
    if unfitted:
        why.append("; ".join(f"{p.name} {', '.join(p.reasons)}" for p in unfitted))
    if emergency:
        why.append(f"{', '.join(emergency)} would ride on an emergency place, not in a seat")
    if t.short:
        why.append(f"{t.short} short: no safe seat for {', '.join(t.without) or 'somebody'}")
        if not t.seats:
            return "lost", why
    elif t.without:
        can = [x.name for x in best.moves if x.name in t.without]
        if can:
            why.append(
                f"{', '.join(can)} would have to take another vehicle's free seat, with a liner and suit that fit it"
            )
        cannot = [n for n in t.without if n not in can]
        if cannot:
            why.append(f"no free seat fits {', '.join(cannot)}: suit or liner are for another kind of vehicle")
    if safe and len(over) == len(safe):
        why.append("no vehicle is within the longest docked life that is stated; they could still be tried")
        return "lost", why
    return ("degraded" if why or worn else "nominal"), why


def _worn(r: VehicleSeats) -> bool:
    return r.state != "good" or (r.life_left_days is not None and r.life_left_days.best <= 0.0)


def _figures(t: SeatTable, held: tuple[Place, ...], leave: tuple[Departure, ...], now: Epoch) -> list[Margin]:
    """Days until somebody's vehicle is past its life, each vehicle's days, and hours to its next landing."""
    rows = {r.visit: r for r in t.vehicles}
    lives = [(rows[p.visit].life_left_days or _NO_END) if p.visit and p.safe else Range.exact(0.0) for p in held]
    ends = [x.at_least(0.0) for x in lives]
    first = Range(min(x.best for x in ends), min(x.low for x in ends), min(x.high for x in ends))
    out = [
        Margin.of(first, "days", "until somebody's vehicle reaches the end of its certified docked life", "certified")
    ]
    for r in t.vehicles:
        if r.life_left_days is not None and r.safe:
            what = f"left of the certified docked life of {r.name}"
            out.append(Margin.of(r.life_left_days, "days", what, f"docked_life:{r.visit}"))
    for d in leave:
        if d.safe and d.first:
            what = f"until {d.name} can land as planned; the low end is the first landing of any kind"
            hours = [(o.at - now) / 3600.0 if o else None for o in (d.planned, d.first)]
            out.append(Margin(hours[0], hours[1], None, "hours", what, f"next_landing:{d.visit}"))
    return out


def _lasts(t: SeatTable) -> Margin | None:
    """Days until the last safe vehicle reaches the end of its certified life; ``None``: one has no known end."""
    safe = [r for r in t.vehicles if r.safe and r.seats]
    if any(r.life_left_days is None for r in safe):
        return None
    lives = [r.life_left_days.at_least(0.0) for r in safe if r.life_left_days is not None] or [Range.exact(0.0)]
    last = Range(max(x.best for x in lives), max(x.low for x in lives), max(x.high for x in lives))
    return Margin.of(last, "days", "until no vehicle is within its certified docked life")
