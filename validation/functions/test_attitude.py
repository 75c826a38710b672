"""Attitude against published numbers: inertia, equilibrium attitude, the floor, propellant of February 2005, the turn of July 2021.

Sources
-------
- Inertia: nasa/simupy-flight's check cases (NESC), an 'ISS-like' station of 400,000 kg: Ixx 1.02e8, Iyy 0.91e8, Izz 1.64e8 kg m2,
  centre of mass (-3.0, -1.5, 4.0) m from the structural origin, which is taken as the middle of the S0 truss. The complete station,
  from memory: 1.3e8, 1.1e8, 2.0e8. R113 (Pietz 2003; Betts 2010, public codes): the stage of about 2002 to 2006.
- Equilibrium attitude: NASA, 'Operating an Outpost in Space', p. 124: a typical yaw, pitch, roll is -4, -3, 0 degrees; the manual of
  SatelliteCameraViewer: yaw -4, roll 0.9, pitch -12 to -2 by the vehicles docked; R111: it wanders up to 15 degrees.
- Floor: R118, below 220 km only thrusters can hold the attitude.
- February 2005: R115 (NASA status report 05-07): 14 kg in about one orbit on the Russian thrusters. R116: 'six months or more' on about
  4 t: 20 kg a day.
- 29 July 2021: R119 to R121 and the copies of the New York Times's talk with Z. Scoville (flight director): start 16:34 to 16:45 UTC,
  Nauka stopped by itself after 15 minutes, 540 degrees in all, peak 0.56 degrees/s, mostly pitch, nose up, then half a turn back;
  control back at 17:29; 45 degrees off while Nauka still fired.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, STANDARD_GRAVITY_M_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.functions import attitude, torques
from stationkeeper.functions.surroundings import orbit_density, surroundings_of
from stationkeeper.station.configuration import Configuration, configuration_at
from stationkeeper.station.load import load_station
from stationkeeper.station.mass import MassProperties, stack_mass_properties

ISS = load_station("iss")
SLUG_FT2 = 1.3558179
# R113, slug ft2 in the source; as a tensor in the frame of this project the sign of its off-diagonal terms is not stated there,
# which mirrors the equilibrium and leaves the size of every torque as it is
STAGE_2005 = SLUG_FT2 * np.array(
    [
        [2.80701911616e7, 4.822509936e5, -1.71675094448e7],
        [4.822509936e5, 9.5144639344e7, 6.02604448e4],
        [-1.71675094448e7, 6.02604448e4, 7.6594401336e7],
    ]
)
STAGE_RATE_RAD_S = math.radians(0.06511)
# three of the four gyroscopes worked in February 2005 (one had failed in June 2002; R116 tells of the second, repaired in July 2004)
FULL_2005_NMS = 3 * 4742.5


def at(text: str) -> Configuration:
    return configuration_at(ISS, Epoch.parse(text))


def mass_at(text: str) -> MassProperties:
    return stack_mass_properties(at(text).stacks()[0])


def test_inertia_lies_within_a_quarter_of_the_check_case_and_of_the_remembered_values() -> None:
    """Two references that differ by 20 % themselves; scaled by mass for the check case."""
    m = mass_at("2022-02-11T12:00:00Z")
    x, y, z = np.diag(m.inertia_kg_m2)
    scale = m.mass_kg / 400_000.0
    assert np.array([x, y, z]) == pytest.approx(scale * np.array([1.02e8, 0.91e8, 1.64e8]), rel=0.30)
    assert np.array([x, y, z]) == pytest.approx(np.array([1.3e8, 1.1e8, 2.0e8]), rel=0.30)
    # the order of the three, on which the equilibrium depends
    assert y < x < z


def test_centre_of_mass_lies_within_two_metres_of_the_check_case() -> None:
    s0 = next(e for e in ISS.element if e.id == "s0").place
    away = mass_at("2022-02-11T12:00:00Z").centre_m - np.array([s0.x_m, s0.y_m, s0.z_m])
    assert away == pytest.approx(np.array([-3.0, -1.5, 4.0]), abs=2.0)


@pytest.mark.parametrize("date", ["2021-11-01", "2022-02-24", "2022-03-30", "2022-07-04", "2022-12-01"])
def test_equilibrium_attitude_is_the_published_one(date: str) -> None:
    h = attitude.hold(at(f"{date}T00:00:00Z").stacks()[0])
    assert h is not None
    assert h.tea_rad is not None
    roll, pitch, yaw = (math.degrees(a) for a in h.tea_rad)
    assert max(abs(roll), abs(pitch), abs(yaw)) <= 15.0
    assert -12.0 <= pitch <= -2.0
    # a spread of 3 degrees for places and masses that are assumed
    assert (roll, yaw) == pytest.approx((0.5, -4.0), abs=3.0)


def test_the_published_tensor_gives_an_equilibrium_near_the_published_15_degrees() -> None:
    tea = torques.equilibrium(STAGE_2005, np.zeros(3), 0.0, STAGE_RATE_RAD_S)
    assert tea is not None
    # without its air: 17.6 degrees
    assert abs(math.degrees(tea[1])) == pytest.approx(15.0, abs=4.0)


def test_gyroscopes_give_out_near_220_km() -> None:
    """With no rule in the data: the height at which one orbit's air fills the gyroscopes. 15 km is a third of the density."""
    cfg = at("2022-03-07T00:00:00Z")
    around = surroundings_of(cfg)
    assert around is not None
    bare = cfg.station.model_copy(update={"rule": [r for r in cfg.station.rule if r.kind != "attitude-floor"]})

    def full(km: float) -> bool:
        orbit = replace(around.orbit, semi_major_axis_m=EARTH_EQUATORIAL_RADIUS_M + 1e3 * km)
        flown = replace(around, orbit=orbit, density_kg_m3=orbit_density(orbit))
        h = attitude.hold(cfg.with_(station=bare, surroundings=flown).stacks()[0])
        assert h is not None
        return bool(h.floor)

    heights = np.arange(180.0, 300.0, 5.0)
    highest = max(km for km in heights if full(float(km)))
    assert highest == pytest.approx(220.0, abs=15.0)


