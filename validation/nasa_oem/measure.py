"""Fly every NASA ephemeris again from its own header, and write ``results.csv`` and the table of the README.

Run from the root of the project, with the reference folder beside it (or STATIONKEEPER_REFERENCE set):

    python validation/nasa_oem/measure.py

It takes about five minutes on one core.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stationkeeper.core.errors import InputError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.engines.numerical import fly
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.formats.compare import Comparison, compare
from stationkeeper.formats.oem import OemEphemeris, measure_burn, read_oem

HERE = Path(__file__).parent
DAYS = (1.0, 3.0, 5.0, 10.0, 14.0)
SPECIFIC_IMPULSE_S = 300.0
COLUMNS = (
    "file",
    "cd_a_m2",
    "burn_delta_v_m_s",
    "weather",
    *(f"along_track_km_day_{d:g}" for d in DAYS),
    "largest_cross_track_km",
    "scale_that_fits_day_10",
)


def reference_folder() -> Path | None:
    """The folder of NASA's files: STATIONKEEPER_REFERENCE, or ../shared/reference beside the project."""
    given = os.environ.get("STATIONKEEPER_REFERENCE")
    folder = Path(given) if given else HERE.parents[1].parent / "shared" / "reference"
    return folder / "iss_oem" if (folder / "iss_oem").is_dir() else None


def bulletin_of(oem: OemEphemeris) -> str:
    """The bulletin of the month in which the file was created."""
    return oem.created.date[:7]


def burns_of(oem: OemEphemeris, weather: SpaceWeather) -> list[FiniteBurn]:
    """The burns inside a file: start and length from its 2-second steps, impulse from the energy jump."""
    return [
        FiniteBurn.from_delta_v(
            arc.start,
            measure_burn(oem, arc, weather),
            oem.body().mass_kg,
            SPECIFIC_IMPULSE_S,
            duration_s=arc.duration_s,
        )
        for arc in oem.burns
    ]


def fly_again(oem: OemEphemeris, weather: SpaceWeather, burns: Sequence[FiniteBurn], scale: float = 1.0) -> Trajectory:
    """From the first state of a file, with the mass, area and Cd of its header, to its end."""
    return fly(oem.state(0), oem.body(scale), oem.epochs[-1], weather=weather, burns=burns).trajectory


def scale_that_fits(oem: OemEphemeris, weather: SpaceWeather, burns: Sequence[FiniteBurn], day: float = 10.0) -> float:
    """The factor on the density with which the along-track difference at a day is nil (secant on three flights)."""
    scales = [0.6, 1.0, 1.4]
    along = [compare(oem, fly_again(oem, weather, burns, k)).at_day(day).along_track_m for k in scales]
    for _ in range(2):
        scales.append(float(np.polyval(np.polyfit(along[-3:], scales[-3:], 2), 0.0)))
        along.append(compare(oem, fly_again(oem, weather, burns, scales[-1])).at_day(day).along_track_m)
    return scales[-1]


def row(oem: OemEphemeris, label: str, weather: SpaceWeather, observed: SpaceWeather) -> dict[str, object]:
    """One line of the table."""
    burns = burns_of(oem, observed)
    found: Comparison = compare(oem, fly_again(oem, weather, burns))
    body = oem.body()
    return {
        "file": oem.source,
        "cd_a_m2": round(body.drag_coefficient * body.drag_area_m2, 1),
        "burn_delta_v_m_s": " ".join(f"{b.delta_v_m_s(body.mass_kg):.3f}" for b in burns),
        "weather": label,
        **{f"along_track_km_day_{d:g}": round(found.at_day(d).along_track_m / 1e3, 2) for d in DAYS},
        "largest_cross_track_km": round(found.largest_m[2] / 1e3, 3),
        "scale_that_fits_day_10": round(scale_that_fits(oem, weather, burns), 3),
    }


def main() -> None:
    """Measure all files and rewrite the results."""
    folder = reference_folder()
    if folder is None:
        raise SystemExit("the reference folder is not here: set STATIONKEEPER_REFERENCE")
    observed = SpaceWeather.observed()
    rows = []
    for path in sorted(folder.glob("*.gz")):
        try:
            oem = read_oem(path)
        except InputError as error:
            print(error)
            continue
        bulletin = bulletin_of(oem)
        for label, weather in ((f"MSFC {bulletin}", SpaceWeather.msfc(bulletin)), ("observed", observed)):
            rows.append(row(oem, label, weather, observed))
            print(rows[-1])
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    table = ["| " + " | ".join(c.replace("_", " ") for c in COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    table += ["| " + " | ".join(str(r[c]) for c in COLUMNS).replace("iss_oem_created_", "") + " |" for r in rows]
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    block = "<!-- results -->\n" + "\n".join(table) + "\n<!-- /results -->"
    readme.write_text(
        re.sub(r"<!-- results -->.*<!-- /results -->", lambda _: block, text, flags=re.S), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
