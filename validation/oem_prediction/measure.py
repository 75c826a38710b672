"""Predict NASA's next ephemerides from the ones before, and write ``results.csv`` and the tables of the README.

Run from the root of the project, with the reference folder beside it (or STATIONKEEPER_REFERENCE set):

    python validation/oem_prediction/measure.py

It takes about five minutes on one core. The drag of each prediction comes from data before its first state alone.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.frames import rtn_basis
from stationkeeper.environment.atmosphere.msis import density_kg_m3
from stationkeeper.environment.outlook import as_known_on
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.calibration.ephemeris import along_track_m, as_finite, burns_in, fit_leg, fit_positions
from stationkeeper.flight.calibration.fit import DetectedBurn, DragFit
from stationkeeper.flight.engines.numerical import fly
from stationkeeper.flight.engines.sgp4 import MeanElements, state_at
from stationkeeper.flight.state import StateVector
from stationkeeper.formats.elements import read_elements
from stationkeeper.formats.oem import OemEphemeris, read_oem

HERE = Path(__file__).parent
MODEL = "nrlmsise00"
QUIET_DAYS, BUSY_DAYS = 10.0, 5.0
BUSY_M_PER_M2_KG_DAY = 5_000.0
FEWEST_SETS = 8
SHORTEST_DAYS = 2.5
AFTER_A_BURN_DAYS = 0.5
LONGEST_LEG_DAYS = 15.0
HEADER_DAYS = 3.0
BUCKETS = ((1.3, 3.7), (4.4, 8.7), (10.0, 14.0))
COLUMNS = (
    "from", "to", "lead_days", "nasa_along_km", "happened_along_km", "known_along_km", "nasa_radial_km", "happened_radial_km",
    "calibrated_on", "happened_cdam_m2_kg", "known_cdam_m2_kg", "needed_cdam_m2_kg", "burns_flown", "burns_announced",
)  # fmt: skip

# Burns that no file of the folder announces as they were flown: start, seconds, m/s.
FLOWN_OTHERWISE = (
    # Roscosmos through fronteraespacial.com/noticias/2021-iss-reboost-6: moved from 08-19; element sets give 0.708 +/- 0.008
    (Epoch.parse("2021-08-21T04:04:00Z"), 50.0, 0.71),
    # Roscosmos through TASS (tass.com/science/1359781) gives time and length, and 0.7 m/s; the size is that which element
    # sets show (stationkeeper calibrate iss_25544_tle_20211014_20211113_a.tle.gz: 0.748 +/- 0.020)
    (Epoch.parse("2021-11-10T20:15:00Z"), 361.0, 0.748),
)
# Planned in a file and not flown then: the start that was planned.
NOT_FLOWN = (Epoch.parse("2021-08-19T04:04:00Z"),)


def reference_folder() -> Path | None:
    """The folder of measurements: STATIONKEEPER_REFERENCE, or ../shared/reference beside the project."""
    given = os.environ.get("STATIONKEEPER_REFERENCE")
    folder = Path(given) if given else HERE.parents[1].parent / "shared" / "reference"
    return folder if (folder / "iss_oem").is_dir() and (folder / "iss_tle").is_dir() else None


@dataclass(frozen=True, eq=False)
class Known:
    """A first state that NASA determined."""

    name: str
    state: StateVector
    mass_kg: float


def read_files(folder: Path) -> list[OemEphemeris]:
    """All ephemerides of the folder, oldest first; the one with a broken tag is mended on the way."""
    files = []
    for path in sorted((folder / "iss_oem").glob("*.gz")):
        try:
            files.append(read_oem(path))
        except InputError:
            text = gzip.decompress(path.read_bytes()).decode("utf-8").replace(" mCENTER_NAME>", " <CENTER_NAME>")
            with tempfile.TemporaryDirectory() as scratch:
                mended = Path(scratch) / path.name.removesuffix(".gz")
                mended.write_text(text, encoding="utf-8")
                files.append(read_oem(mended))
    return sorted(files, key=lambda f: f.epochs[0])


def read_states(files: Sequence[OemEphemeris]) -> list[Known]:
    """First states of the files and of ``more_states.csv``, oldest first."""
    known = [Known(short(f), f.state(0), f.mass_kg or 0.0) for f in files]
    with (HERE / "more_states.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            position = [1e3 * float(row[k]) for k in ("x_km", "y_km", "z_km")]
            velocity = [1e3 * float(row[k]) for k in ("vx_km_s", "vy_km_s", "vz_km_s")]
            state = StateVector.from_eme2000(Epoch.parse(row["epoch"]), position, velocity)
            known.append(Known(f"state {state.epoch.date}", state, float(row["mass_kg"])))
    return sorted(known, key=lambda k: k.state.epoch)


@lru_cache(maxsize=1)
def read_sets(folder: Path) -> tuple[MeanElements, ...]:
    """All element sets of the station, oldest first."""
    sets = [s for path in sorted((folder / "iss_tle").glob("*.gz")) for s in read_elements(path)]
    return tuple(sorted({s.epoch: s for s in sets}.values(), key=lambda s: s.epoch))


def short(oem: OemEphemeris) -> str:
    """``20220207`` of the file name."""
    m = re.search(r"created_(\d{8})", oem.source)
    return m[1] if m else oem.source


# ---- burns ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def announced(oem: OemEphemeris) -> tuple[DetectedBurn, ...]:
    """The burns inside a file, sized with its own header's drag over minutes."""
    return burns_in(oem, SpaceWeather.observed())