def test_propellant_of_february_2005() -> None:
    """14 kg in about one orbit: 10.4 kg at best (26 % less), 8.0 to 15.2 kg; of it 9.3 for holding.

    Scaling: nothing of the mass enters, only inertia and arm. The inertia is the published one of that stage, held with its axes
    along the orbit plus the dead band; the arm runs from Zvezda's thrusters to the centre of mass of that stage, which is this
    project's station of the day with the P6 truss where it then sat, on top of Z1, and with so much less outfitting in the US
    segment that it weighs 183 t. The thrusters also emptied the three gyroscopes that worked, which were full; about which axes is
    not known: a third each. What the way back from the lost attitude took is not in it.
    """
    cfg = at("2005-02-08T12:00:00Z")
    z1, p6 = cfg.nodes["z1"], ("p6", "wing-2b", "wing-4b")
    moved = {k: replace(cfg.nodes[k], centre_m=(z1.centre_m[0], 0.0, z1.centre_m[2] - 12.0)) for k in p6}
    bodies = list({**cfg.nodes, **moved}.values())
    spare_kg = sum(n.mass_kg for n in bodies) - 183_000.0
    bodies = [n.plus_kg(-spare_kg) if n.id == "outfitting-usos" else n for n in bodies]
    masses = np.array([n.mass_kg for n in bodies])
    assert masses.min() > 0.0
    x_m = float(masses @ np.array([n.centre_m[0] for n in bodies]) / masses.sum())
    zvezda = next(q for q in ISS.equipment if q.id == "zvezda-thrusters").figures
    torque = np.abs(torques.gravity_torque_nm(STAGE_2005, (0.0, 0.0, 0.0), STAGE_RATE_RAD_S))
    stiff = torques.stiffness_nm_rad(STAGE_2005, STAGE_RATE_RAD_S)

    def kg(place_m: float, isp_s: float, band_deg: float) -> float:
        arms_m = np.array([2.1, x_m - place_m, x_m - place_m])
        need = float(((torque + stiff * 0.5 * math.radians(band_deg)) / arms_m).sum())
        holding = need * 2.0 * math.pi / STAGE_RATE_RAD_S / (isp_s * STANDARD_GRAVITY_M_S2)
        emptying = float((FULL_2005_NMS / 3.0 / arms_m).sum()) / (isp_s * STANDARD_GRAVITY_M_S2)
        return holding + emptying

    place, isp, band = (zvezda[k] for k in ("place_x_m", "specific_impulse_s", "dead_band_deg"))
    assert kg(place.best, isp.best, band.best) == pytest.approx(14.0, rel=0.30)
    assert (
        kg(place.bounds[0], isp.bounds[1], band.bounds[0]) < 14.0 < kg(place.bounds[1], isp.bounds[0], band.bounds[1])
    )


