"""Where a run may start from: a state, an ephemeris, an element set."""

from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.formats.oem import write_oem
from stationkeeper.mission.fly import fly_scenario
from stationkeeper.scenario.load import load_scenario, packaged_scenarios, scenario_path

HEAD = """
schema = "stationkeeper.scenario/1"
id = "start"
title = "A start"
question = "Where does it start?"
station = "iss"
start = "{start}"
end = "{end}"

[policies]
traffic = "frozen"
reboost = "nobody"

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


def write(folder: Path, initial: str, start: str = "2022-02-11T13:00:00Z", end: str = "2022-02-11T15:00:00Z") -> Path:
    path = folder / "s.toml"
    path.write_text(HEAD.format(start=start, end=end) + initial, encoding="utf-8")
    return path


STATE = scenario_path("iss-2022-baseline").read_text(encoding="utf-8").split("[initial]")[1].split("[flight]")[0]


def flown(path: Path):  # type: ignore[no-untyped-def]
    scenario, station, where = load_scenario(str(path))
    return fly_scenario(scenario, station, where, look_ahead=False)


def test_a_state_before_the_start_is_coasted_to_it(tmp_path: Path) -> None:
    record = flown(write(tmp_path, "[initial]" + STATE))
    assert record.flown[0].trajectory.start == Epoch.parse("2022-02-11T13:00:00Z")
    assert "coasted 1.0 h" in record.notes[0]


def test_a_state_long_before_the_start_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "[initial]" + STATE, "2022-02-20T00:00:00Z", "2022-02-20T02:00:00Z")
    with pytest.raises(InputError, match=r"at most 3 days after initial\.epoch"):
        flown(path)


def test_an_ephemeris_starts_a_run_where_it_is_at_that_time(tmp_path: Path) -> None:
    first = flown(write(tmp_path, "[initial]" + STATE)).flown[0].trajectory
    write_oem(
        first, tmp_path / "a.oem", object_name="ISS", object_id="1998-067-A", originator="TEST", created=first.start,
        comments=("MASS=445386.00", "DRAG_AREA=1439.70", "DRAG_COEFF=3.40"),
    )  # fmt: skip
    path = write(tmp_path, '[initial]\nkind = "oem"\nfile = "a.oem"\n', "2022-02-11T14:00:00Z")
    record = flown(path)
    ours = record.flown[0].trajectory.at(Epoch.parse("2022-02-11T14:30:00Z"))
    theirs = first.at(Epoch.parse("2022-02-11T14:30:00Z"))
    assert np.linalg.norm(np.subtract(ours.position_gcrf_m, theirs.position_gcrf_m)) < 1.0
    assert record.start.mass_kg == pytest.approx(445_386.0)
    late = write(tmp_path, '[initial]\nkind = "oem"\nfile = "a.oem"\n', "2022-02-12T14:00:00Z", "2022-02-12T15:00:00Z")
    with pytest.raises(InputError, match="a time inside the ephemeris"):
        flown(late)


def test_an_element_set_starts_a_run_and_says_how_good_that_is(tmp_path: Path) -> None:
    exporter = pytest.importorskip("sgp4.exporter")
    api = pytest.importorskip("sgp4.api")
    sat = api.Satrec()
    jd, _ = api.jday(2022, 2, 11, 12, 0, 0)
    days = jd - 2_433_281.5
    sat.sgp4init(
        api.WGS72,
        "i",
        25_544,
        days,
        1e-4,
        0.0,
        0.0,
        0.0006,
        1.0,
        np.radians(51.64),
        5.0,
        15.495 * 2 * np.pi / 1440,
        3.0,
    )
    sat.classification, sat.intldesg, sat.ephtype, sat.elnum, sat.revnum = "U", "98067A", 0, 999, 1
    (tmp_path / "a.tle").write_text("\n".join(exporter.export_tle(sat)) + "\n")
    initial = '[initial]\nkind = "elements"\nfile = "a.tle"\nmass_kg = 445386.0\ndrag_area_m2 = 1439.7\ndrag_coefficient = 3.4\n'
    record = flown(write(tmp_path, initial))
    assert any("good to about a kilometre" in n for n in record.notes)
    assert record.flown[0].trajectory.mean_altitude_m()[0] / 1e3 == pytest.approx(418.0, abs=2.0)
    with pytest.raises(InputError, match="within 3 days of the element set"):
        flown(write(tmp_path, initial, "2022-03-11T13:00:00Z", "2022-03-11T14:00:00Z"))


@pytest.mark.parametrize("name", packaged_scenarios())
def test_every_packaged_scenario_loads(name: str) -> None:
    scenario, station, _ = load_scenario(name)
    assert station.station.id == scenario.station


def test_a_part_that_parts_again_goes_on_from_its_own_place(tmp_path: Path) -> None:
    detach = """
[[event]]
kind = "detach"
at = "2022-02-11T13:10:00Z"
joint = "zarya-pma-1"
force = true

[[event]]
kind = "detach"
at = "2022-02-11T14:10:00Z"
joint = "zvezda-nauka"
force = true
"""
    flights = {f.stack: f.trajectory for f in flown(write(tmp_path, "[initial]" + STATE + detach)).flown}
    cut = Epoch.parse("2022-02-11T14:10:00Z")
    parts = [k for k in flights if k not in ("station", "usos", "ros")]
    assert len(parts) == 1
    new, whole = flights[parts[0]].at(cut), flights["ros"].at(cut)
    # both within the length of the Russian segment, while the US segment has drifted away at centimetres per second
    assert np.linalg.norm(np.subtract(new.position_gcrf_m, whole.position_gcrf_m)) < 60.0
    assert np.linalg.norm(np.subtract(new.position_gcrf_m, flights["usos"].at(cut).position_gcrf_m)) > 100.0
    assert flights["ros"].start == Epoch.parse("2022-02-11T13:10:00Z")
