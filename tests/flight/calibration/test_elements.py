"""Calibration on element sets: a made history gives back what it was made with; burns are found where they are and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.calibration import elements as module
from stationkeeper.flight.calibration.elements import (
    drag_integral,
    fit_elements,
    gross_errors,
    history,
    mean_semi_major_axes_m,
)
from stationkeeper.flight.engines.averaged.decay import decay
from stationkeeper.flight.engines.sgp4 import MeanElements, osculating_state
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import mean_semi_major_axis_m

START = Epoch.parse("2023-03-01T00:00:00Z")
CDAM = 0.007
NODE_RATE_RAD_DAY = math.radians(-5.0)


def one_set(epoch: Epoch, mean_altitude_m: float, number: int = 25544) -> MeanElements:
    """A set of an orbit like the station's, with the Kozai mean motion that gives a mean altitude."""
    days = epoch.days_since(START)
    motion = math.sqrt(GM_EARTH_M3_S2 / (EARTH_EQUATORIAL_RADIUS_M + mean_altitude_m) ** 3)
    for _ in range(4):
        made = MeanElements(
            "MADE",
            number,
            "1998-067A",
            epoch,
            motion,
            0.0005,
            math.radians(51.64),
            (1.0 + NODE_RATE_RAD_DAY * days) % math.tau,
            1.0,
            (days * 86_400.0 * motion) % math.tau,
            3e-4,
        )
        a = EARTH_EQUATORIAL_RADIUS_M + made.mean_altitude_m
        motion *= 1.0 - 1.5 * (EARTH_EQUATORIAL_RADIUS_M + mean_altitude_m - a) / a
    assert made.mean_altitude_m == pytest.approx(mean_altitude_m, abs=0.1)
    return made


def made_history(
    days: float,
    every_days: float,
    weather: SpaceWeather,
    burns: Sequence[tuple[float, float]] = (),
    noise_m: float = 5.0,
    cdam: float = CDAM,
    altitude_m: float = 415_000.0,
) -> list[MeanElements]:
    """Sets of an orbit that the averaged engine sinks, with steps of the mean altitude at given days and noise."""
    random = np.random.default_rng(7)
    times = np.arange(0.0, days, every_days)
    heights: NDArray[np.float64] = np.full(len(times), altitude_m)
    level, first = altitude_m, 0.0
    edges = [*burns, (days + 1.0, 0.0)]
    for day, step in edges:
        state = osculating_state(one_set(START.plus_days(first), level), START.plus_days(first))
        orbit = replace(MeanOrbit.analytic(state), semi_major_axis_m=EARTH_EQUATORIAL_RADIUS_M + level)
        sunk = decay(orbit, Body(1.0, cdam, 1.0), START.plus_days(min(day, days)), weather=weather).members[0]
        own = (times >= first) & (times <= min(day, days))
        heights[own] = [sunk.mean_altitude_at_m(START.plus_days(float(t))) for t in times[own]]
        level, first = float(sunk.mean_altitude_m[-1]) + step, day
    heights += noise_m * random.standard_normal(len(times))
    return [one_set(START.plus_days(float(t)), float(h)) for t, h in zip(times, heights, strict=True)]


@pytest.fixture(scope="module")
def station(observed: SpaceWeather) -> list[MeanElements]:
    """24 days with a reboost of 1,200 m on day 8.1 and a lowering of 500 m on day 16.3."""
    return made_history(24.0, 0.25, observed, [(8.1, 1_200.0), (16.3, -500.0)])


def test_the_drag_integral_is_the_decay_of_the_averaged_engine(observed: SpaceWeather) -> None:
    """Two ways to the same average of the same density: 1.5 % covers the 16-point quadrature and SGP4's own radius."""
    sets = made_history(12.0, 0.5, observed, noise_m=0.0)
    integral = drag_integral(sets, observed)
    a = mean_semi_major_axes_m(sets)
    loss_m = CDAM * integral.between(sets[0].epoch, sets[-1].epoch)
    assert loss_m > 500.0
    assert loss_m == pytest.approx(float(a[0] - a[-1]), rel=0.015)
    finer = drag_integral(sets, observed, step_s=60.0).between(sets[0].epoch, sets[-1].epoch)
    assert CDAM * finer == pytest.approx(loss_m, rel=1e-3)
    assert (np.diff(integral.loss_m_per_m2_kg) > 0.0).all()
    with pytest.raises(OutOfRangeError, match="it runs from"):
        integral.at(START.plus_days(20.0))


def test_a_made_history_gives_back_its_drag_and_its_burns(station: list[MeanElements], observed: SpaceWeather) -> None:
    fit = fit_elements(station, observed)
    # 5 m of noise on about 2 km of decay, and the 1.5 % of the test above
    assert fit.overall.cdam_m2_kg == pytest.approx(CDAM, rel=0.03)
    assert len(fit.fits) == 3
    for one in fit.fits:
        assert one.low_m2_kg < CDAM < one.high_m2_kg
        assert one.formal_sigma_m2_kg < one.sigma_m2_kg
        assert one.density_model == "nrlmsise00"
    up, down = fit.burns
    assert up.delta_a_m == pytest.approx(1_200.0, abs=30.0)
    assert down.delta_a_m == pytest.approx(-500.0, abs=30.0)
    assert abs(up.start.days_since(START) - 8.1) < 0.15
    assert abs(down.start.days_since(START) - 16.3) < 0.15
    # 1.774 km per m/s at 417 km
    assert up.delta_v_m_s == pytest.approx(1.2 / 1.774, rel=0.03)
    assert down.delta_v_m_s < 0.0 < down.sigma_m_s < 0.02
    assert np.abs(fit.residual_m).max() < 60.0


