"""The benchmarks' own arithmetic and tables; the races themselves are `make bench`."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_run", FOLDER / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmarks_run"] = module
    spec.loader.exec_module(module)
    return module


def _row(name: str, setting: str, seconds: float, **more: float | None) -> dict[str, object]:
    return {"name": name, "setting": setting, "degree": 8, "days": 1.0, "seconds_per_day": seconds, **more}


def test_a_figure_is_the_median_of_its_rounds_and_a_ratio_to_ours(run: ModuleType) -> None:
    race = run.Race()
    for ours, theirs, error in ((0.1, 0.4, 2.0), (0.2, 0.3, None), (0.15, 9.0, None)):
        rows = [
            _row("stationkeeper", "fast", ours, own_error_m=error, overhead=0.05),
            _row("peer", "x", theirs, own_error_m=error),
        ]
        race.take(
            "all", {"rows": rows, "versions": {"peer": "1.0"}, "peak_mib": 50.0}, ("name", "setting", "degree", "days")
        )
    result = race.result()
    assert [r["seconds_per_day"] for r in result["rows"]] == [0.15, 0.4]
    assert result["rows"][1]["own_error_m"] == 2.0
    text = run.numerical_table(result)
    assert "| 8x8, 1 d | peer | x | 0.4 | 2.67 | 2 | 50 |" in text
    assert "+5.0%" in text


def test_one_lifetime_is_multiplied_and_shared_by_the_cores(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.os, "cpu_count", lambda: 2)
    ours = {
        "name": "stationkeeper",
        "setting": "s",
        "horizon_days": run.LIFETIME,
        "own_weather": False,
        "peak_mib": 1.0,
    }
    rows = [
        {"name": "peer", "setting": "p", "members": 1, "seconds": 10.0, "error": 0.01, "peak_mib": 1.0},
        {**ours, "members": 1, "seconds": 0.5, "member_days": 1e3, "error": 0.0},
        {**ours, "members": 10_000, "seconds": 5.0, "member_days": 1e7, "error": None},
    ]
    text = run.averaged_table({"rows": rows})
    assert "| peer | p | 1 | 10 |  | 20 | +1.00% | 1 |" in text
    assert "| peer | p (one, times 10,000 on 2 cores) | 10,000 | 50,000 |  | 10,000 | +1.00% | 1 |" in text
    assert "| stationkeeper | s | 10,000 | 5 | 0.50 |  | - | 1 |" in text


def test_a_contender_that_cannot_race_is_named_with_its_reason(run: ModuleType) -> None:
    answer = run.contend("startup", "ours", "--scenario", "no-such-scenario")
    assert set(answer) == {"skipped"}
    assert "no-such-scenario" in answer["skipped"]
    race = run.Race()
    race.take("startup", answer, ("name",))
    assert race.result() == {"rows": [], "skipped": {"startup": answer["skipped"]}, "versions": {}}