def flown(files: Sequence[OemEphemeris], start: Epoch, end: Epoch) -> list[DetectedBurn]:
    """The burns between two epochs as they came: those of the newest file that starts before each, and the corrections."""
    found: dict[int, DetectedBurn] = {}
    for oem in files:
        for burn in announced(oem):
            if burn.start in NOT_FLOWN:
                continue
            later = [f for f in files if oem.epochs[0] < f.epochs[0] < burn.start]
            if not later or all(any(abs(b.start - burn.start) < 60.0 for b in announced(f)) for f in later):
                found[burn.start.tai_us] = burn
    for at, seconds, delta_v in FLOWN_OTHERWISE:
        found[at.tai_us] = DetectedBurn(at, at.plus_s(seconds), seconds, delta_v, 0.0, 0.01, "press report")
    return [b for _, b in sorted(found.items()) if start < b.start and (b.end or b.start) < end]


def words(burns: Sequence[FiniteBurn], mass_kg: float) -> str:
    """``02-08 +0.258`` for each burn."""
    return "; ".join(f"{b.start.date[5:]} {b.delta_v_m_s(mass_kg):+.3f}" for b in burns)


# ---- the drag, from before the start alone --------------------------------------------------------------------------


def from_elements(
    start: Known, sets: Sequence[MeanElements], burns: Sequence[DetectedBurn], weather: SpaceWeather
) -> DragFit | None:
    """Flown back from the first state along the element sets of the days before it, not across a burn.

    10 days of them, 5 where the model's air is dense: both lengths, and the density at which to change, were chosen on
    element histories alone (see the README).
    """
    epoch = start.state.epoch
    last_burn = max((b.start.plus_days(AFTER_A_BURN_DAYS) for b in burns if b.start < epoch), default=Epoch(0))
    fit, days, used = 0.0, 0.0, []
    for window in (QUIET_DAYS, BUSY_DAYS):
        since = max(epoch.plus_days(-window), last_burn)
        used = [s for s in sets if since <= s.epoch < epoch.plus_s(-3_600.0)]
        if len(used) < FEWEST_SETS or epoch.days_since(used[0].epoch) < SHORTEST_DAYS:
            return None
        times = np.array([s.epoch.tai_us for s in used])
        position = np.array([state_at(s, s.epoch)[0][0] for s in used])
        fit = fit_positions(
            start.state, times, position, mass_kg=start.mass_kg, weather=weather, adjust_start=False
        ).cdam_m2_kg
        days = epoch.days_since(used[0].epoch)
        if sinking_m_day(start, fit, used[0].epoch, weather) / fit <= BUSY_M_PER_M2_KG_DAY:
            break
    return _fit(fit, weather, epoch.plus_days(-days), epoch, f"{len(used)} element sets of {days:.1f} days")


