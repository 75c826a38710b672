"""Drag fitted to ephemerides that our own engine flew, so that the true factor and the true burns are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import EngineError, InputError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.calibration.ephemeris import (
    along_track_m,
    as_finite,
    burns_in,
    fit_leg,
    fit_legs,
    fit_positions,
    fit_span,
)
from stationkeeper.flight.engines.numerical import fly
from stationkeeper.flight.state import StateVector
from stationkeeper.flight.trajectory import Trajectory

TRUE_M2_KG = 0.0093
MASS_KG = 445_386.0


@dataclass(frozen=True)
class _Arc:
    start: Epoch
    duration_s: float
    first: int
    last: int

    @property
    def end(self) -> Epoch:
        return self.start.plus_s(self.duration_s)


@dataclass(frozen=True, eq=False)
class _Flown:
    """An ephemeris out of our own flight."""

    source: str
    path: Trajectory
    burns: tuple[_Arc, ...] = ()
    object_id: str = "1998-067-A"
    mass_kg: float | None = MASS_KG

    @property
    def times_tai_us(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return self.path.times_tai_us

    def state(self, index: int) -> StateVector:
        return StateVector(
            Epoch(int(self.path.times_tai_us[index])),
            self.path.position_gcrf_m[index],
            self.path.velocity_gcrf_m_s[index],
        )

    def trajectory(self) -> Trajectory:
        return self.path


BURN = FiniteBurn.from_delta_v(Epoch.parse("2022-02-12T16:02:00Z"), 0.5, MASS_KG, 300.0, duration_s=280.0)


def _fly(state: StateVector, days: float, weather: SpaceWeather, burns: tuple[FiniteBurn, ...] = ()) -> Trajectory:
    body = Body(MASS_KG, TRUE_M2_KG * MASS_KG, 1.0)
    return fly(
        state, body, state.epoch.plus_days(days), weather=weather, burns=burns, output_step_s=240.0, method="precise"
    ).trajectory


@pytest.fixture(scope="module")
def quiet(station_state: StateVector, observed: SpaceWeather) -> _Flown:
    """A day and a half without a burn."""
    return _Flown("quiet", _fly(station_state, 1.5, observed))


@pytest.fixture(scope="module")
def burning(station_state: StateVector, observed: SpaceWeather) -> _Flown:
    """Two days and a half with one burn, marked by its samples as a run of short steps would be."""
    path = _fly(station_state, 2.5, observed, (BURN,))
    first, last = (int(np.searchsorted(path.times_tai_us, e.tai_us)) for e in (BURN.start, BURN.end))
    return _Flown("burning", path, (_Arc(BURN.start, BURN.duration_s, first, last),))


def test_a_shifted_start_and_the_factor_are_found_together(quiet: _Flown, observed: SpaceWeather) -> None:
    start = quiet.state(0)
    moved, pushed = np.array([40.0, -60.0, 25.0]), np.array([0.02, 0.01, -0.03])
    wrong = StateVector(start.epoch, start.position_gcrf_m + moved, start.velocity_gcrf_m_s + pushed)
    times = quiet.times_tai_us[20::10]
    found = fit_positions(wrong, times, quiet.path.position_gcrf_m[20::10], mass_kg=MASS_KG, weather=observed)
    # the data are free of noise: what is left is where the search stops, 1e-4 of the factor, a metre or two along the track
    assert found.cdam_m2_kg == pytest.approx(TRUE_M2_KG, rel=2e-3)
    assert max(found.rms_m) < 3.0
    assert np.linalg.norm(found.start.position_gcrf_m - start.position_gcrf_m) < 3.0
    assert found.formal_sigma_m2_kg < 1e-3 * TRUE_M2_KG


def test_positions_before_the_start_serve_as_well(quiet: _Flown, observed: SpaceWeather) -> None:
    found = fit_positions(
        quiet.state(-1), quiet.times_tai_us[:-10:30], quiet.path.position_gcrf_m[:-10:30], mass_kg=MASS_KG,
        weather=observed, adjust_start=False,
    )  # fmt: skip
    assert found.cdam_m2_kg == pytest.approx(TRUE_M2_KG, rel=1e-3)


@pytest.mark.parametrize(("rows", "says"), [(slice(0, 1), "at least"), (slice(0, 40, 10), "both sides")])
def test_positions_that_cannot_serve_are_refused(quiet: _Flown, observed: SpaceWeather, rows: slice, says: str) -> None:
    with pytest.raises(InputError, match=says):
        fit_positions(
            quiet.state(15),
            quiet.times_tai_us[rows],
            quiet.path.position_gcrf_m[rows],
            mass_kg=MASS_KG,
            weather=observed,
        )


def test_a_leg_gives_the_factor_back(quiet: _Flown, observed: SpaceWeather) -> None:
    fit = fit_leg(quiet.state(0), quiet.state(-1), mass_kg=MASS_KG, weather=observed)
    # 5 m along the track, where the search stops, of the 3 km that this drag moves in a day and a half
    assert fit.cdam_m2_kg == pytest.approx(TRUE_M2_KG, rel=2e-3)
    assert fit.low_m2_kg < TRUE_M2_KG < fit.high_m2_kg
    assert fit.sigma_m2_kg > fit.formal_sigma_m2_kg
    radial, along, cross = along_track_m(quiet.state(0), quiet.state(-1), fit.cdam_m2_kg, MASS_KG, observed)
    assert abs(along) < 5.0
    assert max(abs(radial), abs(cross)) < 1.0


def test_a_leg_that_no_drag_explains_is_an_error(burning: _Flown, observed: SpaceWeather) -> None:
    with pytest.raises(EngineError, match="burn is missing"):
        fit_leg(burning.state(0), burning.state(-1), mass_kg=MASS_KG, weather=observed)  # without its burn


def test_a_marked_burn_is_sized(burning: _Flown, observed: SpaceWeather) -> None:
    (burn,) = burns_in(burning, observed)
    assert (burn.start, burn.duration_s) == (BURN.start, BURN.duration_s)
    # the drag of the coast is a guess, and gravity losses are of second order: 0.002 m/s is what is claimed
    assert burn.delta_v_m_s == pytest.approx(0.5, abs=burn.sigma_m_s)
    before, after = (float(np.mean(burning.path.mean_altitude_m()[s])) for s in (slice(235, 411), slice(430, 606)))
    assert burn.delta_a_m == pytest.approx(after - before, abs=120.0)  # means of half a day: 0.1 km of short periods


def test_a_burn_between_samples_is_found(burning: _Flown, observed: SpaceWeather) -> None:
    keep = np.ones(len(burning.times_tai_us), dtype=bool)
    keep[burning.burns[0].first : burning.burns[0].last + 1] = False
    path = Trajectory.build(
        burning.times_tai_us[keep], burning.path.position_gcrf_m[keep], burning.path.velocity_gcrf_m_s[keep], MASS_KG
    )
    (burn,) = burns_in(_Flown("unmarked", path), observed)
    assert burn.delta_v_m_s == pytest.approx(0.5, abs=3.0 * burn.sigma_m_s)
    assert abs(burn.start - BURN.start.plus_s(140.0)) < 480.0  # within the step that jumps
    (flown,) = as_finite([burn], MASS_KG)
    assert flown.delta_v_m_s(MASS_KG) == pytest.approx(burn.delta_v_m_s)


def test_no_burn_is_found_where_there_is_none(quiet: _Flown, observed: SpaceWeather) -> None:
    assert burns_in(quiet, observed) == ()


def test_one_file_is_fitted_span_by_span(burning: _Flown, observed: SpaceWeather) -> None:
    fit = fit_span(burning, observed)
    assert fit.kind == "span"
    assert [b.start for b in fit.burns] == [BURN.start]
    assert len(fit.fits) == 2  # before and after the burn
    for part in fit.fits:
        assert part.cdam_m2_kg == pytest.approx(TRUE_M2_KG, rel=0.02)  # spans of little more than a day
    assert fit.overall.density_model == "nrlmsise00"
    assert fit.overall.low_m2_kg < TRUE_M2_KG < fit.overall.high_m2_kg


def test_a_span_without_a_day_is_refused(burning: _Flown, observed: SpaceWeather) -> None:
    with pytest.raises(InputError, match="a day or more"):
        fit_span(burning, observed, end=burning.state(0).epoch.plus_days(0.5))


def test_files_are_fitted_first_state_to_first_state(burning: _Flown, observed: SpaceWeather) -> None:
    later = _Flown("later", _fly(burning.state(-5), 0.1, observed))
    fit = fit_legs([later, burning], observed)
    assert fit.kind == "legs"
    assert fit.overall.cdam_m2_kg == pytest.approx(TRUE_M2_KG, rel=0.02)  # the burn is sized to 0.002 m/s
    # told that the burn was never flown, no drag explains the leg
    with pytest.raises(InputError, match="burn is missing"):
        fit_legs([later, burning], observed, burns=[])


def test_files_that_do_not_join_are_refused(quiet: _Flown, observed: SpaceWeather) -> None:
    other = _Flown("other", quiet.path, object_id="1998-067-B")
    with pytest.raises(InputError, match="one object"):
        fit_legs([quiet, other], observed)
    with pytest.raises(InputError, match="less than a day apart"):
        fit_legs([quiet, _Flown("twin", quiet.path)], observed)


def test_another_density_model_than_the_engines_is_refused(quiet: _Flown, observed: SpaceWeather) -> None:
    with pytest.raises(InputError, match="nrlmsis21"):
        fit_leg(quiet.state(0), quiet.state(-1), mass_kg=MASS_KG, weather=observed, density_model="nrlmsis21")
