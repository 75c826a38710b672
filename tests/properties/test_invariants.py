"""Whatever happens to the station, in whatever order, forced or not: nothing appears, vanishes or counts twice."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from stationkeeper.core.epoch import Epoch
from stationkeeper.functions import assess_all
from stationkeeper.functions.assessment import providers
from stationkeeper.functions.crew_return import seat_table
from stationkeeper.scenario.events import AbstractEvent, Event
from stationkeeper.scenario.walk import Happened, balanced, happen
from stationkeeper.station.configuration import Configuration, configuration_at, seats_of, type_of
from stationkeeper.station.describe import as_dict, as_text
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import FUNCTIONS

ISS = load_station("iss")
START = Epoch.parse("2022-02-24T00:00:00Z")
READ: TypeAdapter[AbstractEvent] = TypeAdapter(Event)

# ids of the data, a few that are not there on the day, and a few that are nowhere
VISITS = st.sampled_from([v.id for v in ISS.visit if v.berths[0].arrive.text > "2021-09"] + ["new-1", "new-2", "zarya"])
TYPES = st.none() | st.sampled_from([v.id for v in ISS.vehicle] + ["shuttle"])
PORTS = st.sampled_from([p.id for p in ISS.port] + ["nowhere"])
PEOPLE = st.sampled_from([p.id for p in ISS.person] + ["nobody"])
CREW = st.none() | st.lists(PEOPLE, max_size=4)
PARTNERS = st.sampled_from([p.id for p in ISS.partner])
JOINTS = st.sampled_from([j.id for j in ISS.joint] + ["no-joint"])
# mostly the joint between the segments and those near it, so that parts really part
CUTS = st.sampled_from(["zarya-pma-1", "zvezda-zarya", "unity-destiny", "destiny-s0", "nauka-prichal"]) | JOINTS
ELEMENTS = st.sampled_from([e.id for e in ISS.element])
EQUIPMENT = st.sampled_from([q.id for q in ISS.equipment])
TANKS = st.sampled_from([q.id for q in ISS.equipment if q.kind == "tank"]) | VISITS.map(lambda v: f"{v}-propellant")
BURNERS = VISITS | st.sampled_from([q.id for q in ISS.equipment if q.kind in ("engine", "thruster")])
DELTA_V = st.floats(-50, 50).filter(lambda v: v != 0.0)


def _kind(kind: str, **keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), "force": st.booleans(), **keys})


EVENTS = st.one_of(
    _kind("dock", visit=VISITS, port=PORTS, vehicle=TYPES, mass_kg=st.none() | st.floats(1, 30_000)),
    _kind("crew_launch", visit=VISITS, port=PORTS, vehicle=TYPES, crew=CREW),
    _kind("crew_return", visit=VISITS, crew=CREW),
    _kind("undock", visit=VISITS),
    _kind("relocate", visit=VISITS, port=PORTS),
    _kind("reboost", by=BURNERS, delta_v_m_s=DELTA_V),
    _kind("reboost", by=BURNERS, duration_s=st.floats(1, 14_400), purpose=st.sampled_from(["raise", "lower"])),
    _kind("delivery", from_tank=TANKS, to_tank=TANKS, propellant_kg=st.floats(0.1, 3_000)),
    _kind("detach", joint=CUTS, crew=st.dictionaries(PEOPLE, ELEMENTS, max_size=2)),
    _kind("partner_withdraws", partner=PARTNERS, stage=st.sampled_from(["announced", "notified", "effective"])),
    _kind("vehicle_lost", visit=VISITS, state=st.sampled_from(["degraded", "unsafe-for-return", "lost"])),
    _kind("function_failed", what=EQUIPMENT | ELEMENTS | VISITS),
    _kind("launch_site_closed", site=st.sampled_from(["Baikonur", "nowhere", *{v.launch_site for v in ISS.visit}])),
    _kind("assign_seat", person=PEOPLE, visit=VISITS, place=st.sampled_from(["seat", "emergency"])),
    _kind("skip_reboost", burn=st.sampled_from([b.id for b in ISS.burn])),
)
SEQUENCES = st.tuples(st.integers(0, 300), st.lists(st.tuples(st.floats(0.01, 20), EVENTS), min_size=1, max_size=12))
EXAMPLES = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def walk(start_day: int, steps: list[tuple[float, dict[str, Any]]]) -> list[Happened]:
    """Events one after the other, in the ISS of a day of 2022."""
    at = START.plus_days(start_day)
    cfg, log = configuration_at(ISS, at), []
    for days, keys in steps:
        at = at.plus_days(days)
        log.append(happen(cfg, READ.validate_python({**keys, "at": at})))
        cfg = log[-1].after
    return log


def state(cfg: Configuration) -> tuple[object, ...]:
    """All that a configuration holds but its instant, as values."""
    return (
        dict(cfg.nodes), cfg.links, cfg.docked, cfg.crew, cfg.tanks, dict(cfg.partners), cfg.failed, cfg.closed_sites,
        list(cfg.station.visit),
    )  # fmt: skip


def propellant_kg(cfg: Configuration) -> float:
    return math.fsum(t.content_kg for t in cfg.tanks)


@EXAMPLES
@given(SEQUENCES)
def test_mass_changes_only_by_arrivals_departures_and_burns(sequence: tuple[int, list[Any]]) -> None:
    for h in walk(*sequence):
        a, b = h.before.nodes, h.after.nodes
        kind = getattr(h.event, "kind", "")
        came, left = set(b) - set(a), set(a) - set(b)
        visit = {getattr(h.event, "visit", "")}
        assert came == (visit if h.applied and kind in ("dock", "crew_launch") else set())
        assert left == (visit if h.applied and kind in ("undock", "crew_return") else set())
        moved = {k for k in set(a) & set(b) if a[k].mass_kg != b[k].mass_kg}
        assert not moved or kind in ("reboost", "delivery")
        assert all(n.mass_kg > 0.0 for n in b.values())
        change = math.fsum(b[k].mass_kg - a[k].mass_kg for k in moved)
        if kind == "reboost":
            burned = propellant_kg(h.before) - propellant_kg(h.after)
            assert change <= 0.0
            assert (h.outcome.push is not None) == h.applied
            assert burned <= -change + 1e-6  # what no tank is known to hold comes out of the vehicle, and is said
        elif kind == "delivery":
            assert change == pytest.approx(0.0, abs=1e-6)


@EXAMPLES
@given(SEQUENCES)
def test_everything_is_in_exactly_one_part(sequence: tuple[int, list[Any]]) -> None:
    for h in walk(*sequence):
        cfg, stacks = h.after, h.after.stacks()
        assert Counter(m for s in stacks for m in s.members) == Counter(cfg.nodes)
        assert len({s.id for s in stacks}) == len(stacks)
        assert math.fsum(s.mass_kg for s in stacks) == pytest.approx(cfg.mass_kg, rel=1e-12)
        assert Counter(d.visit for s in stacks for d in s.docked) == Counter(d.visit for d in cfg.docked)
        assert Counter(d.port for d in cfg.docked).most_common(1)[0:1] == [] or max(Counter(d.port for d in cfg.docked).values()) == 1
        assert Counter(t.id for s in stacks for t in s.tanks) == Counter({t.id for t in cfg.tanks})
        assert Counter(c.person for s in stacks for c in s.crew) == Counter({c.person for c in cfg.crew})
        assert {n for x in cfg.links for n in (x.a, x.b)} <= set(cfg.nodes)


@EXAMPLES
@given(SEQUENCES)
def test_people_come_and_go_only_in_vehicles(sequence: tuple[int, list[Any]]) -> None:
    for h in walk(*sequence):
        before, after = ({c.person for c in cfg.crew} for cfg in (h.before, h.after))
        kind, named = getattr(h.event, "kind", ""), getattr(h.event, "crew", None)
        if kind == "crew_return" and h.applied:
            held = {c.person for c in h.before.crew if c.seat == getattr(h.event, "visit")}  # noqa: B009
            assert before - after == (held if named is None else set(named))
        else:
            assert before <= after
        assert after <= before or (kind == "crew_launch" and h.applied)


@EXAMPLES
@given(SEQUENCES)
def test_nobody_is_given_a_seat_that_is_not_there(sequence: tuple[int, list[Any]]) -> None:
    for h in walk(*sequence):
        cfg = h.after
        docked = {d.visit: d for d in cfg.docked}
        assert {c.seat for c in cfg.crew} - {None} <= set(docked)
        held = Counter((c.seat, c.seat_kind) for c in cfg.crew if c.seat)
        for (visit, kind), count in held.items():
            extra = type_of(cfg.station, docked[visit].vehicle).extra_seats
            assert count <= (seats_of(cfg.station, visit) if kind == "seat" else extra)
        for s in cfg.stacks():
            t = seat_table(s)
            assert t.people == len(s.crew)
            assert 0 <= t.short <= t.people
            assert set(t.without) <= {c.name for c in s.crew}


@EXAMPLES
@given(SEQUENCES)
def test_propellant_is_never_negative_and_never_made(sequence: tuple[int, list[Any]]) -> None:
    for h in walk(*sequence):
        a, b = ({t.id: t for t in cfg.tanks} for cfg in (h.before, h.after))
        assert all(t.content_kg >= 0.0 and 0.0 <= t.low_kg <= t.high_kg + 1e-9 for t in b.values())
        stayed = set(a) & set(b)
        made = math.fsum(b[k].content_kg - a[k].content_kg for k in stayed)
        assert made <= 1e-6
        if getattr(h.event, "kind", "") not in ("reboost", "delivery"):
            assert all(a[k] == b[k] for k in stayed)


@EXAMPLES
@given(SEQUENCES)
def test_losses_never_add_a_provider(sequence: tuple[int, list[Any]]) -> None:
    def working(cfg: Configuration) -> set[tuple[str, str]]:
        return {(f, p.id) for s in cfg.stacks() for f in FUNCTIONS for p in providers(s, f) if p.works}

    for h in walk(*sequence):
        if getattr(h.event, "kind", "") in ("partner_withdraws", "function_failed", "vehicle_lost", "undock", "crew_return"):
            # at one and the same instant, so that what is installed between two dates does not count
            assert working(h.after) <= working(h.before.with_(epoch=h.after.epoch))


@EXAMPLES
@given(SEQUENCES)
def test_an_event_leaves_what_it_was_given_alone(sequence: tuple[int, list[Any]]) -> None:
    at = START.plus_days(sequence[0])
    cfg = configuration_at(ISS, at)
    for days, keys in sequence[1]:
        at = at.plus_days(days)
        event = READ.validate_python({**keys, "at": at})
        given_state, as_given = state(cfg), event.model_dump()
        done, again = happen(cfg, event), happen(cfg, event)
        assert state(cfg) == given_state
        assert event.model_dump() == as_given
        assert (state(done.after), done.ruling, done.outcome.effects) == (state(again.after), again.ruling, again.outcome.effects)
        if not done.applied:
            assert state(done.after) == given_state
        assert done.applied <= (event.force or done.ruling.allows)
        cfg = done.after


@EXAMPLES
@given(SEQUENCES)
def test_whatever_came_of_it_can_be_assessed_and_shown(sequence: tuple[int, list[Any]]) -> None:
    cfg = walk(*sequence)[-1].after
    for s in cfg.stacks():
        assert set(assess_all(s)) == set(FUNCTIONS)
    shown = json.loads(json.dumps(as_dict(cfg), allow_nan=False))
    assert shown["mass_kg"] == pytest.approx(cfg.mass_kg)
    assert all(p["occupied_by"] is None or p["occupied_by"] in cfg.nodes for p in shown["ports"])
    assert cfg.station.station.name in as_text(cfg)


def test_all_those_events_left_the_data_as_they_were() -> None:
    assert ISS == load_station("iss")
    assert date.fromisoformat(START.date).year == 2022


@settings(max_examples=30)
@given(st.floats(2.5e5, 9e5))
def test_a_stated_mass_is_met_exactly(stated_kg: float) -> None:
    cfg = balanced(configuration_at(ISS, START), stated_kg)
    assert cfg.mass_kg == pytest.approx(stated_kg, rel=1e-12)
    assert len(cfg.stacks()) == 1