def sinking_m_day(start: Known, cdam: float, since: Epoch, weather: SpaceWeather) -> float:
    """Loss of mean altitude per day on the fitted flight before the start."""
    body = Body(start.mass_kg, cdam * start.mass_kg, 1.0)
    path = fly(start.state, body, since, weather=weather, method="precise").trajectory
    begin, end = path.start.plus_days(0.5), path.end.plus_days(-0.5)
    return (path.mean_altitude_at_m(begin) - path.mean_altitude_at_m(end)) / end.days_since(begin)


def from_leg(
    start: Known, states: Sequence[Known], files: Sequence[OemEphemeris], weather: SpaceWeather
) -> DragFit | None:
    """From the first state before to this one, through the burns between."""
    before = [k for k in states if k.state.epoch < start.state.epoch.plus_days(-1.0)]
    if not before or start.state.epoch.days_since(before[-1].state.epoch) > LONGEST_LEG_DAYS:
        return None
    first = before[-1]
    burns = as_finite(flown(files, first.state.epoch, start.state.epoch), first.mass_kg)
    fit = fit_leg(first.state, start.state, mass_kg=first.mass_kg, weather=weather, burns=burns)
    return _fit(fit.cdam_m2_kg, weather, first.state.epoch, start.state.epoch, f"leg from {first.name}")


def from_header(oem: OemEphemeris, weather: SpaceWeather) -> DragFit:
    """The header's Cd*A/m, moved from NASA's feed to ours by the ratio of the densities of the days before."""
    start = oem.state(0)
    path = fly(start, oem.body(), start.epoch.plus_days(-HEADER_DAYS), weather=weather).trajectory
    place = path.geodetic()
    nasa, ours = (
        float(density_kg_m3(path.times_tai_us, place.latitude_rad, place.longitude_rad, place.height_m, w).mean())
        for w in (SpaceWeather.msfc(oem.created.date[:7]), weather)
    )
    return _fit(oem.body().drag_m2_kg * nasa / ours, weather, path.start, start.epoch, "header, scaled")


def _fit(cdam: float, weather: SpaceWeather, start: Epoch, end: Epoch, data: str) -> DragFit:
    return DragFit(cdam, 0.0, cdam, cdam, MODEL, weather.source, start, end, data)


def calibrated(
    oem: OemEphemeris, files: Sequence[OemEphemeris], states: Sequence[Known], folder: Path, weather: SpaceWeather
) -> DragFit:
    """The first of the three that the data allow."""
    start = next(k for k in states if k.name == short(oem))
    return (
        from_elements(start, read_sets(folder), flown(files, Epoch(0), start.state.epoch), weather)
        or from_leg(start, states, files, weather)
        or from_header(oem, weather)
    )


# ---- rows -----------------------------------------------------------------------------------------------------------


def pairs(files: Sequence[OemEphemeris], states: Sequence[Known]) -> list[tuple[OemEphemeris, Known, float]]:
    """File, later first state inside its span, and days from the creation of the file to that state."""
    return [
        (f, k, k.state.epoch.days_since(f.created))
        for f in files
        for k in states
        if f.epochs[0] < k.state.epoch <= f.epochs[-1] and k.state.epoch > f.created
    ]


def nasa_miss_m(oem: OemEphemeris, goal: StateVector) -> tuple[float, float, float]:
    """What NASA's own file misses the later state by: radial, along-track, cross-track."""
    position, _ = oem.trajectory().interpolate(goal.epoch)
    basis = rtn_basis(goal.position_gcrf_m[None, :], goal.velocity_gcrf_m_s[None, :])[0]
    radial, along, cross = basis @ (position[0] - goal.position_gcrf_m)
    return float(radial), float(along), float(cross)


def predicted(
    oem: OemEphemeris, goal: StateVector, fit: DragFit, weather: SpaceWeather, burns: Sequence[DetectedBurn]
) -> tuple[float, float, float]:
    """What our flight misses it by."""
    mass_kg = oem.mass_kg or 0.0
    cdam = fit.body(mass_kg, MODEL).drag_m2_kg
    inside = [b for b in burns if oem.epochs[0] < b.start and (b.end or b.start) < goal.epoch]
    return along_track_m(oem.state(0), goal, cdam, mass_kg, weather, as_finite(inside, mass_kg))


