"""Casualty expectation: people under an orbit, intervals that hold what they should, and refusals."""

import math
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.reentry.risk import (
    Grid,
    Population,
    casualty_expectation,
    casualty_table,
    one_in,
    read_grid,
)

NO_PULL = Range.exact(0.0)
ISS = math.radians(51.64)


def areas(n: int = 1000, mean: float = 20.0, sigma_ln: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(1)
    return mean * np.exp(sigma_ln * rng.standard_normal(n) - 0.5 * sigma_ln**2)


def test_world_total_of_past_years_is_the_united_nations_own() -> None:
    """Mid-year totals of World Population Prospects 2022: 2,499.3 (1950) is outside the table; 7,073.1 (2011), 7,841.0 (2020).

    The table holds every fifth year, so years between differ by the interpolation: 0.4 % is the largest seen from 1960 on.
    """
    for year, millions in ((2011.5, 7073.1), (2020.5, 7841.0), (1980.0, 4403.6), (2030.0, 8511.7)):
        assert Population.in_year(year).count / 1e6 == pytest.approx(millions, rel=0.004)


def test_bands_hold_everybody_and_the_whole_earth() -> None:
    people = Population.in_year(2020.5)
    from stationkeeper.reentry.risk import _area_below_m2

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


def test_exact_area_and_interval_from_the_people_alone() -> None:
    risk = casualty_expectation(np.full(4000, 10.0), year=2020.5, inclination_rad=ISS, bulge=NO_PULL)
    people = Population.in_year(2020.5)
    assert risk.expectation == pytest.approx(10.0 * people.under_orbit(ISS)[0], rel=0.005)  # 4,000 draws of 5 %: 0.1 %
    sigma = math.hypot(people.count_sigma_ln, people.shape_sigma_ln)
    assert risk.low is not None
    assert risk.high is not None
    assert math.log(risk.high / risk.low) == pytest.approx(
        2.0 * 1.645 * sigma, rel=0.06
    )  # quantiles of 4,000 draws: 2 %
    assert dict(risk.contributions)["casualty area"] == 0.0


def test_shares_of_variance_add_up_and_the_area_leads() -> None:
    risk = casualty_expectation(areas(), year=2031.0, inclination_rad=ISS, sheltering="roofs")
    assert sum(share for _, share in risk.contributions) == pytest.approx(1.0)
    assert risk.contributions[0][0] == "casualty area"
    assert [s for _, s in risk.contributions] == sorted((s for _, s in risk.contributions), reverse=True)


def test_the_area_is_parted_among_what_made_it() -> None:
    """A product of two lognormal inputs: shares go as their variances, 4 to 1; the third input has no say."""
    rng = np.random.default_rng(4)
    strong, weak, idle = (rng.standard_normal(4000) for _ in range(3))
    area = 20.0 * np.exp(0.2 * strong + 0.1 * weak)
    risk = casualty_expectation(
        area, year=2031.0, inclination_rad=ISS, area_inputs={"heating": strong, "main_km": weak, "idle": idle}
    )
    found = dict(risk.contributions)
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["casualty area: heating"] / found["casualty area: main"] == pytest.approx(4.0, rel=0.2)
    assert found["casualty area: idle"] < 0.003  # squared correlation of 4,000 chance pairs: 1/4,000
    assert found["casualty area: the rest, single pieces"] < 0.05
    with pytest.raises(InputError):
        casualty_expectation(area, year=2031.0, inclination_rad=ISS, area_inputs={"heating": strong[:5]})


def test_roofs_save_people_and_widen_the_interval() -> None:
    bare = casualty_expectation(np.full(2000, 10.0), year=2031.0, inclination_rad=ISS)
    roofs = casualty_expectation(np.full(2000, 10.0), year=2031.0, inclination_rad=ISS, sheltering="roofs")
    mean = Range.of(casualty_table().unsheltered_share)
    assert bare.expectation is not None
    assert roofs.expectation is not None
    assert roofs.expectation / bare.expectation == pytest.approx((mean.low + mean.best + mean.high) / 3.0, rel=0.02)
    assert dict(roofs.contributions)["shelter"] > 0.5


def test_at_least_one_is_poisson_and_never_above_one() -> None:
    risk = casualty_expectation(np.full(500, 200_000.0), year=2031.0, inclination_rad=ISS, bulge=NO_PULL)
    assert risk.expectation is not None
    assert risk.probability_of_one == pytest.approx(-math.expm1(-risk.expectation), rel=0.01)
    assert risk.probability_high is not None
    assert risk.probability_high <= 1.0


def test_the_same_seed_gives_the_same_and_another_does_not() -> None:
    one, same, other = (casualty_expectation(areas(), year=2031.0, inclination_rad=ISS, seed=s) for s in (1, 1, 2))
    assert one == same
    assert one.expectation != other.expectation


@pytest.mark.parametrize(("n", "hitting"), [(199, 199), (1000, 9)])
def test_too_few_members_or_hits_are_said_and_no_point_is_given(n: int, hitting: int) -> None:
    area = np.zeros(n)
    area[:hitting] = 10.0
    risk = casualty_expectation(area, year=2031.0, inclination_rad=ISS)
    assert not risk.enough
    assert risk.expectation is risk.low is risk.high is risk.probability_of_one is risk.individual is None
    assert risk.statement.startswith("Too few to say")
    assert risk.as_dict()["casualty_expectation"] is None


def test_against_the_rule() -> None:
    verdicts = [
        casualty_expectation(np.full(400, a), year=2031.0, inclination_rad=ISS).share_above_rule
        for a in (1.0, 5.0, 50.0)
    ]
    assert verdicts == ["below", "open", "above"]  # the rule is met at about 5 m2 in 2031


def test_a_sample_of_latitudes_agrees_with_the_orbit_that_it_is_from() -> None:
    rng = np.random.default_rng(3)
    geocentric = np.arcsin(np.sin(ISS) * np.sin(rng.uniform(0.0, 2.0 * np.pi, 5000)))
    latitude = np.arctan(np.tan(geocentric) / (1.0 - 0.0066943799901413165))
    area = np.full(2000, 10.0)
    sampled = casualty_expectation(area, year=2031.0, latitude_rad=latitude)
    exact = casualty_expectation(area, year=2031.0, inclination_rad=ISS, bulge=NO_PULL)
    assert sampled.expectation == pytest.approx(exact.expectation, rel=0.05)  # 5,000 places: 1 % of deviation
    few = casualty_expectation(area, year=2031.0, latitude_rad=latitude[:20])
    assert dict(few.contributions)["places in the sample"] > dict(sampled.contributions)["places in the sample"]


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


def test_a_grid_counts_people_along_the_track() -> None:
    """A grid that holds the same people everywhere must give area times that density, scaled to the year."""
    count = np.full((180, 360), 1.0)
    edges = np.radians(np.arange(-90.0, 91.0))
    from stationkeeper.reentry.risk import _area_below_m2

    count *= (np.diff(_area_below_m2(edges)) / 360.0 * 1e-5)[:, None]  # ten people on a km2
    grid = Grid(-np.pi / 2, -np.pi, math.radians(1.0), count, 2020.0)
    rng = np.random.default_rng(5)
    latitude, longitude = rng.uniform(-0.9, 0.9, 500), rng.uniform(-3.0, 3.0, 500)
    risk = casualty_expectation(
        np.full(500, 100.0), year=2031.0, latitude_rad=latitude, longitude_rad=longitude, grid=grid
    )
    growth = Population.in_year(2031.0).count / Population.in_year(2020.0).count
    assert risk.expectation == pytest.approx(100.0 * 1e-5 * growth, rel=0.01)
    sea = casualty_expectation(
        np.full(500, 100.0), year=2031.0, latitude_rad=latitude, longitude_rad=longitude,
        grid=Grid(-np.pi / 2, -np.pi, math.radians(1.0), np.zeros((180, 360)), 2020.0),
    )  # fmt: skip
    assert not sea.enough  # nobody lives there: no hit, nothing to say


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
    ],
)
def test_broken_grids_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read_grid(grid_file(tmp_path, text), 2020.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"year": 1900.0, "inclination_rad": ISS},
        {"year": math.nan, "inclination_rad": ISS},
        {"year": 2031.0},
        {"year": 2031.0, "inclination_rad": 0.0},
        {"year": 2031.0, "inclination_rad": math.nan},
        {"year": 2031.0, "inclination_rad": ISS, "bulge": Range(1.0, 0.0, 2.0)},
        {"year": 2031.0, "latitude_rad": [math.nan]},
        {"year": 2031.0, "latitude_rad": [2.0]},
        {"year": 2031.0, "inclination_rad": ISS, "sheltering": Range(1.0, 0.5, 1.5)},
    ],
)
def test_wrong_questions_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        casualty_expectation(np.full(300, 1.0), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("area", [[], [[1.0]], [-1.0], [math.nan]])
def test_wrong_areas_are_refused(area: list[float]) -> None:
    with pytest.raises(InputError):
        casualty_expectation(area, year=2031.0, inclination_rad=ISS)


def test_odds_in_words() -> None:
    assert one_in(1.0 / 3200.0) == "1 in 3,200"
    assert one_in(0.0) == "none"
