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

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from stationkeeper.core.errors import InputError, Refused
from stationkeeper.core.files import read_text
from stationkeeper.core.model import Model, Positive, Quantity
from stationkeeper.core.ranges import Range
from stationkeeper.core.validation import read_model
from stationkeeper.functions.words import number
from stationkeeper.station.load import DATA
from stationkeeper.station.schema import Source

FloatArray = NDArray[np.float64]

ENOUGH_MEMBERS = 200
ENOUGH_HITS = 10
"""Below these a result is 'too few to say'. A hit is a member of which something harmful falls where people live."""
_BOOTSTRAP = 2000
_GRID_BYTES = 200_000_000
_MAX_CELLS = 50_000_000
_AREA = "casualty area"
_STREAM = 5  # parts these random numbers from those of other rooms with the same seed
_EARTH_A_M, _EARTH_E2 = 6378137.0, 0.0066943799901413165  # WGS 84
_Z95 = 1.959964

Sheltering = Literal["none", "roofs"]


class World(Model):
    """People on Earth at the end of years, millions, with the ends of a 95 % interval."""

    source: list[str]
    year_end: list[int]
    people_million: list[float]
    low_95_million: list[float]
    high_95_million: list[float]

    @model_validator(mode="after")
    def _columns(self) -> World:
        lengths = {len(c) for c in (self.year_end, self.people_million, self.low_95_million, self.high_95_million)}
        if len(lengths) != 1 or self.year_end != sorted(set(self.year_end)):
            raise Refused("columns of unlike length, or years out of order", "four columns, years rising")
        return self


class CasualtyTable(Model):
    """The packaged table of people and of how well they are known."""

    schema_: Literal["stationkeeper.casualty/1"] = Field(alias="schema")
    rule_casualties: Positive
    count_sigma_ln: Positive
    shape_sigma_ln: Positive
    drift_per_ln: Positive
    bulge: Quantity
    unsheltered_share: Positive
    world: World
    source: list[Source]


@cache
def casualty_table() -> CasualtyTable:
    """The packaged table."""
    return read_model(DATA / "tables" / "casualty.toml", CasualtyTable)


@cache
def _bands() -> tuple[FloatArray, FloatArray]:
    """Edges of the bands, rad of geodetic latitude from south to north (181,), and shares of mankind in them (180,)."""
    text = read_text(DATA / "tables" / "population_by_latitude.csv")
    rows = np.loadtxt(io.StringIO(text), delimiter=",", comments=("#", "latitude"))
    rows = rows[np.argsort(rows[:, 0])]
    edges = np.radians(np.append(rows[:, 0], rows[-1, 1]))
    return edges, rows[:, 2] / rows[:, 2].sum()


def _area_below_m2(latitude_rad: FloatArray) -> FloatArray:
    """Area of the ellipsoid from the equator up to a geodetic latitude, negative to the south (exact)."""
    e, s = math.sqrt(_EARTH_E2), np.sin(latitude_rad)
    b2 = _EARTH_A_M**2 * (1.0 - _EARTH_E2)
    return np.asarray(np.pi * b2 * (s / (1.0 - _EARTH_E2 * s**2) + np.arctanh(e * s) / e))


def _time_below(latitude_rad: FloatArray, inclination_rad: float) -> tuple[FloatArray, FloatArray]:
    """Share of a circular orbit's time spent south of a geodetic latitude, and its part for each unit of ``bulge``."""
    geocentric = np.arctan((1.0 - _EARTH_E2) * np.tan(latitude_rad))
    u = np.arcsin(np.clip(np.sin(geocentric) / math.sin(inclination_rad), -1.0, 1.0))
    return 0.5 + u / np.pi, np.sin(2.0 * u) / (2.0 * np.pi)


