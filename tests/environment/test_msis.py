"""Air density. The comparison with the numerical engine's own model is in tests/flight/test_numerical.py."""

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.environment.atmosphere.msis import density_kg_m3
from stationkeeper.environment.space_weather import SpaceWeather

DAY = Epoch.parse("2022-02-24T13:30:00Z")
CALM = SpaceWeather.fixed(150.0, 4.0)


def test_density_falls_with_height_and_rises_with_flux() -> None:
    heights = np.array([120e3, 200e3, 300e3, 420e3])
    density = density_kg_m3(DAY, 0.5, 1.0, heights, CALM)
    assert (np.diff(density) < 0.0).all()
    assert density[0] == pytest.approx(2.2e-8, rel=0.3)  # US Standard Atmosphere 1976 at 120 km
    assert density_kg_m3(DAY, 0.5, 1.0, 420e3, SpaceWeather.fixed(200.0, 4.0))[0] > 1.5 * density[3]


def test_reference_profile_of_the_model_authors() -> None:
    """First test case of the NRLMSISE-00 distribution: day 172, 29,000 s, 400 km, 60 N, local time 16 h, F10.7 150, ap 4.

    Total density 4.0747e-15 g/cm3. The case pairs that local time with 70 W, which no clock does; the longitude of 16 h
    is taken here, so the model's small longitude terms differ: 5 %.
    """
    at = Epoch.parse("2022-06-21T08:03:20Z")
    assert density_kg_m3(at, np.radians(60.0), np.radians(119.17), 400e3, CALM)[0] == pytest.approx(
        4.0747e-12, rel=0.05
    )


def test_second_model_is_thinner() -> None:
    rng = np.random.default_rng(1)
    latitude, longitude = rng.uniform(-0.9, 0.9, 200), rng.uniform(-3.1, 3.1, 200)
    times = [DAY.plus_s(float(s)) for s in rng.uniform(0.0, 30 * 86_400.0, 200)]
    weather = SpaceWeather.observed()
    old = density_kg_m3(times, latitude, longitude, np.full(200, 420e3), weather)
    new = density_kg_m3(times, latitude, longitude, np.full(200, 420e3), weather, "nrlmsis21")
    assert -0.30 < np.mean(new / old) - 1.0 < -0.02


def test_one_place_and_none() -> None:
    assert density_kg_m3(DAY, 0.0, 0.0, 400e3, CALM).shape == (1,)
    assert density_kg_m3([], [], [], [], CALM).shape == (0,)


@pytest.mark.parametrize("height_m", [-1000.0, 2e6, float("nan")])
def test_heights_out_of_range_are_refused(height_m: float) -> None:
    with pytest.raises(OutOfRangeError, match="air density outside"):
        density_kg_m3(DAY, 0.0, 0.0, height_m, CALM)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(InputError, match="nrlmsise00 or nrlmsis21"):
        density_kg_m3(DAY, 0.0, 0.0, 400e3, CALM, "jacchia")  # type: ignore[arg-type]
