"""Crew return: everyone with a seat in a vehicle that may carry people home, now and after any one vehicle is lost.

Model: a seat belongs to a docked vehicle of the same stack; it counts while the vehicle is safe for return. A person
has a place while holding a seat, or an emergency place, in such a vehicle. The table says how many are short, and who.
Emergency places (a cargo floor) are shown apart and never counted as seats unless somebody holds one.
Validation status: checked against the ISS rosters of 2022 (7 people and 7 seats on 2022-03-07; three without a safe
seat after the leak of Soyuz MS-22).
"""

from __future__ import annotations

from dataclasses import dataclass

from stationkeeper.functions.assessment import Assessment, Margin, providers
from stationkeeper.station.configuration import Docked, Stack, seats_of, type_of


@dataclass(frozen=True, slots=True)
class VehicleSeats:
    """A vehicle's seats and who holds them."""

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


@dataclass(frozen=True, slots=True)
class SeatTable:
    """Seats against people of a stack.

    ``short`` is the number of people for whom no seat is left when everyone takes a seat in any safe vehicle;
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


def seat_table(stack: Stack) -> SeatTable:
    """The seat table of a stack."""
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
    kind = type_of(stack.configuration.station, d.vehicle)
    mine = [c for c in stack.crew if c.seat == d.visit]
    return VehicleSeats(
        d.visit, d.name, d.port, seats_of(stack.configuration.station, d.visit), kind.extra_seats,
        d.safe_for_return and d.visit not in stack.configuration.failed, d.state, d.state_text,
        tuple(c.name for c in mine if c.seat_kind == "seat"),
        tuple(c.name for c in mine if c.seat_kind == "emergency"),
        stack.configuration.epoch.days_since(d.since),
        kind.docked_life_day.best if kind.docked_life_day else None,
    )  # fmt: skip


def assess(stack: Stack) -> Assessment:
    """Nominal when everybody holds a seat; degraded when some are short, ride in emergency places or must swap; lost
    when nobody has a seat."""
    found = providers(stack, "crew_return")
    t = seat_table(stack)
    margin = Margin(t.seats - t.people, None, None, "seats", "seats beyond the people aboard")
    if t.people == 0:
        return Assessment("crew_return", stack.id, "nominal", ("nobody is aboard it",), found, margin)
    reasons = [f"{t.people} {'person' if t.people == 1 else 'people'}, {t.seats} seats in vehicles safe for return"]
    if t.short:
        reasons.append(f"{t.short} short: no safe seat for {', '.join(t.without) or 'somebody'}")
        return Assessment("crew_return", stack.id, "degraded" if t.seats else "lost", tuple(reasons), found, margin)
    if t.without:
        reasons.append(
            f"{', '.join(t.without)} would have to take another vehicle's free seat, with a liner and suit that fit it"
        )
        return Assessment("crew_return", stack.id, "degraded", tuple(reasons), found, margin)
    emergency = [n for r in t.vehicles for n in r.emergency_holders]
    if emergency:
        reasons.append(f"{', '.join(emergency)} would ride on an emergency place, not in a seat")
        return Assessment("crew_return", stack.id, "degraded", tuple(reasons), found, margin)
    return Assessment("crew_return", stack.id, "nominal", tuple(reasons), found, margin)