@dataclass(frozen=True, slots=True)
class Population:
    """People by latitude in a year.

    Parameters
    ----------
    year : years as a number, 2031.0 is the first moment of 2031.
    count : people on Earth; lognormal, best value with the deviation of its logarithm in ``count_sigma_ln``.
    edges_rad : (m + 1,) geodetic latitudes from south to north.
    share : (m,) shares of all people in the bands.
    shape_sigma_ln : deviation of the logarithm of the people under an orbit, for a given total.
    """

    year: float
    count: float
    count_sigma_ln: float
    edges_rad: FloatArray = field(repr=False)
    share: FloatArray = field(repr=False)
    shape_sigma_ln: float

    @classmethod
    def in_year(cls, year: float) -> Population:
        """The packaged people in a year from 1951 to 2081. Raises InputError outside."""
        table = casualty_table()
        years = np.asarray(table.world.year_end, float) + 1.0
        if not years[0] <= year <= years[-1]:
            span = f"a year from {years[0]:.0f} to {years[-1]:.0f}"
            raise InputError.one("population", "year", f"{year:g}", span, "The table of people ends there.")
        best, low, high = (
            float(np.exp(np.interp(year, years, np.log(column)))) * 1e6
            for column in (table.world.people_million, table.world.low_95_million, table.world.high_95_million)
        )
        then = float(np.exp(np.interp(2020.5, years, np.log(table.world.people_million)))) * 1e6
        sigma = math.hypot(table.count_sigma_ln.best, math.log(high / low) / (2.0 * _Z95))
        drift = table.drift_per_ln.best * abs(math.log(best / then))
        edges, share = _bands()
        return cls(year, best, sigma, edges, share, math.hypot(table.shape_sigma_ln.best, drift))

    @property
    def density_m2(self) -> FloatArray:
        """(m,) people per m2 in the bands, oceans included."""
        return np.asarray(self.share * self.count / np.diff(_area_below_m2(self.edges_rad)))

    def at_latitude(self, latitude_rad: ArrayLike) -> FloatArray:
        """People per m2 averaged over all longitudes at geodetic latitudes."""
        latitude = np.asarray(latitude_rad, float)
        index = np.clip(np.searchsorted(self.edges_rad, latitude, side="right") - 1, 0, len(self.share) - 1)
        return np.asarray(self.density_m2[index])

    def under_orbit(self, inclination_rad: float) -> tuple[float, float]:
        """People per m2 under an inclination, weighted by the time spent there, and its change for each unit of ``bulge``."""
        i = min(inclination_rad, math.pi - inclination_rad)
        if not 0.0 < i <= math.pi / 2.0:
            raise InputError.one(
                "orbit", "inclination", f"{math.degrees(inclination_rad):g} deg", "above 0 and below 180 degrees"
            )
        time, pull = (np.diff(x) for x in _time_below(self.edges_rad, i))
        density = self.density_m2
        return float(time @ density), float(pull @ density)


