"""Casualty expectation: intervals that hold what they should, shares of doubt, and refusals."""

import math

import numpy as np
import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.reentry.risk import (
    THE_REST,
    Grid,
    Population,
    _pooled,
    casualty_expectation,
    casualty_table,
    one_in,
)

NO_PULL = Range.exact(0.0)
ISS = math.radians(51.64)


def areas(n: int = 1000, mean: float = 20.0, sigma_ln: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(1)
    return mean * np.exp(sigma_ln * rng.standard_normal(n) - 0.5 * sigma_ln**2)


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
        area, year=2031.0, inclination_rad=ISS, area_inputs={"heat flux": strong, "height": weak, "idle": idle}
    )
    found = dict(risk.contributions)
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["casualty area: heat flux"] / found["casualty area: height"] == pytest.approx(4.0, rel=0.2)
    assert found["casualty area: idle"] < 0.003  # squared correlation of 4,000 chance pairs: 1/4,000
    assert found[f"casualty area: {THE_REST}"] < 0.05
    assert risk.contributions[-1][0] == f"casualty area: {THE_REST}"  # last, whatever its size
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
    assert f"of which {hitting} let something harmful fall;" in risk.statement
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
    assert sampled.low is not None and sampled.high is not None and sampled.averaged is not None
    assert exact.low is not None and exact.high is not None
    # the places are a spread in the interval, and not in what the rule is held against
    assert sampled.high - sampled.low > 2.0 * (exact.high - exact.low)
    assert (sampled.averaged.low, sampled.averaged.high) == pytest.approx((exact.low, exact.high), rel=0.05)


def test_a_grid_counts_people_along_the_track() -> None:
    """A grid that holds the same people everywhere must give area times that density, scaled to the year."""
    count = np.full((180, 360), 1.0)
    edges = np.radians(np.arange(-90.0, 91.0))
    from stationkeeper.reentry.people import _area_below_m2

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


def half_empty(n: int) -> tuple[Grid, np.ndarray, np.ndarray]:
    """A grid with people in one cell, and n places of which every other one lies in it; the rest lie at sea."""
    count = np.zeros((180, 360))
    count[100, 190] = 1e6  # 10 to 11 N, 10 to 11 E
    grid = Grid(-np.pi / 2, -np.pi, math.radians(1.0), count, 2020.0)
    there = np.arange(n) % 2 == 0
    return grid, np.radians(np.where(there, 10.5, -20.5)), np.radians(np.where(there, 10.5, -120.5))


@pytest.mark.parametrize("members", [200, 1600])
def test_places_are_a_chance_and_not_an_average(members: int) -> None:
    """100 of 200 places empty and some 3.9 casualties at the others: 0.5 (1 - exp(-3.9)) = 0.49, where the mean over the places would
    give 1 - exp(-1.95) = 0.86, and an interval that does not shrink with the number of members."""
    grid, latitude, longitude = half_empty(200)
    density = float(grid.at(math.radians(10.5), math.radians(10.5)))
    expected = 3.9
    risk = casualty_expectation(
        np.full(members, expected / density), year=2020.0, latitude_rad=latitude, longitude_rad=longitude, grid=grid
    )
    assert risk.expectation == pytest.approx(0.5 * expected, rel=0.02)  # draws of 5 and 3 % on people: 0.5 % of 200
    assert risk.probability_of_one == pytest.approx(-0.5 * math.expm1(-expected), rel=0.01)
    assert not risk.probability_is_upper_bound
    assert risk.low == 0.0
    assert risk.high == pytest.approx(expected, rel=0.15)
    assert risk.averaged is not None
    assert risk.averaged.low > 0.8 * 0.5 * expected
    assert risk.share_above_rule == "above"
    assert "90 % of places and cases" in risk.statement
    assert "at most" not in risk.statement.lower()
    assert risk.hits == 100


