"""Reboost: who may raise the orbit on a date and why not, what the air demands, how long propellant lasts."""

import itertools
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.functions import pushing, reboost
from stationkeeper.functions.assessment import Assessment
from stationkeeper.station.configuration import Configuration, PartnerState, Stack, configuration_at
from stationkeeper.station.load import load_station
from stationkeeper.station.mass import stack_mass_properties

DOCKED = ("soyuz-ms-19", "progress-ms-18", "progress-ms-19", "crew-3", "cygnus-ng-17")
ISS = load_station("iss")
ON = configuration_at(ISS, Epoch.parse("2022-03-07T00:00:00Z"))
ORDER = ("lost", "degraded", "nominal")


def _verdicts(stack: Stack) -> dict[tuple[str, str], str]:
    return {(a.pusher.id, a.pusher.engine): a.verdict for a in reboost.able(stack)}


def _best(stack: Stack) -> dict[str, str]:
    """The best verdict of each vehicle or piece of equipment."""
    return {a.pusher.id: a.verdict for a in reversed(reboost.able(stack))}


def _row(stack: Stack, id_: str) -> reboost.Able:
    return next(a for a in reboost.able(stack) if a.pusher.id == id_)


def _gone(cfg: Configuration, *partners: str) -> Configuration:
    return cfg.with_(partners={**cfg.partners, **{p: PartnerState("gone", cfg.epoch) for p in partners}})


def _undocked(cfg: Configuration, *visits: str) -> Configuration:
    return cfg.with_(
        nodes={k: n for k, n in cfg.nodes.items() if k not in visits},
        links=tuple(x for x in cfg.links if x.a not in visits and x.b not in visits),
        docked=tuple(d for d in cfg.docked if d.visit not in visits),
        tanks=tuple(t for t in cfg.tanks if t.node not in visits),
        crew=tuple(c for c in cfg.crew if c.location not in visits),
    )


# ---- who pushes


def test_progress_and_zvezda_can(lacking) -> None:
    stack = lacking()
    shown = {p.id for p in reboost.pushers(stack) if p.shown}
    assert {"progress-ms-18", "progress-ms-19", "zvezda-main-engines"} <= shown
    assert not shown & {"soyuz-ms-19", "crew-3"}
    assert reboost.assess(stack).status == "nominal"


def test_the_verdicts_of_march_2022(lacking) -> None:
    stack = lacking()
    assert _best(stack) == {
        "progress-ms-18": "yes", "cygnus-ng-17": "yes", "progress-ms-19": "not shown", "soyuz-ms-19": "not shown",
        "crew-3": "not shown", "zvezda-main-engines": "no", "nauka-main-engines": "no", "zarya-engines": "no",
    }  # fmt: skip
    assert "Zvezda aft only, and it is at Poisk" in _row(stack, "progress-ms-19").reasons[0]
    assert _verdicts(stack)["progress-ms-18", "Main engine KTDU-80"] == "not shown"


def test_zvezdas_engines_need_the_aft_port_free() -> None:
    row = _row(ON.stacks()[0], "zvezda-main-engines")
    assert row.verdict == "no"
    assert row.blocked_by == ("progress-ms-18",)
    assert row.ready
    assert "would have to leave first" in row.reasons[0]
    free = _row(_undocked(ON, "progress-ms-18").stacks()[0], "zvezda-main-engines")
    assert (free.verdict, free.blocked_by) == ("yes", ())


@pytest.mark.parametrize(
    ("visit", "when", "words"),
    [
        ("crew-4", "2022-07-04T00:00:00Z", "first on 2024-11-08"),
        ("crs-25", "2022-08-01T00:00:00Z", "not used to raise a station by 2022-08-01"),
        ("starliner-oft-2", "2022-05-22T00:00:00Z", "never shown"),
        ("soyuz-ms-21", "2022-07-04T00:00:00Z", "never used"),
    ],
)
def test_what_never_pushed_is_listed_but_not_shown(visit: str, when: str, words: str) -> None:
    cfg = configuration_at(ISS, Epoch.parse(when))
    rows = [a for a in reboost.able(cfg.stacks()[0]) if a.pusher.id == visit]
    assert {a.verdict for a in rows} == {"not shown"}
    assert not any(a.pusher.shown for a in rows)
    assert any(words in a.reasons[0] for a in rows)


def test_a_cargo_dragon_counts_from_november_2024() -> None:
    cfg = configuration_at(ISS, Epoch.parse("2022-08-01T00:00:00Z"))
    later = cfg.with_(epoch=Epoch.parse("2024-11-09T00:00:00Z"))
    assert not _row(cfg.stacks()[0], "crs-25").pusher.shown
    assert _row(later.stacks()[0], "crs-25").pusher.shown


