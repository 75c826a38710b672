"""One calculation from a body on its way down to dates, places and risk; its JSON and its words."""

import json
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.reentry.coming_down import DRAG_WORDS, People, _random_places, coming_down
from stationkeeper.reentry.deorbit_ground import distance_m
from stationkeeper.reentry.entry import Falling
from stationkeeper.reentry.outcome import (
    PROBABILITIES,
    SHARES,
    ComingDown,
    Passing,
    entry_words,
    instant,
    land_share,
    remaining_words,
    risk_words,
    window_words,
)
from stationkeeper.reentry.places import bands_under
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import load_station

START = Epoch.parse("2022-02-24T00:00:00Z")
WEATHER = SpaceWeather.fixed(f107=150.0, ap=4.0)


def falling(height_km: float) -> Falling:
    orbit = MeanOrbit(START, 6_378_137.0 + 1e3 * height_km, 0.0, 0.0, math.radians(51.6), 1.0, 2.0)
    return Falling(orbit, 20_000.0, (0.01, 0.1), name="a body")


@pytest.fixture(scope="module")
def low() -> ComingDown:
    """From 165 km: hours to live, with the parts of Tianhe alone, so that places along the track mean something."""
    stack = configuration_at(load_station("tiangong"), Epoch.parse("2021-05-10T00:00:00Z")).stacks()[0]
    return coming_down(falling(165.0), stack=stack, members=200, weather=WEATHER, numerical_median=False)


@pytest.fixture(scope="module")
def high() -> ComingDown:
    """From 240 km: weeks to live, parts not known."""
    return coming_down(falling(240.0), members=40, weather=WEATHER, numerical_median=False, varied=("its drag",))


def test_dates_are_in_order_at_every_height(low: ComingDown, high: ComingDown) -> None:
    for d in (low, high):
        heights = [h.height_km for h in d.heights]
        assert heights == sorted(heights, reverse=True)
        assert heights[-1] == 120.0
        for h in d.heights:
            dates = [x for x in h.dates if x is not None]
            assert dates == sorted(dates)
            assert dates[0] >= d.start
        medians = [h.by(0.5) for h in d.heights]
        known = [m for m in medians if m is not None]
        assert known == sorted(known)


def test_the_windows_hold_each_other_and_the_yardstick_is_a_fifth(high: ComingDown) -> None:
    windows = [high.entry.window(s) for s in SHARES]
    for (a, b), (c, d) in pairwise(windows):
        assert a is not None and b is not None and c is not None and d is not None
        assert c <= a <= b <= d
    assert high.median is not None and high.yardstick is not None
    assert high.yardstick[1] - high.median == pytest.approx(0.2 * (high.median - high.start), abs=1e-5)


def test_the_second_density_model_is_thinner(high: ComingDown) -> None:
    """NRLMSIS 2.1 has 5 to 15 % less air at these heights under these indices, so the body lives longer by as much."""
    assert high.second is not None
    assert high.second[0] == "nrlmsis21"
    assert 1.02 < high.second[1] < 1.25
    assert high.second_dates[3] is not None and high.median is not None
    assert high.second_dates[3] > high.median


def test_a_long_window_knows_no_place_and_a_short_one_does(low: ComingDown, high: ComingDown) -> None:
    assert low.place_known
    assert "a piece of each member" in low.places_basis
    assert not high.place_known
    assert low.track is not None and high.track is not None
    assert low.track.below[0][0] == low.track.epochs[0]
    assert len(low.track.below) >= 3
    assert high.track.below == ()
    assert "random entry" in high.places_basis
    assert "drawn somewhat to the equator (bulge 0 to 0.8, assumed)" in high.places_basis
    for d in (low, high):
        assert sum(p.probability for p in d.places) == pytest.approx(1.0, abs=2e-3)  # the map's lines of latitude
        assert sum(b.probability for b in d.bands) == pytest.approx(1.0, abs=1e-6)
        assert len(d.people_per_km2) == len(d.bands)
        assert 0.1 < land_share(d.places) < 0.6
        south, north = d.latitude_band_deg
        assert d.track is not None
        assert all(south - 0.2 <= x <= north + 0.2 for x in d.track.latitude_deg)