def test_a_quiet_history_has_no_burns(observed: SpaceWeather) -> None:
    assert fit_elements(made_history(20.0, 0.3, observed, noise_m=15.0), observed).burns == ()


def test_a_turned_body_is_no_burn(observed: SpaceWeather) -> None:
    """Three times the drag for four days: a change of slope, and no step."""
    before = made_history(8.0, 0.5, observed, altitude_m=400_000.0, noise_m=3.0)
    integral = drag_integral(made_history(20.0, 0.5, observed, altitude_m=400_000.0, noise_m=0.0), observed)
    lost = integral.at(integral.times_tai_us) * CDAM
    days = (integral.times_tai_us - START.tai_us) / 86_400e6
    extra = np.interp(days, [8.0, 12.0], [0.0, 2.0 * float(np.interp(12.0, days, lost) - np.interp(8.0, days, lost))])
    sets = [one_set(s.epoch, s.mean_altitude_m) for s in before]
    for day in np.arange(8.0, 19.5, 0.5):
        height_m = 400_000.0 - float(np.interp(day, days, lost) + np.interp(day, days, extra))
        sets.append(one_set(START.plus_days(float(day)), height_m))
    assert fit_elements(sets, observed).burns == ()


def test_wild_sets_and_duplicates_do_no_harm(station: list[MeanElements], observed: SpaceWeather) -> None:
    clean = fit_elements(station, observed)
    wild = [*station, station[10], replace(station[40], mean_motion_rad_s=station[40].mean_motion_rad_s * 1.0004)]
    wild[55] = one_set(wild[55].epoch, wild[55].mean_altitude_m + 400.0)
    fit = fit_elements(list(reversed(wild)), observed)
    assert any("gross errors" in n for n in fit.notes) or len(fit.sets) == len(clean.sets)
    assert fit.overall.cdam_m2_kg == pytest.approx(clean.overall.cdam_m2_kg, rel=0.02)
    assert [b.delta_a_m for b in fit.burns] == pytest.approx([b.delta_a_m for b in clean.burns], abs=20.0)


def test_gross_errors_are_neither_burns_nor_a_fast_decay(observed: SpaceWeather) -> None:
    heights = [415e3, 414.9e3, 410e3, 414.8e3, 418e3, 417.9e3, 412e3, 405e3, 396e3]
    sets = [one_set(START.plus_days(0.5 * k), h) for k, h in enumerate(heights)]
    assert gross_errors(sets).tolist() == [False, False, True, *([False] * 6)]


def test_last_state_has_the_mean_altitude_of_the_sets(station: list[MeanElements], observed: SpaceWeather) -> None:
    fit = fit_elements(station, observed)
    state = fit.last_state()
    assert state.epoch == station[-1].epoch
    mean_m = float(mean_semi_major_axis_m(state.position_gcrf_m, state.velocity_gcrf_m_s)[0])
    assert mean_m == pytest.approx(float(fit.mean_semi_major_axis_m[-1]), abs=30.0)


def test_the_span_can_be_cut_and_the_density_model_is_kept(station: list[MeanElements], observed: SpaceWeather) -> None:
    fit = fit_elements(
        station, observed, density_model="nrlmsis21", start=START.plus_days(9.0), end=START.plus_days(16.0)
    )
    assert fit.burns == ()
    assert len(fit.fits) == 1
    assert fit.overall.density_model == "nrlmsis21"
    # the second model is thinner, so the same decay asks for a larger area
    assert 1.0 < fit.overall.cdam_m2_kg / CDAM < 1.4
    assert fit.sets[0].epoch >= START.plus_days(9.0)


def test_wrong_histories_are_refused(station: list[MeanElements], observed: SpaceWeather) -> None:
    with pytest.raises(InputError, match="one object"):
        history([*station, one_set(START, 400e3, number=99)])
    with pytest.raises(InputError, match="at least 5"):
        fit_elements(station[:4], observed)
    with pytest.raises(InputError, match="at least 5"):
        fit_elements(station, observed, start=START.plus_days(23.5))
    with pytest.raises(InputError, match="30 to 1,800"):
        drag_integral(station, observed, step_s=5.0)
    rising = [one_set(START.plus_days(0.5 * k), 400_000.0 + 40.0 * k) for k in range(20)]
    with pytest.raises(InputError, match="do not sink"):
        fit_elements(rising, observed, find_burns=False)


def test_uncertainty_grows_with_the_scatter_of_the_pieces(observed: SpaceWeather) -> None:
    """A body whose drag changes from week to week is less sure than a steady one."""
    steady = fit_elements(made_history(24.0, 0.5, observed), observed).overall
    a, b = made_history(12.0, 0.5, observed, cdam=0.004), []
    state_m = a[-1].mean_altitude_m
    later = made_history(24.0, 0.5, observed, cdam=0.010)
    shift = state_m - later[24].mean_altitude_m
    b = [one_set(s.epoch, s.mean_altitude_m + shift) for s in later[24:]]
    changing = fit_elements([*a, *b], observed, find_burns=False).overall
    assert changing.sigma_m2_kg / changing.cdam_m2_kg > 1.3 * steady.sigma_m2_kg / steady.cdam_m2_kg
    assert module.MODEL_SCATTER / math.sqrt(2.0) * 0.5 < steady.sigma_m2_kg / steady.cdam_m2_kg < module.MODEL_SCATTER
