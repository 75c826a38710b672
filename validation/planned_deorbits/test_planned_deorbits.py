"""The two acceptance cases again, flown anew, against what was published."""

import csv
import math
from pathlib import Path

import pytest

from stationkeeper.core.constants import GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.reentry.deorbit import Deorbit, distance_m, fly_plan
from stationkeeper.reentry.plan import load_plan

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def mir() -> Deorbit:
    return fly_plan(load_plan("mir-2001"), branches=False, members=100)


def test_mir_before_the_last_burn(mir: Deorbit) -> None:
    # mission control said 158 x 219 km and gave the changes of speed; 6 km: two printed pairs of heights differ by that of one orbit
    b = mir.burns[1]
    assert b.lowest_m is not None and b.highest_m is not None
    assert b.lowest_m == pytest.approx(158e3, abs=6e3)
    assert b.highest_m == pytest.approx(219e3, abs=6e3)
    # 165 x 220 km, asked for, is missed, and must be: from a circle of 220 km it takes 16.3 m/s, not 19.7
    assert b.lowest_m < 165e3 - 6e3
    circle, mean = 6_598.137e3, 6_570.637e3
    need = math.sqrt(GM_EARTH_M3_S2 / circle) * (1.0 - math.sqrt(2.0 - circle / mean))
    assert need == pytest.approx(16.3, abs=0.05)
    assert mir.burns[0].delta_v_m_s + b.delta_v_m_s == pytest.approx(19.7, abs=0.01)


def test_mir_passes_100_km_within_two_minutes_of_the_published_minute(mir: Deorbit) -> None:
    assert mir.descent is not None
    assert abs(mir.descent.at_100_km - Epoch.parse("2001-03-23T05:44:00Z")) < 120.0


def test_mir_falls_within_the_published_1500_km_and_minutes(mir: Deorbit) -> None:
    assert mir.zone is not None
    for p in (mir.zone.heel, mir.zone.middle, mir.zone.toe):
        assert distance_m((p.latitude_rad, p.longitude_rad), (math.radians(-40.0), math.radians(-160.0))) < 1_500e3
    # the heavy pieces strike first; "ceased to exist" at 05:59:24
    assert mir.zone.first < Epoch.parse("2001-03-23T05:59:24Z") < mir.zone.last


def test_nasas_profile_takes_its_published_change_of_speed_and_size_of_footprint() -> None:
    found = fly_plan(load_plan("iss-2022-rfi"), branches=False, crew=False, members=40)
    assert found.delta_v_m_s == pytest.approx(56.8, rel=0.05)  # asked for: 5 %
    assert found.burns[0].perigee_m == pytest.approx(145e3, abs=60.0)
    assert found.burns[1].apogee_m == pytest.approx(200e3, abs=60.0)
    assert found.burns[2].perigee_m == pytest.approx(50e3, abs=60.0)
    assert found.in_corridor and found.miss_m is not None and found.miss_m < 300e3
    z = found.zone
    assert z is not None and z.extrapolated
    # "could be as large as" 300 x 5,370 km (R160) with a perigee that nobody gave: about half of the length, a third of the width
    assert 0.35 < z.wide_length_m / 5_370e3 < 0.65
    assert 0.2 < z.wide_width_m / 300e3 < 0.45


@pytest.mark.parametrize(("name", "many"), [("results", 9), ("footprints", 9)])
def test_the_tables_stand_in_the_readme(name: str, many: int) -> None:
    rows = list(csv.DictReader((HERE / f"{name}.csv").read_text("utf-8").splitlines()))
    text = (HERE / "README.md").read_text("utf-8")
    assert len(rows) == many
    assert all("| " + " | ".join(r.values()) + " |" in text for r in rows)
