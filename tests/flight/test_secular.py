"""The averaged engine, against the numerical one."""

import math

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError, OutOfRangeError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.engines.numerical import Forces, fly
from stationkeeper.flight.engines.secular import decay, mean_eccentricity_vector
from stationkeeper.flight.state import StateVector

START = Epoch.parse("2022-02-24T00:00:00Z")
LOW = StateVector.circular(START, 222e3, math.radians(51.64))


def test_a_fall_from_222_km_ends_when_the_numerical_engine_says(observed: SpaceWeather) -> None:
    """From 222 km to 120 km with Cd*A/m 0.007 m2/kg: within 1.5 % of the numerical date (about a week)."""
    body = Body(1_000.0, 7.0, 1.0)
    until = START.plus_days(120.0)
    flown = fly(LOW, body, until, weather=observed, forces=Forces(gravity_degree=8), output_step_s=600.0)
    sunk = decay(LOW, body, until, weather=observed).members[0]
    assert flown.stopped == sunk.stopped == "altitude floor"
    assert sunk.end.days_since(START) == pytest.approx(flown.end_state.epoch.days_since(START), rel=0.015)
    half = START.plus_days(0.5 * sunk.end.days_since(START))
    assert sunk.mean_altitude_at_m(half) == pytest.approx(flown.trajectory.mean_altitude_at_m(half), abs=1_000.0)


def test_lifetimes_from_415_km_agree_with_the_peers(observed: SpaceWeather) -> None:
    """Measured with other programs (satkit, Orekit numerical, GMAT): 959.1 to 962.5 and 628.4 to 631.0 days to 120 km."""
    state = StateVector.circular(START, 415e3, math.radians(51.64))
    run = decay(state, [Body(1e3, 4.0, 1.0), Body(1e3, 7.0, 1.0)], START.plus_days(1_300.0), weather=observed)
    days = [m.end.days_since(START) for m in run.members]
    assert days[0] == pytest.approx(960.2, rel=0.01)
    assert days[1] == pytest.approx(628.4, rel=0.01)
    dates = [m.days_since(START) for h in (330e3, 280e3, 220e3, 200e3, 150e3) if (m := run.crossing(h)[0])]
    assert dates == sorted(dates)
    assert len(dates) == 5
    assert run.members[0].crossing(150e3, "lowest") is not None


def test_members_do_not_touch_each_other(observed: SpaceWeather) -> None:
    until = START.plus_days(40.0)
    bodies = [Body(1e3, 7.0, 1.0, density_scale=k) for k in (0.8, 1.0, 1.2)]
    together = decay(LOW, bodies, until, weather=observed)
    alone = decay(LOW, bodies[1], until, weather=observed)
    assert together.members[1].times_tai_us.tolist() == alone.members[0].times_tai_us.tolist()
    assert together.members[1].mean_altitude_m == pytest.approx(alone.members[0].mean_altitude_m, abs=1e-6)
    ends = [m.end for m in together.members]
    assert ends == sorted(ends, reverse=True)


def test_one_body_under_several_skies() -> None:
    skies = [SpaceWeather.fixed(f, 10.0) for f in (80.0, 150.0, 220.0)]
    run = decay(LOW, Body(1e3, 7.0, 1.0), START.plus_days(90.0), weather=skies)
    ends = [m.end for m in run.members]
    assert ends == sorted(ends, reverse=True)
    thin = decay(LOW, Body(1e3, 7.0, 1.0), START.plus_days(90.0), weather=skies[1], model="nrlmsis21").members[0]
    assert thin.end > run.members[1].end


def test_one_that_stays_up_says_so() -> None:
    high = StateVector.circular(START, 600e3, math.radians(51.64))
    member = decay(high, Body(1e3, 1.0, 1.0), START.plus_days(30.0), weather=SpaceWeather.fixed()).members[0]
    assert member.stopped is None
    assert member.end == START.plus_days(30.0)
    assert member.crossing(300e3) is None
    assert member.crossing(700e3) == START
    with pytest.raises(OutOfRangeError, match="this member runs from"):
        member.mean_altitude_at_m(START.plus_days(31.0))


def test_mean_eccentricity_is_the_same_all_around_the_orbit(station_state: StateVector, station_body: Body) -> None:
    """The osculating one swings by 0.001 in an orbit; the mean one by a tenth of that."""
    forces = Forces(gravity_degree=3, drag=False, sun=False, moon=False)
    flight = fly(
        station_state, station_body, station_state.epoch.plus_s(5_570.0), weather=SpaceWeather.fixed(), forces=forces
    )
    means = [mean_eccentricity_vector(flight.trajectory.at(e)) for e in flight.trajectory.epochs]
    x, y = zip(*means, strict=True)
    assert max(x) - min(x) < 2e-4
    assert max(y) - min(y) < 2e-4


def test_what_the_model_does_not_hold_for_is_refused(observed: SpaceWeather) -> None:
    body = Body(1e3, 7.0, 1.0)
    v = LOW.velocity_gcrf_m_s
    with pytest.raises(OutOfRangeError, match="fly it numerically"):
        decay(StateVector(START, LOW.position_gcrf_m, v * 1.02), body, START.plus_days(1.0), weather=observed)
    with pytest.raises(OutOfRangeError, match="below the floor"):
        decay(LOW, body, START.plus_days(1.0), weather=observed, floor_m=232e3)
    with pytest.raises(InputError, match="after the start"):
        decay(LOW, body, START, weather=observed)
    with pytest.raises(InputError, match="one for all"):
        decay(LOW, [body] * 3, START.plus_days(1.0), weather=[observed] * 2)
    with pytest.raises(InputError, match="90,000 m"):
        decay(LOW, body, START.plus_days(1.0), weather=observed, floor_m=0.0)
    with pytest.raises(DataAgeError):
        late = StateVector.circular(observed.end.plus_days(-10.0), 500e3, 0.9)
        decay(late, body, observed.end.plus_days(100.0), weather=observed)
