"""Predict the end of four bodies from 60, 30, 14 and 7 days before, and write ``results.csv`` and the tables of the README.

Run from the root of the project, with the reference folder beside it (or STATIONKEEPER_REFERENCE set):

    python validation/decays/measure.py

It takes about three minutes on one core.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.calibration.elements import ElementsFit, fit_elements
from stationkeeper.flight.engines.averaged.decay import decay
from stationkeeper.flight.engines.numerical import fly
from stationkeeper.flight.engines.sgp4 import MeanElements
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.formats.elements import read_elements

HERE = Path(__file__).parent
LEADS_DAYS = (60.0, 30.0, 14.0, 7.0)
FLOOR_M = 120_000.0
LONGEST_WINDOW_DAYS = 30.0
LAST_DAYS = 3.0
FEWEST_SETS, SHORTEST_DAYS, LEAST_OF_LEAD = 5, 4.0, 0.7
COLUMNS = (
    "body",
    "asked_days_before",
    "from_set_of",
    "remaining_days",
    "calibrated_over_days",
    "sets",
    "cdam_m2_kg",
    "predicted_days",
    "error_percent",
    "low_days",
    "high_days",
    "inside_90",
)


@dataclass(frozen=True)
class Case:
    """A body: its file, and the reported end where there is one (text, hours of uncertainty)."""

    name: str
    file: str
    reported: str | None = None
    reported_hours: float = 0.0


CASES = (
    Case("GeneSat-1", "decay_29655_genesat1.tle.gz"),
    Case("Cosmos 2251 fragment", "decay_34393_cosmos2251_debris.tle.gz"),
    Case("SERPENS", "decay_40897_serpens.tle.gz", "2016-03-27T07:00:00Z", 1.0),
    Case("ISS debris", "decay_41326_iss_deb.tle.gz"),
)


def reference_folder() -> Path | None:
    """The folder of element histories: STATIONKEEPER_REFERENCE, or ../shared/reference beside the project."""
    given = os.environ.get("STATIONKEEPER_REFERENCE")
    folder = Path(given) if given else HERE.parents[1].parent / "shared" / "reference"
    return folder / "decays" if (folder / "decays").is_dir() else None


def sets_of(case: Case, folder: Path) -> list[MeanElements]:
    """The sets of a body in order of epoch."""
    return sorted(read_elements(folder / case.file), key=lambda s: s.epoch)


def calibrate(sets: Sequence[MeanElements], now: Epoch, days: float, weather: SpaceWeather) -> ElementsFit:
    """The fit to the sets of the ``days`` before ``now`` and no later one; a longer span where they are too few."""
    known = [s for s in sets if s.epoch <= now]
    while True:
        try:
            return fit_elements(known, weather, start=now.plus_days(-days), find_burns=False)
        except InputError:
            if now.plus_days(-days) < known[0].epoch:
                raise
            days += 1.0


def end_of(state: MeanOrbit, cdam_m2_kg: float, weather: SpaceWeather) -> Epoch:
    """When the lowest geodetic height reaches 120 km, by the averaged engine."""
    return (
        decay(state, Body(1.0, cdam_m2_kg, 1.0), state.epoch.plus_days(400.0), weather=weather, floor_m=FLOOR_M)
        .members[0]
        .end
    )


def truth_of(case: Case, sets: Sequence[MeanElements], weather: SpaceWeather) -> tuple[Epoch, float]:
    """The end and its uncertainty in days.

    The reported end where there is one. Else the numerical engine from the last set down to 120 km with the Cd*A/m of the last three
    days; a quarter of that last leg is the uncertainty (15 % of the air, the rest the last set's own error).
    """
    if case.reported is not None:
        return Epoch.parse(case.reported), case.reported_hours / 24.0
    end = sets[-1].epoch
    fit = calibrate(sets, end, LAST_DAYS, weather)
    start = fit.last_state()
    flight = fly(
        start, Body(1.0, fit.overall.cdam_m2_kg, 1.0), start.epoch.plus_days(5.0), weather=weather, floor_m=FLOOR_M
    )
    assert flight.stopped == "altitude floor"
    end = flight.end_state.epoch
    return end, 0.25 * end.days_since(start.epoch)


def first_usable(sets: Sequence[MeanElements], truth: Epoch, lead: float) -> Epoch | None:
    """The set nearest before the asked lead; where a history starts too late, the first one with enough sets before it.

    Enough is five sets over four days. None where less than 70 % of the asked lead is left by then.
    """
    for k, s in enumerate(sets):
        last_before = k + 1 == len(sets) or sets[k + 1].epoch > truth.plus_days(-lead)
        enough = k >= FEWEST_SETS - 1 and s.epoch.days_since(sets[0].epoch) >= SHORTEST_DAYS
        if last_before and enough:
            return s.epoch if truth.days_since(s.epoch) >= LEAST_OF_LEAD * lead else None
    return None


def row(
    case: Case,
    sets: Sequence[MeanElements],
    truth: Epoch,
    lead: float,
    weather: SpaceWeather,
    window: float | None = None,
) -> dict[str, object] | None:
    """One forecast: calibrated on earlier sets only, flown in the weather as it happened; None where there are no data."""
    start = first_usable(sets, truth, lead)
    if start is None:
        return None
    earlier = [s for s in sets if s.epoch <= start]
    now = start
    days = window if window is not None else min(lead, LONGEST_WINDOW_DAYS)
    fit = calibrate(earlier, now, days, weather)
    state = fit.last_orbit()
    remaining = truth.days_since(now)
    drag = fit.overall
    predicted, early, late = (
        end_of(state, c, weather).days_since(now) for c in (drag.cdam_m2_kg, drag.high_m2_kg, drag.low_m2_kg)
    )
    return {
        "body": case.name,
        "asked_days_before": f"{lead:g}",
        "from_set_of": now.isoformat(),
        "remaining_days": round(remaining, 2),
        "calibrated_over_days": round(drag.end.days_since(drag.start), 1),
        "sets": len(fit.sets),
        "cdam_m2_kg": round(drag.cdam_m2_kg, 5),
        "predicted_days": round(predicted, 2),
        "error_percent": round(100.0 * (predicted / remaining - 1.0), 1),
        "low_days": round(early, 2),
        "high_days": round(late, 2),
        "inside_90": "yes" if early <= remaining <= late else "no",
    }


def table(rows: Sequence[dict[str, object]], columns: Sequence[str]) -> str:
    """Markdown."""
    head = ["| " + " | ".join(c.replace("_", " ") for c in columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join(head + ["| " + " | ".join(str(r[c]) for c in columns) + " |" for r in rows])


def mean_error(rows: Sequence[dict[str, object]]) -> float:
    """Mean of the absolute errors, percent of the remaining life."""
    return float(np.mean([abs(float(str(r["error_percent"]))) for r in rows]))


def main() -> None:
    """Measure all and rewrite the results."""
    folder = reference_folder()
    if folder is None:
        raise SystemExit("the reference folder is not here: set STATIONKEEPER_REFERENCE")
    weather = SpaceWeather.observed()
    rows: list[dict[str, object]] = []
    truths: list[dict[str, object]] = []
    windows: dict[str, list[dict[str, object]]] = {"5 days": [], "10 days": [], "20 days": [], "30 days": []}
    for case in CASES:
        sets = sets_of(case, folder)
        truth, sigma = truth_of(case, sets, weather)
        truths.append(
            {
                "body": case.name,
                "last_set": sets[-1].epoch.isoformat(),
                "its_mean_altitude_km": round(sets[-1].mean_altitude_m / 1e3, 1),
                "end_taken_as_truth": truth.isoformat(),
                "plus_or_minus_h": round(24.0 * sigma, 1),
                "from": "report" if case.reported else "last set, numerical engine",
            }
        )
        print(truths[-1])
        for lead in LEADS_DAYS:
            found = row(case, sets, truth, lead, weather)
            if found is None:
                continue
            rows.append(found)
            print(found)
            for name in windows:
                other = row(case, sets, truth, lead, weather, float(name.split()[0]))
                assert other is not None
                windows[name].append(other)
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    by_window = [
        {
            "calibrated over": name,
            "mean error percent": round(mean_error(found), 1),
            "largest percent": max(abs(float(str(r["error_percent"]))) for r in found),
        }
        for name, found in {"as long as the lead, at most 30 days": rows, **windows}.items()
    ]
    blocks = {
        "results": table(rows, COLUMNS),
        "truth": table(truths, tuple(truths[0])),
        "windows": table(by_window, tuple(by_window[0])),
        "summary": (
            f"{len(rows)} forecasts: mean error {mean_error(rows):.1f} % of the remaining life, mean of the signed errors "
            f"{np.mean([float(str(r['error_percent'])) for r in rows]):+.1f} %, largest "
            f"{max(abs(float(str(r['error_percent']))) for r in rows):.1f} %; the 90 % interval holds "
            f"{sum(r['inside_90'] == 'yes' for r in rows)} of {len(rows)}."
        ),
    }
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    for name, block in blocks.items():
        mark = rf"<!-- {name} -->.*<!-- /{name} -->"
        text = re.sub(mark, lambda _, n=name, b=block: f"<!-- {n} -->\n{b}\n<!-- /{n} -->", text, flags=re.S)  # type: ignore[misc]
    readme.write_text(text, encoding="utf-8")
    print(blocks["summary"], blocks["windows"], sep="\n")


if __name__ == "__main__":
    main()
