"""Two runs side by side: the first cause first, nothing where nothing differs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.mission.conclude import conclude
from stationkeeper.mission.diff import RunDiff, diff_json, diff_runs
from stationkeeper.mission.fly import Record
from stationkeeper.mission.result import Flown, Result
from stationkeeper.scenario.load import read_scenario
from stationkeeper.scenario.walk import initial_configuration, rehearse
from stationkeeper.station.load import load_station

HUT = Path(__file__).parent.parent / "hut.toml"
SCENARIO = """
schema = "stationkeeper.scenario/1"
id = "ID"
title = "A made-up run"
question = "What happens?"
station = "hut.toml"
start = 2020-04-01T00:00:00Z
end = END
[initial]
epoch = 2020-04-01T00:00:00Z
position_km = [6778.0, 0.0, 0.0]
velocity_km_s = [0.0, 4.76, 6.01]
drag_area_m2 = 100.0
drag_coefficient = CD
source = ["ASM"]
[flight]
density_scale = { value = 1.0, low = 0.8, high = 1.2, as_of = "2020-01-01", confidence = "assumed", source = ["ASM"] }
"""
CUT = """
[[event]]
kind = "detach"
at = 2020-04-10T00:00:00Z
joint = "core-lab"
force = true
"""
LOST = """
[[event]]
kind = "vehicle_lost"
at = 2020-04-05T00:00:00Z
visit = "soyuz-1"
state = "STATE"
"""
Make = Callable[..., Result]


def falling(start: Epoch, end: Epoch, km: float, rate: float) -> Trajectory:
    """A circular orbit that sinks by so many kilometres a day."""
    t = np.arange(start.tai_us, end.tai_us + 1, 1_800_000_000, dtype=np.int64)
    s = (t - t[0]) / 1e6
    r = 6_378_137.0 + 1e3 * (km - rate * s / 86_400.0)
    u = np.concatenate([[0.0], np.cumsum((np.sqrt(3.986004418e14 / r**3))[1:] * np.diff(s))])
    p, q = np.array([1.0, 0.0, 0.0]), np.array([0.0, math.cos(0.9), math.sin(0.9)])
    position = r[:, None] * (np.cos(u)[:, None] * p + np.sin(u)[:, None] * q)
    velocity = np.sqrt(3.986004418e14 / r)[:, None] * (-np.sin(u)[:, None] * p + np.cos(u)[:, None] * q)
    return Trajectory.build(t, position, velocity, 30_000.0)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A run over the small station, its flight by formula."""

    def build(
        more: str = "", *, name: str = "run", end: str = "2020-05-01T00:00:00Z", cd: float = 2.2, rate: float = 0.1
    ) -> Result:
        (tmp_path / "hut.toml").write_text(HUT.read_text(encoding="utf-8"), encoding="utf-8")
        path = tmp_path / f"{name}.toml"
        path.write_text(
            SCENARIO.replace("ID", name).replace("END", end).replace("CD", str(cd)) + more, encoding="utf-8"
        )
        scenario = read_scenario(path)
        station = load_station(str(tmp_path / "hut.toml"))
        log = rehearse(scenario, station)
        start, end_ = scenario.start, scenario.end
        cut = next((h for h in log if h.outcome.separation), None)
        flown = [Flown("station", "Hut", falling(start, cut.at if cut else end_, 400.0, rate), (), None, {})]
        if cut:
            km = 400.0 - rate * cut.at.days_since(start)
            flown += [Flown(s.id, s.name, falling(cut.at, end_, km, rate), (), None, {}) for s in cut.after.stacks()]
        record = Record(
            start=initial_configuration(scenario, station), happened=tuple(log), lived=(), flown=tuple(flown), forecasts=(),
            notes=(), weather=SpaceWeather.fixed(f107=100.0, ap=5.0),
        )  # fmt: skip
        return conclude(scenario, station, path, record, {"run": f"{name}-0", "inputs": {}, "versions": {"numpy": "2"}})

    return build