def test_risk_has_bounds_and_its_reasons(low: ComingDown, high: ComingDown) -> None:
    r = low.risk
    assert 0.0 < r["low"] <= r["casualty_expectation"] <= r["high"]
    assert r["members"] == 200
    assert len(r["contributions"]) >= 3
    assert sum(x["share_of_variance"] for x in r["contributions"]) == pytest.approx(1.0, abs=1e-6)
    assert 0.0 <= r["pieces"]["surviving_mass_share"][0] <= r["pieces"]["surviving_mass_share"][2] <= 1.0
    assert "1 in 10,000" in risk_words(r)
    assert "; at most 1 chance in" in risk_words(r)  # only the latitude is known
    assert "every piece at its own place" in r["method"]
    assert r["low"] < r["averaged_over_places"]["low"] < r["averaged_over_places"]["high"] < r["high"]
    assert high.risk["casualty_expectation"] is None
    assert "not known" in high.risk["statement"]
    assert risk_words(high.risk) == ""


def test_the_json_holds_all_that_the_values_hold(low: ComingDown, high: ComingDown) -> None:
    for d in (low, high):
        again = ComingDown.from_dict(json.loads(json.dumps(d.as_dict(), allow_nan=False)))
        assert again.as_dict() == d.as_dict()
        assert again.heights == d.heights
        assert entry_words(again) == entry_words(d)


def test_the_same_seed_gives_the_same_and_another_does_not() -> None:
    a, b, c = (
        coming_down(falling(165.0), members=8, seed=s, weather=WEATHER, numerical_median=False) for s in (1, 1, 2)
    )
    assert a.as_dict() == b.as_dict()
    assert a.entry.dates != c.entry.dates


def cells(path: Path, people: float = 1.5e7) -> Path:
    """A grid with people in every third column."""
    rows = "\n".join(" ".join([f"{people:.0f}", "0", "0"] * 12) for _ in range(18))
    path.write_text(f"ncols 36\nnrows 18\nxllcorner -180\nyllcorner -90\ncellsize 10\n{rows}\n", encoding="utf-8")
    return path


def test_people_in_cells_replace_those_by_latitude(low: ComingDown, tmp_path: Path) -> None:
    stack = configuration_at(load_station("tiangong"), Epoch.parse("2021-05-10T00:00:00Z")).stacks()[0]
    d = coming_down(
        falling(165.0), stack=stack, members=200, weather=WEATHER, numerical_median=False,
        people=People("none", cells(tmp_path / "people.asc"), 2022.0),
    )  # fmt: skip
    assert "people.asc" in d.risk["method"]
    assert d.risk["casualty_expectation"] != low.risk["casualty_expectation"]
    assert not d.risk["probability_of_one_is_upper_bound"]
    assert "at most" not in risk_words(d.risk)
    assert "90 % of places and cases" in risk_words(d.risk)


def test_a_random_entry_over_cells_uses_the_local_densities(tmp_path: Path) -> None:
    """From 200 km the window is longer than a day: 10,000 places under the orbit, the pieces of each member around them."""
    stack = configuration_at(load_station("tiangong"), Epoch.parse("2021-05-10T00:00:00Z")).stacks()[0]
    d = coming_down(
        replace(falling(200.0), cdam_m2_kg=(0.002, 0.2)), stack=stack, members=200, weather=WEATHER, numerical_median=False,
        people=People("none", cells(tmp_path / "people.asc", 1.5e10), 2022.0),
    )  # fmt: skip
    assert not d.place_known
    r = d.risk
    assert "10,000 places" in r["method"]
    assert not r["probability_of_one_is_upper_bound"]
    assert 1.0 < r["casualty_expectation"] < 5.0
    assert (
        0.2 < r["probability_of_one"] < 0.75 * -math.expm1(-r["casualty_expectation"])
    )  # two thirds of the places are empty
    assert (r["low"], r["high"]) == (r["averaged_over_places"]["low"], r["averaged_over_places"]["high"])
    assert r["low"] > 0.0