def test_cygnus_is_only_tested_before_june_2022() -> None:
    before = configuration_at(ISS, Epoch.parse("2022-06-24T00:00:00Z"))
    after = configuration_at(ISS, Epoch.parse("2022-06-26T00:00:00Z"))
    assert any("only tested" in r for r in _row(before.stacks()[0], "cygnus-ng-17").reasons)
    assert not any("only tested" in r for r in _row(after.stacks()[0], "cygnus-ng-17").reasons)


def test_who_turns_the_stack_for_a_burn_is_named_with_the_partner() -> None:
    row = _row(ON.stacks()[0], "cygnus-ng-17")
    assert row.turn_deg == pytest.approx(90.0)
    assert row.turned_by[0] == "Zvezda's attitude thrusters (Roscosmos)"
    assert any("must turn the stack" in r for r in row.reasons)
    assert {s.who.split(",")[0] for s in row.statements} == {"D. Strugovets", "S. Krein"}
    assert _row(ON.stacks()[0], "progress-ms-18").turned_by == ()


def test_a_partner_that_left_pushes_no_more() -> None:
    stack = _gone(ON, "roscosmos").stacks()[0]
    assert all(p.partner != "roscosmos" for p in reboost.pushers(stack))
    assert "has left" in _row(stack, "progress-ms-18").reasons[0]
    assert reboost.assess(stack).status == "degraded"
    assert reboost.assess(_gone(ON, "roscosmos", "northrop-grumman").stacks()[0]).status == "lost"


# ---- line of thrust


def test_the_torque_is_thrust_times_the_distance_of_the_line_from_the_mass_centre() -> None:
    stack = ON.stacks()[0]
    x, y, z = stack_mass_properties(stack).centre_m
    progress, cygnus = _row(stack, "progress-ms-18"), _row(stack, "cygnus-ng-17")
    assert progress.arm_m == pytest.approx(math.hypot(y, z))
    assert cygnus.arm_m == pytest.approx(math.hypot(x, y))
    assert progress.torque_nm is not None
    assert progress.torque_nm.best == pytest.approx(progress.pusher.thrust_n * math.hypot(y, z))
    assert progress.torque_nm.low < progress.torque_nm.best < progress.torque_nm.high


def test_an_engine_that_swings_leaves_less_torque() -> None:
    row = next(
        a for a in reboost.able(ON.stacks()[0]) if a.pusher.engine == "Main engine KTDU-80" and a.turn_deg == 0.0
    )
    assert row.arm_m is not None
    assert row.arm_m > 0.5
    # 5 degrees over the 36 m between engine and mass centre are 3 m
    assert row.torque_nm is not None
    assert row.torque_nm.best == 0.0


def test_thrusters_hold_what_their_arm_allows() -> None:
    """Two of 130 N at Zvezda's middle alone: 260 N times the distance from the axis."""
    stack = ON.with_(failed=frozenset({"nauka-thrusters"})).stacks()[0]
    held = pushing.holding_nm(stack, np.array([0.0, 1.0, 0.0]))
    centre = stack_mass_properties(stack).centre_m
    node = stack.configuration.nodes["zvezda"]
    arm = math.hypot(node.centre_m[0] - centre[0], node.centre_m[2] - centre[2])
    assert held is not None
    assert held.best == pytest.approx(260.0 * arm)
    none = ON.with_(failed=frozenset({"nauka-thrusters", "zvezda-thrusters"})).stacks()[0]
    assert pushing.holding_nm(none, np.array([0.0, 1.0, 0.0])) is None


def test_zvezdas_engines_are_too_strong_for_what_holds_the_russian_half(halves) -> None:
    _, ru = halves
    row = _row(_undocked(ru.configuration, "progress-ms-18").stack_of("zvezda"), "zvezda-main-engines")
    assert row.verdict == "not shown"
    assert "misses the centre of mass" in row.reasons[0]


# ---- halves


def test_the_us_half_cannot_aim_what_cygnus_pushes(halves) -> None:
    us, ru = halves
    a = reboost.assess(us)
    assert a.status == "degraded"
    row = _row(us, "cygnus-ng-17")
    assert row.verdict == "not shown"
    assert "never been done" in row.reasons[0]
    assert any("full of momentum after" in r for r in row.reasons)
    assert any(r.startswith("D. Strugovets") for r in a.reasons)
    assert a.lasts is not None
    assert (a.lasts.value, a.lasts.low) == (0.0, 0.0)
    assert a.lasts.high
    assert reboost.assess(ru).status == "nominal"


