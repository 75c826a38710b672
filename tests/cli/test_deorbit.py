"""``stationkeeper deorbit``: its text, its JSON, and what it refuses."""

import json
from pathlib import Path

import pytest

from stationkeeper.cli.main import call


def test_mir_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["deorbit", "mir-2001", "--no-branches", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "stationkeeper.deorbit-result/1"
    assert found["delta_v_m_s"] == pytest.approx(47.7, abs=0.01)
    assert [b["delta_v_m_s"] for b in found["burns"]] == pytest.approx([9.3, 10.4, 28.0], abs=1e-3)
    assert found["descent"]["entry"]["height_km"] == 120.0
    assert found["branches"] == [] and found["crew"] is None
    assert found["propellant"][0]["enough"] is True


def test_mir_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["deorbit", "mir-2001", "--no-branches"]) == 0
    out = capsys.readouterr().out
    for words in ("third burn", "entry at 120 km", "simple ballistic range", "in all 47.7 m/s", "all inside"):
        assert words in out


@pytest.mark.parametrize("argument", ["no-such-plan", "no-such-plan.toml"])
def test_what_is_no_plan_is_refused(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["deorbit", argument]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error:") and "Traceback" not in err


def test_a_file_of_another_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.toml"
    path.write_text('schema = "stationkeeper.case/1"\nname = "x"\n', encoding="utf-8")
    assert call(["deorbit", str(path)]) == 2
    assert "stationkeeper.deorbit/1" in capsys.readouterr().err
