"""Blind hindcasts: the inputs are the frozen ones, the score follows from the rows, and one forecast is flown again."""

from __future__ import annotations

from pathlib import Path

import pytest
from beside import load

from stationkeeper.core.epoch import Epoch

HERE = Path(__file__).parent


measure = load(__file__)
FOLDER = measure.reference_folder()
needs_sets = pytest.mark.skipif(
    FOLDER is None,
    reason="the element histories are not here: put them in ../shared/reference/decays, or set STATIONKEEPER_REFERENCE",
)


def _written(name: str = "results.csv") -> list[dict[str, str]]:
    rows: list[dict[str, str]] = measure.read_csv(name)
    return rows


def test_every_forecast_of_the_inputs_is_scored_or_named_as_missing() -> None:
    rows = _written()
    assert measure.missing(rows) in (HERE / "README.md").read_text(encoding="utf-8")
    assert {r["body"] for r in rows} <= {c["name"] for c in measure.inputs()["case"]} == set(measure.ends())


def test_nothing_is_known_after_the_day() -> None:
    """Every report used is dated at or before its forecast, and every forecast before the end."""
    ends = measure.ends()
    for case in measure.inputs()["case"]:
        end = Epoch.parse(ends[case["name"]]["utc"])
        for report in case.get("report", []):
            assert report["known_on"] >= report["utc"][:10]
            if report.get("forecast"):
                assert Epoch.parse(report["utc"]) < end
                if "calibrate_from" in report:
                    assert case["report"][report["calibrate_from"]]["known_on"] <= report["known_on"]
        for row in case.get("forecasts", []):
            assert Epoch.parse(row["known_on"]) < end
    for row in _written():
        if row["kind"] == "elements":
            known = [
                f["known_on"] for c in measure.inputs()["case"] if c["name"] == row["body"] for f in c["forecasts"]
            ]
            assert any(row["from"] <= k for k in known)


def test_weather_of_the_day_holds_no_later_flux() -> None:
    """Before the bulletins: constant after the day, also in the 81-day mean of the days before it."""
    day = Epoch.parse("1979-06-27T16:37:00Z")
    weather = measure.known_weather(day)
    later = [weather.indices_at([day.plus_days(float(d))]) for d in (2, 10, 30)]
    assert len({float(i.f107[0]) for i in later}) == 1
    observed = measure.SpaceWeather.observed()
    assert float(observed.indices_at([day.plus_days(-3.0)]).f107a[0]) != float(
        weather.indices_at([day.plus_days(-3.0)]).f107a[0]
    )


def test_the_first_results_are_kept() -> None:
    """Their score follows from their rows, both stand in the README, and the bodies of reports, which no rule changed, moved little."""
    first, readme = _written("first.csv"), (HERE / "README.md").read_text(encoding="utf-8")
    summary = _written("first_summary.csv")
    assert [{k: str(v) for k, v in s.items()} for s in measure.scores(first)] == summary
    assert measure.table(summary, tuple(summary[0])) in readme
    now = {(r["body"], r["from"]): r for r in _written()}
    for row in first:
        other = now[row["body"], row["from"]]
        assert row["cdam_m2_kg"] == other["cdam_m2_kg"]
        if row["kind"] == "reports":
            # other steps in the last revolutions: half a percent of the life
            assert float(row["error_percent"]) == pytest.approx(float(other["error_percent"]), abs=0.6)


def test_the_air_of_other_bodies_is_no_better_than_the_walk() -> None:
    """The reason why the walk's spread stays: the README's table, and none of the foretold bodies in it."""
    air = measure.air_of_other_bodies()
    assert measure.table(air, tuple(air[0])) in (HERE / "README.md").read_text(encoding="utf-8")
    measured = [float(r[k]) for r in air for k in ("iss_robust_percent", "others_robust_percent")]
    walk = [float(r["walk_percent"]) for r in air for _ in range(2)]
    assert sum(a > b for a, b in zip(measured, walk, strict=True)) == 5


def test_scores_follow_from_the_rows() -> None:
    rows = _written()
    assert [{k: str(v) for k, v in s.items()} for s in measure.scores(rows)] == _written("summary.csv")
    ends = measure.ends()
    for row in rows:
        start, end = Epoch.parse(row["from"]), Epoch.parse(ends[row["body"]]["utc"])
        remaining = end.days_since(start)
        # half a unit of the last digit of each column
        assert float(row["error_percent"]) == pytest.approx(
            100 * (float(row["median_days"]) / remaining - 1), abs=0.051 + 0.051 / remaining
        )
        low, high = row["p05_utc"], row["p95_utc"]
        assert row["inside_90"] == ("yes" if low <= end.isoformat() <= high else "no")


@needs_sets
def test_a_forecast_flown_again_gives_the_written_one() -> None:
    """ISS debris, one day before, with 40 of the 400 members: the median within the error of so few."""
    frozen = measure.inputs()
    case = next(c for c in frozen["case"] if c["name"] == "ISS debris")
    last = {**case, "forecasts": case["forecasts"][-1:]}
    (task,) = measure.element_tasks(last, frozen["settings"], FOLDER)
    written = next(r for r in _written() if r["body"] == "ISS debris" and r["from"] == task.known_on.isoformat())
    assert task.starts[0].cdam_m2_kg == pytest.approx(float(written["cdam_m2_kg"]), rel=1e-3)
    found = measure.foretell(task, frozen["settings"], 40).quantile_s(0.5) / measure.DAY_S
    # the median of 40 members of a spread of 10 % is good to 1.25 * 10 % / sqrt(40) = 2 %; three times that
    assert found == pytest.approx(float(written["median_days"]), rel=0.06)
