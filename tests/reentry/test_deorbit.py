"""Planned deorbit: the plan file, the ballistic range, burns that reach what they ask for, branches, propellant."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.deorbit import Deorbit, distance_m, fly_plan
from stationkeeper.reentry.fall import fall
from stationkeeper.reentry.plan import CorridorTable, Plan, load_plan, packaged_plans, plan_path

QUIET = SpaceWeather.fixed()
AT = Epoch.parse("2022-08-20T00:00:00Z")


def changed(folder: Path, *swaps: tuple[str, str], name: str = "mir-2001") -> Path:
    """A packaged plan with some text replaced."""
    text = plan_path(name).read_text("utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def mir() -> Deorbit:
    """Mir without branches."""
    return fly_plan(load_plan("mir-2001"), branches=False)


@pytest.mark.parametrize("name", packaged_plans())
def test_every_packaged_plan_reads_and_its_sources_are_named(name: str) -> None:
    plan = load_plan(name)
    keys = {s.key for s in plan.file.source}
    used = {k for v in plan.file.vehicle for q in [v.propellant_kg, *(e.thrust_n for e in v.engine)] for k in q.source}
    used |= {k for q in (plan.file.station.mass_kg, plan.file.station.cdam_m2_kg) for k in q.source}
    assert used <= keys
    assert plan.state().mean_altitude_m == pytest.approx(217e3, abs=6e3)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('by = ["progress-m1-5/dpo"]', 'by = ["progress-m1-5/dop"]', "burn[0].by"),
        ("start = 2001-03-23T02:00:24Z", "start = 2001-03-22T02:00:24Z", "burn[1].start"),
        ("delta_v_m_s = 9.3", "delta_v_m_s = 9.3\nperigee_km = 100.0", "delta_v_m_s"),
        ("south_deg = -52.0", "south_deg = -10.0", "south_deg"),
        ("inclination_deg = 51.6348", "inclination_deg = 251.6", "inclination_deg"),
    ],
)
def test_a_wrong_plan_is_refused_with_its_line(tmp_path: Path, old: str, new: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        load_plan(changed(tmp_path, (old, new)))
    assert part in str(caught.value)
    assert "line" in str(caught.value)


def test_an_unknown_plan_names_those_that_there_are() -> None:
    with pytest.raises(InputError, match="iss-usdv"):
        load_plan("iss-usdw")


def test_a_corridor_over_the_date_line_holds_what_lies_in_it() -> None:
    box = CorridorTable(name="box", south_deg=-60.0, north_deg=-20.0, west_deg=175.0, east_deg=-130.0)
    assert box.holds(-40.0, 180.0) and box.holds(-40.0, -160.0) and box.holds(-40.0, 176.0)
    assert not box.holds(-40.0, 170.0) and not box.holds(-40.0, -120.0) and not box.holds(-10.0, -160.0)


def test_distance_of_a_quarter_of_the_earth() -> None:
    assert distance_m((0.0, 0.0), (0.0, math.pi / 2)) == pytest.approx(6_371_000.0 * math.pi / 2)


def falling(height_m: float, angle_deg: float, speed_m_s: float = 7_800.0) -> StateVector:
    """Over the equator, flying east and down."""
    a = math.radians(angle_deg)
    return StateVector(
        AT, np.array([6_378_137.0 + height_m, 0.0, 0.0]), speed_m_s * np.array([math.sin(a), math.cos(a), 0.0])
    )


def test_without_air_the_fall_is_keplers_ellipse() -> None:
    # J2 on the equator adds 0.16 % to gravity: the time to fall 150 km differs by less than that
    s = falling(140e3, -5.0)
    down = fall(s, QUIET, 1e12, 0.0, 1e12)
    a, e = s.semi_major_axis_m, s.eccentricity

    def since_perigee(radius_m: float) -> float:
        eccentric = math.acos((1.0 - radius_m / a) / e)
        return -(eccentric - e * math.sin(eccentric)) * s.period_s / math.tau

    expected = since_perigee(6_378_137.0) - since_perigee(s.radius_m)
    assert down.seconds[0] == pytest.approx(expected, rel=0.01)


def test_a_piece_ends_at_its_terminal_speed() -> None:
    down = fall(falling(120e3, -1.0), QUIET, 200.0, 78e3, [15.0, 200.0])
    # 1.15 to 1.25 kg/m3 at the ground of the tropics, and 9.80 m/s2
    for k, ratio in enumerate((15.0, 200.0)):
        assert down.speed_m_s[k] == pytest.approx(math.sqrt(2.0 * ratio * 9.80 / 1.2), rel=0.03)


def test_the_fall_does_not_hang_on_its_step_and_heavy_pieces_go_farther() -> None:
    s = falling(120e3, -1.0)
    coarse, fine = (fall(s, QUIET, 200.0, 78e3, [50.0, 200.0, 3000.0], heights_m=[100e3], step_s=h) for h in (1.0, 0.5))
    metres = 6_371_000.0 * np.abs(coarse.longitude_rad - fine.longitude_rad)
    assert metres.max() < 500.0  # the release falls on another step: up to 0.5 s of 7.5 km/s, little of it kept
    quick = fall(s, QUIET, 200.0, 78e3, 200.0, step_s=4.0)
    assert abs(float(quick.longitude_rad[0]) - float(fine.longitude_rad[1])) * 6_371_000.0 < 5_000.0
    assert (np.diff(coarse.longitude_rad) > 0.0).all()
    assert (coarse.passed_s[:, 0] < coarse.seconds).all()


def test_burns_give_what_the_rocket_equation_says(mir: Deorbit) -> None:
    mass = 135_000.0
    for b, wanted in zip(mir.burns, (9.3, 10.4, 28.0), strict=True):
        assert b.delta_v_m_s == pytest.approx(wanted, abs=1e-3)
        used = math.fsum(kg for _, kg in b.propellant_kg)
        assert used == pytest.approx(mass - b.mass_after_kg, abs=0.01)
        exhaust = STANDARD_GRAVITY_M_S2 * b.burn.specific_impulse_s
        assert used == pytest.approx(mass * -math.expm1(-wanted / exhaust), rel=1e-6)
        mass = b.mass_after_kg
    assert mir.propellant[0][1] == pytest.approx(135_000.0 - mass, abs=0.05)


def test_pieces_come_down_in_order_and_the_entry_is_at_120_km(mir: Deorbit) -> None:
    d = mir.descent
    assert d is not None and d.heel is not None and d.middle is not None and d.toe is not None
    assert d.at_100_km is not None and d.entry.epoch < d.at_100_km < d.toe.epoch
    assert d.entry.radius_m - 6_378_137.0 == pytest.approx(120e3, abs=22e3)  # the Earth's flattening
    heel, middle, toe = ((p.latitude_rad, p.longitude_rad) for p in (d.heel, d.middle, d.toe))
    assert distance_m(heel, middle) + distance_m(middle, toe) == pytest.approx(d.length_m, rel=0.02)
    assert d.flight_path_angle_rad < 0.0


def shortened(plan: Plan) -> Plan:
    """A plan with its last burn alone, from 200 km, with few hours to choose from."""
    f = plan.file
    assert f.orbit is not None
    return replace(
        plan, file=f.model_copy(update={"burn": f.burn[-1:], "orbit": f.orbit.model_copy(update={"altitude_km": 200.0}),
        "corridor": f.corridor.model_copy(update={"window_hours": 2.0})})
    )  # fmt: skip


def test_an_aimed_burn_reaches_its_perigee_and_its_argument_of_latitude() -> None:
    plan = shortened(load_plan("iss-2022-rfi"))
    found = fly_plan(plan, branches=False, crew=False)
    assert found.burns[-1].perigee_m == pytest.approx(50e3, abs=60.0)  # reached to 50 m
    assert found.descent is not None and found.descent.middle is not None
    # 265 degrees of argument of latitude at 51.64 degrees of inclination, geocentric; 0.2 degrees from geodetic
    wanted = math.asin(math.sin(math.radians(51.64)) * math.sin(math.radians(265.0)))
    assert found.descent.middle.latitude_rad == pytest.approx(wanted, abs=math.radians(0.4))
    # vis-viva from 200 km to a perigee of 50 km is 44.6 m/s in one instant; half of the perigee's fall is the change of the
    # eccentricity, of which a burn over the angle 2 x keeps sin x / x, and all of the semi-major axis's. 5 %: it is of first
    # order, and the air takes a few kilometres of height (0.3 m/s each) before the burn
    x = 0.5 * math.tau * found.burns[-1].burn.duration_s / 5_310.0
    assert found.delta_v_m_s == pytest.approx(44.6 / (0.5 + 0.5 * math.sin(x) / x), rel=0.05)


def test_a_failed_last_burn_leaves_it_up_and_a_short_one_falls_later() -> None:
    f = load_plan("mir-2001")
    found = fly_plan(f, crew=False)
    assert [(b.label, b.share) for b in found.branches[-2:]] == [("third burn", 0.0), ("third burn", 0.9)]
    failed, short = found.branches[-2:]
    assert not failed.controlled and not failed.in_corridor and failed.perigee_m is not None
    assert failed.hours_to_entry is not None and failed.hours_to_entry > 6.0
    assert short.controlled and short.descent is not None and found.descent is not None
    assert short.descent.entry.epoch > found.descent.entry.epoch


def test_a_vehicle_without_enough_propellant_is_named(tmp_path: Path) -> None:
    path = changed(tmp_path, ("value = 2678.0, low = 2400.0", "value = 1000.0, low = 900.0"))
    found = fly_plan(load_plan(path), branches=False)
    assert any("progress-m1-5 would need" in n for n in found.notes)


def test_a_burn_that_asks_for_a_height_already_passed_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, ("perigee_km = 145.0", "perigee_km = 300.0"), name="iss-2022-rfi")
    with pytest.raises(InputError, match="only lowers"):
        fly_plan(load_plan(path), branches=False, crew=False)
