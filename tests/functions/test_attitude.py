"""Attitude: gyroscopes to hold it, thrusters to unload them, and what it costs."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.model import Quantity
from stationkeeper.core.ranges import Range
from stationkeeper.functions import attitude
from stationkeeper.functions.propellant import within_reach
from stationkeeper.functions.surroundings import orbit_density, surroundings_of
from stationkeeper.station.configuration import Configuration, Stack, configuration_at
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import Station

ISS = load_station("iss")
DAY = configuration_at(ISS, Epoch.parse("2022-03-07T00:00:00Z"))
DOCKED = ("soyuz-ms-19", "progress-ms-18", "progress-ms-19", "crew-3", "cygnus-ng-17")
RANK = {"lost": 0, "degraded": 1, "nominal": 2}


def at_height(cfg: Configuration, km: float) -> Configuration:
    """The configuration flown at another height, in the air of that height."""
    around = surroundings_of(cfg)
    assert around is not None
    orbit = replace(around.orbit, semi_major_axis_m=EARTH_EQUATORIAL_RADIUS_M + 1e3 * km)
    return cfg.with_(surroundings=replace(around, orbit=orbit, density_kg_m3=orbit_density(orbit)))


def with_station(cfg: Configuration, **changes: object) -> Stack:
    return cfg.with_(station=cfg.station.model_copy(update=changes)).stacks()[0]


def test_gyroscopes_and_thrusters_make_it_whole(lacking) -> None:
    a = attitude.assess(lacking())
    assert (a.status, a.not_modelled, a.lasts) == ("nominal", "", None)
    spent = a.figure("propellant_kg_day")
    assert spent is not None
    assert a.margin is spent
    assert spent.value == a.figure("desaturation_kg_day").value
    assert 0.0 < spent.low < spent.value < spent.high < 5.0
    assert a.figure("tea_pitch_deg").value == pytest.approx(-7.0, abs=5.0)


def test_gyroscopes_alone_fill_up(lacking) -> None:
    stack = lacking("thruster", "engine", vehicles=DOCKED)
    assert attitude.thrusters(stack) == []
    a = attitude.assess(stack)
    assert (a.status, a.not_modelled) == ("degraded", "")
    assert "until they are full" in a.reasons[0]
    assert a.lasts is not None
    assert 0.0 < a.lasts.low < a.lasts.value < a.lasts.high
    assert attitude.propellant_kg_day(stack) is None


def test_thrusters_alone_burn_propellant(lacking) -> None:
    stack = lacking("gyroscope")
    a = attitude.assess(stack)
    assert a.status == "degraded"
    assert "burn propellant" in a.reasons[0]
    spent = attitude.propellant_kg_day(stack)
    assert spent is not None
    # far more than unloading takes
    assert spent.low > attitude.propellant_kg_day(lacking()).high
    # only what its thrusters can reach: the tank of a berthed cargo ship feeds none of them
    tanks = within_reach(stack, [p.id for p in attitude.thrusters(stack)]).best
    assert tanks < math.fsum(t.content_kg for t in stack.tanks)
    assert a.lasts.value == pytest.approx(tanks / spent.best)


def test_too_few_gyroscopes_are_none(lacking, iss) -> None:
    gyro = next(q for q in iss.equipment if q.kind == "gyroscope")
    assert gyro.needed is not None
    assert attitude.gyroscopes(lacking())
    fewer = [q.model_copy(update={"count": gyro.needed - 1}) if q is gyro else q for q in iss.equipment]
    poorer = with_station(DAY, equipment=fewer)
    assert attitude.gyroscopes(poorer) == []
    assert attitude.capacity_nms(poorer) is None
    two = with_station(DAY, equipment=[q.model_copy(update={"count": 2}) if q is gyro else q for q in iss.equipment])
    assert attitude.capacity_nms(two).best == pytest.approx(0.5 * attitude.capacity_nms(lacking()).best)


def test_with_neither_it_tumbles(lacking) -> None:
    a = attitude.assess(lacking("gyroscope", "thruster", "engine", vehicles=DOCKED))
    assert a.status == "lost"
    assert "tumbles" in a.reasons[0]
    assert "turns over within" in a.reasons[1]
    assert a.lasts.value == 0.0


def test_each_half_keeps_one_of_the_two(halves) -> None:
    us, ru = halves
    assert attitude.gyroscopes(us)
    assert not attitude.thrusters(us)
    assert attitude.thrusters(ru)
    assert not attitude.gyroscopes(ru)


def test_the_us_half_lasts_hours_to_weeks_and_hours_along_the_orbit(halves) -> None:
    us, _ = halves
    a, h = attitude.assess(us), attitude.hold(us)
    assert a.status == "degraded"
    assert a.lasts.unit == "days"
    assert a.lasts.low < 1.0 < a.lasts.value < a.lasts.high
    assert h is not None
    assert h.desaturation_kg_day is None
    assert h.thruster_hold_kg_day is None
    assert 1.0 < h.orbit_frame_hours.low < h.orbit_frame_hours.high < 12.0
    assert any("h takes" in r for r in a.reasons)


def test_the_russian_half_costs_kilograms_a_day(halves) -> None:
    _, ru = halves
    a, h = attitude.assess(ru), attitude.hold(ru)
    assert a.status == "degraded"
    assert h is not None
    assert h.capacity_nms is None
    assert h.hours_to_saturation is None
    assert 0.1 < h.thruster_hold_kg_day.low < h.thruster_hold_kg_day.best < h.thruster_hold_kg_day.high < 50.0
    # a tenth of the whole station's: it is shorter and lighter
    assert h.thruster_hold_kg_day.best < attitude.hold(DAY.stacks()[0]).thruster_hold_kg_day.best


# ---- what it works from ---------------------------------------------------------------------------------------------


def test_the_air_is_shared_by_the_halves(halves) -> None:
    us, ru = halves
    parts = [attitude.hold(s).air_pitch_nm.best for s in (us, ru)]
    assert max(parts) < 1.1 * attitude.hold(DAY.stacks()[0]).air_pitch_nm.best


def test_twice_the_air_halves_the_time() -> None:
    around = surroundings_of(DAY)
    hours = [
        attitude.hold(DAY.with_(surroundings=replace(around, density_kg_m3=Range.exact(rho))).stacks()[0])
        for rho in (1e-12, 2e-12)
    ]
    left = [h.hours_to_saturation.best * h.growth_nms_orbit.best for h in hours]
    assert hours[1].growth_nms_orbit.best == pytest.approx(2.0 * hours[0].growth_nms_orbit.best)
    assert left[1] == pytest.approx(left[0], rel=0.05)


def test_below_the_floor_of_the_rules_only_thrusters_hold() -> None:
    low = at_height(DAY, 200.0).stacks()[0]
    a = attitude.assess(low)
    assert a.status == "degraded"
    assert any("below 220 km" in r for r in a.reasons)
    assert attitude.propellant_kg_day(low) == attitude.hold(low).thruster_hold_kg_day
    jets = {p.id for p in attitude.thrusters(low)}
    without = attitude.assess(at_height(DAY.with_(failed=frozenset(jets)), 200.0).stacks()[0])
    assert without.status == "lost"
    assert "no working thrusters" in without.reasons[0]


def test_without_a_rule_the_air_sets_the_floor() -> None:
    bare = DAY.station.model_copy(update={"rule": []})
    high, low = (attitude.hold(at_height(DAY.with_(station=bare), km).stacks()[0]) for km in (400.0, 180.0))
    assert high.floor == ""
    assert "momentum" in low.floor


def test_a_station_without_an_orbit_says_so() -> None:
    s = with_station(DAY, orbit=[])
    a = attitude.assess(s)
    assert (attitude.hold(s), attitude.propellant_kg_day(s), a.margin, a.figures) == (None, None, None, ())
    assert (a.status, a.not_modelled) == ("nominal", attitude.NO_ORBIT)
    t = attitude.tumbling(s)
    assert (t.hours_to_tumble, t.rate_rad_s) == (None, None)
    assert not t.can_track(1.0)


@pytest.mark.parametrize("gone", ["density_kg_m3", "drag_area_cd_m2"])
def test_without_the_air_momentum_is_left_open(gone: str) -> None:
    around = surroundings_of(DAY)
    s = DAY.with_(surroundings=replace(around, **{gone: None})).stacks()[0]
    a, h = attitude.assess(s), attitude.hold(s)
    assert a.not_modelled == attitude.NO_AIR
    assert (h.growth_nms_orbit, h.hours_to_saturation, h.desaturation_kg_day) == (None, None, None)
    # gravity's part is still there
    assert h.tea_rad is not None
    assert h.thruster_hold_kg_day is not None


def test_gyroscopes_without_momentum_in_the_data() -> None:
    bare = [q.model_copy(update={"figures": {}}) if q.kind == "gyroscope" else q for q in DAY.station.equipment]
    a = attitude.assess(with_station(DAY, equipment=bare))
    assert (a.status, a.not_modelled) == ("nominal", attitude.NO_MOMENTUM)


def test_thrusters_without_figures_get_a_wide_range() -> None:
    bare = [
        q.model_copy(update={"figures": {k: v for k, v in q.figures.items() if k == "content_kg"}})
        for q in DAY.station.equipment
    ]
    known, wide = attitude.hold(DAY.stacks()[0]), attitude.hold(with_station(DAY, equipment=bare))
    assert wide.thruster_hold_kg_day.high >= known.thruster_hold_kg_day.high
    assert wide.thruster_hold_kg_day.low <= known.thruster_hold_kg_day.low * 1.5


def test_dry_tanks_stop_the_station_s_own_thrusters(halves) -> None:
    cfg = halves[1].configuration
    dry = cfg.with_(tanks=tuple(replace(t, content_kg=0.0, low_kg=0.0) for t in cfg.tanks)).stacks()[1]
    assert attitude.thrusters(dry) == []
    ships = frozenset(d.visit for d in dry.docked)
    a = attitude.assess(dry.configuration.with_(failed=ships).stacks()[1])
    assert a.status == "lost"
    assert "nothing to burn" in a.reasons[0]


def test_a_free_vehicle_and_a_lone_part_do_not_crash() -> None:
    loose = DAY.with_(links=())
    for s in loose.stacks():
        a = attitude.assess(s)
        assert a.status in RANK
        assert attitude.tumbling(s).drag_area_ratio.low > 0.0


@pytest.mark.parametrize("name", ["skylab"])
def test_another_station(name: str) -> None:
    station: Station = load_station(name)
    for day in ("1973-05-20", "1973-06-07", "1979-06-01"):
        for s in configuration_at(station, Epoch.parse(f"{day}T00:00:00Z")).stacks():
            assert attitude.assess(s).status in RANK


# ---- turning and tumbling -------------------------------------------------------------------------------------------


def test_a_turn_without_propellant_needs_gravity_s_help(lacking) -> None:
    t = attitude.zero_propellant_turn(lacking())
    assert t is not None
    assert t.momentum_nms > t.capacity_nms.high
    assert t.alone_hours.low > t.length_s / 3600.0
    assert attitude.zero_propellant_turn(lacking("gyroscope")) is None


def test_tumbling_costs_power_and_meets_more_air(lacking) -> None:
    t = attitude.tumbling(lacking())
    assert t.hours_to_tumble is not None
    assert 0.1 < t.hours_to_tumble.low < t.hours_to_tumble.high < 3.0
    assert t.drag_area_ratio.low < 1.0 < t.drag_area_ratio.best < t.drag_area_ratio.high < 3.0
    assert 0.0 <= t.power_ratio.low <= t.power_ratio.best <= t.power_ratio.high < 0.5
    assert t.antenna_share(math.pi) == 1.0
    assert t.antenna_share(math.pi / 2) == pytest.approx(0.5)
    assert t.antenna_share(math.radians(2.0)) < 0.001
    assert t.can_track(math.radians(1.0))
    fast = attitude.tumbling(lacking(), math.radians(0.56))
    assert fast.hours_to_tumble == Range.exact(0.0)
    assert fast.rate_rad_s.low <= math.radians(0.56) <= fast.rate_rad_s.high
    assert not fast.can_track(math.radians(0.5))


def test_a_body_that_gravity_holds_does_not_tumble() -> None:
    boom = replace(DAY.nodes["unity"], centre_m=(0.0, 0.0, 0.0), size_m=(5.0, 3.0, 60.0), mass_kg=1e5)
    s = DAY.with_(nodes={"unity": boom}, links=(), docked=(), crew=(), tanks=(), stores=()).stacks()[0]
    assert attitude.tumbling(s).hours_to_tumble is None
    assert attitude.tumbling(s, 0.0).rate_rad_s is not None


# ---- properties -----------------------------------------------------------------------------------------------------

PARTS = [q.id for q in ISS.equipment if any(x.function == "attitude" for x in q.services)] + list(DOCKED)


@settings(max_examples=40)
@given(st.sets(st.sampled_from(PARTS)), st.sampled_from(PARTS), st.sampled_from([418.0, 250.0, 200.0]), st.booleans())
def test_losing_something_never_helps(failed: set[str], more: str, km: float, apart: bool) -> None:
    links = tuple(x for x in DAY.links if x.id != "zarya-pma-1") if apart else DAY.links
    cfg = at_height(DAY, km).with_(links=links)
    pairs = zip(
        cfg.with_(failed=frozenset(failed)).stacks(), cfg.with_(failed=frozenset(failed | {more})).stacks(), strict=True
    )
    for before, after in pairs:
        a, b = attitude.assess(before), attitude.assess(after)
        assert RANK[b.status] <= RANK[a.status]
        for pick in ("capacity_nms", "hours_to_saturation"):
            x, y = (getattr(attitude.hold(s), pick) for s in (before, after))
            assert y is None or y.best <= x.best
        x, y = (attitude.hold(s).thruster_hold_kg_day for s in (before, after))
        assert y is None or (y.best >= x.best * (1 - 1e-12) and y.high >= x.high * (1 - 1e-12))


@settings(max_examples=30)
@given(st.integers(0, 300), st.floats(0.0, 1.0))
def test_emptier_tanks_never_last_longer(day: int, part: float) -> None:
    cfg = configuration_at(ISS, Epoch.parse("2022-02-24T00:00:00Z").plus_days(day)).with_(failed=frozenset({"cmg"}))
    less = cfg.with_(
        tanks=tuple(
            replace(t, content_kg=part * t.content_kg, low_kg=part * t.low_kg, high_kg=part * t.high_kg)
            for t in cfg.tanks
        )
    )
    a, b = (attitude.assess(c.stacks()[0]) for c in (cfg, less))
    assert RANK[b.status] <= RANK[a.status]
    assert b.lasts is not None
    assert b.lasts.value <= a.lasts.value


@given(st.floats(0.0, 1e-9), st.floats(150e3, 790e3))
def test_all_numbers_are_in_order(rho: float, height_m: float) -> None:
    around = surroundings_of(DAY)
    orbit = replace(around.orbit, semi_major_axis_m=EARTH_EQUATORIAL_RADIUS_M + height_m)
    s = DAY.with_(surroundings=replace(around, orbit=orbit, density_kg_m3=Range.exact(rho))).stacks()[0]
    a = attitude.assess(s)
    for m in (a.margin, *a.figures):
        ends = [x for x in (m.low, m.value, m.high) if x is not None]
        assert ends == sorted(ends)
        assert np.isfinite(ends).all()


def test_the_data_s_new_figures_are_quantities() -> None:
    gyro = next(q for q in ISS.equipment if q.kind == "gyroscope")
    assert isinstance(gyro.figures["usable_ratio"], Quantity)
    assert 0.0 < gyro.figures["usable_ratio"].bounds[0] <= gyro.figures["usable_ratio"].bounds[1] <= 1.0
