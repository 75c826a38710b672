"""People: by latitude and year, under an orbit, and in grids."""

import math
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.reentry.people import Population, read_grid

ISS = math.radians(51.64)


def test_world_total_of_past_years_is_the_united_nations_own() -> None:
    """Mid-year totals of World Population Prospects 2022: 2,499.3 (1950) is outside the table; 7,073.1 (2011), 7,841.0 (2020).

    The table holds every fifth year, so years between differ by the interpolation: 0.4 % is the largest seen from 1960 on.
    """
    for year, millions in ((2011.5, 7073.1), (2020.5, 7841.0), (1980.0, 4403.6), (2030.0, 8511.7)):
        assert Population.in_year(year).count / 1e6 == pytest.approx(millions, rel=0.004)


def test_bands_hold_everybody_and_the_whole_earth() -> None:
    people = Population.in_year(2020.5)
    from stationkeeper.reentry.people import _area_below_m2

    area = np.diff(_area_below_m2(people.edges_rad))
    assert area.sum() == pytest.approx(510.0656e12, rel=1e-6)  # area of the WGS 84 ellipsoid, 510,065,622 km2
    assert (people.density_m2 * area).sum() == pytest.approx(people.count, rel=1e-12)


def test_random_entry_is_the_mean_over_a_flown_orbit() -> None:
    """The weights in closed form against a million points along the orbit, with and without a pull to the equator."""
    people = Population.in_year(2020.5)
    u = (np.arange(1_000_000) + 0.5) * 2.0 * np.pi / 1_000_000
    geodetic = np.arctan(np.tan(np.arcsin(np.sin(ISS) * np.sin(u))) / (1.0 - 0.0066943799901413165))
    density = people.at_latitude(geodetic)
    base, pull = people.under_orbit(ISS)
    assert base == pytest.approx(density.mean(), rel=1e-4)
    assert pull == pytest.approx((density * np.cos(2.0 * u)).mean(), rel=1e-3)
    assert people.under_orbit(math.pi - ISS)[0] == pytest.approx(base)  # a retrograde orbit covers the same latitudes


ESRI = "ncols 4\nnrows 2\nxllcorner -180\nyllcorner 0\ncellsize 1.0\nNODATA_value -9999\n1 2 3 4\n5 -9999 7 8\n"


def grid_file(folder: Path, text: str) -> Path:
    path = folder / "people.asc"
    path.write_text(text, encoding="utf-8")
    return path


def test_both_kinds_of_grid_give_the_same(tmp_path: Path) -> None:
    esri = read_grid(grid_file(tmp_path, ESRI), 2020.0)
    rows = ["latitude,longitude,people"]
    rows += [
        f"{1.5 - r},{c - 179.5},{v}" for r, row in enumerate([[1, 2, 3, 4], [5, 0, 7, 8]]) for c, v in enumerate(row)
    ]
    csv = read_grid(grid_file(tmp_path, "\n".join(rows)), 2020.0)
    assert np.array_equal(esri.count, csv.count)
    latitude, longitude = np.radians([1.2, 0.2, 0.2, 40.0]), np.radians([-179.5, 181.5, 182.5, 0.0])
    assert np.allclose(esri.at(latitude, longitude), csv.at(latitude, longitude))
    cell_m2 = (6378137.0 * math.radians(1.0)) ** 2  # at the equator, to 1 %
    expected = np.array([1.0, 0.0, 7.0, 0.0]) / cell_m2
    assert esri.at(latitude, longitude) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    "text",
    [
        "ncols 4\nnrows 2\ncellsize 1\n1 2 3 4\n5 6 7 8\n",
        ESRI.replace("nrows 2", "nrows 3"),
        ESRI.replace("cellsize 1.0", "cellsize nan"),
        ESRI.replace("cellsize 1.0", "cellsize 100"),
        ESRI.replace("1 2 3", "1 two 3"),
        "1,2,3\n",
        "0,0,5\n0,1,6\n0.37,0,4\n",
        "1,2\n3,4\n",
        ESRI.replace("1 2 3", "1 -2 3"),
        ESRI.replace("1 2 3", "1 nan 3"),
        "0,0,5\n0,1,-6\n",
        "0,0,5\n0,1,nan\n",
        "0,0,5\n0,0,6\n",
        "# nothing\n",
        " \n",
    ],
)
def test_broken_grids_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read_grid(grid_file(tmp_path, text), 2020.0)


def test_a_wrong_cell_is_told_with_its_line(tmp_path: Path) -> None:
    for text, words in (
        (ESRI.replace("5 -9999", "5 -3"), ("line 8", "-3 people")),
        (ESRI.replace("1 2 3", "1 two 3"), ("line 7", "'two'")),
        ("# c\n0,0,5\n0,1,-6\n", ("line 3", "-6 people")),
        ("lat,lon,people\n0,0,5\n0,x,6\n", ("line 3", "'x'")),
        ("0,0,5\n0,1\n", ("line 2", "2 column(s)")),
        ("", ("empty file", "ESRI ASCII grid")),
    ):
        with pytest.raises(InputError) as e:
            read_grid(grid_file(tmp_path, text), 2020.0)
        assert all(w in str(e.value) for w in words), str(e.value)


def test_people_outside_a_grid_come_from_the_table(tmp_path: Path) -> None:
    """A grid of a tenth of the longitudes holds nobody: all people of its latitudes live beside it; elsewhere the table."""
    people = Population.in_year(2020.0)
    empty = ESRI.replace("1 2 3 4", "0 0 0 0").replace("5 -9999 7 8", "0 0 0 0").replace("cellsize 1.0", "cellsize 9.0")
    grid = read_grid(grid_file(tmp_path, empty), 2020.0)
    lat, lon = np.radians([4.5, 4.5, 40.0, -20.0]), np.radians([-170.0, 0.0, 0.0, -170.0])
    table = people.at_latitude(lat)
    found = grid.with_rest(people, lat, lon)
    assert found == pytest.approx([0.0, table[1] / 0.9, table[2], table[3]])
    assert grid.inside(lat, lon).tolist() == [True, False, False, False]
    assert "0 % of the world's people" in grid.note()
    # the people of a circle of latitude are those of the table, wherever the grid puts a part of them
    some = (
        ESRI.replace("1 2 3 4", "9e6 0 0 0")
        .replace("5 -9999 7 8", "9e6 0 0 9e6")
        .replace("cellsize 1.0", "cellsize 9.0")
    )
    grid = read_grid(grid_file(tmp_path, some), 2020.0)
    around = np.radians(np.arange(0.25, 360.0, 0.5))
    assert grid.with_rest(people, np.full(720, lat[0]), around).mean() == pytest.approx(table[0], rel=1e-6)
