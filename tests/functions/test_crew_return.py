"""Crew return: seats against people, places, the best assignment, departures."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.functions import crew_return
from stationkeeper.functions.crew_return import _cheapest
from stationkeeper.scenario.events import CrewReturn
from stationkeeper.scenario.walk import happen
from stationkeeper.station.configuration import PartnerState, Stack, configuration_at, seats_of, type_of
from stationkeeper.station.load import load_station

ISS = load_station("iss")


def test_seven_people_and_seven_seats(lacking) -> None:
    t = crew_return.seat_table(lacking())
    assert (t.people, t.seats, t.short, t.without) == (7, 7, 0, ())
    assert {v: short for v, _, short, _ in t.if_lost} == {"soyuz-ms-19": 3, "crew-3": 4}
    assert crew_return.assess(lacking()).status == "nominal"


def test_without_a_soyuz_three_are_short(lacking) -> None:
    stack = lacking(vehicles=("soyuz-ms-19",))
    a = crew_return.assess(stack)
    assert a.status == "degraded"
    assert a.margin is not None
    assert a.margin.value == -3
    assert "Mark Vande Hei" in a.reasons[-1]


def test_without_any_ship_crew_return_is_lost(lacking) -> None:
    assert crew_return.assess(lacking(vehicles=("soyuz-ms-19", "crew-3"))).status == "lost"


def test_a_free_seat_in_another_ship_takes_a_move(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    crew = tuple(replace(c, seat=None) if c.person == "chari" else c for c in cfg.crew)
    a = crew_return.assess(cfg.with_(crew=crew).stacks()[0])
    assert a.status == "degraded"
    assert "another vehicle's free seat" in a.reasons[-1]


def test_an_emergency_place_is_no_seat(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    crew = tuple(replace(c, seat="crew-3", seat_kind="emergency") if c.person == "vande-hei" else c for c in cfg.crew)
    stack = cfg.with_(crew=crew).stacks()[0]
    assert next(v for v in crew_return.seat_table(stack).vehicles if v.visit == "crew-3").emergency_holders == (
        "Mark Vande Hei",
    )
    a = crew_return.assess(stack)
    assert a.status == "degraded"
    assert "emergency place" in a.reasons[-1]


def test_nobody_needs_no_seat(at) -> None:
    cfg = at("2022-03-07T00:00:00Z").with_(crew=())
    a = crew_return.assess(cfg.stacks()[0])
    assert (a.status, a.reasons) == ("nominal", ("nobody is aboard it",))


# ---- places ---------------------------------------------------------------------------------------------------------


def test_everyone_of_march_2022_holds_a_seat_that_fits(at) -> None:
    held = crew_return.places(at("2022-03-07T00:00:00Z").stacks()[0])
    assert len(held) == 7
    assert all(p.good and p.suit_ok and p.liner_ok and p.reasons == () for p in held)
    # those who came up in Soyuz MS-18 wear the same suit in MS-19, and their liners were carried over
    assert {p.visit for p in held if p.person in ("dubrov", "vande-hei")} == {"soyuz-ms-19"}


def test_a_suit_and_a_liner_are_for_one_kind_of_vehicle(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    swap = {"chari": "soyuz-ms-19", "vande-hei": "crew-3"}
    crew = tuple(replace(c, seat=swap.get(c.person, c.seat)) for c in cfg.crew)
    stack = cfg.with_(crew=crew).stacks()[0]
    held = {p.person: p for p in crew_return.places(stack)}
    assert (held["vande-hei"].kind, held["vande-hei"].suit_ok, held["vande-hei"].liner_ok) == ("unfitted", False, True)
    assert (held["chari"].kind, held["chari"].suit_ok, held["chari"].liner_ok) == ("unfitted", False, False)
    assert any("Sokol" in r and "SpaceX" in r for r in held["vande-hei"].reasons)
    assert any("Kazbek" in r for r in held["chari"].reasons)
    assert crew_return.assess(stack).status == "degraded"
    # swapping back seats everyone
    best = crew_return.assignment(stack)
    assert best.without == ()
    assert {(m.person, m.visit) for m in best.moves} == {("chari", "crew-3"), ("vande-hei", "soyuz-ms-19")}


def test_no_free_seat_fits_him(at) -> None:
    """A free Dragon seat is no help to somebody with a Soyuz suit."""
    cfg = at("2022-03-07T00:00:00Z")
    gone = {"chari", "shkaplerov", "dubrov"}
    docked = tuple(d for d in cfg.docked if d.visit != "soyuz-ms-19")
    stack = cfg.with_(crew=tuple(c for c in cfg.crew if c.person not in gone), docked=docked).stacks()[0]
    a = crew_return.assess(stack)
    assert a.status == "degraded"
    assert a.reasons[-1].startswith("no free seat fits Mark Vande Hei")
    assert crew_return.assignment(stack).without == ("Mark Vande Hei",)
    last = crew_return.assignment(stack, last_resort=True)
    assert last.without == ()
    assert [(m.name, m.kind) for m in last.moves] == [("Mark Vande Hei", "unfitted")]


def test_after_the_leak_one_may_lie_on_the_cargo_floor(at) -> None:
    stack = at("2022-12-20T00:00:00Z").stacks()[0]
    assert [p.name for p in crew_return.places(stack) if not p.safe] == [
        "Sergey Prokopyev",
        "Dmitry Petelin",
        "Francisco Rubio",
    ]
    assert len(crew_return.assignment(stack).without) == 3
    last = crew_return.assignment(stack, last_resort=True)
    assert Counter(t.kind for t in last.taken) == {"seat": 4, "emergency": 1}


# ---- departures -----------------------------------------------------------------------------------------------------


def test_who_may_leave_first(at) -> None:
    """On 7 March the last cosmonauts would leave with MS-19; on 30 March, with MS-21 there, nobody breaks a rule."""
    march = crew_return.departures(at("2022-03-07T00:00:00Z").stacks()[0])
    assert [(d.visit, d.order) for d in march] == [("crew-3", 1), ("soyuz-ms-19", 2)]
    assert "nobody of Roscosmos would be left aboard" in march[1].breaks[0]
    ten = crew_return.departures(at("2022-03-30T06:00:00Z").stacks()[0])
    assert [d.visit for d in ten] == ["soyuz-ms-19", "crew-3", "soyuz-ms-21"]
    assert all(d.breaks == () for d in ten)
    assert {n for d in ten for n in d.goes} == {c.name for c in at("2022-03-30T06:00:00Z").crew}


def test_a_departure_that_leaves_somebody_behind_breaks_the_lifeboat_rule(at) -> None:
    """A fourth person who counts on MS-19's free seat would be left without one."""
    cfg = at("2022-03-07T00:00:00Z")
    crew = tuple(replace(c, seat=None, seat_kind="none") if c.person == "vande-hei" else c for c in cfg.crew)
    found = {d.visit: d for d in crew_return.departures(cfg.with_(crew=crew).stacks()[0])}
    assert any("Mark Vande Hei would have no seat home" in b for b in found["soyuz-ms-19"].breaks)
    assert not any("no seat home" in b for b in found["crew-3"].breaks)


