"""Power: the balance of a turn closes, what is lost is never a gain, what goes dark goes in order."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.functions import attitude, power
from stationkeeper.functions.assessment import Status
from stationkeeper.station.configuration import Configuration, Stack, configuration_at
from stationkeeper.station.load import load_station, read_station
from stationkeeper.station.schema import Station

ISS = load_station("iss")
WHEN = Epoch.parse("2022-03-07T00:00:00Z")
CFG = configuration_at(ISS, WHEN)
ORDER: tuple[Status, ...] = ("lost", "degraded", "nominal")
ARRAYS = [q.id for q in ISS.equipment if q.kind == "array"]
BATTERIES = [q.id for q in ISS.equipment if q.kind == "battery"]
HOLD = [q.id for q in ISS.equipment if any(s.function == "attitude" for s in q.services)]
CUTS = [None, "zarya-pma-1", "zvezda-zarya", "destiny-s0", "p6-wing-2b", "zvezda-nauka", "unity-destiny"]


def parted(cfg: Configuration, joint: str | None) -> Configuration:
    return cfg.with_(links=tuple(x for x in cfg.links if x.id != joint))


def at_beta(cfg: Configuration, raan_deg: float) -> Configuration:
    """The station on an orbit with another node, so with another Sun."""
    orbit = Orbit(cfg.epoch, 6_796e3, math.radians(51.64), math.radians(raan_deg), 0.0, "made for a test")
    return cfg.with_(surroundings=Surroundings(orbit, None, None, "made for a test"))


def changed(station: Station, **lists: object) -> Stack:
    """A station with some lists replaced, whole, on the day."""
    return configuration_at(station.model_copy(update=lists), WHEN).stacks()[0]


# ---- what was there before -------------------------------------------------------------------------------------------


def test_the_whole_station_feeds_itself(lacking) -> None:
    stack = lacking()
    assert power.assess(stack).status == "nominal"
    assert power.lost_feeds(stack) == []


def test_without_arrays_there_is_none(lacking) -> None:
    a = power.assess(lacking("array"))
    assert a.status == "lost"
    assert a.working == () or all(p.kind != "array" for p in a.working)
    assert a.margin is not None
    assert (a.margin.value, a.margin.high) == (0.0, 0.0)
    hours = a.figure("battery_hours")
    assert hours is not None and hours.value is not None and a.lasts is not None and a.lasts.value is not None
    assert 0.5 < hours.value < 10.0, "batteries are for a night side of 35 minutes, not for a day"
    assert a.lasts.value * 24.0 > hours.value, "with most loads off they last longer"


def test_the_russian_half_loses_what_came_across(halves) -> None:
    us, ru = halves
    assert power.assess(us).status == "nominal"
    a = power.assess(ru)
    assert a.status == "degraded"
    assert power.lost_feeds(ru)
    assert power.lost_feeds(ru)[0] in a.reasons[1]


# ---- the halves ------------------------------------------------------------------------------------------------------


def test_what_the_russian_half_lacks_is_what_came_across(halves) -> None:
    us, ru = halves
    whole = power.balance(CFG.stacks()[0])
    before, alone = whole.of("ros"), power.balance(ru).of("ros")
    assert before is not None and alone is not None
    assert before.shortfall_kw.best == 0.0 < before.transfer_kw.best
    assert alone.shortfall_kw.best == pytest.approx(before.transfer_kw.best, abs=1e-9)
    assert alone.transfer_kw == Range.exact(0.0)
    american = power.balance(us).of("usos")
    assert american is not None
    assert american.shed == ()
    assert american.surplus_kw.best > whole.total.surplus_kw.best
    assert any("nobody published" in a.not_modelled for a in (power.assess(ru), power.assess(us)))


def test_loads_go_dark_in_the_order_of_the_data(halves) -> None:
    _, ru = halves
    order = power.dark(ru)
    numbers = [x.shed_order for x in order if x.shed_order > 0]
    assert numbers == sorted(numbers, reverse=True)
    assert [x.shed_order for x in order][len(numbers) :] == [0] * (len(order) - len(numbers))
    off = [x.off for x in order]
    assert off.index(False) == sum(off), "what is off stands before what is on"
    assert {x.load for x in order if x.off} <= {x.load for x in order if x.off_at_worst}
    assert order[-1].relief_kw.best == pytest.approx(math.fsum(x.demand_kw.best for x in order))
    assert order[0].load == "ros-experiments"
    assert not any(x.off for x in power.dark(CFG.stacks()[0]))


def test_no_more_crosses_than_the_joint_may_carry() -> None:
    def narrow(kw: float) -> power.Balance:
        links = []
        for x in CFG.links:
            if x.id == "zarya-pma-1" and x.joint is not None:
                crosses = [
                    c.model_copy(update={"amount_kw": c.amount_kw.model_copy(update={"low": 0.0, "high": kw})})
                    if c.amount_kw is not None else c
                    for c in x.joint.crosses
                ]  # fmt: skip
                joint = x.joint.model_copy(update={"crosses": crosses})
                links.append(type(x)(x.id, x.a, x.b, x.kind, x.crosses, joint, x.port))
            else:
                links.append(x)
        return power.balance(CFG.with_(links=tuple(links)).stacks()[0])

    wide, tight = narrow(30.0).of("ros"), narrow(3.0).of("ros")
    assert wide is not None and tight is not None
    assert tight.transfer_kw.best == pytest.approx(3.0)
    assert tight.shortfall_kw.best == pytest.approx(wide.transfer_kw.best - 3.0)
    assert wide.transfer_kw.high <= 30.0


def test_power_finds_its_way_through_a_segment_between() -> None:
    gain, lacking = power._share({"a": 10.0, "b": 0.0, "c": -6.0}, {("a", "b"): math.inf, ("b", "c"): 4.0})
    assert gain == {"a": -4.0, "b": 0.0, "c": 4.0}
    assert lacking == pytest.approx(2.0)
    assert power._share({"a": 10.0, "c": -6.0}, {("c", "a"): 9.0})[1] == 6.0, "not against the stream"


# ---- the turn --------------------------------------------------------------------------------------------------------


def test_the_supply_is_what_keeps_the_batteries_level() -> None:
    """Steps through a turn: with the supply as load, what the batteries give by night comes back by day, and no more."""
    b = power.balance(CFG.stacks()[0]).of("usos")
    light = power.sunlight_of(CFG)
    assert b is not None
    spread, cells, shadow, steps = 0.9, 0.85, light.shadow.best, 100_000
    stored, lowest = 0.0, 0.0
    one_way = math.sqrt(cells)
    for k in range(steps):
        lit = k >= shadow * steps
        net = (b.in_sun_kw.best if lit else 0.0) - b.supply_kw.best / spread
        stored += (net * one_way if net > 0.0 else net / one_way) * light.period_s / 3600.0 / steps
        lowest = min(lowest, stored)
    assert stored == pytest.approx(0.0, abs=2e-3 * -lowest)


def test_high_sun_leaves_no_shadow_and_more_power() -> None:
    by_raan = {r: power.balance(at_beta(CFG, r).stacks()[0]) for r in range(0, 360, 20)}
    low = min(by_raan.values(), key=lambda b: abs(b.sunlight.beta_rad or 0.0))
    assert low.sunlight.shadow.best == pytest.approx(0.387, abs=0.003)
    us = [(abs(b.sunlight.beta_rad or 0.0), x.supply_kw.best) for b in by_raan.values() if (x := b.of("usos"))]
    # the shadow is counted in 720 steps: one of them is 0.14 % of the turn, 0.3 % of the power
    assert [s for _, s in sorted(us)] == pytest.approx(sorted(s for _, s in us), rel=3e-3), "rises with the Sun's angle"


def test_modes_of_the_arrays() -> None:
    stack = CFG.stacks()[0]
    got = {m: power.balance(stack, m).of("usos") for m in power.MODES}
    best = {m: b.supply_kw.best for m, b in got.items() if b is not None}
    assert best["night-glider"] == best["sun-tracking"] > best["biased"] > best["sun-slicer"] > 0.0
    assert power.MODES["night-glider"].array_drag.best == 0.70


def test_a_tumbling_stack_has_a_quarter(lacking) -> None:
    held, loose = lacking(), lacking("thruster", "engine", "gyroscope", vehicles=tuple(d.visit for d in CFG.docked))
    assert attitude.turns_freely(loose) and not attitude.turns_freely(held)
    a, b = power.balance(held).of("usos"), power.balance(loose).of("usos")
    assert a is not None and b is not None
    assert b.in_sun_kw.best == pytest.approx(a.in_sun_kw.best / 4.0)
    assert power.assess(loose).status in ("degraded", "lost")
    assert any("tumbles" in r for r in power.assess(loose).reasons)


def test_without_batteries_the_night_side_is_dark(lacking) -> None:
    a = power.assess(lacking("battery"))
    assert a.status == "lost"
    assert a.margin is not None and a.margin.value == 0.0
    b = power.balance(lacking("battery"))
    assert b.total.battery_kwh == Range.exact(0.0)
    assert b.total.energy.unused_kwh > 0.0


# ---- any station -----------------------------------------------------------------------------------------------------


def test_no_orbit_no_loads_no_figures() -> None:
    blind = changed(ISS, orbit=[])
    a = power.assess(blind)
    assert "no orbit" in a.not_modelled
    assert a.figure("beta_deg") is None
    assert a.margin is not None and a.margin.value is not None and a.margin.value > 0.0
    idle = power.assess(changed(ISS, load=[]))
    assert idle.status == "nominal"
    assert power.NO_LOADS in idle.not_modelled
    bare = [q.model_copy(update={"figures": {}}) if q.kind == "array" else q for q in ISS.equipment]
    mute = power.assess(changed(ISS, equipment=bare))
    assert mute.status == "nominal", "an output that is not known is no lack of power"
    assert power.NO_OUTPUT in mute.not_modelled


def test_a_station_without_arrays_and_a_ship_alone() -> None:
    hut = read_station(Path(__file__).parents[1] / "hut.toml")
    for s in configuration_at(hut, Epoch.parse("2020-06-01T00:00:00Z")).stacks():
        assert power.assess(s).status == "lost"
        assert power.dark(s) == ()
    ship = Stack(CFG, (CFG.docked[0].visit,), 2)
    assert power.assess(ship).status == "lost"
    assert power.balance(ship).segments == ()


def test_skylab_was_short_until_its_wing_came_free() -> None:
    skylab = load_station("skylab")
    before, after = (
        power.assess(configuration_at(skylab, Epoch.parse(f"1973-{d}T00:00:00Z")).stacks()[0])
        for d in ("05-30", "06-15")
    )
    assert (before.status, after.status) == ("degraded", "nominal")


def test_a_part_without_its_rooms_carries_no_loads() -> None:
    cfg = parted(CFG, "destiny-s0")
    truss, modules = (cfg.stack_of(x) for x in ("s0", "destiny"))
    assert power.balance(truss).total.demand_kw.best == 0.0
    assert power.NO_LOADS in power.assess(truss).not_modelled
    a = power.assess(modules)
    assert a.status in ("degraded", "lost")
    us = power.balance(modules).of("usos")
    assert us is not None and us.supply_kw.best == 0.0 and us.unmet_kw.best > 0.0


def test_a_roll_out_array_covers_half_of_the_wing_behind() -> None:
    def sun(*failed: str) -> float:
        b = power.balance(CFG.with_(failed=frozenset(failed)).stacks()[0]).of("usos")
        assert b is not None
        return b.in_sun_kw.best

    both, without_wing, without_front = sun(), sun("array-2b"), sun("roll-out-array-2b")
    open_wing = sun("array-1b") - sun("array-1b", "array-3b")
    assert both - without_wing == pytest.approx(0.5 * open_wing * 0.992**8.29, rel=0.01), "half, and eight years older"
    assert 19.0 < both - without_front < 20.0


# ---- properties ------------------------------------------------------------------------------------------------------

LOSSES = st.sets(st.sampled_from(ARRAYS + BATTERIES + HOLD), max_size=14)
TURNS = st.floats(0.0, 359.0)


@settings(max_examples=40)
@given(failed=LOSSES, cut=st.sampled_from(CUTS), raan=TURNS, mode=st.sampled_from(list(power.MODES)))
def test_the_energy_of_a_turn_closes(failed: set[str], cut: str | None, raan: float, mode: power.TrackingMode) -> None:
    cfg = at_beta(parted(CFG.with_(failed=frozenset(failed)), cut), raan)
    for stack in cfg.stacks():
        b = power.balance(stack, mode)
        hours = b.sunlight.period_s / 3600.0
        for s in (*b.segments, b.total):
            assert abs(s.energy.residual_kwh) < 1e-9
            assert s.energy.unused_kwh > -1e-9 and s.energy.losses_kwh > -1e-9
            met = s.demand_kw.best - s.shortfall_kw.best
            carried = s.energy.loads_kwh - met * hours
            assert -1e-9 < carried <= s.unmet_kw.best * hours + 1e-9, (
                "beyond what is met, batteries carry what they can"
            )
            assert s.energy.battery_change_kwh <= 0.0
            assert s.shortfall_kw.best <= s.demand_kw.best + 1e-9
            if s.battery_kwh is not None and s.depth_of_discharge is not None:
                assert s.depth_of_discharge.high <= 1.0
        assert b.total.energy.imported_kwh == pytest.approx(b.total.energy.exported_kwh, abs=1e-9)
        assert b.total.shortfall_kw.best == pytest.approx(math.fsum(x.shortfall_kw.best for x in b.segments))
        a = power.assess(stack)
        assert a.status in ORDER and a.reasons


@settings(max_examples=40)
@given(
    some=LOSSES, more=LOSSES, raan=TURNS, cut=st.sampled_from([None, "zarya-pma-1"]),
    gone=st.none() | st.sampled_from(["roscosmos", "nasa"]),
)  # fmt: skip
def test_a_loss_is_never_a_gain(some: set[str], more: set[str], raan: float, cut: str | None, gone: str | None) -> None:
    base = at_beta(parted(CFG, cut), raan)
    fewer = base.with_(failed=frozenset(some | more))
    if gone:
        state = base.partners[gone]
        fewer = fewer.with_(partners={**base.partners, gone: type(state)("gone", base.epoch)})
    for x, y in zip(base.with_(failed=frozenset(some)).stacks(), fewer.stacks(), strict=True):
        a, b = power.assess(x), power.assess(y)
        assert ORDER.index(b.status) <= ORDER.index(a.status)
        assert a.margin is not None and b.margin is not None
        for end in ("value", "low", "high"):
            assert getattr(b.margin, end) <= getattr(a.margin, end) + 1e-9
