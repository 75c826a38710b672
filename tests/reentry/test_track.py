"""The ground track of a forecast: the window it covers, and its places."""

import math
from dataclasses import replace

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.entry import EntryForecast, Falling, predict, track

START = Epoch.parse("2022-02-24T00:00:00Z")
ORBIT = MeanOrbit.analytic(StateVector.circular(START, 245_000.0, math.radians(51.64)))


@pytest.fixture(scope="module")
def forecast() -> EntryForecast:
    return predict(Falling(ORBIT, 1_000.0, (0.02, 0.10)), members=40, weather=SpaceWeather.fixed(150.0, 4.0))


def test_track_follows_the_window(forecast: EntryForecast) -> None:
    t = track(forecast, share=0.2)
    low, high = forecast.window(0.2)
    assert high - low < 86_400.0
    assert abs(t.start - low) < 1.0
    assert 0.0 <= high - t.end <= 60.0
    assert np.degrees(np.abs(t.latitude_rad)).max() <= forecast.latitude_band_deg[1] + 0.1
    # no jump where the numerical path ends: a minute is 4 degrees of arc
    step = np.abs(np.diff(t.latitude_rad))
    assert step.max() < math.radians(4.2)
    wide = track(replace(forecast, until=forecast.until), share=0.999)
    assert "over" in wide.basis or "revolutions" in wide.basis