@pytest.mark.parametrize(
    ("date", "us", "ru"),
    [("2022-02-20", "lost", "nominal"), ("2022-03-31", "degraded", "nominal"), ("2022-06-29", "lost", "nominal")],
)
def test_the_us_half_has_only_the_cygnus_on_site(date: str, us: str, ru: str) -> None:
    """NG-17 was there from 2022-02-21 to 2022-06-28."""
    cfg = configuration_at(ISS, Epoch.parse(f"{date}T00:00:00Z"))
    parts = cfg.with_(links=tuple(x for x in cfg.links if x.id != "zarya-pma-1")).stacks()
    assert [reboost.assess(s).status for s in parts] == [us, ru]


def test_each_half_carries_its_own_share_of_the_drag(halves) -> None:
    whole = reboost.demand(ON.stacks()[0])
    parts = [reboost.demand(s) for s in halves]
    assert whole is not None
    forces = [d.force_n.best for d in parts if d is not None]
    assert len(forces) == 2
    assert math.fsum(forces) == pytest.approx(whole.force_n.best)


def test_without_engines_it_only_sinks(lacking) -> None:
    a = reboost.assess(lacking("engine", vehicles=DOCKED))
    assert a.status == "lost"
    assert "the air lowers it" in a.reasons[0]
    assert a.lasts is not None
    assert a.lasts.value == 0.0


# ---- propellant


def test_the_tanks_add_up(lacking) -> None:
    stack = lacking()
    best, low, high = reboost.propellant_kg(stack)
    assert low <= best <= high
    assert best == pytest.approx(sum(t.content_kg for t in stack.tanks))
    margin = reboost.assess(stack).margin
    assert margin is not None
    assert (margin.value, margin.low, margin.high, margin.unit) == (best, low, high, "kg")


def test_empty_tanks_push_nothing() -> None:
    dry = tuple(replace(t, content_kg=0.0, low_kg=0.0, high_kg=0.0) for t in ON.tanks)
    empty = ON.with_(tanks=dry).stacks()[0]
    assert _row(empty, "progress-ms-18").verdict == "no"
    a = reboost.assess(empty)
    assert a.status == "lost"
    assert any("empty" in r for r in a.reasons)


def test_it_lasts_for_the_propellant_over_what_is_used_each_day() -> None:
    stack = ON.stacks()[0]
    a, d = reboost.assess(stack), reboost.demand(stack)
    usable, use, lasts = a.figure("usable_kg"), a.figure("attitude_kg_day"), a.lasts
    assert d is not None
    assert d.propellant_kg_year is not None
    assert usable is not None
    assert usable.value
    assert lasts is not None
    assert lasts.value
    assert lasts.low
    assert lasts.high
    attitude = use.value if use is not None and use.value else 0.0
    # Zvezda's engines make the most of the Russian tanks (300 s), Cygnus of its own (320 s)
    impulse = 9.80665 * (300.0 * (usable.value - 300.0) + 320.0 * 300.0)
    assert lasts.value == pytest.approx(1.0 / (86400.0 * d.force_n.best / impulse + attitude / usable.value))
    assert lasts.low < lasts.value < lasts.high


def test_a_half_lasts_no_longer_than_its_last_ship_may_stay(halves) -> None:
    _, ru = halves
    lasts, row = reboost.assess(ru).lasts, _row(ru, "progress-ms-18")
    assert row.docked_life_day is not None
    assert lasts is not None
    assert lasts.value == pytest.approx(row.docked_life_day.best)


# ---- demand


def _in(density: Range | None, drag: Range | None, altitude_m: float = 417e3) -> Surroundings:
    orbit = Orbit(ON.epoch, 6_378_137.0 + altitude_m, math.radians(51.64), 0.0, 0.0, "test")
    return Surroundings(orbit, density, drag, "test")


def test_the_arithmetic_of_the_demand() -> None:
    """Drag by hand: half density times area times the square of the speed in air that turns with the Earth."""
    s = _in(Range.exact(2e-12), Range.exact(3000.0))
    stack = ON.with_(surroundings=s).stacks()[0]
    d = reboost.demand(stack)
    speed = math.sqrt(3.986004415e14 / s.orbit.semi_major_axis_m)
    wind = 7.292115e-5 * s.orbit.semi_major_axis_m * math.cos(math.radians(51.64))
    force = 0.5 * 2e-12 * 3000.0 * (speed - wind) ** 2
    assert d is not None
    assert d.force_n.best == pytest.approx(force)
    assert d.delta_v_m_s_year.best == pytest.approx(force / stack.mass_kg * 365.25 * 86400.0)
    assert d.propellant_kg_year is not None
    assert d.propellant_kg_year.best == pytest.approx(force * 365.25 * 86400.0 / (282.0 * 9.80665))
    # 1 m/s is 1.774 km at this height (facts, section 8)
    assert d.sinking_m_day.best == pytest.approx(1774.0 * force / stack.mass_kg * 86400.0, rel=1e-3)


