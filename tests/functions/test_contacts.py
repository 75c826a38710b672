"""Contacts against a plain search in small steps, their edges, unions and ranges, and dates that the Earth's table lacks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError
from stationkeeper.core.frames import EarthOrientation, earth_orientation, gcrf_to_itrf, itrf_of_geodetic
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.functions import contacts as module
from stationkeeper.functions.contacts import Antenna, Place, antennas, contacts, contacts_of
from stationkeeper.station.configuration import PartnerState
from stationkeeper.station.schema import Station

DATE = Epoch.parse("2022-03-07T15:20:00Z")
LIMB_M = 6_378_137.0


def orbit(
    inclination_deg: float = 51.64, altitude_km: float = 418.0, raan_deg: float = 40.0, at: Epoch = DATE
) -> Orbit:
    return Orbit(
        at, 6_378_137.0 + 1e3 * altitude_km, math.radians(inclination_deg), math.radians(raan_deg), 0.3, "test"
    )


def site(latitude_deg: float, longitude_deg: float, lowest_deg: float = 5.0, *, regular: bool = True) -> Antenna:
    sine = math.sin(math.radians(lowest_deg))
    place = Place(False, math.radians(latitude_deg), math.radians(longitude_deg), 0.0, (sine, sine, sine))
    return Antenna("a", "a", "p", "site", place, regular, ("r",), ("voice",))


def relay(longitude_deg: float) -> Antenna:
    place = Place(True, 0.0, math.radians(longitude_deg), 0.0, (LIMB_M, LIMB_M, LIMB_M))
    return Antenna("b", "b", "p", "relay", place, True, ("r",), ("voice",))


def elevation_deg(o: Orbit, a: Antenna, start: Epoch, seconds: int) -> np.ndarray:
    """Elevation of an orbit from a site, second by second."""
    times = start.tai_us + np.arange(seconds, dtype=np.int64) * 1_000_000
    position = gcrf_to_itrf(times, o.states_gcrf(times)[0])
    lat, lon = a.place.latitude_rad, a.place.longitude_rad
    to = position - itrf_of_geodetic(lat, lon, 0.0)[0]
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    return np.asarray(np.degrees(np.arcsin(to @ up / np.linalg.norm(to, axis=1))))


@pytest.mark.parametrize("a", [site(55.95, 37.97), site(13.3, 144.7, 0.0), site(-35.6, 149.0, 20.0)])
def test_edges_agree_with_a_search_in_steps_of_a_second(a: Antenna) -> None:
    c = contacts_of(orbit(), [a])
    seen = elevation_deg(orbit(), a, c.start, 2 * 86_400) > math.degrees(math.asin(a.place.limits[0]))
    k = np.flatnonzero(seen[1:] != seen[:-1])
    begins, ends = k[~seen[k]] + 0.5, k[seen[k]] + 0.5
    ours = (c.spans - c.start.tai_us) / 1e6
    # half a step of the search, and 0.1 s for the cubic between samples
    assert ours[:, 0] == pytest.approx(begins, abs=0.6)
    assert ours[:, 1] == pytest.approx(ends, abs=0.6)
    assert c.fraction.best == pytest.approx(seen.mean(), abs=1e-4)


def test_a_pass_shorter_than_a_step_is_found() -> None:
    """A site that must look high up sees passes of seconds, between two samples."""
    o = orbit()
    track = module._track(module._day_of(o))
    up = (track[700] + track[701]) / np.linalg.norm(track[700] + track[701])
    side = np.cross(track[701] - track[700], up)
    # 5 degrees off to the side of the track, so that it is highest between the samples 700 and 701
    spot = up + math.tan(math.radians(5.0)) * side / np.linalg.norm(side)
    where = (
        math.degrees(math.atan2(spot[2], math.hypot(spot[0], spot[1]))),
        math.degrees(math.atan2(spot[1], spot[0])),
    )
    start = module._day_of(o).epoch.plus_s(699 * module.STEP_S)
    seen = elevation_deg(o, site(*where), start, 90)
    lowest = float(seen.max()) - 0.3
    found = [s for s in (contacts_of(o, [site(*where, lowest)]).spans - start.tai_us) / 1e6 if 0.0 < s[0] < 90.0]
    assert len(found) == 1
    # a parabola through three samples is good to some seconds here, where it matters least
    assert found[0][1] - found[0][0] == pytest.approx(int((seen > lowest).sum()), abs=6.0)
    assert found[0][1] - found[0][0] < module.STEP_S


def test_a_relay_is_hidden_by_the_earth_as_a_shadow_would() -> None:
    """Of a relay in the plane of an equatorial orbit the limb hides an arc that plain trigonometry gives."""
    o = orbit(inclination_deg=0.0, altitude_km=420.0)
    c = contacts_of(o, [relay(30.0)])
    hidden = math.pi - math.acos(LIMB_M / o.semi_major_axis_m) - math.acos(LIMB_M / module.GEOSTATIONARY_RADIUS_M)
    # two days are a whole number of synodic turns only to about 1 part in 60
    assert c.fraction.best == pytest.approx(1.0 - hidden / math.pi, abs=0.01)
    assert c.passes_per_day == pytest.approx(86_400.0 / o.period_s - 1.0, abs=0.6)
    both = contacts_of(o, [relay(30.0), relay(-150.0)])
    assert both.fraction.best == 1.0
    assert both.longest_gap_s == Range(0.0, 0.0, 0.0)
    assert both.passes_per_day == 0.0


def test_gap_at_an_instant() -> None:
    c = contacts_of(orbit(), [site(55.95, 37.97)])
    inside = Epoch(int(c.spans[2].mean()))
    assert c.gap_at(inside) is None
    after = Epoch(int(c.spans[2, 1]) + 1_000_000)
    found = c.gap_at(after)
    assert found is not None
    assert [e.tai_us for e in found] == [c.spans[2, 1], c.spans[3, 0]]
    before = c.gap_at(c.start)
    assert before is not None
    assert before[0] == c.start
    assert c.gap_at(c.end.plus_s(1.0)) is None
    assert contacts_of(orbit(), []).gap_at(DATE) == (c.start, c.end)


def test_nothing_sees_nothing() -> None:
    c = contacts_of(orbit(), [])
    assert c.fraction == Range(0.0, 0.0, 0.0)
    assert c.longest_gap_s.best == math.inf
    assert c.passes_per_day == 0.0
    assert c.by_antenna == ()
    polar = contacts_of(orbit(inclination_deg=10.0), [site(80.0, 0.0)])
    assert polar.fraction.best == 0.0
    assert polar.longest_gap_s.low == math.inf


def test_what_is_used_now_and_then_counts_in_the_upper_end_alone() -> None:
    c = contacts_of(orbit(), [site(50.0, 10.0), site(-50.0, 170.0, regular=False)])
    one = contacts_of(orbit(), [site(50.0, 10.0)])
    assert c.fraction.best == c.fraction.low == one.fraction.best
    assert c.fraction.high > one.fraction.best
    assert c.longest_gap_s.low < one.longest_gap_s.best == c.longest_gap_s.best
    assert c.by_antenna[1].fraction.best == 0.0


def test_configurations_of_one_day_share_their_contacts() -> None:
    o = orbit()
    later = o.at(Epoch.parse("2022-03-07T22:10:00Z"))
    assert contacts_of(later, [site(50.0, 10.0)]) is contacts_of(o, [site(50.0, 10.0)])


places = st.tuples(st.floats(-75, 75), st.floats(-180, 180), st.floats(0, 30))


@settings(max_examples=25)
@given(st.lists(places, min_size=1, max_size=5), st.floats(5, 130), st.data())
def test_fewer_antennas_never_see_more(
    many: list[tuple[float, float, float]], tilt: float, data: st.DataObject
) -> None:
    o = orbit(inclination_deg=round(tilt, 3))
    every = [site(*p) for p in many]
    some = data.draw(st.lists(st.sampled_from(every), unique=True))
    a, b = contacts_of(o, every), contacts_of(o, some)
    for end in ("best", "low", "high"):
        assert getattr(b.fraction, end) <= getattr(a.fraction, end) + 1e-12
        assert getattr(b.longest_gap_s, end) >= getattr(a.longest_gap_s, end) - 1e-6
    assert a.fraction.best <= sum(x.fraction.best for x in a.by_antenna) + 1e-12
    assert np.all(a.spans[1:, 0] > a.spans[:-1, 1])
    assert np.all(a.spans[:, 1] > a.spans[:, 0])


# ---- which antennas -----------------------------------------------------------------------------------------------------


def test_antennas_go_with_their_partner_their_date_and_their_radio(iss: Station, at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    stack = cfg.stacks()[0]
    assert {a.operator for a in antennas(stack)} == {"nasa", "roscosmos", "esa"}
    assert {a.kind for a in antennas(stack, sites_only=True)} == {"site"}
    assert {a.id for a in antennas(stack, "nasa", carries="command")} == {"tdrs-east", "tdrs-west", "tdrs-z"}
    # a link carries what both ends can: the sites for emergency voice, and Zvezda's VHF at sites that could do more
    assert {a.carries for a in antennas(stack, "nasa", sites_only=True)} == {("voice",)}
    assert {a.carries for a in antennas(stack, "roscosmos", radios=["vhf"])} == {("voice",)}
    gone = cfg.with_(partners={**cfg.partners, "roscosmos": PartnerState("gone", cfg.epoch)}).stacks()[0]
    assert {a.operator for a in antennas(gone)} == {"nasa", "esa"}
    assert "edrs-a" not in {a.id for a in antennas(at("2021-03-01T00:00:00Z").stacks()[0])}
    assert antennas(stack, radios=[]) == ()
    assert iss.relay


def test_without_an_orbit_there_are_no_times(iss: Station, at) -> None:
    cfg = at("2022-03-07T00:00:00Z").with_(station=iss.model_copy(update={"orbit": []}))
    assert contacts(cfg.stacks()[0]) is None


def test_the_flown_orbit_comes_before_that_of_the_data(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    low = cfg.with_(surroundings=Surroundings(orbit(altitude_km=200.0), None, None, "flown"))
    ours, theirs = (contacts(c.stacks()[0], "roscosmos", carries="command") for c in (low, cfg))
    assert ours is not None
    assert theirs is not None
    assert ours.fraction.best < 0.7 * theirs.fraction.best


# ---- dates beyond the table of Earth orientation --------------------------------------------------------------------------


def test_beyond_the_table_of_earth_orientation_the_earth_turns_on(monkeypatch: pytest.MonkeyPatch) -> None:
    o = module._day_of(orbit())
    known = module._track(o)
    table = earth_orientation()
    last = int(np.searchsorted(table.times, Epoch.parse("2021-03-07T00:00:00Z").tai_us))
    cut: EarthOrientation = replace(
        table,
        **{k: getattr(table, k)[:last] for k in ("times", "ut1_minus_tai_s", "pole_x_rad", "pole_y_rad", "cip_dx_rad", "cip_dy_rad")},
    )  # fmt: skip
    monkeypatch.setattr(module, "earth_orientation", lambda: cut)
    times = o.epoch.tai_us + (np.arange(len(known)) * module.STEP_S * 1e6).astype(np.int64)
    guessed = module._turned(times, o.states_gcrf(times)[0])
    # a year on: precession of 20 arcseconds (0.7 km), 0.1 s of the Earth's turn (50 m), pole and nutation
    assert np.linalg.norm(guessed - known, axis=1).max() < 2_000.0


def test_a_date_of_the_far_future_has_contacts() -> None:
    far = orbit(at=Epoch.parse("2070-01-01T00:00:00Z"))
    times = far.epoch.tai_us + np.zeros(1, dtype=np.int64)
    with pytest.raises(DataAgeError):
        gcrf_to_itrf(times, far.states_gcrf(times)[0])
    there, now = (contacts_of(o, [site(50.0, 10.0)]).fraction.best for o in (far, orbit()))
    assert there == pytest.approx(now, abs=0.01)