def test_nobody_is_left(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    only = cfg.with_(crew=tuple(c for c in cfg.crew if c.seat == "crew-3")).stacks()[0]
    found = {d.visit: d for d in crew_return.departures(only)}
    assert found["crew-3"].breaks == ("nobody would be left aboard",)
    assert found["soyuz-ms-19"].breaks == ()


def test_times_and_days_left(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    found = {d.visit: d for d in crew_return.departures(cfg.stacks()[0])}
    soyuz, dragon = found["soyuz-ms-19"], found["crew-3"]
    assert soyuz.to_landing_h is not None
    assert dragon.to_landing_h is not None
    assert soyuz.to_landing_h.best == pytest.approx(3.38, abs=0.01)
    assert (dragon.to_landing_h.low, dragon.to_landing_h.high) == pytest.approx((4.83, 29.42), abs=0.01)
    # docked on 5 October 2021, 152.5 days before; 200 days are certified
    assert soyuz.life_left_days is not None
    assert soyuz.life_left_days.best == pytest.approx(47.5, abs=0.1)
    a = crew_return.assess(cfg.stacks()[0])
    assert a.figure("certified") is not None
    assert a.figure("certified").value == pytest.approx(47.5, abs=0.1)
    # 95 days: Crew-3 is the last; its upper end is that of the longest stay flown
    assert a.lasts is not None
    assert (a.lasts.unit, a.lasts.value) == ("days", pytest.approx(95.0, abs=0.1))


def test_a_relocation_does_not_begin_a_new_life(at) -> None:
    """MS-18 moved from Rassvet to Nauka after 172 days."""
    row = next(
        v for v in crew_return.seat_table(at("2021-10-10T00:00:00Z").stacks()[0]).vehicles if v.visit == "soyuz-ms-18"
    )
    assert row.docked_days == pytest.approx(183.5, abs=0.1)


def test_past_its_certified_life(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    late = cfg.with_(epoch=Epoch.parse("2022-04-30T00:00:00Z")).stacks()[0]  # MS-19 docked for 206 days
    a = crew_return.assess(late)
    assert a.status == "degraded"
    assert any("Soyuz MS-19 may be past the end of its certified docked life: day 206 of 200" in r for r in a.reasons)
    over = cfg.with_(epoch=Epoch.parse("2022-07-15T00:00:00Z")).stacks()[0]  # Crew-3 for 245 days
    b = crew_return.assess(over)
    assert b.status == "lost"
    assert b.lasts is not None
    assert b.lasts.value == 0.0


def test_a_degraded_vehicle_degrades_those_who_count_on_it(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    docked = tuple(replace(d, state="degraded", state_text="a leak") if d.visit == "crew-3" else d for d in cfg.docked)
    a = crew_return.assess(cfg.with_(docked=docked).stacks()[0])
    assert a.status == "degraded"
    assert "Crew-3 Endurance is degraded: a leak" in a.reasons


def test_which_ships_could_come(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    assert {(r.vehicle, r.port) for r in crew_return.relief(cfg.stacks()[0])} == {
        ("soyuz-ms", "prichal-nadir"),
        ("crew-dragon", "harmony-zenith"),
    }
    gone = {**cfg.partners, "roscosmos": PartnerState("gone", cfg.epoch)}
    assert {r.vehicle for r in crew_return.relief(cfg.with_(partners=gone).stacks()[0])} == {"crew-dragon"}


# ---- stations that lack things --------------------------------------------------------------------------------------


def test_each_half_has_its_own_boats(halves) -> None:
    us, ru = halves
    for half, boat in ((us, "crew-3"), (ru, "soyuz-ms-19")):
        assert [d.visit for d in crew_return.departures(half)] == [boat]
    # the Russian segment does not need NASA's people, nor the other way about
    assert not any("nobody of" in b for half in halves for d in crew_return.departures(half) for b in d.breaks)
    # Mark Vande Hei lives in the US segment, his seat is in the other half
    lost = [p for p in crew_return.places(us) if p.kind == "none"]
    assert [p.name for p in lost] == ["Mark Vande Hei"]
    assert "not in this part" in lost[0].reasons[0]


@pytest.mark.parametrize("name, when", [("skylab", "1973-12-01T00:00:00Z"), ("skylab", "1975-01-01T00:00:00Z")])
def test_a_station_without_zones(name: str, when: str) -> None:
    stack = configuration_at(load_station(name), Epoch.parse(when)).stacks()[0]
    a = crew_return.assess(stack)
    assert a.status == "nominal"
    for d in crew_return.departures(stack):
        assert d.landings == ()
        assert "not in the data" in d.not_modelled
    assert bool(a.not_modelled) == bool(stack.crew)


def test_without_an_orbit_it_says_so(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    bare = cfg.with_(station=cfg.station.model_copy(update={"orbit": []})).stacks()[0]
    a = crew_return.assess(bare)
    assert a.status == "nominal"
    assert "name no orbit" in a.not_modelled
    assert all(d.landings == () for d in crew_return.departures(bare))


def test_without_rules_no_rule_breaks(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    free = cfg.with_(station=cfg.station.model_copy(update={"rule": []})).stacks()[0]
    assert all(d.breaks == () for d in crew_return.departures(free))


def test_a_vehicle_without_a_limit_has_no_end_in_sight(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    kinds = [v.model_copy(update={"docked_life_day": None}) for v in cfg.station.vehicle]
    a = crew_return.assess(cfg.with_(station=cfg.station.model_copy(update={"vehicle": kinds})).stacks()[0])
    assert (a.status, a.lasts) == ("nominal", None)
    assert a.figure("certified").value is None


def test_the_one_left_behind(at) -> None:
    """MS-19 leaves with its two cosmonauts: the cargo floor of Crew-3 is what is left for Mark Vande Hei."""
    cfg = at("2022-03-07T00:00:00Z")
    event = CrewReturn(kind="crew_return", at=cfg.epoch, visit="soyuz-ms-19", crew=["shkaplerov", "dubrov"])
    stack = happen(cfg, event).after.stacks()[0]
    assert crew_return.assignment(stack).without == ("Mark Vande Hei",)
    last = crew_return.assignment(stack, last_resort=True)
    assert [(m.name, m.visit, m.kind) for m in last.moves] == [("Mark Vande Hei", "crew-3", "emergency")]
    place = next(p for p in crew_return.places(stack) if p.person == "vande-hei")
    assert (place.kind, place.safe) == ("none", False)


# ---- properties -----------------------------------------------------------------------------------------------------

DATES = st.sampled_from(
    ["2021-11-09", "2021-12-10", "2022-03-07", "2022-03-25", "2022-04-15", "2022-12-20", "2023-03-05"]
)


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    """The ISS of some day with seats dealt out anew, some people gone and some vehicles lost."""
    cfg = configuration_at(ISS, Epoch.parse(f"{draw(DATES)}T00:00:00Z"))
    visits = [d.visit for d in cfg.docked] + [None]
    crew = tuple(
        replace(c, seat=draw(st.sampled_from(visits)), seat_kind=draw(st.sampled_from(["seat", "emergency"])))
        if draw(st.booleans())
        else c
        for c in cfg.crew
        if draw(st.integers(0, 5))
    )
    lost = draw(st.sets(st.sampled_from([d.visit for d in cfg.docked]), max_size=2))
    return cfg.with_(crew=crew, failed=frozenset(lost)).stacks()[0]


@settings(max_examples=60)
@given(stacks(), st.booleans())
def test_nobody_takes_two_places_and_no_vehicle_gives_more_than_it_has(stack: Stack, last_resort: bool) -> None:
    found = crew_return.assignment(stack, last_resort)
    people = [t.person for t in found.taken]
    assert len(set(people)) == len(people)
    assert sorted([t.name for t in found.taken] + list(found.without)) == sorted(c.name for c in stack.crew)
    station = stack.configuration.station
    safe = {r.visit for r in crew_return.seat_table(stack).vehicles if r.safe}
    for (visit, floor), n in Counter((t.visit, t.kind == "emergency") for t in found.taken).items():
        assert visit in safe
        assert n <= (type_of(station, visit_type(stack, visit)).extra_seats if floor else seats_of(station, visit))
    assert last_resort or all(t.kind == "seat" for t in found.taken)
    assert len(crew_return.assignment(stack, True).taken) >= len(crew_return.assignment(stack, False).taken)


def visit_type(stack: Stack, visit: str) -> str:
    return next(d.vehicle for d in stack.docked if d.visit == visit)


@settings(max_examples=150)
@given(
    st.lists(st.lists(st.none() | st.integers(0, 9), min_size=3, max_size=3), max_size=4),
    st.lists(st.integers(0, 2), min_size=3, max_size=3),
)
def test_the_assignment_is_the_best_there_is(cost: list[list[int | None]], room: list[int]) -> None:
    """Against trying everything: as many as possible, then as cheap as possible."""

    def worth(choice: tuple[int | None, ...]) -> tuple[int, int] | None:
        taken = [(p, s) for p, s in enumerate(choice) if s is not None]
        costs = [cost[p][s] for p, s in taken]
        if None in costs or any(n > room[s] for s, n in Counter(s for _, s in taken).items()):
            return None
        return len(taken), -sum(c for c in costs if c is not None)

    every = [w for choice in itertools.product([None, 0, 1, 2], repeat=len(cost)) if (w := worth(choice)) is not None]
    assert worth(tuple(_cheapest(cost, room))) == max(every)


RANK = {"nominal": 2, "degraded": 1, "lost": 0}


@settings(max_examples=40)
@given(stacks(), st.data())
def test_losing_a_vehicle_or_a_partner_never_helps(stack: Stack, data: st.DataObject) -> None:
    cfg = stack.configuration
    loss = data.draw(st.sampled_from([d.visit for d in cfg.docked] + [p.id for p in cfg.station.partner]))
    if any(p.id == loss for p in cfg.station.partner):
        worse = cfg.with_(partners={**cfg.partners, loss: PartnerState("gone", cfg.epoch)})
    else:
        worse = cfg.with_(failed=cfg.failed | {loss})
    a, b = crew_return.assess(stack), crew_return.assess(worse.stacks()[0])
    assert RANK[b.status] <= RANK[a.status]
    for key in ("seats", "fitted", "certified"):
        x, y = a.figure(key), b.figure(key)
        if x is not None and y is not None and x.value is not None:
            assert y.value is not None
            assert y.value <= x.value
    if a.lasts is not None and b.lasts is not None:
        assert b.lasts.value is not None
        assert a.lasts.value is not None
        assert b.lasts.value <= a.lasts.value
    assert len(crew_return.assignment(worse.stacks()[0], True).taken) <= len(crew_return.assignment(stack, True).taken)
