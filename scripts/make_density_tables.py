"""Fit the packaged density expansions to pymsis, measure them on points that the fit has not seen, and write them.

    python scripts/make_density_tables.py            both models, a minute or two on two cores
    python scripts/make_density_tables.py --check    measure the packaged ones again, write nothing

What is fitted, and to what: see ``stationkeeper/environment/atmosphere/surrogate.py``. Every number of the design is below.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path

import numpy as np

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.atmosphere import surrogate as s
from stationkeeper.environment.atmosphere.msis import DensityModel, density_at_indices_kg_m3, density_kg_m3
from stationkeeper.environment.space_weather import Indices, SpaceWeather

TARGET = Path(s.__file__).parents[2] / "data" / "density"
SEED = 20220224
NODES_KM = np.r_[np.arange(80, 140, 5), np.arange(140, 300, 10), np.arange(300, 825, 25)].astype(float)
LATITUDES, LOCAL_TIMES, UNIVERSAL_TIMES = 10, 9, 4
SAMPLES = 800
LIMITS = {"height_m": (80e3, 800e3), "f107": (50.0, 400.0), "f107a": (60.0, 280.0), "ap": (0.0, 300.0)}
DAY_US = 86_400_000_000


def drivers(n: int, seed: int, core: bool = False) -> tuple[np.ndarray, ...]:
    """Day of 2001, F10.7, 81-day mean, constant ap; ``core`` draws from 65 to 250 sfu and ap up to 80 only."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, 365, n)
    if core:
        f107a = rng.uniform(65, 250, n)
        near = np.clip(f107a + rng.normal(0, 25, n), 65, 250)
        return day, np.where(rng.random(n) < 0.5, rng.uniform(65, 250, n), near), f107a, rng.uniform(0, 80, n)
    # solar minimum and quiet days weigh more: years of real flights lie there, and there the density depends on them most
    f107a = np.where(rng.random(n) < 0.45, rng.uniform(60, 100, n), rng.uniform(60, 280, n))
    near = np.clip(f107a * np.exp(rng.normal(0, 0.12, n)), 50, 400)
    far = np.clip(f107a + rng.uniform(0, 200, n), 50, 400)
    f107 = np.choose(rng.choice(3, n, p=[0.7, 0.18, 0.12]), [near, rng.uniform(50, 280, n), far])
    ap = np.choose(rng.choice(3, n, p=[0.4, 0.4, 0.2]), [rng.uniform(*r, n) for r in ((0, 15), (0, 80), (80, 300))])
    return day, f107, f107a, ap


def grid() -> tuple[np.ndarray, ...]:
    """sin(latitude), its weight, local time, universal time (angles) of the places of one sample, each (n,)."""
    x, w = np.polynomial.legendre.leggauss(LATITUDES)
    local = 2 * np.pi * np.arange(LOCAL_TIMES) / LOCAL_TIMES
    universal = 2 * np.pi * np.arange(UNIVERSAL_TIMES) / UNIVERSAL_TIMES
    a = np.meshgrid(x, local, universal, indexing="ij")
    weight = np.broadcast_to(w[:, None, None], a[0].shape)
    return tuple(np.ravel(v) for v in (a[0], weight, a[1], a[2]))


def evaluate(job: tuple[DensityModel, int, float, float, float]) -> np.ndarray:
    """ln(density) of one sample of the drivers, shape (places, heights)."""
    model, day, f107, f107a, ap = job
    x, _, local, universal = grid()
    k = len(NODES_KM)
    n = len(x) * k
    utc = (
        np.datetime64("2001-01-01")
        + np.timedelta64(int(day), "D")
        + (universal / (2 * np.pi) * DAY_US).astype("timedelta64[us]")
    )
    longitude = np.mod(local - universal + np.pi, 2 * np.pi) - np.pi
    indices = Indices(np.full(n, f107), np.full(n, f107a), np.full((n, 7), ap))
    rho = density_at_indices_kg_m3(
        np.repeat(utc, k),
        np.repeat(np.arcsin(x), k),
        np.repeat(longitude, k),
        1e3 * np.tile(NODES_KM, len(x)),
        indices,
        model,
    )
    return np.log(rho).reshape(len(x), k)


