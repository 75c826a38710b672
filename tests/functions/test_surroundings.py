"""Sun and air around a stack, against published figures."""

from __future__ import annotations

import math

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.orbit import Orbit
from stationkeeper.functions.surroundings import beta_rad, orbit_density, shadow_fraction, surroundings_of
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import load_station

DATE = Epoch.parse("2022-03-07T00:00:00Z")


def turned(raan_deg: float) -> Orbit:
    return Orbit(DATE, 6_795_600.0, math.radians(51.64), math.radians(raan_deg), 0.0, "test")


def test_from_the_data_of_the_station() -> None:
    s = surroundings_of(configuration_at(load_station("iss"), DATE))
    assert s is not None
    assert s.density_kg_m3 is not None
    assert s.orbit.epoch == DATE
    # a well-known order of size: a few 1e-12 kg/m3 at 415 km at middling solar activity
    assert 0.5e-12 < s.density_kg_m3.low < s.density_kg_m3.best < s.density_kg_m3.high < 6e-12


def test_shadow_against_published_figures() -> None:
    """About 35 % of the orbit in shadow near beta 0 and none above about 70 degrees (facts of the field)."""
    by_beta = sorted((abs(math.degrees(beta_rad(turned(k)))), shadow_fraction(turned(k))) for k in range(0, 360, 10))
    low, high = by_beta[0], by_beta[-1]
    assert low[1] == pytest.approx(0.385, abs=0.01)  # arcsin(R/a)/pi for 417 km is 0.388
    for beta, dark in by_beta:
        assert (dark == 0.0) == (beta > 70.3)  # R/a = cos 70.2 degrees, less the penumbra
    assert high[0] <= 51.64 + 23.44


def test_outside_the_density_table_is_none() -> None:
    assert orbit_density(Orbit(DATE, 7_878_137.0, 0.9, 0.0, 0.0, "1,500 km")) is None
