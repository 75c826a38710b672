"""Stores over time: mass, bookings, additivity, goods that end."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import OutOfRangeError
from stationkeeper.functions.human_needs import diet
from stationkeeper.functions.stores import live, stocktake_after, usable
from stationkeeper.scenario.events.dock import attach
from stationkeeper.scenario.events.undock import remove_vehicle
from stationkeeper.station.configuration import Configuration, Stack, Stored, configuration_at, vehicle_stores, visit_of

START = "2022-03-07T00:00:00Z"


def scaled(cfg: Configuration, factors: dict[str, float], failed: frozenset[str] = frozenset()) -> Stack:
    """The station with less of some goods in store."""
    stores = tuple(replace(s, content_kg=s.content_kg * factors.get(s.good, 1.0)) for s in cfg.stores)
    return cfg.with_(stores=stores, failed=failed).stacks()[0]


def check(stack: Stack, days: float) -> None:
    """Every account closes, and mass leaves the stack only overboard."""
    x = live(stack, days)
    opening = {s.id: s.content_kg for s in usable(stack)}
    assert x.stores.keys() == opening.keys()
    for s in usable(stack):
        rows = [b for b in x.bookings if b.account == s.id]
        assert {b.good for b in rows} <= {s.good}
        change = math.fsum(b.added_kg - b.removed_kg for b in rows)
        assert opening[s.id] + change == pytest.approx(x.stores[s.id], abs=1e-9)
        assert x.stores[s.id] >= 0.0
        assert s.capacity_kg is None or x.stores[s.id] <= s.capacity_kg + 1e-9
    assert math.fsum(x.mass_kg.values()) == pytest.approx(-math.fsum(x.vented_kg.values()), abs=1e-8)
    stored = math.fsum(x.stores.values()) - math.fsum(opening.values())
    kept = math.fsum((*x.air_kg.values(), *x.unstored_kg.values(), *x.vented_kg.values()))
    got = math.fsum((*(v for k, v in x.short_kg.items() if k != "co2_absorbent"), *x.untracked_kg.values()))
    assert stored + kept == pytest.approx(got, abs=1e-8)


LEVELS = st.fixed_dictionaries(
    {k: st.sampled_from([0.0, 0.01, 0.1, 1.0]) for k in ("oxygen", "water", "food", "co2_absorbent")}
)
FAILED = st.frozensets(st.sampled_from(["ogs", "elektron", "cdra", "vozdukh", "amine-scrubber", "wpa", "upa", "srv-k"]))


@settings(max_examples=40)
@given(LEVELS, FAILED, st.floats(0.0, 400.0))
def test_accounts_and_mass_close(iss, levels: dict[str, float], failed: frozenset[str], days: float) -> None:
    check(scaled(configuration_at(iss, Epoch.parse(START)), levels, failed), days)


@settings(max_examples=40)
@given(LEVELS, FAILED, st.floats(0.0, 300.0), st.floats(0.0, 300.0))
def test_living_twice_is_living_once(
    iss, levels: dict[str, float], failed: frozenset[str], a: float, b: float
) -> None:  # fmt: skip
    stack = scaled(configuration_at(iss, Epoch.parse(START)), levels, failed)
    once = live(stack, a + b)
    first = live(stack, a)
    second = live(stocktake_after(stack, a, first).stacks()[0], b)
    for k, kg in once.stores.items():
        assert second.stores[k] == pytest.approx(kg, abs=1e-5)
    assert math.fsum(first.vented_kg.values()) + math.fsum(second.vented_kg.values()) == pytest.approx(
        math.fsum(once.vented_kg.values()), abs=1e-5
    )
    for good, day in once.ran_out.items():
        again = first.ran_out.get(good, a + second.ran_out.get(good, math.inf))
        assert again == pytest.approx(day, abs=1e-4) or abs(day - a) < 1e-4 or abs(day - a - b) < 1e-4


def test_use_is_linear_until_something_ends(at) -> None:
    stack = at(START).stacks()[0]
    one, ten = live(stack, 1.0), live(stack, 10.0)
    food = [math.fsum(x.removed_kg for x in y.bookings if x.good == "food") for y in (one, ten)]
    assert food[0] == pytest.approx(7 * diet().food)
    assert food[1] == pytest.approx(10.0 * food[0])
    assert ten.vented_kg["carbon dioxide"] == pytest.approx(70.0)
    assert not ten.ran_out


def test_food_that_ends_is_told_with_its_day(at) -> None:
    stack = scaled(at(START), {"food": 0.01})
    kg = math.fsum(s.content_kg for s in usable(stack) if s.good == "food")
    x = live(stack, 30.0)
    day = kg / (7 * diet().food)
    assert x.ran_out["food"] == pytest.approx(day)
    assert x.short_kg["food"] == pytest.approx((30.0 - day) * 7 * diet().food)


def test_ships_are_emptied_before_the_stores_and_the_next_to_leave_first(at) -> None:
    order = [s.node for s in usable(at(START).stacks()[0])]
    ships = ["progress-ms-18", "cygnus-ng-17", "progress-ms-19"]
    assert [x for x in dict.fromkeys(order) if x in ships] == ships
    assert order.index("outfitting-usos") > max(i for i, x in enumerate(order) if x in ships)


def test_without_electrolysis_stored_oxygen_is_breathed(at) -> None:
    stack = scaled(at(START), {}, frozenset({"ogs", "elektron"}))
    kg = math.fsum(s.content_kg for s in usable(stack) if s.good == "oxygen")
    x = live(stack, 100.0)
    assert x.ran_out["oxygen"] == pytest.approx(kg / (7 * 0.84))
    assert "hydrogen" not in x.vented_kg


def test_water_and_oxygen_end_together_when_water_is_short(at) -> None:
    stack = scaled(at(START), {}, frozenset({"wpa", "upa", "srv-k"}))
    x = live(stack, 1000.0)
    assert x.ran_out["water"] == pytest.approx(x.ran_out["oxygen"], rel=1e-6)


def test_carbon_dioxide_that_nothing_takes_stays_in_the_air(at) -> None:
    stack = scaled(at(START), {"co2_absorbent": 0.0}, frozenset({"cdra", "vozdukh", "amine-scrubber"}))
    x = live(stack, 2.0)
    assert x.air_kg["co2"] == pytest.approx(14.0)
    assert x.ran_out["co2_absorbent"] == 0.0


def test_full_tanks_send_water_to_the_waste_water_and_waste_stays_without_a_place(at) -> None:
    cfg = at(START)
    stores = tuple(replace(s, capacity_kg=s.content_kg + 10.0) for s in cfg.stores if s.good != "nitrogen")
    dry = {q.id for q in cfg.station.equipment if q.kind == "oxygen"}
    stack = cfg.with_(stores=stores, failed=frozenset(dry)).stacks()[0]
    check(stack, 90.0)
    x = live(stack, 90.0)
    assert x.ran_out["waste"] == pytest.approx(20.0 / (7 * diet().refuse))
    assert x.unstored_kg["waste"] > 0.0
    assert any(b.cause == "more than fits" for b in x.bookings)


def test_a_station_without_stores_books_nothing_but_closes(at) -> None:
    cfg = at(START)
    bare = cfg.with_(station=cfg.station.model_copy(update={"store": []}), stores=())
    x = live(bare.stacks()[0], 10.0)
    assert x.bookings == ()
    assert x.untracked_kg["food"] == pytest.approx(70.0 * diet().food)
    assert x.ran_out == {}
    check(bare.stacks()[0], 10.0)


def test_nobody_aboard_uses_nothing(at) -> None:
    x = live(at(START).with_(crew=()).stacks()[0], 100.0)
    assert (x.bookings, dict(x.mass_kg), dict(x.ran_out)) == ((), {}, {})


@pytest.mark.parametrize("days", [-1.0, math.inf, math.nan])
def test_days_must_be_finite(at, days: float) -> None:
    with pytest.raises(OutOfRangeError, match="finite number of days"):
        live(at(START).stacks()[0], days)


def test_stocktake_moves_mass_out_only_overboard(at) -> None:
    cfg = at(START)
    x = live(cfg.stacks()[0], 50.0)
    after = stocktake_after(cfg.stacks()[0], 50.0)
    assert cfg.mass_kg - after.mass_kg == pytest.approx(math.fsum(x.vented_kg.values()), abs=1e-6)
    assert {s.id: s.content_kg for s in after.stores} == pytest.approx({**x.stores})


def test_a_ship_brings_its_goods_and_takes_what_is_left(at) -> None:
    cfg = at(START)
    gone = remove_vehicle(cfg, "progress-ms-19")
    assert {s.id for s in cfg.stores} - {s.id for s in gone.stores} == {
        f"progress-ms-19-{x}" for x in ("food", "water", "nitrogen")
    }
    back = attach(gone, "progress-ms-19", "progress-ms", "poisk-zenith", cfg.epoch)
    water = next(s for s in back.stores if s.id == "progress-ms-19-water")
    assert water.content_kg == 420.0


def test_stores_of_another_segment_are_not_usable(at, halves) -> None:
    cfg = at(START)
    mine = Stored("mine", "x", "food", "nasa", "outfitting-usos", 5.0, 5.0, 5.0, ("ros",))
    assert "mine" in {s.id for s in usable(cfg.with_(stores=(mine,)).stacks()[0])}
    us = halves[0].configuration.with_(stores=(mine,)).stacks()[0]
    assert usable(us) == ()


def test_goods_of_a_ship(iss) -> None:
    goods = {s.good: s for s in vehicle_stores(iss, visit_of(iss, "progress-ms-18"))}
    assert goods["water"].content_kg == 420.0
    assert goods["food"].low_kg == pytest.approx(149.0)
    assert (goods["oxygen"].low_kg, goods["oxygen"].high_kg) == (0.0, 61.0)
    later = {
        s.good: s for s in vehicle_stores(iss, visit_of(iss, "progress-ms-18"), Epoch.parse("2022-01-28T01:31:00Z"))
    }
    assert later["water"].content_kg == pytest.approx(210.0, rel=0.01)
    assert (later["water"].low_kg, later["water"].high_kg) == (0.0, 420.0)
    assert vehicle_stores(iss, visit_of(iss, "crew-3")) == []
    # nothing but a total is known of this flight: what its type usually brings
    assert {s.good for s in vehicle_stores(iss, visit_of(iss, "progress-ms-21"))} == {
        "food",
        "water",
        "oxygen",
        "nitrogen",
    }
