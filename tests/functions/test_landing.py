"""Landings from an orbit: geometry with known answers, order, and what makes a landing possible or not."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.frames import gcrf_to_itrf, geodetic
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.functions.landing import Descent, Zone, decay_m_s, descent_of, opportunities
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import VehicleType

START = Epoch.parse("2022-03-30T07:21:00Z")
ORBIT = Orbit(START, 6_795_187.0, math.radians(51.64), math.radians(7.1), math.radians(253.5), "test")
NONE = Range.exact(0.0)


def zone(latitude_deg: float = 47.35, longitude_deg: float = 69.62, reach_km: float = 80.0, **more: object) -> Zone:
    z = Zone("z", "Z", latitude_deg, longitude_deg, Range.exact(1e3 * reach_km), "either", False, ("A",))
    return replace(z, **more)  # type: ignore[arg-type]


def descent(*zones: Zone, behind_s: float | None = 0.0, gained: float = 0.0, carried_s: float = 0.0) -> Descent:
    behind = None if behind_s is None else Range.exact(behind_s)
    return Descent(zones, Range.exact(3600.0), behind, Range.exact(gained), Range.exact(carried_s), 1e6)


def test_without_lag_the_vehicle_lands_under_the_station() -> None:
    """The ground track from the frames of the project passes the zone at that moment, at that distance."""
    found = opportunities(ORBIT, descent(zone(reach_km=300.0)), START, 3.0)
    assert found
    for o in found:
        r, _ = ORBIT.states_gcrf([o.at])
        under = geodetic(gcrf_to_itrf([o.at], r))
        north = under.latitude_rad[0] - math.radians(47.35)
        east = (under.longitude_rad[0] - math.radians(69.62)) * math.cos(math.radians(47.35))
        # spherical against geodetic latitude: up to 0.19 degrees, which is the same at both points here
        assert math.hypot(north, east) * 6_371.0 == pytest.approx(abs(o.across_km), abs=6.0)


def test_a_lag_moves_the_landing_by_just_that() -> None:
    """What lands 15 minutes after the station's passage lands on the track of a point 15 minutes behind it."""
    behind = Orbit(
        START.plus_s(900.0), 6_795_187.0, math.radians(51.64), math.radians(7.1), math.radians(253.5), "later"
    )
    late = opportunities(ORBIT, descent(zone(), behind_s=900.0), START, 5.0)
    same = opportunities(behind, descent(zone()), START, 5.0)
    assert len(late) == len(same) > 0
    # the node turns by 0.05 degrees in those 15 minutes
    assert [o.at - p.at for o, p in zip(late, same, strict=True)] == pytest.approx([0.0] * len(late), abs=5.0)


def test_the_air_carries_it_eastwards() -> None:
    """Landing ``carried_s`` later on the turning Earth means aiming at where the zone was by then."""
    still = opportunities(ORBIT, descent(zone(reach_km=900.0), behind_s=600.0), START, 4.0)
    moved = opportunities(ORBIT, descent(zone(reach_km=900.0), behind_s=600.0, carried_s=600.0), START, 4.0)
    # passes close to the zone, where the azimuth of the track is that over the zone
    pairs = [
        (a, b) for a in still for b in moved if abs(a.at - b.at) < 120.0 and abs(a.across_km + b.across_km) < 120.0
    ]
    assert len(pairs) >= 2
    for a, b in pairs:
        # 600 s of rotation at 47 degrees: 189 km, of which cos(azimuth) = 0.4 across the track
        assert abs(b.across_km - a.across_km) == pytest.approx(189.0 * 0.41, rel=0.1)


def test_a_vehicle_of_unknown_place_is_never_sure() -> None:
    found = opportunities(ORBIT, descent(zone(), behind_s=None), START, 4.0)
    assert 7 <= len(found) <= 9  # the plane passes twice a day
    assert not any(o.sure for o in found)
    assert all(abs(o.across_km) < 0.5 for o in found)
    assert found[0].within_s == pytest.approx(0.5 * ORBIT.period_s)


def test_gaining_on_the_station_opens_more_landings() -> None:
    fixed = opportunities(ORBIT, descent(zone()), START, 7.0)
    free = opportunities(ORBIT, descent(zone(), gained=0.019), START, 7.0)
    assert len(free) > len(fixed)