def fit(model: DensityModel) -> dict[str, np.ndarray]:
    """The arrays of a table."""
    day, f107, f107a, ap = drivers(SAMPLES, SEED)
    jobs = [(model, *j) for j in zip(day.tolist(), f107.tolist(), f107a.tolist(), ap.tolist(), strict=True)]
    with ProcessPoolExecutor() as pool:
        ln = np.array(list(pool.map(evaluate, jobs, chunksize=10)))  # samples, places, heights
    x, weight, local, universal = grid()
    shape = (SAMPLES, -1, UNIVERSAL_TIMES, len(NODES_KM))
    mean = np.log(np.exp(ln).reshape(shape).mean(axis=2))
    rest = ln - np.repeat(mean, UNIVERSAL_TIMES, axis=1)
    terms = s.driver_terms(s.Drivers(day + 1, f107, f107a, s.compressed(ap)))
    once = slice(None, None, UNIVERSAL_TIMES)
    space, drive = _components(s.harmonics(x[once], local[once]), weight[once], mean, terms, s.COMPONENTS, True)
    fine = s.fine_harmonics(x, local - universal, universal)
    fine_space, fine_drive = _components(fine, weight, rest, terms, s.FINE_COMPONENTS, False)
    return {"space": space, "drive": drive, "fine_space": fine_space, "fine_drive": fine_drive}


