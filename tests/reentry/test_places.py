"""Countries and oceans below: places that everybody knows, areas that are published, probabilities that add up."""

import math

import numpy as np
import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.reentry.places import (
    OCEANS,
    bands_of,
    bands_under,
    names_at,
    places_of,
    places_under,
    wilson,
)

ISS = math.radians(51.64)

KNOWN = {
    "France": (48.85, 2.35), "Fiji": (-17.8, 178.0), "Australia": (-31.9, 126.0), "Argentina": (-32.0, -60.0),
    "Russia": (66.0, 179.0), "Antarctica": (-89.0, 0.0), "Lesotho": (-29.5, 28.3), "Nepal": (28.2, 84.0),
}  # fmt: skip
WATERS = {
    "Pacific Ocean": [(-48.9, -123.4), (7.5, -79.5), (12.0, 113.0), (-5.0, 110.0), (-40.0, 160.0), (58.0, -178.0), (27.0, -111.0),
                      (-30.0, -74.0), (10.0, 101.5), (-40.0, -160.0), (-14.0, -164.0)],
    "Atlantic Ocean": [(35.0, 18.0), (43.0, 34.0), (58.0, 20.0), (15.0, -75.0), (25.0, -90.0), (10.0, -79.7), (46.0, 36.5),
                       (56.0, 3.0), (-45.0, -60.0), (0.0, -20.0), (58.0, -85.0)],
    "Indian Ocean": [(-33.9, 121.9), (20.0, 38.5), (26.5, 52.0), (15.0, 88.0), (-11.0, 127.0), (-35.0, 130.0), (-37.0, 22.0),
                     (10.0, 96.0), (3.5, 100.0), (28.8, 32.9), (28.5, 34.7)],
    "Arctic Ocean": [(72.0, 35.0), (65.5, 38.0), (89.0, 0.0)],
    "Southern Ocean": [(-65.0, 0.0)],
    "Caspian Sea": [(42.0, 51.0)],
}  # fmt: skip


def test_known_places_on_land() -> None:
    latitude, longitude = np.radians(list(KNOWN.values())).T
    assert names_at(latitude, longitude).tolist() == list(KNOWN)


@pytest.mark.parametrize("ocean", WATERS)
def test_known_waters(ocean: str) -> None:
    latitude, longitude = np.radians(WATERS[ocean]).T
    assert set(names_at(latitude, longitude)) == {ocean}


def test_a_turn_more_changes_nothing() -> None:
    latitude, longitude = np.radians([48.85, -17.8]), np.radians([2.35, 178.0])
    assert names_at(latitude, longitude + 2 * np.pi).tolist() == names_at(latitude, longitude).tolist()


def test_areas_of_countries_and_oceans() -> None:
    """Published areas, 1,000 km2, from memory: CIA World Factbook and NOAA's volumes of the oceans (2010).

    Countries within 2 % (coast at 1:50 million), oceans within 3 % (whose seas count where differs between authors; the Pacific is
    held against NOAA's with the South China Sea, the Atlantic with the Mediterranean and the Baltic).
    """
    from stationkeeper.reentry.places import _shares

    lines, names, share = _shares()
    south, north = np.radians(lines - 0.125), np.radians(lines + 0.125)
    area = dict(zip(names, (2.0 * np.pi * 6371.007**2 * (np.sin(north) - np.sin(south))) @ share / 1000.0, strict=True))
    for name, known in {"Brazil": 8515.0, "Australia": 7741.0, "Argentina": 2780.0, "Kazakhstan": 2725.0}.items():
        assert area[name] == pytest.approx(known, rel=0.02), name
    oceans = {
        "Pacific Ocean": 168_700.0,
        "Atlantic Ocean": 88_500.0,
        "Indian Ocean": 70_560.0,
        "Southern Ocean": 21_960.0,
    }
    for name, known in oceans.items():
        assert area[name] == pytest.approx(known, rel=0.03), name
    assert np.allclose(share.sum(axis=1), 1.0, atol=1e-6)  # no land counted twice, no water lost


