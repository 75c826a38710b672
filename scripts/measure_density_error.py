"""Measure how far, and for how long, the air differs from NRLMSISE-00: the decay of objects between their element sets.

For element sets at least a day apart, the change of mean motion over the one that NRLMSISE-00 gives along the SGP4 path with observed
indices; each year's median is taken away (it holds the ballistic coefficient). Prints the standard deviation of the
logarithm by ap, and its covariance by lag. The noise of the element sets adds to the first, hardly to the second.

Run: ``python scripts/measure_density_error.py FILE.tle.gz...`` (two-line element sets of one object each, such as
``decays/decay_29655_genesat1.tle.gz`` of the reference data beside the project).
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sgp4.api import Satrec

from stationkeeper.core.frames import gcrf_to_itrf, geodetic, teme_to_gcrf
from stationkeeper.core.time_arrays import from_utc_datetime64
from stationkeeper.environment.atmosphere.msis import density_kg_m3
from stationkeeper.environment.space_weather import SpaceWeather

Floats = NDArray[np.float64]
GAP_DAYS = 1.0
HIGHEST_REV_DAY = 16.15
CLIP = 0.8
WEATHER = SpaceWeather.observed()


def read(path: Path) -> tuple[list[Satrec], Floats]:
    """Element sets in order of time, and their days since 2000-01-01 UTC."""
    with gzip.open(path, "rt") as handle:
        lines = [line.rstrip() for line in handle if line[:2] in ("1 ", "2 ")]
    sets = [Satrec.twoline2rv(a, b) for a, b in zip(lines[::2], lines[1::2], strict=True)]
    sets.sort(key=lambda s: s.jdsatepoch + s.jdsatepochF)
    days = np.array([s.jdsatepoch - 2_451_544.5 + s.jdsatepochF for s in sets])
    keep = np.diff(days, prepend=-np.inf) > 0.01
    return [s for s, k in zip(sets, keep, strict=True) if k], days[keep]


def ratios(path: Path) -> tuple[Floats, Floats, Floats]:
    """Middle of each stretch in days, logarithm of measured over modelled decay, mean ap."""
    sets, days = read(path)
    motion = np.array([s.no_kozai / 60.0 for s in sets])
    out = []
    i = 0
    while (j := int(np.searchsorted(days, days[i] + GAP_DAYS))) < len(days):
        span = days[j] - days[i]
        if span <= 2.0 * GAP_DAYS and motion[j] * 86_400.0 / (2 * np.pi) < HIGHEST_REV_DAY:
            n = int(48 * span)
            at = days[i] + (np.arange(n) + 0.5) / n * span
            _, r, v = sets[i].sgp4_array(2_451_544.5 + np.floor(at), at % 1.0)
            tai = from_utc_datetime64(
                np.datetime64("2000-01-01", "us") + np.round(at * 86.4e9).astype("timedelta64[us]")
            )
            place = geodetic(gcrf_to_itrf(tai, teme_to_gcrf(tai, r * 1e3, v * 1e3)[0]))
            density = density_kg_m3(tai, place.latitude_rad, place.longitude_rad, place.height_m, WEATHER)
            inertial = np.linalg.norm(v, axis=1) * 1e3
            through_air = inertial - 495.0 * np.cos(sets[i].inclo)
            modelled = 1.5 * motion[i] * np.mean(density * through_air**2 / inertial) * span * 86_400.0
            row = slice(int(at[0]) - WEATHER.first_day, int(at[-1]) + 1 - WEATHER.first_day)
            out.append((at.mean(), np.log((motion[j] - motion[i]) / modelled), WEATHER.ap[row].mean()))
        i = j
    t, y, ap = np.array(out).T
    return t, y, ap


def measure(path: Path) -> None:
    """Print the figures of one object."""
    t, y, ap = ratios(path)
    x = y - np.array([np.median(y[np.abs(t - one) <= 182.5]) for one in t])
    x = np.clip(x, -CLIP, CLIP)
    print(f"\n{path.name}: {len(x)} stretches, one in {np.median(np.diff(t)):.2f} days, variance {x.var():.4f}")
    for low, high in ((0, 5), (5, 10), (10, 15), (15, 25), (25, 400)):
        here = x[(ap >= low) & (ap < high)]
        print(f"  ap {low} to {high}: {len(here)} stretches, standard deviation {here.std():.3f}")
    for lag in (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 27, 40):
        a, b = np.where(np.abs(t[None] - t[:, None] - lag) < 0.5)
        print(f"  lag {lag} d: covariance {np.mean(x[a] * x[b]):+.4f}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        measure(Path(name))