def _components(
    basis: np.ndarray, weight: np.ndarray, values: np.ndarray, terms: np.ndarray, count: int, centred: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Harmonic coefficients by least squares over places, their dependence on the drivers over samples, then the
    principal components of what the drivers explain. Returns (heights, count, harmonics) and (terms, count)."""
    root = np.sqrt(weight / weight.mean())
    projector = np.linalg.pinv(basis * root[:, None]) * root
    coefficients = np.einsum("jp,dph->dhj", projector, values)
    samples, heights, harmonics = coefficients.shape
    solution = np.linalg.lstsq(terms, coefficients.reshape(samples, -1), rcond=None)[0]
    fitted = terms @ solution
    centre = fitted.mean(axis=0) if centred else np.zeros(fitted.shape[1])
    # distance between coefficient sets = rms difference of ln(density) over places; heights that stations fly at count most
    metric = np.linalg.cholesky((basis * weight[:, None] / weight.sum()).T @ basis).T
    importance = np.interp(NODES_KM, [80, 110, 130, 600, 650, 800], [0.3, 0.5, 1.0, 1.0, 0.5, 0.3])
    scaled = np.einsum("dhj,kj,h->dhk", (fitted - centre).reshape(samples, heights, harmonics), metric, importance)
    _, _, axes = np.linalg.svd(scaled.reshape(samples, -1), full_matrices=False)
    axes = axes[: count - centred]
    back = np.einsum("rhk,jk,h->rhj", axes.reshape(-1, heights, harmonics), np.linalg.inv(metric), 1 / importance)
    weights = np.einsum("thj,kj,h->thk", solution.reshape(-1, heights, harmonics), metric, importance)
    drive = weights.reshape(len(solution), -1) @ axes.T
    if centred:
        offset = np.einsum("hj,kj,h->hk", centre.reshape(heights, harmonics), metric, importance).ravel() @ axes.T
        drive[0] -= offset
        one = np.zeros((len(drive), 1))
        one[0] = 1.0
        drive = np.concatenate([one, drive], axis=1)
        back = np.concatenate([centre.reshape(1, heights, harmonics), back])
    return np.ascontiguousarray(back.transpose(1, 0, 2), dtype=np.float32), drive.astype(np.float32)


def measure(table: s.DensityTable) -> dict[str, object]:
    """Errors on unseen points: |latitude| <= 60 deg, F10.7 and its mean 65 to 250 independently or near, constant ap up to 80, 120 to 600 km."""
    n = 60_000
    rng = np.random.default_rng(SEED + 1)
    day, f107, f107a, ap = drivers(n, SEED + 2, core=True)
    latitude = np.arcsin(rng.uniform(-np.sin(np.radians(60)), np.sin(np.radians(60)), n))
    longitude, height = rng.uniform(-np.pi, np.pi, n), rng.uniform(120e3, 600e3, n)
    utc = (366 + day) * DAY_US + rng.integers(0, DAY_US, n)
    indices = Indices(f107, f107a, np.repeat(ap[:, None], 7, axis=1))
    dates = np.datetime64("2000-01-01", "us") + utc.astype("timedelta64[us]")
    error = np.log(
        table.density_at_indices_kg_m3(utc, latitude, longitude, height, indices)
        / density_at_indices_kg_m3(dates, latitude, longitude, height, indices, table.model)
    )
    out: dict[str, object] = {
        "points": n,
        "point_rms_percent": round(100 * float(np.sqrt(np.mean(error**2))), 3),
        "point_mean_percent": round(100 * float(np.mean(error)), 3),
        "point_99_percent": round(100 * float(np.quantile(np.abs(error), 0.99)), 3),
        "point_rms_percent_by_height_km": {
            f"{a}-{a + 60}": round(
                100 * float(np.sqrt(np.mean(error[(height >= a * 1e3) & (height < (a + 60) * 1e3)] ** 2))), 3
            )
            for a in range(120, 600, 60)
        },
    }
    orbit = orbit_errors(table, 1_500)
    real = real_errors(table)
    return out | {
        "real_points": len(real),
        "real_rms_percent": round(100 * float(np.sqrt(np.mean(real**2))), 3),
        "real_mean_percent": round(100 * float(np.mean(real)), 3),
        "real_99_percent": round(100 * float(np.quantile(np.abs(real), 0.99)), 3),
        "orbits": len(orbit),
        "orbit_rms_percent": round(100 * float(np.sqrt(np.mean(orbit**2))), 3),
        "orbit_mean_percent": round(100 * float(np.mean(orbit)), 3),
        "orbit_99_percent": round(100 * float(np.quantile(np.abs(orbit), 0.99)), 3),
    }


def real_errors(table: s.DensityTable) -> np.ndarray:
    """ln of the ratio at points as in :func:`measure`, but in the weather of 1973 to 2024 with its ap histories, wherever the indices are
    in the same range."""
    n = 60_000
    rng = np.random.default_rng(SEED + 5)
    weather = SpaceWeather.observed()
    times = Epoch.parse("1973-01-01T00:00:00Z").tai_us + rng.integers(0, 52 * 365 * DAY_US, n)
    i = weather.indices_at(times)
    inside = (i.f107 >= 65) & (i.f107 <= 250) & (i.f107a >= 65) & (i.f107a <= 250) & (i.ap.max(axis=1) <= 80)
    times = times[inside]
    n = len(times)
    latitude = np.arcsin(rng.uniform(-np.sin(np.radians(60)), np.sin(np.radians(60)), n))
    longitude, height = rng.uniform(-np.pi, np.pi, n), rng.uniform(120e3, 600e3, n)
    ours = table.density_kg_m3(times, latitude, longitude, height, weather)
    return np.log(ours / density_kg_m3(times, latitude, longitude, height, weather, table.model))


def orbit_errors(table: s.DensityTable, count: int) -> np.ndarray:
    """ln of the ratio of orbit means, 16 places around circular orbits of inclination 5 to 60 degrees, over a day's 4 universal times."""
    rng = np.random.default_rng(SEED + 3)
    day, f107, f107a, ap = (np.repeat(v, 64) for v in drivers(count, SEED + 4, core=True))
    height, inclination, node, phase = (
        np.repeat(rng.uniform(a, b, count), 64)
        for a, b in ((120e3, 600e3), (np.radians(5), np.radians(60)), (0, 2 * np.pi), (0, 0.4))
    )
    u = phase + np.tile(np.repeat(2 * np.pi * np.arange(16) / 16, 4), count)
    utc = (366 + day) * DAY_US + np.tile(np.arange(4) * DAY_US // 4, 16 * count)
    latitude = np.arcsin(np.sin(inclination) * np.sin(u))
    local = node + np.arctan2(np.cos(inclination) * np.sin(u), np.cos(u))
    longitude = np.mod(local - 2 * np.pi * (utc % DAY_US) / DAY_US + np.pi, 2 * np.pi) - np.pi
    indices = Indices(f107, f107a, np.repeat(ap[:, None], 7, axis=1))
    dates = np.datetime64("2000-01-01", "us") + utc.astype("timedelta64[us]")
    ours = table.density_at_indices_kg_m3(utc, latitude, longitude, height, indices).reshape(count, -1).mean(axis=1)
    truth = (
        density_at_indices_kg_m3(dates, latitude, longitude, height, indices, table.model)
        .reshape(count, -1)
        .mean(axis=1)
    )
    return np.log(ours / truth)


def main() -> None:
    """Make both tables, or measure them again."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    models: tuple[DensityModel, ...] = ("nrlmsise00", "nrlmsis21")
    for model in models:
        start = time.perf_counter()
        if not check:
            arrays = fit(model)
            provenance = {
                "model": model, "pymsis": version("pymsis"), "numpy": version("numpy"), "seed": SEED, "samples": SAMPLES,
                "places": LATITUDES * LOCAL_TIMES * UNIVERSAL_TIMES, "evaluations": SAMPLES * LATITUDES * LOCAL_TIMES * UNIVERSAL_TIMES * len(NODES_KM),
                "limits": LIMITS, "made_by": "scripts/make_density_tables.py",
            }  # fmt: skip
            table = s.DensityTable(
                model, 1e3 * NODES_KM, *(arrays[k] for k in ("space", "drive", "fine_space", "fine_drive")), provenance
            )
            spent = time.perf_counter() - start
            provenance["errors"] = measure(table)
            TARGET.mkdir(exist_ok=True)
            np.savez_compressed(
                TARGET / f"{model}.npz", nodes_m=1e3 * NODES_KM, provenance=json.dumps(provenance), **arrays
            )
            print(f"{model}: fitted in {spent:.0f} s")
            print(json.dumps(provenance["errors"], indent=1))
        else:
            print(json.dumps({model: measure(s.density_table(model))}, indent=1))


if __name__ == "__main__":
    main()
