"""Fly the named burns from duration, thrust and mass, and write ``results.csv`` and the tables of the README.

Run from the root of the project; nothing else is needed:

    python validation/burns/measure.py

It takes a few seconds. The numbers and their sources are in ``named_burns.csv`` and ``progress_burns.csv``.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.engines.numerical import fly
from stationkeeper.flight.state import StateVector, mean_semi_major_axis_m

HERE = Path(__file__).parent
INCLINATION_RAD = math.radians(51.64)
CDAM_M2_KG = 0.007
LEAD_S, AFTER_S = 5_600.0, 11_200.0
COLUMNS = (
    "start_utc",
    "vehicle",
    "duration_s",
    "thrust_n",
    "mass_kg",
    "delta_v_m_s",
    "gain_km",
    "published_gain_km",
    "difference_percent",
    "gain_range_km",
)


def read(name: str) -> list[dict[str, str]]:
    """The rows of a table of this folder."""
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def thrust_n(row: dict[str, str]) -> float:
    """Mean force of a Progress burn on the station: m dv / t."""
    return float(row["station_mass_kg"]) * float(row["delta_v_m_s"]) / float(row["duration_s"])


def progress_thrust_n(without: str) -> tuple[float, float, float]:
    """Median, 5th and 95th percentile of the force over the Progress burns, leaving out the one of a date."""
    forces = [thrust_n(r) for r in read("progress_burns.csv") if r["date_utc"] != without]
    low, middle, high = np.percentile(forces, [5.0, 50.0, 95.0])
    return float(middle), float(low), float(high)


def gain_km(start: Epoch, altitude_km: float, mass_kg: float, burn_n: float, duration_s: float, isp_s: float) -> float:
    """Gain of mean altitude in the numerical engine: with the burn less without it, over two orbits after cut-off."""
    state = StateVector.circular(start.plus_s(-LEAD_S), altitude_km * 1e3, INCLINATION_RAD)
    body = Body(mass_kg, CDAM_M2_KG * mass_kg, 1.0)
    burn = FiniteBurn(start, duration_s, burn_n, isp_s)
    end = burn.end.plus_s(AFTER_S)
    means = []
    for burns in ((burn,), ()):
        path = fly(state, body, end, weather=SpaceWeather.observed(), burns=burns, output_step_s=60.0).trajectory
        late = path.times_tai_us > burn.end.tai_us
        means.append(mean_semi_major_axis_m(path.position_gcrf_m[late], path.velocity_gcrf_m_s[late]).mean())
    return float(means[0] - means[1]) / 1e3


def flown(row: dict[str, str]) -> dict[str, object]:
    """One named burn."""
    start, duration = Epoch.parse(row["start_utc"]), float(row["duration_s"])
    mass, mass_range = float(row["station_mass_kg"]), float(row["mass_range_kg"])
    isp, altitude = float(row["specific_impulse_s"]), float(row["altitude_km"])
    if row["thrust_n"]:
        force, low, high = (float(row[k]) for k in ("thrust_n", "thrust_low_n", "thrust_high_n"))
    else:
        force, low, high = progress_thrust_n(start.date)
    gain = gain_km(start, altitude, mass, force, duration, isp)
    published = float(row["gain_km"])
    span = (gain * low / force * mass / (mass + mass_range), gain * high / force * mass / (mass - mass_range))
    return {
        "start_utc": row["start_utc"],
        "vehicle": row["vehicle"],
        "duration_s": row["duration_s"],
        "thrust_n": round(force),
        "mass_kg": round(mass),
        "delta_v_m_s": round(FiniteBurn(start, duration, force, isp).delta_v_m_s(mass), 3),
        "gain_km": round(gain, 2),
        "published_gain_km": f"{published:g} +- {row['gain_unsure_km']}",
        "difference_percent": round(100.0 * (gain / published - 1.0), 1),
        "gain_range_km": f"{span[0]:.2f} to {span[1]:.2f}",
    }


def left_out(row: dict[str, str]) -> dict[str, object]:
    """One Progress burn: its impulse from the median force of all others."""
    force = progress_thrust_n(row["date_utc"])[0]
    predicted = force * float(row["duration_s"]) / float(row["station_mass_kg"])
    return {
        "date_utc": row["date_utc"],
        "vehicle": row["vehicle"],
        "duration_s": row["duration_s"],
        "force_n": round(thrust_n(row)),
        "delta_v_m_s": row["delta_v_m_s"],
        "from_the_others_m_s": round(predicted, 3),
        "difference_percent": round(100.0 * (predicted / float(row["delta_v_m_s"]) - 1.0), 1),
    }


def table(rows: Sequence[dict[str, object]]) -> str:
    """Markdown."""
    columns = tuple(rows[0])
    head = ["| " + " | ".join(c.replace("_", " ") for c in columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join(head + ["| " + " | ".join(str(r[c]) for c in columns) + " |" for r in rows])


def main() -> None:
    """Fly all and rewrite the results."""
    rows = [flown(r) for r in read("named_burns.csv")]
    others = [left_out(r) for r in read("progress_burns.csv")]
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    errors = np.abs([float(str(r["difference_percent"])) for r in others])
    middle, low, high = progress_thrust_n("")
    blocks = {
        "results": table(rows),
        "progress": table(others),
        "summary": (
            f"Force of {len(others)} Progress burns: median {middle:.0f} N, 5 to 95 % {low:.0f} to {high:.0f} N. Impulse from the "
            f"median of the others: median error {np.median(errors):.1f} %, largest {errors.max():.1f} %, "
            f"{int((errors <= 15.0).sum())} of {len(errors)} within 15 %."
        ),
    }
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    for name, block in blocks.items():
        mark = rf"<!-- {name} -->.*<!-- /{name} -->"
        text = re.sub(mark, lambda _, n=name, b=block: f"<!-- {n} -->\n{b}\n<!-- /{n} -->", text, flags=re.S)  # type: ignore[misc]
    readme.write_text(text, encoding="utf-8")
    print(*blocks.values(), sep="\n\n")


if __name__ == "__main__":
    main()
