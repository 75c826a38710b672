"""``stationkeeper propagate``: the ephemeris, the JSON, and wrong input."""

import json
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.cli.main import call
from stationkeeper.core.epoch import Epoch
from stationkeeper.formats.oem import read_oem

CASE = """
schema = "stationkeeper.case/1"
name = "two orbits and a burn"
object_id = "1998-067-A"
[orbit]
epoch = 2022-02-24T00:00:00Z
altitude_km = 415.0
inclination_deg = 51.64
[body]
mass_kg = 445386.0
cdam_m2_kg = 0.008
[forces]
gravity_degree = 8
[weather]
feed = "fixed=150,4"
[[burns]]
label = "reboost"
start = 2022-02-24T01:00:00Z
delta_v_m_s = 1.0
thrust_n = 3000.0
specific_impulse_s = 300.0
[[events]]
kind = "node"
direction = "rising"
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.toml"
    path.write_text(CASE, encoding="utf-8")
    return path


def test_the_json_and_the_ephemeris_tell_the_same(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = case.with_name("out.oem")
    assert call(["propagate", str(case), "--until", "2022-02-24T03:00:00Z", "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    oem = read_oem(out)
    assert said["schema"] == "stationkeeper.propagate/1"
    assert said["samples"] == len(oem.times_tai_us)
    assert oem.epochs[-1] == Epoch.parse("2022-02-24T03:00:00Z")
    assert np.allclose(oem.position_gcrf_m[-1] / 1e3, said["end"]["position_km"], rtol=0, atol=1e-8)
    (burn,) = said["burns"]
    assert burn["ideal_delta_v_m_s"] == pytest.approx(1.0, abs=1e-6)
    assert burn["energy_delta_v_m_s"] == pytest.approx(1.0, abs=1e-3)
    assert said["mass_kg"]["end"] == pytest.approx(445_386.0 - burn["propellant_kg"], abs=1e-6)
    # 1 m/s raises the mean semi-major axis by 2 a dv / v = 1.77 km
    assert said["end"]["mean_altitude_km"] - said["start"]["mean_altitude_km"] == pytest.approx(1.77, abs=0.35)
    # the start is on the equator of GCRF, a few km from that of the day, so the first node comes at once or after one orbit
    assert [e["name"] for e in said["events"]] in (["ascending node"], ["ascending node"] * 2)
    assert said["settings"]["density_model"].startswith("NRLMSISE-00")


def test_the_text_names_the_burn_and_where_it_rests(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["propagate", str(case), "--until", "2022-02-24T02:00:00Z"]) == 0
    out, err = capsys.readouterr()
    for word in ("reboost", "mean altitude", "m/s ideal", "space weather", "Earth orientation"):
        assert word in out
    assert "an assumption" in err


def test_the_same_case_writes_the_same_bytes(case: Path) -> None:
    outs = [case.with_name(n) for n in ("a.oem", "b.oem")]
    for out in outs:
        assert call(["propagate", str(case), "--until", "2022-02-24T01:30:00Z", "--out", str(out)]) == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["no-such-case", "--until", "2022-02-25"], "gmat-iss-2004"),
        (["CASE", "--until", "tomorrow"], "--until"),
        (["CASE", "--until", "2022-02-24T00:30:00Z"], "burn reboost"),
        (["CASE", "--until", "2022-02-25", "--out", "CASE"], "the case itself"),
    ],
)
def test_wrong_input_is_one_message_and_code_2(
    case: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["propagate", *(a.replace("CASE", str(case)) for a in arguments)]) == 2
    assert says in capsys.readouterr().err


def test_an_engine_that_this_command_does_not_fly(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case.write_text(CASE + '[engine]\nname = "averaged"\n', encoding="utf-8")
    assert call(["propagate", str(case), "--until", "2022-02-25"]) == 2
    assert "engine.name" in capsys.readouterr().err