def texts(d: RunDiff) -> str:
    return "\n".join(x.text for x in d.differences)


def test_nothing_differs_between_a_run_and_itself(make: Make) -> None:
    found = diff_runs(make(CUT), make(CUT, name="again"))
    assert found.differences == ()
    assert found.first_cause is None
    assert diff_json(found)["same"] is True


def test_an_input_that_acts_from_the_start_is_the_first_cause(make: Make) -> None:
    found = diff_runs(make(LOST.replace("STATE", "lost")), make(cd=2.4, rate=0.2))
    first = found.first_cause
    assert first is not None and first.group == "input"
    assert first.text == "initial.drag_coefficient: 2.2 in A, 2.4 in B"
    assert first.delta == pytest.approx(0.2)


def test_an_event_is_named_before_the_states_that_it_brings(make: Make) -> None:
    found = diff_runs(make(), make(LOST.replace("STATE", "lost")))
    first = found.first_cause
    assert first is not None and first.group == "event" and first.at is not None
    assert first.at.date == "2020-04-05"
    assert first.text.startswith("only in B: ")
    groups = [x.group for x in found.differences]
    assert groups.index("event") < groups.index("function")
    state = next(x for x in found.differences if x.group == "function" and x.what == "crew_return")
    assert state.at == first.at and "lost in B" in state.text
    assert any(x.what == "seats short" and x.delta == 1.0 for x in found.differences)


def test_two_versions_of_one_event_are_told_in_one_line(make: Make) -> None:
    found = diff_runs(make(LOST.replace("STATE", "degraded")), make(LOST.replace("STATE", "lost")))
    events = [x for x in found.differences if x.group == "event"]
    assert len(events) == 1
    assert events[0].text.startswith("in A ") and ", in B " in events[0].text


def test_parts_are_set_against_the_whole_that_they_came_from(make: Make) -> None:
    found = diff_runs(make(), make(CUT, rate=0.3))
    assert "the joint core-lab is opened (happens, forced" in texts(found) or "only in B" in texts(found)
    heights = [x for x in found.differences if x.group == "altitude"]
    assert len(heights) == 2
    for x in heights:
        assert x.delta == pytest.approx(-6.0, abs=0.8)  # 30 days at 0.2 km a day more; a circle is no orbit with J2
        assert x.unit == "km" and "2020-05-01" in x.text


def test_what_lies_after_the_end_of_the_shorter_run_is_left_out(make: Make) -> None:
    late = CUT.replace("2020-04-10", "2020-05-20")
    found = diff_runs(make(), make(late, end="2020-05-30T00:00:00Z"))
    assert found.until.date == "2020-05-01"
    assert not [x for x in found.differences if x.group in ("event", "function", "altitude", "mass", "people")]
    assert any(x.what == "end" for x in found.differences)


def test_how_far_one_looks_is_no_cause(make: Make) -> None:
    found = diff_runs(make(LOST.replace("STATE", "lost")), make(end="2020-05-30T00:00:00Z"))
    first = found.first_cause
    assert first is not None and first.group == "event"


def test_a_run_turned_round_has_the_same_differences(make: Make) -> None:
    a, b = make(), make(LOST.replace("STATE", "lost"), cd=2.3, rate=0.2)
    there, back = diff_runs(a, b), diff_runs(b, a)
    assert len(there.differences) == len(back.differences)
    assert sorted((x.group, x.what, x.a, x.b) for x in there.differences) == sorted(
        (x.group, x.what, x.b, x.a) for x in back.differences
    )


def test_the_json_holds_the_numbers(make: Make) -> None:
    data = json.loads(json.dumps(diff_json(diff_runs(make(), make(cd=2.4, rate=0.2))), allow_nan=False))
    assert data["schema"] == "stationkeeper.diff/1"
    assert data["first_cause"]["what"] == "initial.drag_coefficient"
    row = next(x for x in data["differences"] if x["group"] == "altitude")
    assert row["delta"] == pytest.approx(-3.0, abs=0.8) and row["unit"] == "km"