def test_holding_the_whole_station_by_thrusters_meets_the_published_rates() -> None:
    """Between 'six months on 4 t' (20 kg a day) and 14 kg an orbit (220 kg a day)."""
    stack = at("2022-03-07T00:00:00Z").with_(failed=frozenset({"cmg"})).stacks()[0]
    a = attitude.propellant_kg_day(stack)
    assert a is not None
    assert a.low <= 20.0
    assert 10.0 <= a.best <= 60.0
    assert 100.0 <= a.high <= 400.0


def _nauka(control_back_s: float) -> tuple[float, float, torques.Turn]:
    """Mean thrusts of Nauka (N, along z at its place for 15 minutes) and against it (N, at Zvezda's thrusters) that end 540 degrees
    later at rest and then give half a turn back by ``control_back_s``, in closed form about the pitch axis; and the turn, integrated
    with the whole tensor. The peak rate is not used: it is what comes out."""
    body = mass_at("2021-07-29T16:34:00Z")
    here = body.centre_m
    cfg = at("2021-07-29T16:34:00Z")
    nauka = np.array(cfg.nodes["nauka"].centre_m) - here
    zvezda_x = next(q for q in ISS.equipment if q.id == "zvezda-thrusters").figures["place_x_m"].best
    zvezda = np.array([zvezda_x, 0.0, 0.0]) - here
    fired_s, low, high = 900.0, 10.0, 3000.0
    for _ in range(60):
        stop_s = 0.5 * (low + high)
        peak = math.radians(540.0) / (0.5 * fired_s + 0.5 * stop_s)
        back_s = 2.0 * math.sqrt(math.pi * stop_s / peak)
        low, high = (stop_s, high) if fired_s + stop_s + back_s < control_back_s else (low, stop_s)
    about = 1.0 / np.linalg.inv(body.inertia_kg_m2)[1, 1]
    against_n = about * peak / stop_s / -zvezda[0]
    nauka_n = about * (peak / fired_s + peak / stop_s) / -nauka[0]
    pushes = [
        torques.Push(0.0, fired_s, (0.0, 0.0, nauka_n), tuple(nauka)),
        torques.Push(0.0, fired_s + stop_s, (0.0, 0.0, -against_n), tuple(zvezda)),
    ]
    return nauka_n, against_n, torques.turn(body.inertia_kg_m2, pushes, fired_s + stop_s)


@pytest.mark.parametrize("control_back_s", [2640.0, 3300.0])
def test_the_turn_of_29_july_2021(control_back_s: float) -> None:
    """From 16:34 or 16:45 to 17:29. Angle, timing and inertia give the peak rate within 20 % of the published 0.56 degrees/s."""
    nauka_n, against_n, turned = _nauka(control_back_s)
    assert math.degrees(turned.total_rad) == pytest.approx(540.0, rel=0.20)
    assert math.degrees(turned.peak_rate_rad_s) == pytest.approx(0.56, rel=0.20)
    # mostly pitch, nose up
    peak = turned.rates_rad_s[int(np.argmax(np.linalg.norm(turned.rates_rad_s, axis=1)))]
    assert peak[1] > 0.95 * turned.peak_rate_rad_s
    # 45 degrees off while Nauka still fired
    assert float(np.interp(math.radians(45.0), turned.angle_rad, turned.times_s)) < 900.0
    # plausible: five to seven of its sixteen 13-N thrusters, or a 392-N one a fifth of the time, against less than one of
    # Zvezda's of 130 N; a third more room for the inertia
    assert 3 * 13.0 <= nauka_n <= 392.0
    assert 5.0 <= against_n <= 2 * 130.0
    # the gyroscopes could not have stopped it: they hold what this gives in less than a minute
    room = attitude.capacity_nms(at("2021-07-29T16:34:00Z").stacks()[0])
    assert room is not None
    assert room.high < 60.0 * nauka_n * 22.0