@dataclass(frozen=True, slots=True)
class Grid:
    """People in cells of latitude and longitude, from a user's own file.

    Parameters
    ----------
    south_rad, west_rad : corner of the first cell. cell_rad : side of a cell.
    count : (rows, columns) people in a cell, rows from south to north, columns from west to east.
    year : the year that the file stands for.
    """

    south_rad: float
    west_rad: float
    cell_rad: float
    count: FloatArray = field(repr=False)
    year: float
    name: str = "grid"

    def at(self, latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> FloatArray:
        """People per m2 in the cells of points; zero outside the grid."""
        latitude, longitude = np.broadcast_arrays(np.asarray(latitude_rad, float), np.asarray(longitude_rad, float))
        row = np.floor((latitude - self.south_rad) / self.cell_rad).astype(np.int64)
        column = np.floor(((longitude - self.west_rad) % (2.0 * np.pi)) / self.cell_rad).astype(np.int64)
        rows, columns = self.count.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        edges = self.south_rad + self.cell_rad * np.arange(rows + 1)
        area = np.diff(_area_below_m2(np.clip(edges, -np.pi / 2, np.pi / 2))) * self.cell_rad / (2.0 * np.pi)
        r, c = np.where(inside, row, 0), np.where(inside, column, 0)
        return np.where(inside, self.count[r, c] / area[r], 0.0)


def read_grid(path: Path, year: float) -> Grid:
    """A population grid: ESRI ASCII (``ncols``, ``nrows``, ``xllcorner``...), or CSV of latitude, longitude of the middle of a cell, people.

    Degrees, geodetic; counts, not densities; a count below zero or the no-data value is nobody. Raises InputError.
    """
    text = read_text(path, _GRID_BYTES)
    first = text.lstrip().split(None, 1)[0].lower()
    return _esri(text, str(path), year) if first == "ncols" else _csv(text, str(path), year)


def _esri(text: str, where: str, year: float) -> Grid:
    head: dict[str, float] = {}
    lines = text.splitlines()
    for at, line in enumerate(lines[:6]):
        words = line.split()
        if len(words) != 2 or not words[0][:1].isalpha():
            break
        try:
            head[words[0].lower()] = _finite(words[1])
        except ValueError:
            raise InputError.one(where, words[0], words[1], "a number", "", at + 1) from None
    missing = [k for k in ("ncols", "nrows", "cellsize") if k not in head]
    corner = [next((k for k in (f"{a}llcorner", f"{a}llcenter") if k in head), "") for a in "xy"]
    if missing or not all(corner):
        raise InputError.one(
            where, "", f"a header with {', '.join(head)}", "ncols, nrows, xllcorner, yllcorner, cellsize"
        )
    columns, rows, cell = int(head["ncols"]), int(head["nrows"]), head["cellsize"]
    west, south = (head[k] - (0.5 * cell if k.endswith("center") else 0.0) for k in corner)
    _fits(where, rows, columns, cell, south)
    try:
        values = np.array(" ".join(lines[len(head) :]).split(), float)
    except ValueError as e:
        raise InputError.one(where, "", str(e), "numbers") from None
    if values.size != rows * columns:
        raise InputError.one(where, "", f"{values.size} values", f"{rows} rows of {columns}")
    count = np.where(values == head.get("nodata_value", -9999.0), 0.0, values).reshape(rows, columns)[::-1]
    return Grid(math.radians(south), math.radians(west), math.radians(cell), _people(count), year, where)


def _csv(text: str, where: str, year: float) -> Grid:
    lines = [x for x in text.splitlines() if x.strip() and not x.lstrip().startswith("#")]
    if lines and any(c.isalpha() for c in lines[0].replace("e", "").replace("E", "")):
        lines = lines[1:]
    try:
        rows = np.loadtxt(lines, delimiter=",", ndmin=2)
    except ValueError as e:
        raise InputError.one(where, "", str(e), "lines of latitude, longitude, people, parted by commas") from None
    if rows.shape[0] < 2 or rows.shape[1] != 3:
        raise InputError.one(where, "", f"{rows.shape[0]} lines of {rows.shape[1]}", "latitude, longitude, people")
    steps = np.concatenate([np.diff(np.unique(rows[:, k])) for k in (0, 1)])
    cell = float(steps.min(initial=np.inf))
    south, west = (float(rows[:, k].min()) - 0.5 * cell for k in (0, 1))
    index = np.rint((rows[:, :2] - [south, west]) / cell - 0.5)
    if np.abs((rows[:, :2] - [south, west]) / cell - 0.5 - index).max() > 0.05:
        raise InputError.one(where, "", "points off a regular grid", "middles of cells of one size, in degrees")
    at = index.astype(np.int64)
    size = at.max(axis=0) + 1
    _fits(where, int(size[0]), int(size[1]), cell, south)
    count = np.zeros(tuple(size))
    np.add.at(count, (at[:, 0], at[:, 1]), _people(rows[:, 2]))
    return Grid(math.radians(south), math.radians(west), math.radians(cell), count, year, where)


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(word)
    return value


def _people(count: FloatArray) -> FloatArray:
    return np.asarray(np.where(np.isfinite(count) & (count > 0.0), count, 0.0))


def _fits(where: str, rows: int, columns: int, cell: float, south: float) -> None:
    if not (0.0 < cell <= 10.0 and rows >= 1 and columns >= 1 and rows * columns <= _MAX_CELLS):
        raise InputError.one(where, "", f"{rows} x {columns} cells of {cell:g} deg", f"at most {_MAX_CELLS:,} cells")
    if not (south >= -90.01 and south + rows * cell <= 90.01 and columns * cell <= 360.01):
        raise InputError.one(where, "", f"rows from {south:g} deg on", "latitudes from -90 to 90, at most one turn")


@dataclass(frozen=True, slots=True)
class Risk:
    """Risk to people of one re-entry.

    Parameters
    ----------
    expectation, low, high : casualties to be expected, mean of the members and ends of the 90 % interval; None where the members
        are too few to say.
    members, hits : members, and those of which something harmful falls where people live.
    probability_of_one, probability_low, probability_high : of at least one casualty; None as above.
    contributions : what makes the interval wide, with its share of the variance, largest first (each doubt alone, first order).
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
    area_m2 : (n,) casualty area of every member, all its harmful pieces together, 0 where nothing harmful comes down.
    year : of the entry, as a number (2031.04).
    inclination_rad : random entry; the only place needed where no latitudes are given.
    latitude_rad : (k,) geodetic latitudes where pieces come down, a sample of the possible ones; longitude is then random unless
        ``longitude_rad`` (k,) and ``grid`` are given. These are places on the ground, not of the entry at 120 km, which lie some
        thousands of km up the track.
    sheltering : ``none``: everybody counts, as agencies do for the rule; ``roofs``: the packaged share that no roof saves; or a share.
    bulge : clustering towards the equator for a random entry; the packaged range where left out, ``Range.exact(0.0)`` for the
        usual method of time spent.
    area_inputs : what each member drew, (n,) arrays by name (``Survivors.draws``): the area's share of the variance is then parted
        among them, by their squared correlation with it; what they do not explain together is named the rest.
    seed : of the random numbers; the same seed gives the same result.

    Raises InputError for wrong shapes and values, or a year outside the table.
    """
    area = _areas(area_m2)
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
    else:
        sample = _density(people, latitude_rad, longitude_rad, grid)
        factors["places in the sample"] = _mean_draws(sample, n, rng)
        populated = len(sample) if grid is None else int(np.count_nonzero(sample))
        kind = "any longitude" if grid is None else f"people of {grid.name}"
        method = f"{len(sample)} places on the ground, {kind}"
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

    The share of the area is parted among its inputs by squared correlation, less the 1/n that chance gives.
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
        shares |= {f"{_AREA}: {k.removesuffix('_km').replace('_', ' ')}": v * scale for k, v in parts.items()}
        shares[f"{_AREA}: the rest, single pieces"] = max(0.0, whole - scale * math.fsum(parts.values()))
    return tuple(sorted(shares.items(), key=lambda kv: -kv[1]))