@pytest.mark.parametrize("s", [_in(None, Range.exact(3000.0)), _in(Range.exact(2e-12), None)])
def test_without_air_or_area_the_demand_is_not_worked_out(s: Surroundings) -> None:
    stack = ON.with_(surroundings=s).stacks()[0]
    a = reboost.assess(stack)
    assert reboost.demand(stack) is None
    assert reboost.keeping(stack) is None
    assert "not worked out" in a.not_modelled
    assert a.status == "nominal"
    assert a.lasts is None


def test_raises_and_the_reserve_follow_the_stations_practice() -> None:
    kept, d = reboost.keeping(ON.stacks()[0]), reboost.demand(ON.stacks()[0])
    assert kept is not None
    assert d is not None
    assert kept.raises_year.best * 2200.0 == pytest.approx(d.sinking_m_day.best * 365.25)
    assert kept.raises_year.best * kept.raise_m_s.best == pytest.approx(d.delta_v_m_s_year.best, rel=1e-6)
    assert kept.reserve_kg is not None
    assert kept.reserve_kg.best == pytest.approx(2.0 * ON.mass_kg / (282.0 * 9.80665))


# ---- any station


def test_skylab_with_a_crew_ship_and_without() -> None:
    skylab = load_station("skylab")
    manned = reboost.assess(configuration_at(skylab, Epoch.parse("1974-02-07T00:00:00Z")).stacks()[0])
    empty = reboost.assess(configuration_at(skylab, Epoch.parse("1976-01-01T00:00:00Z")).stacks()[0])
    assert manned.status == "degraded"
    assert any("no propellant" in r for r in manned.reasons)
    assert empty.status == "lost"


def test_a_vehicle_on_its_own_is_assessed_without_an_error() -> None:
    free = ON.with_(links=tuple(x for x in ON.links if "progress-ms-18" not in (x.a, x.b)))
    stack = free.stack_of("progress-ms-18")
    assert reboost.demand(stack) is None
    assert isinstance(reboost.assess(stack), Assessment)


# ---- properties

EQUIPMENT = [q.id for q in ISS.equipment if q.kind in ("engine", "thruster", "tank", "gyroscope")]
VISITS = [d.visit for d in ON.docked]


def _rank(cfg: Configuration) -> tuple[int, float, float]:
    a = reboost.assess(cfg.stack_of("unity"))
    usable = a.figure("usable_kg")
    assert a.margin is not None
    return ORDER.index(a.status), a.margin.value or 0.0, (usable.value or 0.0) if usable else 0.0


@settings(max_examples=25)
@given(
    failed=st.sets(st.sampled_from(EQUIPMENT + VISITS), max_size=4),
    away=st.sets(st.sampled_from(VISITS), max_size=3),
    gone=st.sets(st.sampled_from(["roscosmos", "northrop-grumman", "nasa", "spacex"]), max_size=2),
    one=st.sampled_from(EQUIPMENT + VISITS),
)
def test_taking_something_away_never_helps(failed: set[str], away: set[str], gone: set[str], one: str) -> None:
    before = _gone(_undocked(ON, *away).with_(failed=frozenset(failed)), *gone)
    held = _rank(before)
    after = [
        before.with_(failed=frozenset(failed | {one})),
        _gone(before, "roscosmos"),
        _gone(before, "northrop-grumman"),
    ]
    if one in VISITS and one not in away:
        after.append(_undocked(before, one))
    for cfg in after:
        assert all(b <= a + 1e-9 for a, b in zip(held, _rank(cfg), strict=True))


@settings(max_examples=15)
@given(joints=st.sets(st.sampled_from([x.id for x in ON.links if x.joint is not None]), max_size=3))
def test_any_cut_gives_a_sane_answer(joints: set[str]) -> None:
    for stack in ON.with_(links=tuple(x for x in ON.links if x.id not in joints)).stacks():
        a = reboost.assess(stack)
        text = " ".join(a.reasons)
        assert a.reasons
        assert not re.search(r"\b(nan|inf)\b", text)
        for f in itertools.chain(a.figures, [a.lasts] if a.lasts else []):
            assert f.value is None or f.low is None or f.low <= f.value
            assert f.value is None or f.high is None or f.value <= f.high
