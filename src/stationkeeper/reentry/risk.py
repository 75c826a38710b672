"""What a re-entry does to people on the ground: casualty expectation with bounds, probability of a casualty, and what makes it wide.

Model: expectation = casualty area x people per area where pieces fall x share that no roof saves, for every member. Where pieces
fall is either random (an inclination: time spent over each latitude, drawn somewhat to the equator, any longitude), a sample of
latitudes (any longitude), or places with a gridded population that the user brings. People: the shape over latitude of 2020, scaled
to the United Nations' total of the year.
At least one casualty: Poisson, ``1 - exp(-expectation)``, averaged over places and members. People live clustered, and the exponential
is concave: where only the latitude is known the result is an upper bound, and says so (an ISS that nobody steers: at most
9 %, and 6 % over cells of one degree, validation/reentry_risk); with a grid it holds to the size of the cells.
All doubts, of the area and of the people, go into one interval of 90 %, and so do places that are known one by one; the places of a
random entry are averaged in the expectation, as rules mean it. The result is the mean of the members.
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
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.functions.words import number
from stationkeeper.reentry.people import FloatArray, Grid, Population, casualty_table, read_grid

__all__ = [
    "Grid", "Population", "Risk", "casualty_expectation", "casualty_table", "chance_words", "expected_words", "one_in", "read_grid", "time_spent", "triangular",
]  # fmt: skip

ENOUGH_MEMBERS = 200
ENOUGH_HITS = 10
"""Below these a result is 'too few to say'. A hit is a member of which something harmful comes down, and where places are known one by one,
comes down where people live."""
_BINS = 400
"""Places are pooled to so many densities of equal probability: their mean is kept, and the product with all members stays small."""
CLUSTERED = "people live clustered: the true chance is lower"
_PULL = "where along the orbit it falls"
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
    members, hits, hits_are : members, those that count as hits, and what such a member does, in words: it lets something harmful fall,
        and where places are known one by one, fall where people live.
    probability_of_one, probability_low, probability_high : of at least one casualty; None as above.
    probability_is_upper_bound : True where only the latitude is known: people live clustered, so the true probability is lower.
    averaged : expectation averaged over the places with the ends of its 90 %, which is what the rule is held against; the same as
        ``expectation``, ``low`` and ``high`` unless places are known one by one. None as above.
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
    hits_are: str
    probability_of_one: float | None
    probability_low: float | None
    probability_high: float | None
    probability_is_upper_bound: bool
    averaged: Range | None
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
        """``above``, ``below`` or ``open``: where ``averaged`` lies against the rule; empty where it is too few to say."""
        if self.averaged is None:
            return ""
        return "above" if self.averaged.low > self.rule else "below" if self.averaged.high < self.rule else "open"

    @property
    def statement(self) -> str:
        """The result in words."""
        if self.expectation is None or self.low is None or self.high is None or self.probability_of_one is None:
            return (
                f"Too few to say: {self.members} members, of which {self.hits} {self.hits_are}; at least {ENOUGH_MEMBERS} and "
                f"{ENOUGH_HITS} are needed."
            )
        verdict = {
            "above": "above the rule of", "below": "below the rule of", "open": "not clearly above or below the rule of",
        }[self.share_above_rule]  # fmt: skip
        return (
            f"{expected_words(self.expectation, self.low, self.high, self.averaged)}, {verdict} "
            f"{one_in(self.rule)}. {chance_words(self.probability_of_one, self.probability_is_upper_bound, first=True)}."
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
            "hits_are": f"members that {self.hits_are}",
            "enough": self.enough,
            "probability_of_one": self.probability_of_one,
            "probability_of_one_low": self.probability_low,
            "probability_of_one_high": self.probability_high,
            "probability_of_one_is_upper_bound": self.probability_is_upper_bound,
            "probability_of_one_note": f"an upper bound; {CLUSTERED}"
            if self.probability_is_upper_bound
            else "averaged over places and members",
            "averaged_over_places": None if self.averaged is None else _ends(self.averaged),
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


def expected_words(best: float, low: float, high: float, averaged: Range | None) -> str:
    """``0.072 casualties expected (90 %: 0.023 to 0.14)``; where places are known one by one, their mean beside their spread."""
    spread = f"{number(low)} to {number(high)}"
    if averaged is None or (averaged.low, averaged.high) == (low, high):
        return f"{number(best)} casualties expected (90 %: {spread})"
    mean = f"{number(averaged.low)} to {number(averaged.high)}"
    return f"{number(best)} casualties expected (90 % of places and cases: {spread}; averaged over the places: {mean})"


def chance_words(probability: float, upper_bound: bool, *, first: bool = False) -> str:
    """The chance that anybody is hurt: ``at most 1 chance in 14 that anybody is hurt or killed (people live clustered: ...)``.

    ``first`` : as the beginning of a sentence.
    """
    odds = (
        f"1 chance in {number(round(1.0 / probability))}"
        if 0.0 < probability < 0.3
        else f"a chance of {number(100.0 * probability)} %"
    )
    text = f"{'at most ' if upper_bound else ''}{odds} that anybody is hurt or killed" + (
        f" ({CLUSTERED})" if upper_bound else ""
    )
    return text[0].upper() + text[1:] if first else text


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
        each group of pieces (``Survivors.piece_area_m2``), with latitudes and longitudes of where they fall: (p, n), a known
        footprint; or (p, n, m) with a grid, m places of a random entry for each member, equally likely.
    year : of the entry, as a number (2031.04).
    inclination_rad : random entry; the only place needed where no latitudes are given; with (p, n, m) for the doubt of the bulge.
    latitude_rad : (k,) geodetic latitudes where all pieces of a member come down together, each as likely as the others, whatever the
        member; longitude is then random unless ``longitude_rad`` (k,) and ``grid`` are given. These are places on the ground, not of the entry at 120 km, which lie some
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
    if latitude_rad is None:
        if inclination_rad is None or longitude_rad is not None or grid is not None:
            raise InputError.one(
                "risk", "place", "no place", "an inclination, or latitudes (with longitudes and a grid)"
            )
        ground = _random(people, inclination_rad, bulge, area, rng)
    elif pieces.ndim == 2:
        ground = _under_pieces(pieces, people, latitude_rad, longitude_rad, grid)
        if np.ndim(latitude_rad) == 3 and inclination_rad is not None:
            pull = _random(people, inclination_rad, bulge, area, rng).mean
            ground = replace(ground, mean=ground.mean * pull / pull.mean(), doubt=(_PULL, pull))
    else:
        ground = _sample(area, people, latitude_rad, longitude_rad, grid)
    factors: dict[str, FloatArray] = {_AREA: area}
    if ground.doubt is not None:
        factors[ground.doubt[0]] = ground.doubt[1]
    doubts = {
        "people on Earth in that year": np.exp(people.count_sigma_ln * draw() - 0.5 * people.count_sigma_ln**2),
        "where people live": np.exp(people.shape_sigma_ln * draw() - 0.5 * people.shape_sigma_ln**2),
    }
    crowd = np.prod(list(doubts.values()), axis=0)
    shelter, word = _shelter(sheltering)
    if shelter is not None:
        doubts["shelter"] = triangular(shelter, n, rng)
    factors |= doubts
    inputs = {k: np.asarray(v, float) for k, v in (area_inputs or {}).items()}
    wrong = [k for k, v in inputs.items() if v.shape != area.shape or not np.all(np.isfinite(v))]
    if wrong:
        raise InputError.one(
            "risk", f"area_inputs.{wrong[0]}", f"shape {inputs[wrong[0]].shape}", f"{n} finite numbers"
        )
    rest = area * np.prod(list(doubts.values()), axis=0)
    return _risk(ground, area, rest, crowd, _contributions(factors, inputs), people, word)


@dataclass(frozen=True, slots=True)
class _Ground:
    """Where pieces fall.

    Parameters
    ----------
    mean : (n,) people per m2 averaged over the places.
    local : (n, 1) of each member at its own places, or (1, k) of places that any member may have, equally likely; None: not known one by one.
    shown : whether the spread over ``local`` belongs in the interval that is shown.
    clustered : whether the clustering of people is in ``local``.
    doubt : what enters the shares of the variance, by name.
    """

    mean: FloatArray
    local: FloatArray | None
    shown: bool
    clustered: bool
    hits: int
    hits_are: str
    method: str
    doubt: tuple[str, FloatArray] | None = None


def _risk(
    ground: _Ground,
    area: FloatArray,
    rest: FloatArray,
    crowd: FloatArray,
    contributions: tuple[tuple[str, float], ...],
    people: Population,
    word: str,
) -> Risk:
    """The result: ``rest`` (n,) is all but the people per area, ``crowd`` (n,) the doubt of these."""
    n = len(area)
    enough = n >= ENOUGH_MEMBERS and ground.hits >= ENOUGH_HITS
    local = ground.mean[:, None] if ground.local is None else ground.local
    each = local * rest[:, None]
    averaged = _interval(ground.mean * rest)
    e = _interval(each) if ground.shown else averaged
    one = -np.expm1(-each)
    p = _interval(one if ground.shown else one.mean(axis=1))
    density = local * crowd[:, None] if ground.shown else ground.mean * crowd
    return Risk(
        expectation=e.best if enough else None,
        low=e.low if enough else None,
        high=e.high if enough else None,
        members=n,
        hits=ground.hits,
        hits_are=ground.hits_are,
        probability_of_one=p.best if enough else None,
        probability_low=p.low if enough else None,
        probability_high=p.high if enough else None,
        probability_is_upper_bound=not ground.clustered,
        averaged=averaged if enough else None,
        contributions=contributions if enough else (),
        people_per_km2=_interval(density * 1e6),
        casualty_area_m2=_interval(area),
        individual=e.best / people.count if enough else None,
        rule=casualty_table().rule_casualties.best,
        year=people.year,
        sheltering=word,
        method=ground.method,
    )


_FALLS = "let something harmful fall"
_HITS = f"{_FALLS} where people live"


def _random(
    people: Population, inclination_rad: float, bulge: Range | None, area: FloatArray, rng: np.random.Generator
) -> _Ground:
    """A random entry: the mean over the orbit, with the doubt of the pull to the equator."""
    pull = Range.of(casualty_table().bulge) if bulge is None else bulge
    if not -1.0 <= pull.low <= pull.high <= 1.0:
        raise InputError.one("risk", "bulge", f"{pull.low:g} to {pull.high:g}", "numbers from -1 to 1")
    base, change = people.under_orbit(inclination_rad)
    where = base + change * triangular(pull, len(area), rng)
    method = f"random entry: {time_spent(pull)}, any longitude"
    return _Ground(where, None, False, False, int(np.count_nonzero(area)), _FALLS, method, (_PULL, where))


def time_spent(pull: Range | None = None) -> str:
    """How the latitudes of a random entry are weighed, in words; ``pull`` the packaged bulge where left out."""
    r = Range.of(casualty_table().bulge) if pull is None else pull
    if r.low == r.high == 0.0:
        return "time spent over each latitude"
    ends = f"{r.low:g} to {r.high:g}" if r.high > r.low else f"{r.best:g}"
    return f"time spent over each latitude, drawn somewhat to the equator (bulge {ends}, assumed)"


def _sample(
    area: FloatArray, people: Population, latitude_rad: ArrayLike, longitude_rad: ArrayLike | None, grid: Grid | None
) -> _Ground:
    """Places that any member may have, each with all pieces of it."""
    density = _density(people, latitude_rad, longitude_rad, grid)
    hits = min(int(np.count_nonzero(area)), int(np.count_nonzero(density)))
    method = f"{len(density):,} places on the ground, {_people_of(grid)}"
    mean = np.full(len(area), density.mean())
    doubt = ("places in the sample", density)
    clustered = grid is not None and bool(grid.inside(latitude_rad, np.asarray(longitude_rad, float)).all())
    return _Ground(mean, _pooled(density), True, clustered, hits, _HITS, method, doubt)


def _pooled(density: FloatArray) -> FloatArray:
    """(1, k) densities of equal probability, at most :data:`_BINS`, with the mean of all."""
    ordered = np.sort(density.ravel())
    if len(ordered) <= _BINS:
        return ordered[None]
    edges = np.linspace(0.0, len(ordered), _BINS + 1)
    below = np.interp(edges, np.arange(len(ordered) + 1), np.concatenate([[0.0], np.cumsum(ordered)]))
    return np.asarray(np.diff(below) * _BINS / len(ordered))[None]


def _people_of(grid: Grid | None) -> str:
    return "any longitude" if grid is None else f"people of {grid.name}"


def _under_pieces(
    pieces: FloatArray, people: Population, latitude_rad: ArrayLike, longitude_rad: ArrayLike | None, grid: Grid | None
) -> _Ground:
    """People per m2 under the pieces of each member, weighted by their area: one place for each (p, n), or many (p, n, m)."""
    latitude, longitude = np.asarray(latitude_rad, float), np.asarray(longitude_rad, float)
    many = latitude.ndim == 3
    falls = pieces > 0.0
    for name, place in (("latitude_rad", latitude), ("longitude_rad", longitude)):
        if name == "longitude_rad" and grid is None and not many:
            continue
        wanted = (*pieces.shape, latitude.shape[-1]) if many else pieces.shape
        if place.shape != wanted or not place.size or not np.all(np.isfinite(place[falls])):
            raise InputError.one("risk", name, f"shape {place.shape}", f"a place of each piece that falls, {wanted}")
    if many and grid is None:
        raise InputError.one("risk", "grid", "none", "people in cells, for places of a random entry")
    total = np.maximum(pieces.sum(axis=0), 1e-300)
    # outside the grid people are known by latitude alone, spread evenly
    clustered = grid is not None and bool(grid.inside(latitude[falls], longitude[falls]).all())

    def under(at: tuple[Any, ...]) -> FloatArray:
        density = np.zeros(pieces.shape)
        density[falls] = _density(people, latitude[at][falls], None if grid is None else longitude[at][falls], grid)
        return np.asarray((pieces * density).sum(axis=0))

    found = np.stack([under((..., k)) for k in range(latitude.shape[2])] if many else [under(())], axis=1)
    hits = int(np.count_nonzero(found.any(axis=1)))
    mean = np.full(pieces.shape[1], found.mean(axis=1).sum() / max(float(pieces.sum()), 1e-300))
    local = found / total[:, None]
    if many:
        method = f"random entry: {local.size:,} places, {time_spent()}, any longitude, every piece at its own place, {_people_of(grid)}"
        places = _pooled(local[total > 1e-300]) if pieces.any() else np.zeros((1, 1))
        places *= mean[0] / max(float(places.mean()), 1e-300)  # the mean by area, as in the expectation
        return _Ground(mean, places, False, clustered, hits, _HITS, method)
    method = f"every piece at its own place, {_people_of(grid)}"
    return _Ground(mean, local, True, clustered, hits, _HITS, method, ("where the pieces fall", local[:, 0]))


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
    return grid.with_rest(people, latitude, longitude)


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
