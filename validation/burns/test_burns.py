"""The named burns from duration, thrust and mass: within 15 % of the published gain where the thrust is independent."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from beside import load

from stationkeeper.core.epoch import Epoch

HERE = Path(__file__).parent


measure = load(__file__)
NAMED = measure.read("named_burns.csv")


@pytest.mark.parametrize("row", NAMED, ids=lambda r: f"{r['start_utc'][:10]} {r['vehicle']}")
def test_gain_is_within_15_percent(row: dict[str, str]) -> None:
    """For the Dragon this holds by construction (its thrust comes from its gain) and is no test of the thrust: see the README."""
    got = measure.flown(row)
    assert abs(float(got["difference_percent"])) <= 15.0
    low, high = (float(x) for x in str(got["gain_range_km"]).split(" to "))
    assert low <= float(row["gain_km"]) + 2.0 * float(row["gain_unsure_km"])
    assert float(row["gain_km"]) - 2.0 * float(row["gain_unsure_km"]) <= high


def test_the_written_results_are_those_of_this_code() -> None:
    with (HERE / "results.csv").open(encoding="utf-8") as handle:
        written = list(csv.DictReader(handle))
    assert [r["vehicle"] for r in written] == [r["vehicle"] for r in NAMED]
    first = measure.flown(NAMED[0])
    assert written[0]["gain_km"] == str(first["gain_km"])


def test_every_progress_burn_from_the_force_of_the_others() -> None:
    rows = [measure.left_out(r) for r in measure.read("progress_burns.csv")]
    errors = sorted(abs(float(r["difference_percent"])) for r in rows)
    assert len(errors) == 16
    assert errors[-1] <= 15.0
    assert errors[len(errors) // 2] > 1.0, "a force that fits every burn would mean that none was left out"


def test_the_gain_grows_with_the_thrust_and_falls_with_the_mass() -> None:
    start = Epoch.parse("2023-08-11T14:35:00Z")
    gain = measure.gain_km(start, 416.0, 460e3, 445.0, 1_368.0, 329.0)
    assert measure.gain_km(start, 416.0, 460e3, 890.0, 1_368.0, 329.0) == pytest.approx(2.0 * gain, rel=0.01)
    assert measure.gain_km(start, 416.0, 920e3, 445.0, 1_368.0, 329.0) == pytest.approx(0.5 * gain, rel=0.01)
    # 2 a / v: 1.774 km of mean altitude per m/s at 417 km
    assert gain / (445.0 * 1_368.0 / 460e3) == pytest.approx(1.774, rel=0.01)
