"""Entry as a distribution: members, windows, attitudes, the engines against each other, and wrong input."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.core.constants import GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError, OutOfRangeError
from stationkeeper.core.frames import gcrf_to_itrf, geodetic
from stationkeeper.core.ranges import Range
from stationkeeper.core.time_arrays import utc_day_number
from stationkeeper.environment.density_error import DensityError, fit_weights
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.descent import Job
from stationkeeper.reentry.entry import (
    AS_FITTED,
    ENTRY_M,
    AttitudePhase,
    EntryForecast,
    Falling,
    numerical_differences,
    predict,
)

START = Epoch.parse("2022-02-24T00:00:00Z")
WEATHER = SpaceWeather.fixed(150.0, 4.0)
STATE = StateVector.circular(START, 245_000.0, math.radians(51.64))
ORBIT = MeanOrbit.analytic(STATE)
FALLING = Falling(ORBIT, 1_000.0, (0.02, 0.10))


@pytest.fixture(scope="module")
def forecast() -> EntryForecast:
    return predict(FALLING, members=60, weather=WEATHER)


def test_every_member_passes_120_km(forecast: EntryForecast) -> None:
    assert forecast.members == 60
    assert forecast.not_down == 0
    place = geodetic(gcrf_to_itrf(forecast.entry_tai_us, forecast.position_gcrf_m))
    # false position stops within centimetres; polar motion and UT1 between tables are left out on the way: metres
    assert np.abs(place.height_m - ENTRY_M).max() < 5.0
    np.testing.assert_allclose(place.latitude_rad, forecast.latitude_rad, atol=3e-6)
    turned = np.mod(place.longitude_rad - forecast.longitude_rad + math.pi, 2.0 * math.pi) - math.pi
    assert np.abs(turned).max() < 3e-6
    speed = np.linalg.norm(forecast.velocity_gcrf_m_s, axis=1)
    np.testing.assert_allclose(speed, forecast.speed_m_s, rtol=1e-9)
    # within 0.5 % of circular: the air has rounded the orbit, and it sinks by tenths of a degree
    circular = np.sqrt(GM_EARTH_M3_S2 / np.linalg.norm(forecast.position_gcrf_m, axis=1))
    assert np.abs(speed / circular - 1.0).max() < 0.005
    assert (forecast.flight_path_angle_rad < 0.0).all()
    assert (forecast.flight_path_angle_rad > math.radians(-0.5)).all()


def test_places_lie_in_the_latitude_band(forecast: EntryForecast) -> None:
    south, north = forecast.latitude_band_deg
    assert south == -north
    # 51.64 degrees to the pole of GCRF (0.12 degrees from the Earth's), geodetic: up to 0.19 degrees more than geocentric
    assert 51.6 < north < 52.0
    latitudes = np.degrees(forecast.latitude_rad)
    assert latitudes.min() >= south - 0.05
    assert latitudes.max() <= north + 0.05
    # spherical triangle: cos i = cos(latitude) sin(azimuth), on the sphere
    geocentric = np.arctan((1.0 - 1.0 / 298.257) ** 2 * np.tan(forecast.latitude_rad))
    inclination = np.arccos(np.cos(geocentric) * np.sin(forecast.azimuth_rad))
    assert np.abs(inclination - forecast.inclination_rad).max() < math.radians(0.3)


def test_windows_hold_each_other_and_the_median(forecast: EntryForecast) -> None:
    half, most, nearly_all = (forecast.window(s) for s in (0.5, 0.9, 0.99))
    assert nearly_all[0] <= most[0] < half[0] < forecast.quantile(0.5) < half[1] < most[1] <= nearly_all[1]
    inside = (forecast.entry_tai_us >= most[0].tai_us) & (forecast.entry_tai_us <= most[1].tai_us)
    assert inside.mean() == pytest.approx(0.9, abs=0.04)
    early, late = forecast.yardstick()
    assert (late - early) / (forecast.quantile(0.5) - forecast.start) == pytest.approx(0.4)
    with pytest.raises(InputError, match="0 to 1"):
        forecast.quantile(1.5)


def test_a_member_depends_on_seed_and_number_alone(forecast: EntryForecast) -> None:
    fewer = predict(FALLING, members=12, weather=WEATHER, numerical_median=False)
    np.testing.assert_array_equal(fewer.entry_tai_us, forecast.entry_tai_us[:12])
    other = predict(FALLING, members=12, seed=1, weather=WEATHER, numerical_median=False)
    assert (other.entry_tai_us != fewer.entry_tai_us).all()


def test_the_spread_is_that_of_the_drag(forecast: EntryForecast) -> None:
    # with no error of the air the remaining time goes as 1 / drag: the spread of its logarithm is that of the drag, 0.10
    still = predict(FALLING, members=80, weather=WEATHER, density_error=DensityError(0.0, 0.0), numerical_median=False)
    days = (still.entry_tai_us - START.tai_us) / 86_400e6
    spread = float(np.std(np.log(still.cdam_m2_kg)))
    assert np.std(np.log(days)) == pytest.approx(spread, rel=0.05)
    assert np.corrcoef(np.log(days), np.log(still.cdam_m2_kg))[0, 1] < -0.999
    # with it the window is wider
    assert np.std(np.log((forecast.entry_tai_us - START.tai_us) / 86_400e6)) > spread * 0.9


def test_the_numerical_engine_agrees(forecast: EntryForecast) -> None:
    report = forecast.settings["median_member"]
    # measured: 0.03 to 0.22 % of the remaining life over six members; 0.5 % leaves room, and is a fortieth of the yardstick
    assert 0.0 < abs(report["part_of_remaining"]) < 0.005
    assert forecast.median_path is not None
    found = numerical_differences(FALLING, members=3, weather=WEATHER, pick=(0, 2))
    assert [k for k, _, _ in found] == [0, 2]
    assert all(abs(s) < 0.005 * days * 86_400.0 for _, s, days in found)


def test_tumbling_from_a_height_shortens_the_rest() -> None:
    kwargs = {"members": 8, "weather": WEATHER, "numerical_median": False, "density_error": DensityError(0.0, 0.0)}
    held = predict(replace(FALLING, cdam_m2_kg=(0.02, 0.0)), **kwargs)  # type: ignore[arg-type]
    phases = (AS_FITTED, AttitudePhase("tumbling", Range.exact(2.0), Range(210e3, 200e3, 220e3)))
    loose = predict(replace(FALLING, cdam_m2_kg=(0.02, 0.0), attitude=phases), **kwargs)  # type: ignore[arg-type]
    at = {h: held.height_quantile(h, 0.5) for h in (220e3, 200e3)}
    assert at[220e3] is not None
    assert at[200e3] is not None
    span = held.quantile(0.5) - START
    # twice the drag halves what is left below the height at which it begins
    low, high = (0.5 * (held.quantile(0.5) - e) for h in (200e3, 220e3) if (e := at[h]) is not None)
    gained = held.entry_tai_us[0] - loose.entry_tai_us
    # the engine's step passes the height by up to 5 % of a scale height, 2 km: a tenth of what is left there
    assert (gained / 1e6 > 0.90 * low).all()
    assert (gained / 1e6 < 1.03 * high).all()
    assert len(np.unique(loose.entry_tai_us)) > 3  # the heights differ from member to member
    # from the start on it is as a body of twice the drag
    whole = (AttitudePhase("tumbling", Range.exact(2.0)),)
    twice = predict(replace(FALLING, cdam_m2_kg=(0.02, 0.0), attitude=whole), **kwargs)  # type: ignore[arg-type]
    double = predict(replace(FALLING, cdam_m2_kg=(0.04, 0.0)), **kwargs)  # type: ignore[arg-type]
    assert abs(twice.quantile(0.5) - double.quantile(0.5)) < 1e-6 * span
    # and a change by date lies between
    dated = (AS_FITTED, AttitudePhase("gravity-gradient", Range.exact(2.0), since=START.plus_days(1.0)))
    later = predict(replace(FALLING, cdam_m2_kg=(0.02, 0.0), attitude=dated), **kwargs)  # type: ignore[arg-type]
    assert double.quantile(0.5) < later.quantile(0.5) < held.quantile(0.5)


def test_a_change_that_changes_nothing_keeps_the_air(forecast: EntryForecast) -> None:
    # the walk of the air goes on over a change of attitude: only the engine's steps end elsewhere
    phases = (AS_FITTED, AttitudePhase("held", below_m=Range(215e3, 195e3, 235e3)))
    parted = predict(replace(FALLING, attitude=phases), members=60, weather=WEATHER, numerical_median=False)
    life = (forecast.entry_tai_us - START.tai_us) / 1e6
    apart = (parted.entry_tai_us - forecast.entry_tai_us) / 1e6
    # measured 0.6 % at most; a walk begun anew at the change gives 3 % and more
    assert np.abs(apart / life).max() < 0.015


@pytest.mark.parametrize("days", [1.0, 4.0, 30.0])
def test_after_a_calibration_the_air_spreads_as_theory_says(days: float) -> None:
    error = DensityError(0.15, 0.15, 5.0)
    n = 6_000
    plain = Falling(ORBIT, 1_000.0, (0.02, 0.0))
    job = Job(replace(plain, calibrated_days=days), n, 3, WEATHER, START.plus_days(30.0), error)
    first_day = np.full(n, int(utc_day_number(START)[0]))
    air = job.air_factors(job.everyone, first_day, 20)
    seen = np.log(job.drag_m2_kg[:, None] * air / 0.02)
    # the walk's own covariance, with the weights of a line's slope: all Gaussian to first order in 0.15
    begin, w = fit_weights(first_day[0] - days, float(first_day[0]))
    lag = np.abs(np.subtract.outer(begin + np.arange(len(w)), begin + np.arange(len(w))))
    for ahead in (0, 3, 19):
        across = error.phi ** (first_day[0] + ahead - begin - np.arange(len(w)))
        want = 1.0 + w @ error.phi**lag @ w - 2.0 * w @ across
        spread = math.sqrt(math.log(1.0 + 0.15**2) * want)
        # 6,000 members: 1 % of a standard deviation is one sigma
        assert seen[:, ahead].std() == pytest.approx(spread, rel=0.04)
    # what a fit measures is the mean: right at the start of a short calibration's future the median is the best value
    tolerance = 3.0 * 1.25 * 0.15 * 1.2 / math.sqrt(n)
    assert abs(np.median(seen[:, 0])) < 0.5 * 0.15**2 + tolerance
    # and without a calibration the whole spread
    free = Job(plain, n, 3, WEATHER, START.plus_days(30.0), error)
    assert (free.drag_m2_kg == 0.02).all()
    assert np.log(free.air_factors(free.everyone, first_day, 1)).std() == pytest.approx(0.149, rel=0.04)


def test_a_short_calibration_narrows_the_window() -> None:
    kwargs = {"members": 150, "weather": WEATHER, "numerical_median": False}
    free = predict(replace(FALLING, cdam_m2_kg=(0.04, 0.01)), **kwargs)  # type: ignore[arg-type]
    told = predict(replace(FALLING, cdam_m2_kg=(0.04, 0.01), calibrated_days=3.0), **kwargs)  # type: ignore[arg-type]
    spreads = [float(np.std(np.log(f.entry_tai_us - START.tai_us))) for f in (told, free)]
    assert spreads[0] < 0.85 * spreads[1]
    assert told.settings["calibrated_days"] == 3.0


def test_many_heights_make_a_funnel() -> None:
    heights = [*np.arange(240e3, 129e3, -10e3).tolist(), ENTRY_M]
    funnel = predict(FALLING, members=12, weather=WEATHER, heights_m=heights, numerical_median=False)
    dates = [funnel.height_quantile(h, 0.5) for h in heights]
    assert None not in dates
    assert all(a < b for a, b in pairwise(d for d in dates if d is not None))
    few = predict(FALLING, members=12, weather=WEATHER, numerical_median=False)
    # the engine dates a height where it ends a step: more heights move an entry by less than 0.5 % of the life
    life = (few.entry_tai_us - START.tai_us).astype(float)
    assert np.abs((funnel.entry_tai_us - few.entry_tai_us) / life).max() < 0.005
    with pytest.raises(InputError, match="dated heights"):
        few.height_quantile(240e3, 0.5)
    for wrong in ([119e3], [math.nan], [3e6]):
        with pytest.raises(InputError, match="heights_m"):
            predict(FALLING, members=2, weather=WEATHER, heights_m=wrong)


def test_weather_is_observed_and_members_where_the_past_ends() -> None:
    then = predict(replace(FALLING, cdam_m2_kg=(0.04, 0.0)), members=3, numerical_median=False)
    assert "members" not in then.settings["space_weather"]
    assert then.not_down == 0
    last = Epoch.parse(SpaceWeather.observed().last_observed + "T00:00:00Z")
    late = replace(FALLING, start=replace(ORBIT, epoch=last.plus_days(-20.0)), cdam_m2_kg=(0.04, 0.0))
    now = predict(late, members=3, numerical_median=False)
    assert "observed to" in now.settings["space_weather"]
    assert "bulletin" in now.settings["space_weather"]
    assert not any("solar activity" in n for n in now.notes)


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6))
def test_quantiles_are_in_order(forecast: EntryForecast, shares: list[float]) -> None:
    epochs = [forecast.quantile(p) for p in sorted(shares)]
    assert epochs == sorted(epochs)
    for h in forecast.heights_m.tolist():
        dates = [forecast.height_quantile(h, p) for p in sorted(shares)]
        assert all(d is not None and d <= e for d, e in zip(dates, epochs, strict=True) if d is not None)


def test_still_up_is_no_date() -> None:
    up = predict(FALLING, members=5, weather=WEATHER, until=START.plus_days(1.0), numerical_median=False)
    assert up.not_down == 5
    assert up.quantile_or_none(0.5) is None
    assert any("still up" in n for n in up.notes)
    with pytest.raises(OutOfRangeError, match="still up"):
        up.quantile(0.5)
    with pytest.raises(OutOfRangeError, match="no member"):
        _ = up.median_row


def test_as_known_on_a_day_uses_the_bulletin_then() -> None:
    known = predict(replace(FALLING, known_on=START), members=6, numerical_median=False)
    assert "as known on 2022-02-24" in known.settings["space_weather"]
    assert known.not_down == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cdam_m2_kg": (-1.0, 0.1)}, "above 0"),
        ({"cdam_m2_kg": (0.02, 3.0)}, "0 to 1"),
        ({"mass_kg": 0.0}, "mass_kg"),
        ({"attitude": ()}, "attitude"),
        ({"attitude": (AS_FITTED, AS_FITTED)}, "height or date"),
        ({"density_model": "exponential"}, "nrlmsise00"),
    ],
)
def test_wrong_bodies(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        replace(FALLING, **change)  # type: ignore[arg-type]


def test_wrong_settings() -> None:
    with pytest.raises(InputError, match="members"):
        predict(FALLING, members=0)
    with pytest.raises(InputError, match="after the start"):
        predict(FALLING, members=1, until=START, weather=WEATHER)
    with pytest.raises(InputError, match="one of them"):
        AttitudePhase("held", below_m=Range.exact(220e3), since=START)
    with pytest.raises(InputError, match="155"):
        AttitudePhase("held", below_m=Range.exact(100e3))
    entered = MeanOrbit.analytic(StateVector.circular(START, 110_000.0, math.radians(51.64)))
    with pytest.raises(InputError, match="not entered yet"):
        predict(replace(FALLING, start=entered), members=1, weather=WEATHER)
    with pytest.raises(DataAgeError, match="behind the space weather"):
        predict(replace(FALLING, start=replace(ORBIT, epoch=Epoch.parse("2060-01-01T00:00:00Z"))), members=1)
    with pytest.raises(InputError, match="calibrated_days"):
        replace(FALLING, calibrated_days=0.0)
    eccentric = replace(ORBIT, ex=0.03, semi_major_axis_m=6_878_137.0)
    with pytest.raises(InputError, match="eccentricity"):
        predict(replace(FALLING, start=eccentric), members=1, weather=WEATHER)
