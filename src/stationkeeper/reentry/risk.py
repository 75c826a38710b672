"""What a re-entry does to people on the ground: casualty expectation with bounds, probability of a casualty, and what makes it wide.

Model: expectation = casualty area x people per area where pieces fall x share that no roof saves, for every member. Where pieces
fall is either random (an inclination: time spent over each latitude, any longitude), a sample of latitudes (any longitude), or a
sample of points with a gridded population that the user brings. People: the shape over latitude of 2020, scaled to the United
Nations' total of the year. At least one casualty: Poisson, ``1 - exp(-expectation)``, averaged over the members.
All doubts, of the area, of the people and of the place, go into one interval of 90 %; the result is the mean of the members.
Neglected: growth that differs from place to place (an error that grows with the years away from 2020 stands for it), day and
night, ships and aircraft, what pieces do after the impact (bounce, fire, poison), walls that fall on people. The size of a person is
part of the casualty area as the break-up model gives it.
Validation status: checked (validation/reentry_risk: UARS, EUVE, Skylab, ROSAT).

References
----------
GPW-4.11, UN-WPP-2022, R158, BACON-MATNEY-2017; ``data/tables/population_by_latitude.csv``, ``data/tables/casualty.toml``.
Patera (2008), Hazard analysis for uncontrolled space vehicle reentry, for the density over latitude.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.functions.words import number
from stationkeeper.reentry.people import FloatArray, Grid, Population, casualty_table, read_grid

__all__ = ["Grid", "Population", "Risk", "casualty_expectation", "casualty_table", "one_in", "read_grid", "triangular"]

ENOUGH_MEMBERS = 200
ENOUGH_HITS = 10
"""Below these a result is 'too few to say'. A hit is a member of which something harmful falls where people live."""
_BOOTSTRAP = 2000
_AREA = "casualty area"
THE_REST = "the rest: shares of materials, single pieces, interplay"
_STREAM = 5  # parts these random numbers from those of other rooms with the same seed

Sheltering = Literal["none", "roofs"]


@dataclass(frozen=True, slots=True)
class Risk:
    """Risk to people of one re-entry.

    Parameters
    ----------
    expectation, low, high : casualties to be expected, mean of the members and ends of the 90 % interval; None where the members
        are too few to say.
    members, hits : members, and those of which something harmful falls where people live.
    probability_of_one, probability_low, probability_high : of at least one casualty; None as above.
    contributions : what makes the interval wide, with its share of the variance, largest first (each doubt alone, first order); what no
        doubt explains by itself comes last.
    people_per_km2 : where pieces fall, with the ends of its 90 % interval.
    casualty_area_m2 : mean of the members with the ends of their 90 %.
    individual : probability for one person somewhere on Earth; None as above.
    rule : what a rule allows (1 in 10,000).
    method : in words.
    """

    expectation: float | None
    low: float | None
    high: float | None
    members: int
    hits: int
    probability_of_one: float | None
    probability_low: float | None
    probability_high: float | None
    contributions: tuple[tuple[str, float], ...]
    people_per_km2: Range
    casualty_area_m2: Range
    individual: float | None
    rule: float
    year: float
    sheltering: str
    method: str

    @property
    def enough(self) -> bool:
        """Whether there are enough members and hits to say anything."""
        return self.expectation is not None

    @property
    def share_above_rule(self) -> str:
        """``above``, ``below`` or ``open``: where the 90 % interval lies against the rule; empty where it is too few to say."""
        if self.low is None or self.high is None:
            return ""
        return "above" if self.low > self.rule else "below" if self.high < self.rule else "open"

    @property
    def statement(self) -> str:
        """The result in words."""
        if self.expectation is None or self.low is None or self.high is None or self.probability_of_one is None:
            return f"Too few to say: {self.members} members, {self.hits} hits; at least {ENOUGH_MEMBERS} and {ENOUGH_HITS} are needed."
        verdict = {
            "above": "above the rule of", "below": "below the rule of", "open": "not clearly above or below the rule of",
        }[self.share_above_rule]  # fmt: skip
        return (
            f"{number(self.expectation)} casualties expected (90 %: {number(self.low)} to {number(self.high)}), {one_in(self.expectation)}; "
            f"{verdict} {one_in(self.rule)}. At least one casualty: {number(100.0 * self.probability_of_one)} %."
        )

    def as_dict(self) -> dict[str, object]:
        """For JSON; every point has its bounds, and nothing stands where the members are too few."""
        return {
            "casualty_expectation": self.expectation,
            "low": self.low,
            "high": self.high,
            "interval": 0.9,
            "members": self.members,
            "hits": self.hits,
            "enough": self.enough,
            "probability_of_one": self.probability_of_one,
            "probability_of_one_low": self.probability_low,
            "probability_of_one_high": self.probability_high,
            "against_rule": self.share_above_rule or None,
            "rule": self.rule,
            "individual": self.individual,
            "casualty_area_m2": _ends(self.casualty_area_m2),
            "people_per_km2": _ends(self.people_per_km2),
            "contributions": [{"what": what, "share_of_variance": share} for what, share in self.contributions],
            "year": self.year,
            "sheltering": self.sheltering,
            "method": self.method,
            "statement": self.statement,
        }


def _ends(r: Range) -> dict[str, float]:
    return {"mean": r.best, "low": r.low, "high": r.high}


def one_in(probability: float) -> str:
    """``1 in 3,100``; two figures that count."""
    if probability <= 0.0:
        return "none"
    return f"1 in {number(1.0 / probability)}" if probability < 0.5 else f"{number(probability)}"


def casualty_expectation(
    area_m2: ArrayLike,
    *,
    year: float,
    inclination_rad: float | None = None,
    latitude_rad: ArrayLike | None = None,
    longitude_rad: ArrayLike | None = None,
    grid: Grid | None = None,
    sheltering: Sheltering | Range = "none",
    bulge: Range | None = None,
    area_inputs: Mapping[str, ArrayLike] | None = None,
    seed: int = 0,
) -> Risk:
    """Casualty expectation of a re-entry, with its interval.

    Parameters
    ----------
    area_m2 : (n,) casualty area of every member, all its harmful pieces together, 0 where nothing harmful comes down; or (p, n) of
        each group of pieces (``Survivors.piece_area_m2``), with latitudes and longitudes (p, n) of where they fall: a known footprint.
    year : of the entry, as a number (2031.04).
    inclination_rad : random entry; the only place needed where no latitudes are given.
    latitude_rad : (k,) geodetic latitudes where pieces come down, a sample of the possible ones; longitude is then random unless
        ``longitude_rad`` (k,) and ``grid`` are given. These are places on the ground, not of the entry at 120 km, which lie some
        thousands of km up the track.
    sheltering : ``none``: everybody counts, as agencies do for the rule; ``roofs``: the packaged share that no roof saves; or a share.
    bulge : clustering towards the equator for a random entry; the packaged range where left out, ``Range.exact(0.0)`` for the
        usual method of time spent.
    area_inputs : what each member drew, (n,) arrays by name (``Survivors.draws``): the area's share of the variance is then parted
        among them, by their squared correlation with it; what none explains by itself is named the rest, and comes last.
    seed : of the random numbers; the same seed gives the same result.

    Raises InputError for wrong shapes and values, or a year outside the table.
    """
    pieces = np.asarray(area_m2, float)
    area = _areas(pieces.sum(axis=0) if pieces.ndim == 2 and latitude_rad is not None else pieces)
    people = Population.in_year(year)
    n = len(area)
    rng = np.random.default_rng([_STREAM, seed])
    draw: Callable[[], FloatArray] = lambda: rng.standard_normal(n)  # noqa: E731
    factors: dict[str, FloatArray] = {_AREA: area}
    if latitude_rad is None:
        if inclination_rad is None or longitude_rad is not None or grid is not None:
            raise InputError.one(
                "risk", "place", "no place", "an inclination, or latitudes (with longitudes and a grid)"
            )
        pull = Range.of(casualty_table().bulge) if bulge is None else bulge
        if not -1.0 <= pull.low <= pull.high <= 1.0:
            raise InputError.one("risk", "bulge", f"{pull.low:g} to {pull.high:g}", "numbers from -1 to 1")
        base, change = people.under_orbit(inclination_rad)
        where = base + change * triangular(pull, n, rng)
        factors["where along the orbit it falls"] = where
        method, populated = "random entry: time over each latitude, any longitude", n
    elif pieces.ndim == 2:
        where, populated = _where_pieces_fall(pieces, people, latitude_rad, longitude_rad, grid)
        factors["where the pieces fall"] = where
        method = f"every piece at its own place, {_people_of(grid)}"
    else:
        sample = _density(people, latitude_rad, longitude_rad, grid)
        factors["places in the sample"] = _mean_draws(sample, n, rng)
        populated = len(sample) if grid is None else int(np.count_nonzero(sample))
        method = f"{len(sample)} places on the ground, {_people_of(grid)}"
    factors["people on Earth in that year"] = np.exp(people.count_sigma_ln * draw() - 0.5 * people.count_sigma_ln**2)
    factors["where people live"] = np.exp(people.shape_sigma_ln * draw() - 0.5 * people.shape_sigma_ln**2)
    shelter, word = _shelter(sheltering)
    if shelter is not None:
        factors["shelter"] = triangular(shelter, n, rng)
    density = np.prod([v for k, v in factors.items() if k not in (_AREA, "shelter")], axis=0)
    expected = np.prod(list(factors.values()), axis=0)
    hits = min(int(np.count_nonzero(area > 0.0)), populated)
    inputs = {k: np.asarray(v, float) for k, v in (area_inputs or {}).items()}
    wrong = [k for k, v in inputs.items() if v.shape != area.shape or not np.all(np.isfinite(v))]
    if wrong:
        raise InputError.one(
            "risk", f"area_inputs.{wrong[0]}", f"shape {inputs[wrong[0]].shape}", f"{n} finite numbers"
        )
    contributions = _contributions(factors, inputs)
    return _risk(expected, factors[_AREA], density, contributions, hits, people, word, method)


def _risk(
    expected: FloatArray,
    area: FloatArray,
    density: FloatArray,
    contributions: tuple[tuple[str, float], ...],
    hits: int,
    people: Population,
    word: str,
    method: str,
) -> Risk:
    n = len(expected)
    enough = n >= ENOUGH_MEMBERS and hits >= ENOUGH_HITS
    at_least_one = -np.expm1(-expected)
    e, p = _interval(expected), _interval(at_least_one)
    return Risk(
        expectation=e.best if enough else None,
        low=e.low if enough else None,
        high=e.high if enough else None,
        members=n,
        hits=hits,
        probability_of_one=p.best if enough else None,
        probability_low=p.low if enough else None,
        probability_high=p.high if enough else None,
        contributions=contributions if enough else (),
        people_per_km2=_interval(density * 1e6),
        casualty_area_m2=_interval(area),
        individual=e.best / people.count if enough else None,
        rule=casualty_table().rule_casualties.best,
        year=people.year,
        sheltering=word,
        method=method,
    )


def _people_of(grid: Grid | None) -> str:
    return "any longitude" if grid is None else f"people of {grid.name}"


def _where_pieces_fall(
    pieces: FloatArray, people: Population, latitude_rad: ArrayLike, longitude_rad: ArrayLike | None, grid: Grid | None
) -> tuple[FloatArray, int]:
    """People per m2 under the pieces of each member, weighted by their area, and in how many members there are any."""
    latitude, longitude = np.asarray(latitude_rad, float), np.asarray(longitude_rad, float)
    falls = pieces > 0.0
    for name, place in (("latitude_rad", latitude), ("longitude_rad", longitude)):
        if name == "longitude_rad" and grid is None:
            continue
        if place.shape != pieces.shape or not np.all(np.isfinite(place[falls])):
            raise InputError.one(
                "risk", name, f"shape {place.shape}", f"a place of each piece that falls, {pieces.shape}"
            )
    density = np.zeros(pieces.shape)
    density[falls] = _density(people, latitude[falls], None if grid is None else longitude[falls], grid)
    under = (pieces * density).sum(axis=0)
    return under / np.maximum(pieces.sum(axis=0), 1e-300), int(np.count_nonzero(under))


def _areas(area_m2: ArrayLike) -> FloatArray:
    area = np.asarray(area_m2, float)
    if area.ndim != 1 or area.size == 0 or not np.all(np.isfinite(area)) or area.min() < 0.0:
        raise InputError.one(
            "risk", "area_m2", f"an array of shape {area.shape}", "one area of at least 0 m2 for each member"
        )
    return area


def _density(
    people: Population, latitude_rad: ArrayLike, longitude_rad: ArrayLike | None, grid: Grid | None
) -> FloatArray:
    latitude = np.asarray(latitude_rad, float).ravel()
    if latitude.size == 0 or not np.all(np.abs(latitude) <= np.pi / 2):  # also refuses what is not a number
        raise InputError.one("risk", "latitude_rad", f"{latitude.size} latitudes", "latitudes from -pi/2 to pi/2")
    if grid is None:
        return people.at_latitude(latitude)
    longitude = np.asarray(longitude_rad, float).ravel() if longitude_rad is not None else np.empty(0)
    if longitude.shape != latitude.shape or not np.all(np.isfinite(longitude)):
        raise InputError.one(
            "risk", "longitude_rad", f"{longitude.size} longitudes", f"{latitude.size} of them, one a latitude"
        )
    growth = people.count / Population.in_year(grid.year).count
    return grid.at(latitude, longitude) * growth


def _shelter(sheltering: Sheltering | Range) -> tuple[Range | None, str]:
    if isinstance(sheltering, Range):
        if not 0.0 <= sheltering.low <= sheltering.high <= 1.0:
            raise InputError.one(
                "risk", "sheltering", f"{sheltering.low:g} to {sheltering.high:g}", "a share from 0 to 1"
            )
        return sheltering, f"share without shelter {sheltering.low:g} to {sheltering.high:g}"
    if sheltering == "roofs":
        return Range.of(casualty_table().unsheltered_share), "roofs save some"
    return None, "none: everybody counts"


def triangular(r: Range, n: int, rng: np.random.Generator) -> FloatArray:
    """Draws between the ends of a range, most often near its best value."""
    if r.high <= r.low:
        return np.full(n, r.best)
    return np.asarray(rng.triangular(r.low, r.best, r.high, n))


def _mean_draws(sample: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    """Draws of what the mean of a sample may be: bootstrap, or for large samples its normal limit."""
    k = len(sample)
    if k == 1:
        return np.full(n, sample[0])
    if k > _BOOTSTRAP:
        return np.asarray(np.maximum(sample.mean() + sample.std(ddof=1) / math.sqrt(k) * rng.standard_normal(n), 0.0))
    return np.array([sample[rng.integers(0, k, k)].mean() for _ in range(n)])


def _interval(x: FloatArray) -> Range:
    """Mean, 5 % and 95 % of the members; the ends are moved out to the mean where it lies outside them."""
    low, high = np.quantile(x, [0.05, 0.95])
    mean = float(x.mean())
    return Range(mean, min(float(low), mean), max(float(high), mean))


def _contributions(factors: dict[str, FloatArray], inputs: dict[str, FloatArray]) -> tuple[tuple[str, float], ...]:
    """Shares of the variance of a product of independent factors, to first order: squared relative deviations.

    The share of the area is parted among its inputs by squared correlation, less the 1/n that chance gives; what none of them
    explains by itself comes last, whatever its size.
    """
    squared = {k: float((v.std() / v.mean()) ** 2) if v.mean() > 0.0 else 0.0 for k, v in factors.items()}
    total = math.fsum(squared.values()) or 1.0
    shares = {k: v / total for k, v in squared.items()}
    area, whole = factors[_AREA], shares[_AREA]
    if inputs and whole > 0.0:
        parts = {
            k: max(0.0, float(np.corrcoef(area, v)[0, 1]) ** 2 - 1.0 / len(v))
            for k, v in inputs.items()
            if v.std() > 0.0
        }
        scale = whole / max(1.0, math.fsum(parts.values()))
        del shares[_AREA]
        shares |= {f"{_AREA}: {k}": v * scale for k, v in parts.items()}
        shares[f"{_AREA}: {THE_REST}"] = max(0.0, whole - scale * math.fsum(parts.values()))
    return tuple(sorted(shares.items(), key=lambda kv: (kv[0].endswith(THE_REST), -kv[1])))