def test_random_entry_adds_up_and_agrees_with_points() -> None:
    """The map in closed form against 20,000 points of the same orbit: each large place within four deviations."""
    exact = {p.name: p for p in places_under(ISS, bulge=0.0)}
    assert sum(p.probability for p in exact.values()) == pytest.approx(1.0)
    assert all(p.low <= p.probability <= p.high for p in exact.values())
    rng = np.random.default_rng(2)
    n = 20_000
    geocentric = np.arcsin(np.sin(ISS) * np.sin(rng.uniform(0.0, 2.0 * np.pi, n)))
    latitude = np.arctan(np.tan(geocentric) / (1.0 - 0.0066943799901413165))
    sample = places_of(latitude, rng.uniform(-np.pi, np.pi, n))
    for p in sample[:15]:
        q = exact[p.name].probability
        assert abs(p.probability - q) < 4.0 * math.sqrt(q * (1.0 - q) / n), p.name


def test_a_low_inclination_meets_no_far_country() -> None:
    names = {p.name for p in places_under(math.radians(28.5))}
    assert {"India", "Brazil", "Pacific Ocean"} <= names
    assert not {"Germany", "Russia", "Southern Ocean"} & names  # France reaches to French Guiana


def test_most_of_an_orbit_is_over_water() -> None:
    """Under 50 degrees, Skylab's, about three quarters of the time were over water (67 of 90 minutes: Time, 1979-07-16)."""
    water = sum(p.probability for p in places_under(math.radians(50.0), bulge=0.0) if p.kind == "ocean")
    assert water == pytest.approx(67.0 / 90.0, abs=0.02)


def test_rare_places_are_marked() -> None:
    latitude, longitude = np.full(100, math.radians(-45.0)), np.full(100, math.radians(-120.0))
    latitude[0], longitude[0] = math.radians(48.85), math.radians(2.35)
    sea, land = places_of(latitude, longitude)
    assert (sea.name, sea.enough, land.name, land.enough) == ("Pacific Ocean", True, "France", False)
    assert land.low < 0.01 < land.high


def test_wilson_at_the_ends() -> None:
    assert wilson(0, 100)[0] == 0.0
    assert wilson(0, 100)[1] == pytest.approx(1.645**2 / (100 + 1.645**2), rel=1e-3)
    assert wilson(100, 100)[1] == 1.0


def test_bands() -> None:
    bands = bands_under(ISS, bulge=0.0)
    assert sum(b.probability for b in bands) == pytest.approx(1.0)
    assert bands[0].south_deg == -60.0
    by_north = {b.north_deg: b.probability for b in bands}
    assert by_north[50.0] > by_north[10.0]  # an orbit lingers where it turns
    pulled = {b.north_deg: b.probability for b in bands_under(ISS, bulge=0.8)}
    assert pulled[50.0] < by_north[50.0]
    sample = bands_of(np.radians([10.0, 12.0, -3.0]), width_deg=5.0)
    assert sum(b.probability for b in sample) == pytest.approx(1.0)
    assert (sample[0].south_deg, sample[-1].north_deg) == (-5.0, 15.0)
    assert bands_of([]) == ()


def test_wrong_questions_are_refused() -> None:
    for wrong in (lambda: places_under(0.0), lambda: bands_under(math.nan), lambda: bands_under(ISS, width_deg=7.0),
                  lambda: names_at([0.0], [0.0, 1.0]), lambda: names_at([2.0], [0.0]), lambda: names_at([0.0], [math.inf]),
                  lambda: places_under(ISS, bulge=2.0)):  # fmt: skip
        with pytest.raises(InputError):
            wrong()


def test_ocean_names_are_no_countries() -> None:
    assert {p.name for p in places_under(ISS) if p.kind == "ocean"} <= set(OCEANS)
