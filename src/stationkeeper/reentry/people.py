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
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, NoReturn

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

    def _cells(self, latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        latitude, longitude = np.broadcast_arrays(np.asarray(latitude_rad, float), np.asarray(longitude_rad, float))
        row = np.floor((latitude - self.south_rad) / self.cell_rad).astype(np.int64)
        column = np.floor(((longitude - self.west_rad) % (2.0 * np.pi)) / self.cell_rad).astype(np.int64)
        return row, column

    def _row_area_m2(self) -> FloatArray:
        """(rows,) area of a cell."""
        edges = self.south_rad + self.cell_rad * np.arange(len(self.count) + 1)
        return np.asarray(
            np.diff(_area_below_m2(np.clip(edges, -np.pi / 2, np.pi / 2))) * self.cell_rad / (2.0 * np.pi)
        )

    def inside(self, latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> NDArray[np.bool_]:
        """Whether points lie in the grid."""
        row, column = self._cells(latitude_rad, longitude_rad)
        rows, columns = self.count.shape
        return np.asarray((row >= 0) & (row < rows) & (column < columns))

    def at(self, latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> FloatArray:
        """People per m2 in the cells of points; zero outside the grid."""
        row, column = self._cells(latitude_rad, longitude_rad)
        inside = self.inside(latitude_rad, longitude_rad)
        r, c = np.where(inside, row, 0), np.where(inside, column, 0)
        return np.where(inside, self.count[r, c] / self._row_area_m2()[r], 0.0)

    def with_rest(self, people: Population, latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> FloatArray:
        """People per m2 in the year of ``people``: of the grid, and outside it those of the table by latitude that the grid does not hold.

        Those are spread evenly over the longitudes beside the grid.
        """
        growth = people.count / Population.in_year(self.year).count
        inside = self.inside(latitude_rad, longitude_rad)
        found = self.at(latitude_rad, longitude_rad) * growth
        if inside.all():
            return found
        row, _ = self._cells(latitude_rad, longitude_rad)
        known = (row >= 0) & (row < len(self.count))
        part = min(1.0, self.count.shape[1] * self.cell_rad / (2.0 * np.pi))  # of the turn
        own = growth * part * (self.count.mean(axis=1) / self._row_area_m2())[np.where(known, row, 0)]
        whole = people.at_latitude(latitude_rad)
        beside = np.maximum(whole - own, 0.0) / max(1.0 - part, 1e-9)
        return np.where(inside, found, np.where(known, beside, whole))

    def share(self) -> float:
        """The people in it over those of the world in its year."""
        return float(self.count.sum() / Population.in_year(self.year).count)

    def note(self) -> str:
        """What a reader must know where it does not hold about all people; else empty."""
        share = self.share()
        if 0.95 <= share <= 1.1:
            return ""
        if share > 1.1:
            return f"{self.name} holds {share:.3g} times the people of the world in {self.year:.0f}: are they people in cells, and the year right?"
        south, west, cell = (math.degrees(x) for x in (self.south_rad, self.west_rad, self.cell_rad))
        rows, columns = self.count.shape
        return (
            f"{self.name} holds {100 * share:.2g} % of the world's people (latitudes {south:g} to {south + rows * cell:g}, longitudes {west:g} to {west + columns * cell:g}): "
            "outside it the packaged table counts all others by latitude, spread evenly over the longitudes"
        )


def read_grid(path: Path, year: float) -> Grid:
    """A population grid: ESRI ASCII (``ncols``, ``nrows``, ``xllcorner``...), or CSV of latitude, longitude of the middle of a cell, people.

    Degrees, geodetic; counts, not densities; the no-data value is nobody. Raises InputError.
    """
    try:
        text = read_text(path, _GRID_BYTES)
    except InputError as e:
        if e.problems[0].found == "an empty file":
            raise InputError.one(str(path), "", "an empty file", "people in cells: ESRI ASCII grid, or CSV") from None
        raise
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
    nobody = head.get("nodata_value", -9999.0)
    body = [(k + 1, x) for k, x in enumerate(lines) if k >= len(head)]
    try:
        values = np.array(" ".join(lines[len(head) :]).split(), float)
    except ValueError:
        _refuse_line(where, body, None, nobody)
    if not np.all((values >= 0.0) & np.isfinite(values) | (values == nobody)):
        _refuse_line(where, body, None, nobody)
    if values.size != rows * columns:
        raise InputError.one(where, "", f"{values.size} values", f"{rows} rows of {columns}")
    count = np.where(values == nobody, 0.0, values).reshape(rows, columns)[::-1]
    return Grid(math.radians(south), math.radians(west), math.radians(cell), count, year, where)


def _csv(text: str, where: str, year: float) -> Grid:
    lines = [(k, x) for k, x in enumerate(text.splitlines(), 1) if x.strip() and not x.lstrip().startswith("#")]
    if lines and _is_title(lines[0][1]):
        lines = lines[1:]
    if len(lines) < 2:
        raise InputError.one(where, "", f"{len(lines)} line(s) of people", "at least two cells: their step is the size")
    try:
        rows = np.loadtxt([x for _, x in lines], delimiter=",", ndmin=2)
    except ValueError:
        _refuse_line(where, lines, 3, 0.0)
    if rows.shape[1] != 3 or not np.isfinite(rows).all() or rows[:, 2].min() < 0.0:
        _refuse_line(where, lines, 3, 0.0)
    if not (np.ptp(rows[:, 0]) > 0.0 or np.ptp(rows[:, 1]) > 0.0):
        raise InputError.one(where, "", "one place only", "cells at different latitudes or longitudes")
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
    np.add.at(count, (at[:, 0], at[:, 1]), rows[:, 2])
    return Grid(math.radians(south), math.radians(west), math.radians(cell), count, year, where)


def _finite(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(word)
    return value


def _is_title(line: str) -> bool:
    """Whether no word of a line is a number."""
    return all(_number(w) is None for w in line.split(","))


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _refuse_line(where: str, lines: Sequence[tuple[int, str]], columns: int | None, nobody: float) -> NoReturn:
    """Refuses the first line that is wrong: ``columns`` numbers parted by commas, or any parted by blanks; people not below zero."""
    for at, line in lines:
        words = line.split(",") if columns else line.split()
        if columns and len(words) != columns:
            raise InputError.one(
                where, "", f"{len(words)} column(s)", "latitude, longitude, people, parted by commas", "", at
            )
        for word in words[-1:] + words[:-1] if columns else words:
            value = _number(word)
            if value is None or not math.isfinite(value):
                raise InputError.one(where, "", f"'{word.strip()[:40]}'", "a number", "", at)
            people = columns is None or word is words[-1]
            if people and value < 0.0 and value != nobody:
                raise InputError.one(where, "", f"{value:g} people", "0 or more, or the header's no-data value", "", at)
    raise InputError.one(where, "", "lines that are not understood", "numbers")


def _fits(where: str, rows: int, columns: int, cell: float, south: float) -> None:
    if not (0.0 < cell <= 10.0 and rows >= 1 and columns >= 1 and rows * columns <= _MAX_CELLS):
        raise InputError.one(where, "", f"{rows} x {columns} cells of {cell:g} deg", f"at most {_MAX_CELLS:,} cells")
    if not (south >= -90.01 and south + rows * cell <= 90.01 and columns * cell <= 360.01):
        raise InputError.one(where, "", f"rows from {south:g} deg on", "latitudes from -90 to 90, at most one turn")
