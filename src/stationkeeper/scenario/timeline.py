"""From a scenario to one list of dated events: the scenario's own, and those that the station's history brings."""

from __future__ import annotations

from collections.abc import Iterable

from stationkeeper.scenario.events import (
    AbstractEvent,
    AssignSeat,
    CrewLaunch,
    CrewReturn,
    Dock,
    Install,
    Reboost,
    Relocate,
    SkipReboost,
    Undock,
    VehicleLost,
)
from stationkeeper.scenario.schema import Scenario
from stationkeeper.station.configuration import type_of
from stationkeeper.station.schema import Burn, Station, Visit


def timeline(scenario: Scenario, station: Station) -> list[AbstractEvent]:
    """All events between start and end in order of time; on a tie the scenario's own come first.

    An event of the history that a scenario event replaces (same vehicle, same kind of move, within three days) falls
    out, so that "MS-19 leaves without him" stands instead of the departure that was flown.
    """
    own = list(scenario.event)
    flown = [e for e in _history(scenario, station) if not any(_replaces(x, e) for x in own)]
    skips = [e for e in own if isinstance(e, SkipReboost)]
    kept = [
        e for e in flown
        if not (isinstance(e, Reboost) and (any(s.skips(e.burn, e.at) for s in skips) or not _policy_lets(scenario, station, e)))
    ]  # fmt: skip
    events = [(e.at, 0, i, e) for i, e in enumerate(own)] + [(e.at, 1, i, e) for i, e in enumerate(kept)]
    ordered = [e for _, _, _, e in sorted(events, key=lambda t: (t[0], t[1], t[2]))]
    return _named(ordered)


def _named(events: list[AbstractEvent]) -> list[AbstractEvent]:
    """Every event gets a name that is unique in the run."""
    out: list[AbstractEvent] = []
    seen: set[str] = set()
    last: dict[str, int] = {}
    for e in events:
        base = e.id or f"{e.at.date}-{getattr(e, 'kind')}"  # noqa: B009  (declared by each kind)
        name = base
        while name in seen:
            last[base] = last.get(base, 1) + 1
            name = f"{base}-{last[base]}"
        seen.add(name)
        out.append(e.model_copy(update={"id": name}))
    return out


def _replaces(own: AbstractEvent, flown: AbstractEvent) -> bool:
    same = getattr(own, "visit", None) is not None and getattr(own, "visit", None) == getattr(flown, "visit", None)
    leaving, coming = (Undock, CrewReturn), (Dock, CrewLaunch)
    moves = any(isinstance(own, g) and isinstance(flown, g) for g in (leaving, coming, (Relocate,)))
    return same and moves and abs(own.at - flown.at) <= 3 * 86_400.0


def _policy_lets(scenario: Scenario, station: Station, e: Reboost) -> bool:
    """Whether the reboost policy keeps a flown burn."""
    p = scenario.policies
    if p.reboost_from is not None and e.at < p.reboost_from:
        return True
    if p.reboost in ("nobody", "hold"):
        return False
    if not p.reboost_by:
        return True
    return bool(set(p.reboost_by) & _names_of(station, e.by))


def _names_of(station: Station, by: str) -> set[str]:
    """Vehicle type, operator and own id of whoever burns."""
    visit = next((v for v in station.visit if v.id == by), None)
    if visit:
        return {visit.id, visit.vehicle, type_of(station, visit.vehicle).operator}
    q = next((x for x in station.equipment if x.id == by), None)
    element = next((x for x in station.element if q and x.id == q.element), None)
    return {by, (q.operator if q and q.operator else element.operator if element else "")}


def _history(scenario: Scenario, station: Station) -> Iterable[AbstractEvent]:
    start, end = scenario.start, scenario.end
    if scenario.policies.traffic == "as-flown":
        for v in station.visit:
            yield from (e for e in _visit_events(station, v) if start < e.at <= end)
        yield from (e for e in _seat_moves(station) if start < e.at <= end)
        yield from (e for e in _installed(station) if start < e.at <= end)
    for b in station.burn:
        if b.status == "flown" and start < b.at.epoch <= end:
            event = _burn_event(b)
            if event:
                yield event


def _visit_events(station: Station, v: Visit) -> Iterable[AbstractEvent]:
    kind = type_of(station, v.vehicle)
    up = [y for y in station.stay if y.up == v.id]
    down = [y for y in station.stay if y.down == v.id]
    first = v.berths[0]
    # a vehicle that brings people arrives as such; a seat may also be kept for somebody already aboard
    if up and kind.seats:
        yield CrewLaunch(
            kind="crew_launch", at=first.arrive.epoch, visit=v.id, port=first.port, source=v.source, origin="flown"
        )
    else:
        yield Dock(kind="dock", at=first.arrive.epoch, visit=v.id, port=first.port, source=v.source, origin="flown")
    for berth in v.berths[1:]:
        yield Relocate(
            kind="relocate", at=berth.arrive.epoch, visit=v.id, port=berth.port, source=v.source, origin="flown"
        )
    for c in v.conditions:
        yield VehicleLost(
            kind="vehicle_lost",
            at=c.since.epoch,
            visit=v.id,
            state=c.state,
            text=c.text,
            source=c.source,
            origin="flown",
        )
    last = v.berths[-1].leave
    if last is None:
        return
    if down:
        yield CrewReturn(kind="crew_return", at=last.epoch, visit=v.id, source=v.source, origin="flown")
    else:
        yield Undock(kind="undock", at=last.epoch, visit=v.id, source=v.source, origin="flown")


def _burn_event(b: Burn) -> Reboost | None:
    if b.delta_v_m_s is None and b.duration_s is None:
        return None
    return Reboost(
        kind="reboost",
        at=b.at.epoch,
        by=b.visit or b.equipment or "",
        delta_v_m_s=b.delta_v_m_s.best if b.delta_v_m_s else None,
        duration_s=b.duration_s.best if b.duration_s else None,
        purpose=b.purpose,
        burn=b.id,
        source=b.source,
        origin="flown",
        note=b.note,
    )


def _seat_moves(station: Station) -> Iterable[AssignSeat]:
    """Moves of seat liners in the history; a seat in the vehicle that one came up in needs no move."""
    for y in station.stay:
        for h in y.seats[1:]:
            yield AssignSeat(
                kind="assign_seat", at=h.since.epoch, person=y.person, visit=h.visit, place=h.kind,
                source=h.source or y.source, origin="flown",
            )  # fmt: skip


def _installed(station: Station) -> Iterable[Install]:
    """Elements that joined, each out of the vehicle of the flight that brought it where that was a visit."""
    by_name = {name: v.id for v in station.visit for name in (v.designation, v.name, v.id) if name}
    for e in station.element:
        carrier = next((v for name, v in by_name.items() if e.flight and e.flight.lower() == name.lower()), None)
        yield Install(kind="install", at=e.joined.epoch, element=e.id, out_of=carrier, source=e.source, origin="flown")