def row(
    oem: OemEphemeris, goal: Known, lead: float, files: Sequence[OemEphemeris], states: Sequence[Known], folder: Path
) -> dict[str, object]:
    """One line of the results."""
    observed, mass_kg = SpaceWeather.observed(), oem.mass_kg or 0.0
    known = as_known_on(oem.created)
    fits = [calibrated(oem, files, states, folder, w) for w in (observed, known)]
    came = flown(files, oem.epochs[0], goal.state.epoch)
    nasa = nasa_miss_m(oem, goal.state)
    happened = predicted(oem, goal.state, fits[0], observed, came)
    forecast = predicted(oem, goal.state, fits[1], known, announced(oem))
    try:
        needed = f"{fit_leg(oem.state(0), goal.state, mass_kg=mass_kg, weather=observed, burns=as_finite(came, mass_kg)).cdam_m2_kg:.5f}"
    except Exception as error:  # noqa: BLE001 - the row stands without it
        needed = f"none ({type(error).__name__})"
    own = [b for b in announced(oem) if (b.end or b.start) < goal.state.epoch]
    return dict(
        zip(
            COLUMNS,
            (
                short(oem), goal.name, round(lead, 2), round(nasa[1] / 1e3, 2), round(happened[1] / 1e3, 2),
                round(forecast[1] / 1e3, 2), round(nasa[0] / 1e3, 2), round(happened[0] / 1e3, 2), fits[0].data,
                round(fits[0].cdam_m2_kg, 5), round(fits[1].cdam_m2_kg, 5), needed,
                words(as_finite(came, mass_kg), mass_kg), words(as_finite(own, mass_kg), mass_kg),
            ),
            strict=True,
        )
    )  # fmt: skip


def medians(rows: Sequence[dict[str, object]]) -> list[tuple[str, int, float, float, float]]:
    """Bucket, pairs, and the median of the absolute along-track miss of NASA, of ours with the weather that came, as known."""
    out = []
    for low, high in BUCKETS:
        inside = [r for r in rows if low - 0.05 <= float(str(r["lead_days"])) <= high + 0.05]
        if inside:
            three = [
                statistics.median(abs(float(str(r[c]))) for r in inside)
                for c in ("nasa_along_km", "happened_along_km", "known_along_km")
            ]
            out.append((f"{low:g} to {high:g}", len(inside), *three))
    return out  # type: ignore[return-value]


def tables(rows: Sequence[dict[str, object]]) -> str:
    """Both tables of the README."""
    lines = [
        "| days from creation | pairs | NASA's own, km | ours, weather as it happened, km | ours, as known on the day, km |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| {b} | {n} | {x:.1f} | {y:.1f} | {z:.1f} |" for b, n, x, y, z in medians(rows)]
    lines += ["", "| " + " | ".join(c.replace("_", " ") for c in COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    lines += ["| " + " | ".join(str(r[c]) for c in COLUMNS) + " |" for r in rows]
    return "\n".join(lines)


def main() -> None:
    """Measure all pairs and rewrite the results."""
    folder = reference_folder()
    if folder is None:
        raise SystemExit("the reference folder is not here: set STATIONKEEPER_REFERENCE")
    files = read_files(folder)
    states = read_states(files)
    rows = []
    for oem, goal, lead in pairs(files, states):
        rows.append(row(oem, goal, lead, files, states, folder))
        print(rows[-1], flush=True)
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    readme = HERE / "README.md"
    if readme.exists():
        block = f"<!-- results -->\n{tables(rows)}\n<!-- /results -->"
        text = re.sub(
            r"<!-- results -->.*<!-- /results -->", lambda _: block, readme.read_text(encoding="utf-8"), flags=re.S
        )
        readme.write_text(text, encoding="utf-8")
    print(tables(rows))


if __name__ == "__main__":
    main()
