"""``dependence`` and ``diff`` on the command line, and the pages that explain them."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from stationkeeper.cli.main import call

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "who-depends-on-whom.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    stationkeeper (dependence .*)$", PAGE, re.MULTILINE)
HUT = ["dependence", str(ROOT / "tests" / "hut.toml"), "--at", "2020-04-01"]


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_the_commands_of_the_page_run_as_they_stand(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(shlex.split(command)) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) > 10
    assert "Traceback" not in err
    if "--svg" in command:
        assert (tmp_path / "needs.svg").read_text(encoding="utf-8").startswith("<svg")
    if "--joint" in command:
        # the figures that the page quotes
        assert "8 to 135 hours of work" in out and re.search(r"in all +\d+ months \(2 to 108\)", out)
        assert "2 to 15" in out
    if "2022-12-20" in command:
        assert "one Soyuz MS at" in out
    if "--cuts 2" in command:
        assert "Crew-3 Endurance + Soyuz MS-19" in out


def test_the_page_quotes_the_data_as_they_are() -> None:
    quoted = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    data = (ROOT / "src/stationkeeper/data/stations/iss/dependencies.toml").read_text(encoding="utf-8")
    assert quoted is not None and quoted[1].strip() in data


def test_the_page_on_two_runs_names_what_is_printed() -> None:
    from stationkeeper.cli.diff import HEADS

    page = (ROOT / "docs" / "how-to" / "compare-two-runs.md").read_text(encoding="utf-8")
    for head in ("First cause", *HEADS.values()):
        assert f"**{head}**" in page
    assert "    nothing differs\n" in page


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([*HUT, "--without", "lap"], "Did you mean 'lab'"),
        ([*HUT, "--without", "soyuz-1", "--without", "nobody"], "--without: found 'nobody'"),
        ([*HUT, "--function", "powr"], "Did you mean 'power'"),
        ([*HUT, "--joint", "core-lap"], "Did you mean 'core-lab'"),
        ([*HUT, "--cuts", "9"], "--cuts"),
        ([*HUT, "--svg", "/"], "a folder"),
        (["dependence", "iss", "--at", "someday"], "--at: found 'someday'"),
        (["dependence", "mars-base", "--at", "2022-03-07"], "'mars-base'"),
        (["dependence", "iss"], "Missing option '--at'"),
        (["diff", "nothing", "nothing"], "no manifest.json"),
        (["diff", "nothing"], "Missing argument"),
    ],
)
def test_bad_input_is_one_clear_message_and_exit_code_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert "Traceback" not in err


def test_json_of_a_study_and_of_a_joint(capsys: pytest.CaptureFixture[str]) -> None:
    assert call([*HUT, "--without", "Soyuz 1", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == "stationkeeper.dependence/1"
    assert [t["id"] for t in data["without"]] == ["soyuz-1"]
    lost = {f["function"]: f["after"] for f in data["stacks"][0]["functions"]}
    assert lost["crew_return"] == "lost"
    assert call(["dependence", "iss", "--at", "2022-03-07", "--joint", "zarya-pma-1", "--json"]) == 0
    work = json.loads(capsys.readouterr().out)
    assert work["owners"] == ["nasa", "roscosmos"]
    assert work["spacewalks"] == {"best": 8.5, "low": 2.0, "high": 15.0}
    assert all(s["assumed"] for s in work["steps"] if s["span_day"])


def test_a_station_of_one_partner_and_no_data_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert call([*HUT, "--cuts", "1"]) == 0
    out = capsys.readouterr().out
    assert "power: it is lost already" in out
    assert "Soyuz 1" in out


def test_two_runs_on_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = (ROOT / "tests/broken/scenario-event-outside-the-horizon.toml").read_text(encoding="utf-8")
    text = good.split("[[event]]")[0].replace("end = 2022-04-10T00", "end = 2022-02-24T01")
    text += "\n[flight]\ngravity_degree = 4\n\n[reentry]\nmembers = 20\n"
    event = '\n[[event]]\nkind = "function_failed"\nat = 2022-02-24T00:30:00Z\nwhat = "cmg"\n'
    for name, more in (("a", ""), ("b", event)):
        (tmp_path / f"{name}.toml").write_text(text + more, encoding="utf-8")
        assert call(["run", str(tmp_path / f"{name}.toml"), "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    assert call(["diff", str(tmp_path / "a"), str(tmp_path / "a")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "nothing differs"
    assert call(["diff", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    out = capsys.readouterr().out
    assert "First cause: 2022-02-24 only in B: failure of Control moment gyroscopes" in " ".join(out.split())
    assert "attitude of ISS: nominal in A, degraded in B" in " ".join(out.split())
    assert call(["diff", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["first_cause"]["group"] == "event"


def test_a_date_before_the_station_is_refused_and_one_outside_its_data_is_noted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(["dependence", "iss", "--at", "1990-01-01"]) == 2
    assert "a date on which International Space Station was there" in capsys.readouterr().err
    assert call(["dependence", "iss", "--at", "2012-03-07", "--cuts", "0"]) == 0
    assert "complete only from 2021-08-01" in capsys.readouterr().err
