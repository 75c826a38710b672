"""People by latitude and year, or in a grid that the user brings: how many live where pieces fall.

Model: the shape over latitude of 2020, scaled to the United Nations' total of the year; or counts in cells of latitude and longitude.
Neglected: growth that differs from place to place (an error that grows with the years away from 2020 stands for it), day and night.
Validation status: checked (validation/reentry_risk).

References
----------
GPW-4.11, UN-WPP-2022, BACON-MATNEY-2017; ``data/tables/population_by_latitude.csv``, ``data/tables/casualty.toml``.
"""

from __future__ import annotations

import io
import math
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
from stationkeeper.core.validation import read_model
from stationkeeper.station.load import DATA
from stationkeeper.station.schema import Source

FloatArray = NDArray[np.float64]

_GRID_BYTES = 200_000_000
_MAX_CELLS = 50_000_000
_EARTH_A_M, _EARTH_E2 = 6378137.0, 0.0066943799901413165  # WGS 84
_Z95 = 1.959964


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
