"""What the format tests share."""

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.engines.numerical import Forces, fly
from stationkeeper.flight.state import StateVector
from stationkeeper.flight.trajectory import Trajectory

START = Epoch.parse("2022-02-24T00:00:00Z")


@pytest.fixture(scope="session")
def reboost() -> FiniteBurn:
    """A burn of two minutes, 1 m/s."""
    return FiniteBurn.from_delta_v(START.plus_s(3_000.0), 1.0, 450e3, 300.0, duration_s=120.5, label="reboost")


@pytest.fixture(scope="session")
def path(reboost: FiniteBurn) -> Trajectory:
    """Three hours of a station with a reboost in it."""
    state = StateVector.circular(START, 415e3, 0.9012684)
    return fly(
        state, Body(450e3, 1_500.0, 2.5), START.plus_s(10_800.0), weather=SpaceWeather.fixed(), burns=[reboost],
        forces=Forces(gravity_degree=8), output_step_s=240.0,
    ).trajectory  # fmt: skip
