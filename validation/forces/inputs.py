"""Writes what Orekit's side needs to fly with equal inputs: gravity field, Earth orientation, space weather.

    python validation/forces/inputs.py FOLDER

``egm2008.gfc``: the coefficients that satkit flies. ``finals2000A.all``: the same Earth orientation.
``weather.csv``: the indices that the engine's NRLMSISE-00 is given, one row for each 3 hours.
"""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

import astropy_iers_data
import cases
import gravity_field

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather


def main(folder: str) -> None:
    """Write the three files."""
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    gravity_field.main(str(out / "egm2008.gfc"))
    shutil.copy(astropy_iers_data.IERS_A_FILE, out / "finals2000A.all")
    observed = SpaceWeather.observed()
    with (out / "weather.csv").open("w", newline="", encoding="ascii") as f:
        rows = csv.writer(f)
        for start in (cases.EPOCH, cases.STORM_EPOCH):
            day = Epoch.parse(start[:10] + "T00:00:00Z").plus_days(-1.0)
            for k in range(13 * 8):
                at = day.plus_s(k * 10_800.0)
                i = observed.indices_at(at)
                rows.writerow([at.isoformat(), repr(float(i.f107[0])), repr(float(i.f107a[0])), *map(float, i.ap[0])])


if __name__ == "__main__":
    main(sys.argv[1])