def test_pieces_of_a_random_entry_keep_their_distances(low: ComingDown) -> None:
    """Places drawn under an orbit: latitudes within it, weighed as the formula says; heel to toe as they fell."""
    n = 500
    down, cross = np.array([[0.0], [1_000e3]]) + np.zeros((2, n)), np.array([[0.0], [50e3]]) + np.zeros((2, n))
    s = SimpleNamespace(members=n, piece_area_m2=np.ones((2, n)), downrange_m=down, crossrange_m=cross)
    lat, lon = _random_places(s, math.radians(51.6), 1)  # type: ignore[arg-type]
    assert lat.shape == lon.shape == (2, n, 20)
    apart = [distance_m((lat[0, k, 0], lon[0, k, 0]), (lat[1, k, 0], lon[1, k, 0])) for k in range(50)]
    assert apart == pytest.approx([math.hypot(1_000e3, 50e3)] * 50, rel=0.007)  # geodetic latitude taken as geocentric
    single = SimpleNamespace(members=n, piece_area_m2=np.ones((1, n)), downrange_m=down[:1], crossrange_m=cross[:1])
    lat, lon = _random_places(single, math.radians(51.6), 1)  # type: ignore[arg-type]
    assert math.degrees(float(np.abs(lat).max())) == pytest.approx(low.latitude_band_deg[1], abs=0.01)
    bands = {b.south_deg: b for b in bands_under(math.radians(51.6), width_deg=10.0, bulge=1.1 / 3.0)}
    for south in (-50.0, -20.0, 0.0, 40.0):
        inside = (np.degrees(lat) >= south) & (np.degrees(lat) < south + 10.0)
        assert float(inside.mean()) == pytest.approx(bands[south].probability, abs=0.002)
    assert float(np.abs(np.exp(1j * lon).mean())) < 0.01


def test_what_makes_the_window_wide_is_told_of_the_drag_as_drawn() -> None:
    """A drag that is fitted to four days with an error of 1 %: its line's error is small beside the air, which the members differ in too."""
    fitted = replace(falling(200.0), cdam_m2_kg=(0.01, 0.01), calibrated_days=4.0)
    d = coming_down(fitted, members=200, weather=WEATHER, numerical_median=False)
    shares = dict(d.wide)
    assert shares[DRAG_WORDS] < 0.2
    assert any("that of the calibration too" in what for what in shares)


def test_a_grid_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError):
        coming_down(falling(165.0), members=2, weather=WEATHER, people=People(grid=path))


def test_window_words_are_as_fine_as_the_window() -> None:
    def at(text: str) -> Epoch:
        return Epoch.parse(text)

    until = at("2037-07-03T00:00:00Z")
    a = at("2022-12-23T06:00:00Z")
    assert window_words(a, at("2025-02-01T00:00:00Z"), until) == "between December 2022 and February 2025"
    assert window_words(a, at("2022-12-29T00:00:00Z"), until) == "between 23 December and 29 December 2022"
    assert window_words(a, at("2022-12-23T11:30:00Z"), until) == "between 06:00 UTC and 11:30 UTC on 23 December 2022"
    assert window_words(a, None, until) == "after December 2022, possibly after July 2037"
    assert window_words(None, None, until) == "after July 2037"
    assert instant(a, 30.0) == "23 December 2022"


def test_open_ends_are_told_as_open(high: ComingDown) -> None:
    early = high.start.plus_days(3.0)
    dates = (early, early, early, None, None, None, None)
    d = replace(high, heights=(*high.heights[:-1], Passing(120.0, dates)), not_down=20)
    assert d.median is None
    assert d.yardstick is None
    assert "possibly after" in entry_words(d)
    assert d.as_dict()["entry"]["median_utc"] is None
    assert len(dates) == len(PROBABILITIES)
    assert np.isfinite(d.start_height_km)


def test_a_prediction_after_the_fall_says_so_and_tells_its_weather() -> None:
    at = Epoch.parse("2022-03-20T00:00:00Z")
    d = coming_down(replace(falling(165.0), known_on=at), members=20, numerical_median=False)
    assert d.weather == "as known on 2022-03-20: nothing measured later is used"
    assert any("ends before 2022-03-20" in x for x in d.notes)
    now = coming_down(falling(165.0), members=20, numerical_median=False)
    assert now.weather.startswith("as it happened up to ")
    assert "nobody could know this on the day of the start" in now.weather
    assert not any("ends before" in x for x in now.notes)
    assert now.yardstick_part == 0.25  # hours remain
    assert remaining_words(now).endswith("hours")


def test_what_makes_the_window_wide_names_what_varied_only() -> None:
    """One table of weather for all and one attitude: neither the Sun nor the turning of the body is named."""
    d = coming_down(
        replace(falling(200.0), cdam_m2_kg=(0.01, 0.1)), members=200, weather=WEATHER, numerical_median=False
    )
    (air,) = (what for what, _ in d.wide if what != DRAG_WORDS)
    assert air == "the air from day to day"