def test_where_only_the_latitude_is_known_the_chance_is_an_upper_bound() -> None:
    area = np.full(400, 2e3)
    random = casualty_expectation(area, year=2031.0, inclination_rad=ISS)
    by_latitude = casualty_expectation(area[None], year=2031.0, latitude_rad=np.full((1, 400), 0.5))
    for risk in (random, by_latitude):
        assert risk.probability_is_upper_bound
        assert "At most 1 chance in" in risk.statement
        assert "people live clustered" in risk.statement
        assert risk.as_dict()["probability_of_one_is_upper_bound"] is True
        assert "upper bound" in str(risk.as_dict()["probability_of_one_note"])
    assert random.hits == 400
    assert "bulge 0 to 0.8, assumed" in random.method


def test_a_random_entry_over_a_grid_keeps_the_expectation_and_lowers_the_chance() -> None:
    """Many places for each member: the interval of the expectation is that of their mean, the chance is place by place."""
    n, m, expected = 300, 40, 3.9
    grid, latitude, longitude = half_empty(n * m)
    area = np.full((1, n), expected / float(grid.at(math.radians(10.5), math.radians(10.5))))
    places = {"latitude_rad": latitude.reshape(1, n, m), "longitude_rad": longitude.reshape(1, n, m), "grid": grid}
    risk = casualty_expectation(area, year=2020.0, inclination_rad=ISS, **places)
    assert risk.expectation == pytest.approx(0.5 * expected, rel=0.02)
    assert risk.probability_of_one == pytest.approx(-0.5 * math.expm1(-expected), rel=0.01)
    assert risk.low is not None and risk.low > 0.4 * expected
    assert risk.averaged is not None and risk.low == risk.averaged.low
    assert not risk.probability_is_upper_bound
    assert "where along the orbit it falls" in dict(risk.contributions)
    with pytest.raises(InputError, match="grid"):
        casualty_expectation(
            area, year=2020.0, latitude_rad=places["latitude_rad"], longitude_rad=places["longitude_rad"]
        )
    with pytest.raises(InputError, match="longitude"):
        casualty_expectation(area, year=2020.0, **(places | {"longitude_rad": places["longitude_rad"][..., 1:]}))


def test_pooled_places_keep_their_mean() -> None:
    density = np.random.default_rng(2).lognormal(0.0, 2.0, 1_234)
    bins = _pooled(density)
    assert bins.shape == (1, 400)
    assert bins.mean() == pytest.approx(density.mean(), rel=1e-12)
    assert np.all(np.diff(bins[0]) >= 0.0)
    few = density[:50]
    assert _pooled(few)[0] == pytest.approx(np.sort(few))


def test_every_piece_counts_at_its_own_place() -> None:
    """Two groups of pieces, one at sea: area times the density under each, member by member."""
    count = np.zeros((180, 360))
    count[100, 190] = 1e6  # 10 to 11 N, 10 to 11 E
    grid = Grid(-np.pi / 2, -np.pi, math.radians(1.0), count, 2020.0)
    n = 400
    area = np.stack([np.full(n, 3.0), np.where(np.arange(n) % 2, 50.0, 0.0)])
    latitude = np.radians(np.stack([np.full(n, 10.5), np.full(n, -20.5)]))
    longitude = np.radians(np.stack([np.full(n, 10.5), np.full(n, -120.5)]))
    latitude[1, ::2] = longitude[1, ::2] = np.nan  # nothing falls there
    risk = casualty_expectation(area, year=2020.0, latitude_rad=latitude, longitude_rad=longitude, grid=grid)
    density = float(grid.at(math.radians(10.5), math.radians(10.5)))
    assert risk.expectation == pytest.approx(3.0 * density, rel=0.02)  # 400 draws of 5 %: 0.3 %
    assert risk.hits == n
    assert "every piece" in risk.method
    with pytest.raises(InputError, match="longitude"):
        casualty_expectation(area, year=2020.0, latitude_rad=latitude, longitude_rad=longitude[:, :5], grid=grid)
    wrong = latitude.copy()
    wrong[0, 3] = np.nan
    with pytest.raises(InputError, match="latitude"):
        casualty_expectation(area, year=2020.0, latitude_rad=wrong)


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
