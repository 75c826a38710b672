"""What the flight tests share."""

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.state import StateVector


@pytest.fixture(scope="session")
def observed() -> SpaceWeather:
    """Measured space weather."""
    return SpaceWeather.observed()


@pytest.fixture(scope="session")
def station_state() -> StateVector:
    """The ISS at 2022-02-11T12:00 UTC, from NASA's public ephemeris created on that day (EME2000)."""
    return StateVector.from_eme2000(
        Epoch.parse("2022-02-11T12:00:00Z"),
        [-4945204.8874258298, -3625970.4508659102, -2944743.3487186099],
        [1192.03952554952, -5672.86420497775, 4995.93211898374],
    )


@pytest.fixture(scope="session")
def station_body() -> Body:
    """Mass, drag area and Cd of that ephemeris."""
    return Body(445_386.0, 1_439.7, 3.40)