def test_passes_and_daylight() -> None:
    north = opportunities(ORBIT, descent(zone(passes="ascending"), gained=0.05), START, 7.0)
    south = opportunities(ORBIT, descent(zone(passes="descending"), gained=0.05), START, 7.0)
    both = opportunities(ORBIT, descent(zone(), gained=0.05), START, 7.0)
    assert sorted(o.at for o in (*north, *south)) == [o.at for o in both]
    day = opportunities(ORBIT, descent(zone(daylight=True), gained=0.05), START, 7.0)
    assert [o.as_planned for o in day] == [o.light for o in day]
    assert all(o.as_planned for o in both)
    assert all(o.light == (o.sun_elevation_deg >= -6.0) for o in both)


def test_an_orbit_that_never_comes_there_offers_nothing() -> None:
    flat = replace(ORBIT, inclination_rad=math.radians(28.5))
    assert opportunities(flat, descent(zone(), behind_s=None), START, 7.0) == ()
    assert opportunities(replace(ORBIT, inclination_rad=0.0), descent(zone(), behind_s=None), START, 7.0) == ()
    # but a zone just north of the highest latitude is within reach
    assert opportunities(flat, descent(zone(latitude_deg=28.9), behind_s=None), START, 7.0)


def test_a_retrograde_orbit_passes_too() -> None:
    back = replace(ORBIT, inclination_rad=math.radians(97.8))
    assert len(opportunities(back, descent(zone(), behind_s=None), START, 4.0)) >= 7


def test_an_old_orbit_is_less_sure() -> None:
    """65 m a day over 34 days shifts the passage by 12 minutes: 3/4 of the loss over the axis, times the time squared."""
    fresh = opportunities(ORBIT, descent(zone()), START, 3.0)
    old = opportunities(ORBIT, descent(zone()), START, 3.0, (START.plus_days(-34.0), 65.0 / 86_400.0))
    assert old[0].within_s == pytest.approx(120.0 + 0.75 * 65.0 * 34.0**2 / 6_795_187.0 * 86_400.0, rel=0.1)
    assert sum(o.sure for o in old) <= sum(o.sure for o in fresh)


def test_decay_of_february_2022() -> None:
    """NASA's own rate of that month was 64 m/day (60 to 190) with 0.0110 m2/kg; the density is that of the day."""
    s = Surroundings(ORBIT, Range.exact(1.3e-12), Range.exact(0.0110 * 445_386.0), "test")
    rate = decay_m_s(s, 445_386.0)
    assert rate is not None
    assert 60.0 < rate * 86_400.0 < 190.0
    assert decay_m_s(replace(s, density_kg_m3=None), 445_386.0) is None


def test_what_the_data_do_not_hold_is_no_descent() -> None:
    kinds = {k.id: k for k in load_station("iss").vehicle}
    assert descent_of(kinds["progress-ms"], START) is None
    soyuz = kinds["soyuz-ms"]
    assert descent_of(soyuz.model_copy(update={"landing": []}), START) is None
    bare: VehicleType = soyuz.model_copy(update={"figures": {}})
    assert descent_of(bare, START) is None
    found = descent_of(soyuz, START)
    assert found is not None
    assert [z.id for z in found.zones] == ["zhezkazgan", "arkalyk"]


@settings(max_examples=40)
@given(
    st.floats(-60.0, 60.0), st.floats(-180.0, 180.0), st.floats(20.0, 400.0), st.floats(0.0, 3000.0), st.floats(0.0, 0.05),
    st.floats(0.0, 1500.0), st.floats(0.0, 359.0),
)  # fmt: skip
def test_every_landing_is_in_reach_in_order_and_in_time(
    latitude: float, longitude: float, reach: float, behind: float, gained: float, carried: float, node: float
) -> None:
    orbit = replace(ORBIT, raan_rad=math.radians(node))
    z = zone(latitude, longitude, reach)
    found = opportunities(orbit, descent(z, behind_s=behind, gained=gained, carried_s=carried), START, 4.0)
    times = [o.at for o in found]
    assert times == sorted(times)
    assert all(3600.0 <= o.at - START <= 4.0 * 86_400.0 for o in found)
    assert all(abs(o.across_km) <= 2.0 * reach for o in found)
    assert all(abs(o.across_km) <= reach for o in found if o.sure)
    assert all(math.isfinite(o.sun_elevation_deg) for o in found)
    # one zone, one pass: never twice within half a revolution
    assert all(b - a >= 0.5 * orbit.period_s for a, b in pairwise(times))
    # a wider zone offers at least as much
    wider = opportunities(orbit, descent(replace(z, reach_m=z.reach_m.scaled(2.0)), behind_s=behind, gained=gained, carried_s=carried), START, 4.0)  # fmt: skip
    assert len(wider) >= len(found)


def test_twice_the_same_zone_costs_nothing_new() -> None:
    d = descent(zone())
    assert opportunities(ORBIT, d, START, 3.0) is opportunities(ORBIT, d, START, 3.0)
