"""Life support: loops, days of cover, status, the air of the cabin."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch, When
from stationkeeper.core.model import Quantity
from stationkeeper.functions import life_support
from stationkeeper.functions.human_needs import CASES, diet
from stationkeeper.functions.loops import flows, plant, units
from stationkeeper.station.configuration import Configuration, Stack, configuration_at
from stationkeeper.station.load import load_station

RANK = {"nominal": 2, "degraded": 1, "lost": 0}


def test_all_three_loops_are_there(lacking) -> None:
    a = life_support.assess(lacking())
    assert a.status == "nominal"
    assert a.reasons[-1] == "7 people live in it"
    assert "nobody published" in a.not_modelled
    assert a.margin is not None
    assert a.margin.key == "cover_day"
    assert a.lasts is not None
    assert a.lasts.value == pytest.approx(a.figure("food_day").value)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("kind", "says", "status"),
    [
        ("oxygen", "makes oxygen", "degraded"),
        # absorbent for about a week is below the 30 days of air at which the crew leaves
        ("co2", "removes carbon dioxide", "lost"),
        ("water", "recovers water", "degraded"),
    ],
)
def test_a_missing_loop_is_named(lacking, kind: str, says: str, status: str) -> None:
    a = life_support.assess(lacking(kind))
    assert a.status == status
    assert f"nothing in it {says}" in a.reasons


def test_without_any_only_stores_are_left(lacking) -> None:
    a = life_support.assess(lacking("oxygen", "co2", "water"))
    assert a.status == "lost"
    assert a.lasts is not None
    assert a.lasts.value is not None
    assert a.lasts.value < 30.0


def test_an_empty_part_says_so(at) -> None:
    cfg = at("2022-03-07T00:00:00Z").with_(crew=())
    a = life_support.assess(cfg.stacks()[0])
    assert a.reasons[-1] == "nobody is aboard it"
    assert (a.status, a.margin, a.lasts) == ("nominal", None, None)


def test_each_half_lives_from_its_own(halves: tuple[Stack, Stack]) -> None:
    us, ru = (life_support.cover(s) for s in halves)
    assert (us.people, ru.people) == (5, 2)
    for c in (us, ru):
        assert c.limiting is not None
        assert c.limiting.good == "food"
    # the Russian side has no urine unit: water is used up; the US side nearly closes its loop
    assert us.of("water").days is not None
    assert math.isinf(us.of("water").days.best)
    assert 100.0 < ru.of("water").days.low < ru.of("water").days.best < 1000.0  # type: ignore[union-attr]
    whole = life_support.cover(halves[0].configuration.with_(links=_all_links(halves[0])).stacks()[0])
    for good in ("food", "water", "oxygen"):
        parts = us.of(good).in_store_kg.best + ru.of(good).in_store_kg.best  # type: ignore[union-attr]
        assert parts == pytest.approx(whole.of(good).in_store_kg.best)  # type: ignore[union-attr]


def _all_links(stack: Stack):
    cfg = stack.configuration
    return configuration_at(cfg.station, cfg.epoch).links


def _with_food(cfg: Configuration, kg: float) -> Stack:
    stores = tuple(replace(s, content_kg=kg, low_kg=kg, high_kg=kg) for s in cfg.stores if s.id == "food-usos")
    rest = tuple(s for s in cfg.stores if s.good != "food")
    return cfg.with_(stores=(*rest, *stores)).stacks()[0]


@pytest.mark.parametrize(("days", "status"), [(50.0, "nominal"), (44.0, "degraded"), (29.0, "lost")])
def test_the_reserve_rule_sets_the_status(at, days: float, status: str) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    a = life_support.assess(_with_food(cfg, days * 7 * diet().food))
    assert a.status == status
    assert a.margin is not None
    assert a.margin.value == pytest.approx(days)
    assert any("by the rule" in r for r in a.reasons) == (status != "nominal")


def test_without_a_rule_and_a_good_it_is_lost_only_at_nothing(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    bare = cfg.with_(station=cfg.station.model_copy(update={"rule": []}))
    assert life_support.assess(_with_food(bare, 10.0)).status == "nominal"
    none = life_support.assess(_with_food(bare, 0.0))
    assert none.status == "lost"
    assert "food has neither a loop nor a store" in none.reasons


def test_goods_without_a_store_in_the_data_are_said_not_guessed(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    bare = cfg.with_(station=cfg.station.model_copy(update={"store": []}), stores=())
    a = life_support.assess(bare.stacks()[0])
    assert a.status == "nominal"
    assert "the data hold no stores of oxygen or water or food" in a.not_modelled
    assert a.figure("food_day") is None


def test_units_without_rates_are_said(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    bare = [q.model_copy(update={"figures": {}}) for q in cfg.station.equipment]
    a = life_support.assess(cfg.with_(station=cfg.station.model_copy(update={"equipment": bare})).stacks()[0])
    assert "the data give no rate for Oxygen generation system" in a.not_modelled
    assert "the data give no recovery for Water processor" in a.not_modelled


def test_a_capacity_in_people_becomes_a_rate() -> None:
    skylab = configuration_at(load_station("skylab"), Epoch.parse("1973-12-07T00:00:00Z")).stacks()[0]
    sieve = next(u for u in units(skylab) if u.id == "molecular-sieve")
    assert sieve.people is not None
    for case in CASES:
        assert plant(3, [sieve], case).co2_removal == pytest.approx(3 * diet(case).co2)
    a = life_support.assess(skylab)
    assert a.status == "nominal"
    assert "nothing aboard makes oxygen: it comes from stores" in a.reasons


def test_a_free_vehicle_and_an_unknown_station_do_not_crash(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    free = cfg.with_(links=tuple(x for x in cfg.links if "crew-3" not in (x.a, x.b)))
    ship = next(s for s in free.stacks() if "crew-3" in s.members)
    assert life_support.assess(ship).reasons[-1] == "nobody is aboard it"
    alone = ship.configuration.with_(crew=(replace(cfg.crew[0], location="crew-3"),))
    inside = next(s for s in alone.stacks() if "crew-3" in s.members)
    assert life_support.assess(inside).status == "lost"


def test_a_urine_unit_alone_gives_no_water(at) -> None:
    cfg = at("2022-03-07T00:00:00Z").with_(failed=frozenset({"wpa", "srv-k"}))
    a = life_support.assess(cfg.stacks()[0])
    assert a.status == "degraded"
    assert "nothing in it recovers water" in a.reasons
    assert life_support.cover(cfg.stacks()[0]).of("water").made_kg_day.high == 0.0


def test_the_air_lasts_days(at) -> None:
    stack = at("2022-03-07T00:00:00Z").stacks()[0]
    a = life_support.air(stack)
    assert a is not None
    assert a.volume_m3.best == pytest.approx(997.0)
    # 7 kg a day in 997 m3: 7 / 44.009 * 8314.46 * 295 / 997 = 391 Pa a day
    assert a.co2_pa_day.best == pytest.approx(391.3, abs=0.5)
    assert a.co2_emergency_day.best == pytest.approx((2027.0 - 400.0) / a.co2_pa_day.best)
    assert a.co2_limit_day.best < a.co2_emergency_day.best < a.oxygen_emergency_day.best


def test_what_the_loss_of_each_unit_changes(at) -> None:
    stack = at("2022-03-07T00:00:00Z").stacks()[0]
    rows = {x.unit.id: x for x in life_support.if_lost(stack)}
    assert rows.keys() == {"ogs", "elektron", "vozdukh", "cdra", "amine-scrubber", "wpa", "upa", "bpa", "srv-k"}
    whole = life_support.cover(stack)
    for loss in rows.values():
        assert loss.cover.days.best <= whole.days.best  # type: ignore[union-attr]
        assert loss.loops_left_out == ()


@settings(max_examples=25)
@given(st.data())
def test_taking_away_never_helps(iss, data: st.DataObject) -> None:
    cfg = configuration_at(iss, Epoch.parse("2022-03-07T00:00:00Z"))
    things = sorted(q.id for q in iss.equipment if q.kind in ("oxygen", "co2", "water"))
    things += ["leonardo", "progress-ms-19"]
    first = set(data.draw(st.lists(st.sampled_from(things), max_size=4)))
    more = first | set(data.draw(st.lists(st.sampled_from(things), min_size=1, max_size=4)))
    a, b = (life_support.assess(cfg.with_(failed=frozenset(x)).stacks()[0]) for x in (first, more))
    assert RANK[b.status] <= RANK[a.status]
    for x, y in ((a.margin, b.margin), (a.lasts, b.lasts), (a.figure("food_day"), b.figure("food_day"))):
        assert x is not None
        assert y is not None
        for end in ("value", "low", "high"):
            before, after = (math.inf if getattr(m, end) is None else getattr(m, end) for m in (x, y))
            assert after <= before * (1.0 + 1e-9)


def test_an_absent_partner_never_helps(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    whole = life_support.assess(cfg.stacks()[0])
    for p in cfg.partners:
        gone = {k: replace(v, state="gone") if k == p else v for k, v in cfg.partners.items()}
        a = life_support.assess(cfg.with_(partners=gone).stacks()[0])
        assert RANK[a.status] <= RANK[whole.status]
        assert a.margin.value <= whole.margin.value * (1.0 + 1e-9)  # type: ignore[union-attr, operator]


@pytest.mark.parametrize("case", CASES)
def test_a_body_conserves_mass(case) -> None:
    d = diet(case)
    given_off = d.co2 + d.moisture + d.urine_water + d.urine_solids + d.refuse
    assert d.oxygen + d.food + d.water == pytest.approx(given_off, abs=1e-12)
    assert min(d.made_water, d.moisture) > 0.0


RATE = st.floats(0.0, 20.0)
UNITS = st.lists(st.tuples(RATE, st.floats(0.0, 1.0)), max_size=3).map(lambda x: tuple(sorted(x, key=lambda y: -y[1])))


@settings(max_examples=200)
@given(
    st.integers(1, 10), st.sampled_from(CASES), RATE, RATE, UNITS, UNITS, UNITS, UNITS, st.booleans(),
    st.fixed_dictionaries({k: st.sampled_from([0.0, 3.0, 900.0]) for k in ("oxygen", "water", "food", "co2_absorbent")}),
)  # fmt: skip
def test_every_process_conserves_mass(
    people, case, electrolysis, removal, water, condensate, urine, brine, sabatier, stores
) -> None:  # fmt: skip
    """Whatever runs: what people and units take from the stores is in them again, overboard or in the air."""
    p = replace(
        plant(people, (), case), electrolysis=electrolysis, co2_removal=removal, water=water, condensate=condensate,
        urine=urine, brine=brine, sabatier=sabatier,
    )  # fmt: skip
    f = flows(p, stores)
    goods = f.into.keys() | f.out_of.keys()
    taken = math.fsum(f.total_out(g) for g in goods) + math.fsum(x for k, x in f.short.items() if k != "co2_absorbent")
    given_back = math.fsum(f.total_in(g) for g in goods) + math.fsum(f.vented.values()) + math.fsum(f.air.values())
    assert taken == pytest.approx(given_back, abs=1e-9)
    assert all(
        x >= -1e-12 for d in (f.vented, f.air, f.short, *f.into.values(), *f.out_of.values()) for x in d.values()
    )


def test_hydrogen_and_carbon_of_a_sabatier_reactor_are_conserved(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    running = units(cfg.stacks()[0])
    on = [replace(u, runs=True) if u.id == "sabatier" else u for u in running]
    with_, without = (flows(plant(7, u, "best"), {"oxygen": 100.0, "water": 500.0, "food": 9.0}) for u in (on, running))
    # all hydrogen is used: a kg of oxygen brings 0.56 kg of water back, half of what its electrolysis took
    assert with_.vented["hydrogen"] == pytest.approx(0.0, abs=1e-12)
    assert with_.into["water"]["Sabatier reactor"] / with_.into["oxygen"]["electrolysis"] == pytest.approx(
        0.563, abs=1e-3
    )
    assert with_.net("water") > without.net("water")
    for f in (with_, without):
        carbon = f.vented["carbon dioxide"] * 12.011 / 44.009 + f.vented["methane"] * 12.011 / 16.043
        assert carbon == pytest.approx(7.0 * 12.011 / 44.009)


def test_water_processors_take_distillate_before_moisture_that_others_can_take() -> None:
    p = replace(plant(1, (), "best"), water=((4.0, 1.0),), condensate=((10.0, 0.9),), urine=((10.0, 1.0),))
    d = p.diet
    back = flows(p, {"water": 100.0}).into["water"]["recovered"]
    # 4 kg through the processor without loss, the rest as moisture through the other
    assert back == pytest.approx(4.0 + 0.9 * (d.moisture + d.urine_water - 4.0))


def test_a_rule_may_carry_a_range(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    q = Quantity(value=45, low=40, high=50, source=["R140"], as_of=When("2004-12"), confidence="medium")  # fmt: skip
    rules = [r.model_copy(update={"figures": {"plan_day": q}}) if r.kind == "reserve" else r for r in cfg.station.rule]
    bare = cfg.with_(station=cfg.station.model_copy(update={"rule": rules}))
    assert life_support.assess(_with_food(bare, 40.0 * 7 * diet().food)).status == "degraded"
