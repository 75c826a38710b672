"""Other stations than the ISS go through every function by their data alone: Skylab of 1973 and Tiangong of 2022."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.frames import gcrf_to_itrf, geodetic
from stationkeeper.functions import assess_all
from stationkeeper.functions.surroundings import beta_rad, reference_orbit, shadow_fraction, surroundings_of
from stationkeeper.scenario.events import Detach, FunctionFailed, Undock, VehicleLost
from stationkeeper.scenario.walk import happen
from stationkeeper.station.configuration import Configuration, PartnerState, configuration_at
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import FUNCTIONS

KENNEDY = (28.608, -80.604)


def station_at(name: str, text: str) -> Configuration:
    return configuration_at(load_station(name), Epoch.parse(text))


def statuses(cfg: Configuration, part: str = "") -> dict[str, str]:
    stack = cfg.stacks()[0] if not part else next(s for s in cfg.stacks() if part in s.members)
    return {f: a.status for f, a in assess_all(stack).items()}


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("skylab", "1973-05-20T00:00:00Z"),
        ("skylab", "1974-01-21T00:00:00Z"),
        ("skylab", "1979-07-01T00:00:00Z"),
        ("tiangong", "2022-11-05T00:00:00Z"),
        ("tiangong", "2022-12-01T00:00:00Z"),
        ("tiangong", "2023-06-20T00:00:00Z"),
    ],
)
def test_every_function_speaks(name: str, when: str) -> None:
    stack = station_at(name, when).stacks()[0]
    found = assess_all(stack)
    assert set(found) == set(FUNCTIONS)
    for f, a in found.items():
        assert a.function == f
        assert a.status in ("nominal", "degraded", "lost")
        assert a.reasons
        assert all(a.reasons)


@pytest.mark.parametrize("name", ["skylab", "tiangong"])
def test_masses_that_were_published(name: str) -> None:
    station = load_station(name)
    for m in station.mass_reference:
        cfg = configuration_at(station, m.at.epoch)
        own = [n for n in cfg.nodes.values() if m.what == "with-vehicles" or n.kind != "vehicle"]
        low, high = m.mass_kg.bounds
        # within the spread of what was printed, and a cargo load of the parts' own ranges
        assert low - 1_000.0 <= math.fsum(n.mass_kg for n in own) <= high + 1_000.0


@pytest.mark.parametrize("name", ["skylab", "tiangong"])
def test_it_flies_in_its_own_air(name: str) -> None:
    s = surroundings_of(station_at(name, "1974-01-21T00:00:00Z" if name == "skylab" else "2022-12-04T06:00:00Z"))
    assert s is not None
    assert s.density_kg_m3 is not None
    assert s.drag_area_cd_m2 is not None
    assert s.drag_area_cd_m2.low < s.drag_area_cd_m2.best < s.drag_area_cd_m2.high
    # a cylinder of shadow behind a round Earth; the penumbra and the flattening change it by less than a hundredth
    beta, radius = beta_rad(s.orbit), s.orbit.semi_major_axis_m
    edge = math.sqrt(radius**2 - EARTH_EQUATORIAL_RADIUS_M**2) / (radius * math.cos(beta))
    assert shadow_fraction(s.orbit) == pytest.approx(math.acos(min(1.0, edge)) / math.pi, abs=0.01)


@pytest.mark.parametrize(
    ("launch", "ascending"),
    [("1973-05-25T13:00:00Z", True), ("1973-07-28T11:10:50Z", True), ("1973-11-16T14:01:23Z", True)],
)
def test_the_pad_lay_under_skylabs_plane_when_its_ships_were_launched(launch: str, ascending: bool) -> None:
    """Launch times were not used for the orbits of the data: an independent check of node, inclination and height."""
    at = Epoch.parse(launch)
    station = load_station("skylab")
    orbit = reference_orbit(min(station.orbit, key=lambda o: abs(o.at - at))).at(at)
    r, v = orbit.states_gcrf([at])
    normal = np.cross(r[0], v[0]) / np.linalg.norm(np.cross(r[0], v[0]))
    # where around the orbit the pad's meridian and latitude come nearest, by brute force over one revolution
    times = at.tai_us + np.arange(0, int(orbit.period_s), 2) * 1_000_000
    path, _ = orbit.states_gcrf(times)
    place = geodetic(gcrf_to_itrf(np.full(len(times), at.tai_us), path))
    lat, lon = np.degrees(place.latitude_rad), np.degrees(place.longitude_rad)
    off = np.hypot(
        lat - KENNEDY[0], (np.remainder(lon - KENNEDY[1] + 180.0, 360.0) - 180.0) * math.cos(math.radians(28.6))
    )
    k = int(off.argmin())
    # the planes drift by 5 degrees a day, so 4 degrees are less than a day's error; Saturn could steer by about one
    assert off[k] < 4.0
    assert (lat[(k + 1) % len(lat)] > lat[k]) == ascending
    assert abs(math.degrees(math.acos(normal[2])) - 50.0) < 0.3


def test_tiangong_is_whole_in_december_2022() -> None:
    cfg = station_at("tiangong", "2022-12-01T00:00:00Z")
    assert [c.name for c in cfg.crew if c.commander] == ["Chen Dong"]
    assert len(cfg.crew) == 6
    assert {d.visit for d in cfg.docked} == {"shenzhou-14", "shenzhou-15", "tianzhou-5"}
    got = statuses(cfg)
    assert "lost" not in got.values()
    assert got["crew_return"] == "nominal"
    s = surroundings_of(cfg)
    assert s is not None
    # 41.5 degrees of inclination and the Sun's 23.4 keep it below 65
    assert abs(math.degrees(beta_rad(s.orbit))) < 65.0


def test_without_its_one_agency_tiangong_has_only_its_lifeboats() -> None:
    cfg = station_at("tiangong", "2023-03-01T00:00:00Z")
    gone = cfg.with_(partners={**cfg.partners, "cmsa": PartnerState("gone", cfg.epoch)})
    got = statuses(gone)
    assert got["crew_return"] in ("nominal", "degraded")
    assert {got[f] for f in ("reboost", "attitude", "power", "communications", "command")} == {"lost"}


def test_wentian_stands_in_for_the_core_modules_controls() -> None:
    cfg = station_at("tiangong", "2023-03-01T00:00:00Z")
    one = happen(cfg, FunctionFailed(kind="function_failed", at=cfg.epoch, what="control-tianhe")).after
    both = happen(one, FunctionFailed(kind="function_failed", at=cfg.epoch, what="control-wentian")).after
    assert statuses(one)["command"] != "lost"
    assert statuses(both)["command"] == "lost"


def test_a_lab_that_leaves_takes_its_own_wings_and_no_engine() -> None:
    cfg = station_at("tiangong", "2023-03-01T00:00:00Z")
    h = happen(cfg, Detach(kind="detach", at=cfg.epoch, joint="tianhe-mengtian", force=True))
    assert [s.segments for s in h.after.stacks()] == [("wentian", "core"), ("mengtian",)]
    lab = statuses(h.after, "mengtian")
    assert (lab["power"] != "lost", lab["reboost"], lab["command"]) == (True, "lost", "lost")
    assert "lost" not in statuses(h.after, "tianhe").values()


def test_a_crew_whose_only_ship_is_unsafe_has_no_way_home() -> None:
    cfg = station_at("tiangong", "2023-03-01T00:00:00Z")
    lost = VehicleLost(kind="vehicle_lost", at=cfg.epoch, visit="shenzhou-15", state="unsafe-for-return")
    assert statuses(happen(cfg, lost).after)["crew_return"] == "lost"


def test_skylab_of_its_last_crew_and_empty() -> None:
    crewed = statuses(station_at("skylab", "1974-01-21T00:00:00Z"))
    assert crewed["crew_return"] == "nominal"
    assert crewed["power"] != "lost"
    empty = statuses(station_at("skylab", "1974-03-01T00:00:00Z"))
    assert empty["reboost"] == "lost"
    alone = station_at("skylab", "1974-01-21T00:00:00Z")
    left = happen(alone, Undock(kind="undock", at=alone.epoch, visit="sl-4", force=True)).after
    assert statuses(left)["crew_return"] == "lost"
