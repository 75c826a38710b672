"""Density evaluations per second on one core: the expansion against pymsis on the same points, and satkit's own.

Points: scattered over 2022 to 2024, the globe, and 130 to 490 km, with the observed indices looked up inside the clock.
The error is the root mean square of the logarithm against pymsis's NRLMSISE-00 at the same points.
"""

from __future__ import annotations

import argparse
from typing import Any

from case import START, Answer, main, seconds_of, versions


def ours(a: argparse.Namespace) -> Answer:
    """All in one process and one thread."""
    import numpy as np
    import pymsis

    from stationkeeper.core.epoch import Epoch
    from stationkeeper.environment.atmosphere.msis import density_kg_m3
    from stationkeeper.environment.atmosphere.surrogate import density_table
    from stationkeeper.environment.space_weather import SpaceWeather

    rng = np.random.default_rng(1)
    n = a.points
    times = Epoch.parse(START).tai_us + rng.integers(0, 700 * 86_400_000_000, n)
    latitude, longitude = np.arcsin(rng.uniform(-1.0, 1.0, n)), rng.uniform(-np.pi, np.pi, n)
    height = rng.uniform(130e3, 490e3, n)
    weather = SpaceWeather.observed()
    place = (times, latitude, longitude, height, weather)
    table = density_table("nrlmsise00")
    table.density_kg_m3(times[:10], latitude[:10], longitude[:10], height[:10], weather)  # unpack the table
    rows: list[Answer] = []
    truth: Any = None
    for name, setting, work in (
        ("pymsis", "NRLMSISE-00, scattered points in bulk, through our indices", lambda: density_kg_m3(*place)),
        ("stationkeeper", "expansion of NRLMSISE-00, the same points, numpy", lambda: table.density_kg_m3(*place)),
        ("pymsis", "NRLMSIS 2.1, the same points", lambda: density_kg_m3(*place, "nrlmsis21")),
    ):
        seconds, values = seconds_of(work, a.repeats)
        truth = values if truth is None else truth
        error = None if values is truth else float(np.sqrt(np.mean(np.log(values / truth) ** 2)))
        rows.append({"name": name, "setting": setting, "per_second": n / seconds, "error_rms": error})
    heights_km = np.linspace(130.0, 490.0, 41)
    count = max(1, n // (41 * 64))
    when = np.datetime64("2022-02-24T00:00") + np.arange(count) * np.timedelta64(6, "h")
    east, north = np.linspace(-180.0, 157.5, 16), np.linspace(-75.0, 75.0, 4)
    flux = np.full(count, 150.0)
    seconds, _ = seconds_of(
        lambda: pymsis.calculate(when, east, north, heights_km, flux, flux, np.full((count, 7), 15.0), version=0),
        a.repeats,
    )
    size = count * 16 * 4 * 41
    rows.append(
        {
            "name": "pymsis",
            "setting": "NRLMSISE-00, a grid, height fastest",
            "per_second": size / seconds,
            "error_rms": None,
        }
    )
    rows.append(_satkit(latitude, longitude, height, min(n, 20_000)))
    return {"rows": rows, "versions": versions("stationkeeper", "pymsis", "satkit", "numpy")}


def _satkit(latitude: Any, longitude: Any, height: Any, n: int) -> Answer:
    import satkit

    from stationkeeper.flight.engines import numerical  # tells satkit where its data are

    numerical._prepare_satkit()
    when = satkit.time(2022, 2, 24)
    places = list(zip(height[:n].tolist(), latitude[:n].tolist(), longitude[:n].tolist(), strict=True))
    seconds, _ = seconds_of(lambda: [satkit.density.nrlmsise(h, x, y, when) for h, x, y in places])
    return {
        "name": "satkit",
        "setting": "NRLMSISE-00, one Python call each",
        "per_second": n / seconds,
        "error_rms": None,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    main({"ours": ours}, parser)
