"""A station that comes down inside the run: nothing more happens to it, and the answers say so."""

from pathlib import Path

from stationkeeper.cli.main import call
from stationkeeper.mission.folder import read_run

SCENARIO = """
schema = "stationkeeper.scenario/1"
id = "low"
title = "A low start"
question = "Does it fall?"
station = "iss"
start = "2022-02-11T12:00:00Z"
end = "2022-03-30T00:00:00Z"

[policies]
reboost = "nobody"

[initial]
kind = "state"
epoch = "2022-02-11T12:00:00Z"
frame = "GCRF"
position_km = [6558.137, 0.0, 0.0]
velocity_km_s = [0.0, 4.838, 6.116]
mass_kg = 445386.0
drag_area_m2 = 1439.7
drag_coefficient = 3.4

[flight]
gravity_degree = 8

[flight.density_scale]
value = 0.65
low = 0.5
high = 0.85
as_of = "2022-03-05"
confidence = "derived"
source = ["scenario"]
"""


def test_nobody_arrives_at_a_station_that_has_come_down(tmp_path: Path) -> None:
    path = tmp_path / "low.toml"
    path.write_text(SCENARIO)
    assert call(["run", str(path), "--out", str(tmp_path / "run")]) == 0
    result = read_run(tmp_path / "run")
    fell = result.flown[0]
    assert fell.stopped == "altitude floor"
    assert all(h.at <= fell.trajectory.end for h in result.happened)
    answers = {a.question: a for a in result.answers}
    assert answers["Q1"].headline.startswith("No: it falls below 150 km on 2022-0")
    assert {answers[q].verdict for q in ("Q2", "Q3", "Q4", "Q5", "Q6")} == {"no"}
    assert answers["Q5"].headline == f"No: it came down on {fell.trajectory.end.date}."
