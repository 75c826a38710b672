"""How much the clustering of people lowers the chance that anybody is hurt: an ISS that nobody steers, over GPW's cells of one degree.

Expectation and chance by latitude, by places drawn under the orbit, and by turning the members' own pieces around the axis of the
Earth, which knows nothing of how places are drawn. Skipped where the reference folder is absent.
"""

from __future__ import annotations

import gzip
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.reentry.breakup import Survivors, break_up
from stationkeeper.reentry.coming_down import _random_places
from stationkeeper.reentry.people import Grid, Population, read_grid
from stationkeeper.reentry.pieces import pieces_of
from stationkeeper.reentry.risk import casualty_expectation
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import load_station

GIVEN = os.environ.get("STATIONKEEPER_REFERENCE")
REFERENCE = Path(GIVEN) if GIVEN else Path(__file__).parents[2].parent / "shared" / "reference"
CELLS = REFERENCE / "population" / "gpw_v4_population_count_rev11_2020_1_deg.asc.gz"
INCLINATION, YEAR, MEMBERS, BULGE = math.radians(51.64), 2023.8, 300, 1.1 / 3.0
AHEAD_RAD = 17_900e3 / 6_378e3
"""From an entry as flat as this one's to the middle of the casualty area: the pull is one of the places on the ground."""


@dataclass(frozen=True)
class World:
    """People in cells, and what lands of an ISS that enters anywhere under its orbit."""

    grid: Grid
    pieces: Survivors


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    if not CELLS.is_file():
        pytest.skip(f"no {CELLS}")
    path = tmp_path_factory.mktemp("people") / "gpw.asc"
    path.write_bytes(gzip.decompress(CELLS.read_bytes()))
    rng = np.random.default_rng(3)
    angle = np.linspace(0.0, math.tau, 1_441)
    even = (np.arange(MEMBERS) + 0.5) / MEMBERS * math.tau
    u = np.interp(even, angle + 0.5 * BULGE * np.sin(2.0 * angle), angle) - AHEAD_RAD
    lat = np.arcsin(math.sin(INCLINATION) * np.sin(u))
    azimuth = np.arctan2(math.cos(INCLINATION), math.sin(INCLINATION) * np.cos(u))
    stack = configuration_at(load_station("iss"), Epoch.parse("2022-03-07T00:00:00Z")).stacks()[0]
    made = break_up(
        pieces_of(stack), 7836.0, math.radians(-0.12), members=MEMBERS, seed=5, latitude_rad=lat,
        longitude_rad=rng.uniform(-math.pi, math.pi, MEMBERS), azimuth_rad=azimuth,
    )  # fmt: skip
    return World(read_grid(path, 2020.0), made)


def test_the_chance_over_cells_is_two_thirds_of_the_bound(world: World) -> None:
    s = world.pieces
    bound = casualty_expectation(s.casualty_area_m2, year=YEAR, inclination_rad=INCLINATION)
    lat, lon = _random_places(s, INCLINATION, 1)
    found = casualty_expectation(
        s.piece_area_m2, year=YEAR, inclination_rad=INCLINATION, latitude_rad=lat, longitude_rad=lon, grid=world.grid
    )
    assert bound.expectation and found.expectation and bound.probability_of_one and found.probability_of_one
    assert bound.probability_is_upper_bound and not found.probability_is_upper_bound
    # one table of people in two forms: 2 % between their totals, 3 % of noise of 10,000 places
    assert found.expectation == pytest.approx(bound.expectation, rel=0.08)
    assert 0.6 < found.probability_of_one / bound.probability_of_one < 0.75
    # The same by turning the members' own pieces. So flat an entry over an ellipsoid draws them to the equator as a bulge of 0.6 would,
    # which moves the expectation by 10 %; 300 members, 5 %.
    growth = Population.in_year(YEAR).count / Population.in_year(2020.0).count
    falls = s.piece_area_m2 > 0.0
    turned = []
    for turn in np.linspace(0.0, math.tau, 24, endpoint=False):
        people = np.zeros(falls.shape)
        people[falls] = world.grid.at(s.latitude_rad[falls], s.longitude_rad[falls] + turn) * growth
        turned.append((s.piece_area_m2 * people).sum(axis=0))
    own = np.array(turned)
    assert found.expectation == pytest.approx(float(own.mean()), rel=0.15)
    assert found.probability_of_one == pytest.approx(float(-np.expm1(-own).mean()), rel=0.15)
