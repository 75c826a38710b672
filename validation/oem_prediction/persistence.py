"""How well the drag of some days foretells that of the next: on element histories alone, no ephemeris of NASA's.

    python validation/oem_prediction/persistence.py

prints the table of the README (half a minute). It is where the windows of ``measure.py`` and ``WEEK_TO_WEEK`` of
:mod:`stationkeeper.flight.calibration.ephemeris` come from.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.calibration.elements import fit_elements
from stationkeeper.formats.elements import read_elements

sys.path.insert(0, str(Path(__file__).parent))
from measure import reference_folder

WINDOWS, HORIZONS = (2, 3, 5, 7, 10, 14), (3, 7, 12)
RATES = ((0.0, 2_500.0), (2_500.0, 5_000.0), (5_000.0, 1e9))
TO_A_NORMAL = 1.4826
LARGEST_RESIDUAL_M = 300.0
LOWEST_SLOPE_M2_KG = 1e-4
FEWEST = 6
PART = 0.75
BEFORE_DAYS, AFTER_DAYS = 1.0, 0.3


def main() -> None:
    """Compare windows on the same days: slope of the mean semi-major axis before each day and after it."""
    folder = reference_folder()
    if folder is None:
        raise SystemExit("the reference folder is not here: set STATIONKEEPER_REFERENCE")
    found: dict[tuple[float, str, int], dict[int, float]] = defaultdict(dict)
    rate: dict[tuple[float, str, int], float] = {}
    for path in sorted((folder / "iss_tle").glob("*.gz")):
        if "2016" in path.name:  # one set a day, with gaps of days
            continue
        fit = fit_elements(read_elements(path), SpaceWeather.observed())
        t = np.array([s.epoch.tai_us for s in fit.sets])
        g, a = fit.integral.at(t), fit.mean_semi_major_axis_m
        good = np.abs(np.nan_to_num(fit.residual_m)) < LARGEST_RESIDUAL_M
        t = t / 86_400e6
        burns = np.array([b.start.tai_us / 86_400e6 for b in fit.burns])

        def slope(low: float, high: float, t=t, g=g, a=a, good=good, burns=burns) -> tuple[float, float] | None:  # type: ignore[no-untyped-def]
            m = (t >= low) & (t <= high) & good
            near = ((burns > low - BEFORE_DAYS) & (burns < high + AFTER_DAYS)).any()
            if near or m.sum() < FEWEST or np.ptp(t[m]) < PART * (high - low):
                return None
            value = -float(np.polyfit(g[m], a[m], 1)[0])
            return (value, float(np.ptp(g[m]) / np.ptp(t[m]))) if value > LOWEST_SLOPE_M2_KG else None

        for day in np.arange(t[0], t[-1]):
            for horizon in HORIZONS:
                after = slope(day, day + horizon)
                if after is None:
                    continue
                key = (float(day), path.name, horizon)
                rate[key] = after[1]
                for window in WINDOWS:
                    before = slope(day - window, day)
                    if before is not None:
                        found[key][window] = float(np.log(after[0] / before[0]))
    print("| sinking per m2/kg and day, m | days foretold | cases | " + " | ".join(f"{w} d" for w in WINDOWS) + " |")
    print("|---" * (3 + len(WINDOWS)) + "|")
    for low, high in RATES:
        for horizon in HORIZONS:
            same = [v for k, v in found.items() if k[2] == horizon and len(v) == len(WINDOWS) and low <= rate[k] < high]
            if len(same) < 8:
                continue
            cells = [f"{TO_A_NORMAL * float(np.median([abs(v[w]) for v in same])):.2f}" for w in WINDOWS]
            name = f"{low:g} to {high:g}" if high < 1e9 else f"above {low:g}"
            print(f"| {name} | {horizon} | {len(same)} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
