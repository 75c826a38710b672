"""Planned deorbit: burns that reach what they ask for, the aim, propellant, notes."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.reentry.deorbit import Deorbit, Propellant, fly_plan
from stationkeeper.reentry.plan import Plan, load_plan, plan_path


def changed(folder: Path, old: str, new: str, name: str = "mir-2001") -> Path:
    """A packaged plan with some text replaced."""
    text = plan_path(name).read_text("utf-8")
    assert old in text
    path = folder / "plan.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def mir() -> Deorbit:
    """Mir without branches and footprint."""
    return fly_plan(load_plan("mir-2001"), branches=False, zone=False)


def test_burns_give_what_the_rocket_equation_says(mir: Deorbit) -> None:
    mass = 135_000.0
    for b, wanted in zip(mir.burns, (9.3, 10.4, 28.0), strict=True):
        assert b.delta_v_m_s == pytest.approx(wanted, abs=1e-3)
        used = math.fsum(kg.best for _, kg in b.propellant_kg)
        assert used == pytest.approx(mass - b.mass_after_kg, abs=0.01)
        exhaust = STANDARD_GRAVITY_M_S2 * b.burn.specific_impulse_s
        assert used == pytest.approx(mass * -math.expm1(-wanted / exhaust), rel=1e-6)
        mass = b.mass_after_kg
    assert mir.propellant[0].need_kg.best == pytest.approx(135_000.0 - mass, abs=0.05)


def test_the_need_spans_the_ranges_of_mass_and_specific_impulse(mir: Deorbit) -> None:
    first = mir.burns[0].propellant_kg[0][1]  # thrusters: 282 s, 250 to 302; Mir: 135 t, 130 to 140
    assert first.high / first.best == pytest.approx(140.0 / 135.0 * 282.0 / 250.0)
    assert first.low / first.best == pytest.approx(130.0 / 135.0 * 282.0 / 302.0)


@pytest.mark.parametrize(
    ("need", "aboard", "verdict"),
    [
        ((10, 9, 11), (20, 15, 25), "enough"),
        ((10, 9, 11), (8, 7, 8.5), "not enough"),
        ((10, 9, 11), (11, 9.5, 12), "open"),
    ],
)
def test_the_verdict_on_propellant(
    need: tuple[float, float, float], aboard: tuple[float, float, float], verdict: str
) -> None:
    p = Propellant("v", Range(*need), Range(*aboard))
    assert p.verdict == verdict
    assert p.margin_kg == aboard[0] - need[0]


def test_the_entry_is_at_120_km_and_before_100_km(mir: Deorbit) -> None:
    d = mir.descent
    assert d is not None and mir.zone is None and mir.middle == d.middle
    assert d.entry.epoch < d.at_100_km < d.middle.epoch
    assert d.entry.state.radius_m - 6_378_137.0 == pytest.approx(120e3, abs=22e3)  # the Earth's flattening
    assert d.entry.flight_path_angle_rad < 0.0


def shortened(plan: Plan) -> Plan:
    """A plan with its last burn alone, from 200 km, with few hours to choose from, of a station that breaks up as Mir did."""
    f = plan.file
    assert f.orbit is not None
    parts = f.station.parts.model_copy(update={"station": None, "on": None, "body": "mir"})
    return replace(
        plan, file=f.model_copy(update={"burn": f.burn[-1:], "orbit": f.orbit.model_copy(update={"altitude_km": 200.0}),
        "corridor": f.corridor.model_copy(update={"window_hours": 2.0}), "station": f.station.model_copy(update={"parts": parts})})
    )  # fmt: skip


def test_an_aimed_burn_reaches_its_perigee_and_its_argument_of_latitude() -> None:
    plan = shortened(load_plan("iss-2022-rfi"))
    found = fly_plan(plan, branches=False, crew=False, zone=False)
    assert found.burns[-1].perigee_m == pytest.approx(50e3, abs=60.0)  # reached to 50 m
    assert found.descent is not None
    # 265 degrees of argument of latitude at 51.64 degrees of inclination, geocentric; 0.2 degrees from geodetic
    wanted = math.asin(math.sin(math.radians(51.64)) * math.sin(math.radians(265.0)))
    assert found.descent.middle.latitude_rad == pytest.approx(wanted, abs=math.radians(0.6))
    # vis-viva from 200 km to a perigee of 50 km is 44.6 m/s in one instant; half of the perigee's fall is the change of the
    # eccentricity, of which a burn over the angle 2 x keeps sin x / x, and all of the semi-major axis's. 5 %: it is of first
    # order, and the air takes a few kilometres of height (0.3 m/s each) before the burn
    x = 0.5 * math.tau * found.burns[-1].burn.duration_s / 5_310.0
    assert found.delta_v_m_s == pytest.approx(44.6 / (0.5 + 0.5 * math.sin(x) / x), rel=0.05)
    # the parts are Mir's 135 t and the plan's mass is 420 t: that is said
    assert any("parts that break up weigh 135 t" in n for n in found.notes)


def test_a_vehicle_without_enough_propellant_is_named(tmp_path: Path) -> None:
    path = changed(
        tmp_path, "value = 2678.0, low = 2400.0, high = 2678.0", "value = 1000.0, low = 900.0, high = 1100.0"
    )
    found = fly_plan(load_plan(path), branches=False, zone=False)
    assert any("progress-m1-5 needs" in n and "cannot be flown" in n for n in found.notes)
    assert found.propellant[0].verdict == "not enough"


def test_a_burn_that_asks_for_a_height_already_passed_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, "perigee_km = 145.0", "perigee_km = 300.0", name="iss-2022-rfi")
    with pytest.raises(InputError, match=r"line 32: burn\[0\]\.perigee_km: .*only lowers"):
        fly_plan(load_plan(path), branches=False, crew=False)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("iss-2022-rfi", "value = 8000.0, low = 3000.0", "value = 0.1, low = 0.01", r"line 30: burn\[0\]\.by: .*hours"),
        (
            "iss-2022-rfi", "argument_of_latitude_deg = 295.0", "argument_of_latitude_deg = 295.0\nafter_hours = 239",
            r"line 38: burn\[1\]\.argument_of_latitude_deg: .*it is down before",
        ),
        ("iss-2022-rfi", "epoch = 2022-08-20T00", "epoch = 2031-08-20T00", r"line 7: orbit\.epoch: found 2031-08-20.*IERS"),
        ("mir-2001", "start = 2001-03-23T02:00:24Z", "start = 2001-03-23T00:40:00Z", r"line 4\d: burn\[1\]: .*a beginning after"),
        ("mir-2001", "delta_v_m_s = 10.4", "delta_v_m_s = 90.0", r"line 4\d: burn\[\d\]"),
        ("iss-2022-rfi", "from = 2022-03-07", "from = 2090-03-07", r"line \d+: crew\.from: found 2090"),
    ],
)  # fmt: skip
def test_a_burn_that_cannot_be_flown_is_refused_with_file_line_and_key(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    path = changed(tmp_path, old, new, name=name)
    with pytest.raises(InputError, match=said) as caught:
        fly_plan(load_plan(path), branches=False, crew="crew" in said, zone=False)
    assert str(caught.value).startswith(str(path)) and caught.value.exit_code == 2


def test_a_push_that_no_station_has_borne_is_noted(mir: Deorbit, tmp_path: Path) -> None:
    path = changed(
        tmp_path, "value = 1000.0, low = 900.0, high = 1090.0", "value = 20000.0, low = 900.0, high = 30000.0"
    )
    found = fly_plan(load_plan(path), branches=False, crew=False, zone=False)
    assert any("0.15 m/s2" in n and "not plausible" in n for n in found.notes)
    assert not any("not plausible" in n for n in mir.notes)
