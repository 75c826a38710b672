"""Input that is wrong gives one clear message and the exit code 2: never a traceback, never a half-written file.

Every file in ``broken/`` holds one mistake (``scenario-three-mistakes`` holds three). Here stands what the message
must say about each: the line or the key, the value, and what to do.
"""

from __future__ import annotations

import errno
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stationkeeper.cli.main import call

BROKEN = Path(__file__).parent / "broken"
HUT = Path(__file__).parent / "hut.toml"
OEM = Path(__file__).parent / "good.oem"

SCENARIOS: dict[str, tuple[str, ...]] = {
    "30-february": ("line 6", "start", "day 30", "01 to 28"),
    "assumed-without-range": ("line 20", "flight.density_scale", "assumed", "low and high"),
    "before-there-was-a-station": ("line 6", "start", "1990-02-24", "ISS", "2021-08-01 to 2023-04-30"),
    "burn-of-nothing": ("line 32", "event[0].delta_v_m_s", "0 m/s", "skip_reboost"),
    "burn-too-large": ("event[0].delta_v_m_s", "50.0", "kg of propellant", "hold at most", "force = true would not help"),
    "burn-too-short": ("event[0].duration_s", "2.0", "1,050 N", "force = true"),
    "burn-without-size": ("event[0]", "without a size", "delta_v_m_s or duration_s"),
    "crew-aboard-twice": ("event[0].crew", "chari", "Raja Chari is aboard already"),
    "day-without-time": ("line 7", "end", "2022-04-10", "Write 2022-04-10T00:00:00Z"),
    "duplicate-key": ("line 16", "drag_coefficient a second time", "Keep one"),
    "duplicate-table": ("line 20", "[policies] a second time", "Keep one"),
    "end-before-start": ("line 7", "end", "2022-04-10T00:00:00Z", "after 2022-05-24T00:00:00Z", "swapped?"),
    "event-of-the-program": ("line 32", "event[0].origin", "flown", "Remove it"),
    "event-outside-the-horizon": ("line 30", "event[0].at", "2022-05-07", "2022-02-24", "2022-04-10", "Move"),
    "event-without-kind": ("line 28", "event[0].kind", "nothing", "undock"),
    "falls-at-once": ("line 13", "initial.velocity_km_s", "lowest point is 0 km", "6,478 km"),
    "file-missing": ("line 11", "initial.file", "iss.oem", "Check the name"),
    "gravity-too-fine": ("line 21", "flight.gravity_degree", "400", "at least 2 and at most 70"),
    "hold-too-low": ("line 21", "policies.hold.floor_km", "100.0", "at least 250 and at most 1,000"),
    "hold-without-table": ("line 18", "policies.reboost", "hold", "[policies.hold]", "floor_km and raise_km"),
    "horizon-of-centuries": ("line 7", "end", "182,666 days", "3,660", "Check the years"),
    "identifier-with-spaces": ("line 2", "id", "One Mistake", "small letters"),
    "infinite": ("line 12", "initial.position_km[0]", "inf", "a finite number"),
    "mass-in-tonnes": ("line 14", "initial.mass_kg", "461 kg", "sum of the parts", "Give kilograms"),
    "missing-key": ("question", "nothing", "required", "Add it"),
    "missing-table": ("flight", "nothing", "required", "Add it"),
    "month-13": ("line 7", "end", "month 13", "01 to 12"),
    "month-13-as-text": ("line 7", "end", "month 13", "01 to 12"),
    "msfc-without-bulletin": ("line 17", "outlook", "msfc", "bulletin = '2022-02'"),
    "naive-time": ("line 6", "start", "no time zone", "Write 2022-02-24T00:00:00Z"),
    "naive-time-as-text": ("line 6", "start", "no time zone", "Write 2022-02-24T00:00:00Z"),
    "negative-mass": ("line 14", "initial.mass_kg", "-460000.0", "above 0"),
    "no-room-to-be-in": ("event[0].crew", "vande-hei", "no room 's0-truss'", "zarya"),
    "not-a-number": ("line 15", "initial.drag_coefficient", "nan", "a finite number"),
    "nothing-docked": ("event[0].visit", "Soyuz MS-22 is not docked", "soyuz-ms-19, progress-ms-18"),
    "number-as-text": ("line 32", "event[0].delta_v_m_s", "'0.4 m/s'", "Write the bare number", "unit is in the key"),
    "number-with-unit": ("line 32", "delta_v_m_s", "0.4 m/s", "a bare number", "unit is in the key"),
    "occupied-port": ("line 33", "event[0].port", "poisk-zenith", "occupied by Progress MS-19"),
    "open-bracket": ("line 13", "Unclosed array", "not closed"),
    "open-quote": ("line 5", "station", '"iss', "not closed"),
    "person-not-aboard": ("event[0].crew", "rubio is not aboard", "dubrov"),
    "position-in-metres": ("line 12", "initial.position_km", "6,795,000.0 km", "too high", "Give kilometres"),
    "position-inside-the-earth": ("line 12", "initial.position_km", "5,795.0 km", "inside the Earth", "6,528 to 8,378 km"),
    "range-reversed": ("line 20", "flight.density_scale", "low = 1.2", "low <= value <= high", "Swap"),
    "reboost-by-unknown": ("line 18", "policies.reboost_by[0]", "cygnuss", "Did you mean 'cygnus'?"),
    "schema-missing": ("schema", "nothing", "Add the first line", "stationkeeper.scenario/1"),
    "schema-of-tomorrow": ("line 1", "schema", "stationkeeper.scenario/9", "stationkeeper.scenario/1"),
    "second-60": ("line 30", "event[0].at", "second 60", "no leap second"),
    "second-of-two": ("line 36", "event[1].visit", "progress-ms-99", "did you mean 'progress-ms-19'?"),
    "speed-too-small": ("line 13", "initial.velocity_km_s", "0.766 km/s", "too small", "6.5 to 8.5 km/s"),
    "state-after-start": ("line 10", "initial.epoch", "2022-03-24", "2022-02-24", "Move the start"),
    "state-without-velocity": ("line 9", "initial", "no velocity_km_s", "Add what is missing"),
    "station-file-missing": ("line 5", "station", "my-station.toml", "Check the name"),
    "tank-to-itself": ("event[0].to_tank", "progress-ms-18-propellant", "not to the same"),
    "text-without-quotes": ("line 18", "reboost", "nobody", 'Text needs quotes: reboost = "nobody"'),
    "three-mistakes": (
        "line 11", "ITRF", "EME2000, GCRF",
        "line 15", "initial.drag_coefficient", "'two'", "a number",
        "line 29", "event[0].kind", "undok", "Did you mean 'undock'?",
    ),
    "too-many-people": ("event[0].crew", "Soyuz MS-19 has 3 seats for 4 people"),
    "too-many-questions": ("line 6", "questions[1]", "Q11", "Q10"),
    "true-with-capital": ("line 32", "force", "True", "small letters"),
    "two-coordinates": ("line 12", "initial.position_km", "[6795.0, 0.0]", "three numbers"),
    "unknown-event-kind": ("line 29", "event[0].kind", "dok", "Did you mean 'dock'?"),
    "unknown-joint": ("line 31", "event[0].joint", "zarya-pma1", "did you mean 'zarya-pma-1'?"),
    "unknown-key": ("line 33", "event[0].prot", "unknown key", "Did you mean 'port'?"),
    "unknown-partner": ("line 31", "event[0].partner", "roskosmos", "did you mean 'roscosmos'?"),
    "unknown-person": ("line 34", "event[0].crew", "artemyef", "did you mean 'artemyev'?"),
    "unknown-port": ("line 33", "event[0].port", "poisk-zenit", "did you mean 'poisk-zenith'?"),
    "unknown-station": ("line 5", "station", "mirr", "iss, skylab"),
    "unknown-step": ("event[0].steps_done[0]", "spacewalks", "Did you mean 'spacewalk'?"),
    "unknown-table": ("line 17", "polices", "unknown key", "Did you mean 'policies'?"),
    "unknown-vehicle-type": ("line 32", "event[0].vehicle", "shuttle", "soyuz-ms"),
    "vehicle-does-not-fit": ("event[0].port", "Cygnus (CBM) does not fit Prichal nadir (SSVP-G4000)", "force = true"),
    "vehicle-named-like-a-module": ("event[0].visit", "zarya", "a part of the station"),
    "weather-not-used": ("line 17", "outlook", "f107_sfu and ap", "weather = 'fixed'", "Remove it"),
    "wrong-unit-key": ("line 32", "event[0].delta_v_km_s", "Did you mean 'delta_v_m_s'?", "Convert the number"),
    "year-1957": ("line 6", "start", "year 1957", "from 1972"),
    "zero-area": ("line 14", "initial.drag_area_m2", "0.0", "above 0"),
}  # fmt: skip

STATIONS: dict[str, tuple[str, ...]] = {
    "aboard-twice": ("line 119", "stay[1]", "aboard already", "Check the dates"),
    "assumed-without-range": ("line 40", "element[0].mass_kg", "assumed", "low and high"),
    "berth-leaves-first": ("line 106", "visit[1].berths[0].leave", "2020-06-30", "2020-07-02", "swapped?"),
    "berths-overlap": ("line 106", "visit[1].berths[0]", "progress-1 at core-aft while soyuz-1 is there"),
    "cargo-misspelled": ("line 107", "visit[1].cargo.propelant_kg", "Did you mean 'propellant_kg'?"),
    "colour-in-words": ("line 83", "partner[1].colour", "red", "#0b3d91"),
    "direction-not-unit": ("line 75", "port[0].direction", "1.41421", "unit vector"),
    "elements-as-numbers": ("line 3", "person[0]", "1", "a table"),
    "figure-without-unit": ("line 124", "equipment[0].figures.momentum", "no unit", "_kg"),
    "id-twice": ("line 46", "element[1].id", "core", "element[0].id", "Rename"),
    "joint-to-unknown-element": ("line 61", "joint[0].between", "labb", "Did you mean 'lab'?"),
    "left-before-it-joined": ("line 54", "element[1].left", "2019-02-02", "2020-02-02", "swapped?"),
    "main-element-unknown": ("line 11", "station.main_element", "kern", "[[element]]"),
    "mass-negative": ("line 54", "element[1].mass_kg", "-9000", "above zero"),
    "mass-range-reversed": ("line 40", "element[0].mass_kg", "low = 21000", "Swap"),
    "mass-without-evidence": ("line 54", "element[1].mass_kg", "10000.0", "source, as_of, confidence"),
    "no-station": ("station", "nothing", "required"),
    "nobody-to-live-with": ("line 109", "stay[0]", "first aboard", "habitable = true"),
    "not-a-list": ("line 3", "segment", "3", "a list"),
    "source-not-listed": ("line 66", "joint[0].source", "R7", "[[source]]"),
    "tank-heavier-than-its-body": ("line 124", "equipment[0].figures.content_kg", "12,000 kg", "10,000 kg", "lab"),
    "vehicle-unknown": ("line 104", "visit[1].vehicle", "progres-ms", "Did you mean 'progress-ms'?"),
}

EPHEMERIDES: dict[str, tuple[str, ...]] = {
    "about-the-moon": ("CENTER_NAME", "MOON", "EARTH"),
    "an-opm": ("Opm message", "OEM"),
    "cut-in-a-line": ("line 26", "Get the file again"),
    "epoch-twice": ("state 7", "2022-02-24T00:20:00", "after 2022-02-24T00:20:00"),
    "in-metres": ("state 6", "6794999999.7 km", "Positions are in km"),
    "infinite": ("line 25", "Get the file again"),
    "month-13": ("state 6", "2022-13-24", "month 13"),
    "negative-mass": ("MASS", "-460600.00", "from 0"),
    "not-a-number": ("line 25", "Get the file again"),
    "not-an-oem": ("KVN header", "OEM"),
    "one-state": ("1 state", "at least two"),
    "out-of-order": ("state 7", "2022-02-24T00:20:00", "after 2022-02-24T00:24:00"),
    "six-numbers-missing": ("line 25", "Get the file again"),
    "truncated": ("2022-02-24T00:20:00", "2022-02-24T00:44:00", "cut off"),
    "without-mass": ("MASS", "all three", "by hand"),
    "wrong-frame": ("REF_FRAME", "ITRF2000", "EME2000", "Convert"),
    "wrong-time-system": ("TIME_SYSTEM", "TDB", "UTC", "Convert"),
}


class Said:
    """What one call of the command line left behind: its exit code and what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = call(arguments)
        self.out, err = capsys.readouterr()
        self.err = err.removeprefix("loading\n")  # the progress of a run

    def is_one_clear_message(self, *words: str) -> None:
        """Exit code 2; on stderr a short message with these words, on stdout nothing."""
        assert self.code == 2, self.err or self.out
        assert self.out == ""
        assert self.err.startswith("error: ")
        assert "Traceback" not in self.err
        assert "went wrong inside" not in self.err
        assert len(self.err.splitlines()) <= 12
        assert not [w for w in words if w not in self.err], self.err


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_mistake_in_a_scenario_is_named(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = f"scenario-{name}.toml"
    Said(capsys, "validate", str(BROKEN / file)).is_one_clear_message(file, *SCENARIOS[name])


@pytest.mark.parametrize("name", STATIONS)
def test_a_mistake_in_a_station_is_named(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = f"station-{name}.toml"
    said = Said(capsys, "station", "show", str(BROKEN / file), "--at", "2020-04-10")
    said.is_one_clear_message(file, *STATIONS[name])


def test_every_broken_file_is_tried() -> None:
    listed = {f"scenario-{n}.toml" for n in SCENARIOS} | {f"station-{n}.toml" for n in STATIONS}
    listed |= {f"ephemeris-{n}.oem" for n in EPHEMERIDES}
    assert {p.name for p in BROKEN.iterdir()} == listed


# ---- ephemerides: what is refused leaves nothing behind -----------------------------------------------------------


@pytest.mark.parametrize("name", EPHEMERIDES)
def test_a_mistake_in_an_ephemeris_is_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = f"ephemeris-{name}.oem", tmp_path / "new" / "made.toml"
    Said(capsys, "import", "oem", str(BROKEN / file), "--out", str(out)).is_one_clear_message(file, *EPHEMERIDES[name])
    assert list(tmp_path.iterdir()) == []


def test_an_ephemeris_that_is_cut_or_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = gzip.compress(OEM.read_bytes())
    odd = {
        "cut.oem.gz": packed[: len(packed) // 2], "flipped.oem.gz": packed[:50] + b"\xff\xff" + packed[52:],
        "empty.oem": b"", "binary.oem": bytes(range(256)) * 9, "deep.xml": b"<oem>" + b"<a>" * 20_000,
    }  # fmt: skip
    out = tmp_path / "made.toml"
    out.write_text("what stood here", encoding="utf-8")
    for name, raw in odd.items():
        (tmp_path / name).write_bytes(raw)
        Said(capsys, "import", "oem", str(tmp_path / name), "--out", str(out)).is_one_clear_message(name)
    Said(capsys, "import", "oem", str(tmp_path / "none.oem"), "--out", str(out)).is_one_clear_message(
        "none.oem", "No such file"
    )
    Said(capsys, "import", "oem", str(tmp_path), "--out", str(out)).is_one_clear_message("Is a directory")
    assert out.read_text(encoding="utf-8") == "what stood here"
    assert {p.name for p in tmp_path.iterdir()} == {*odd, "made.toml"}


@pytest.mark.parametrize("packed", [False, True])
def test_a_good_ephemeris_becomes_a_scenario(packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ('the "station".oem' + (".gz" if packed else ""))
    file.write_bytes(gzip.compress(OEM.read_bytes()) if packed else OEM.read_bytes())
    out = tmp_path / "new" / "made.toml"
    said = Said(capsys, "import", "oem", str(file), "--out", str(out))
    assert said.code == 0, said.err
    assert Said(capsys, "validate", str(out)).code == 0
    assert [p.name for p in out.parent.iterdir()] == ["made.toml"]


def test_an_ephemeris_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "iss.oem"
    file.write_bytes(OEM.read_bytes())
    Said(capsys, "import", "oem", str(file), "--out", str(file)).is_one_clear_message("iss.oem", "the ephemeris itself")
    Said(capsys, "import", "oem", str(file), "--out", str(tmp_path)).is_one_clear_message("a folder", "Add a name")
    Said(
        capsys, "import", "oem", str(file), "--station", "hut", "--out", str(tmp_path / "x.toml")
    ).is_one_clear_message("'hut'")
    assert file.read_bytes() == OEM.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["iss.oem"]


def test_a_disk_that_fills_up_leaves_the_old_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    out = tmp_path / "made.toml"
    out.write_text("what stood here", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", full)
    said = Said(capsys, "import", "oem", str(OEM), "--out", str(out))
    assert (said.code, said.out) == (1, "")
    assert "No space left on device" in said.err
    assert out.read_text(encoding="utf-8") == "what stood here"
    assert [p.name for p in tmp_path.iterdir()] == ["made.toml"]


# ---- files that no editor would keep ----------------------------------------------------------------------------

GOOD = (BROKEN / "scenario-event-outside-the-horizon.toml").read_text(encoding="utf-8").split("[[event]]")[0]
EVENT = '[[event]]\nkind = "undock"\nat = 2022-03-07T00:00:00Z\nvisit = "progress-ms-18"\n'

ODD: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "empty": (b"", ("an empty file",)),
    "blank": (b"\n \n\t\n", ("an empty file",)),
    "binary": (bytes(range(128, 256)) * 8, ("byte 0x80", "binary file")),
    "zero-bytes": (b"id = \x00", ("zero byte",)),
    "utf-16": (GOOD.encode("utf-16"), ("UTF-16", "UTF-8")),
    "latin-1": (GOOD.replace("one mistake", "Größe").encode("latin-1"), ("line 3", "byte 0xf6", "UTF-8")),
    "nested-brackets": (b"x = " + b"[" * 20_000, ("nested too deeply", "64")),
    "nested-tables": (b"x = " + b"{a = " * 20_000, ("nested too deeply", "64")),
    "nested-keys": (b"a." * 20_000 + b"a = 1", ("nested too deeply", "64")),
    "nested-headers": (b"[" + b"a." * 20_000 + b"a]", ("nested too deeply", "64")),
    "huge": (b"# filler\n" * 150_000, ("1350000 bytes", "at most 1000000")),
    "huge-number": (GOOD.replace("1500.0", "9" * 400).encode(), ("drag_area_m2", "...")),
    "endless-number": (GOOD.replace("1500.0", "9" * 5_000).encode(), ("drag_area_m2", "...")),
    "too-many-events": ((GOOD + EVENT * 10_001).encode(), ("event", "10001 entries", "at most 10000")),
    "json": (b'{"schema": "stationkeeper.scenario/1"}', ("line 1", "Is it a TOML file?")),
    "station-instead": (HUT.read_bytes(), ("schema", "stationkeeper.station/1", "another kind")),
    "terminal-codes": (GOOD.replace("one mistake", "\\u001b[31m").encode(), ("title", "\\x1b[31m", "one line")),
    "name-with-zero": (GOOD.replace('"iss"', '"a\\u0000b.toml"').encode(), ("station", "a\\x00b.toml")),
    "name-without-end": (GOOD.replace('"iss"', f'"{"a" * 5000}"').encode(), ("station", "...")),
    "control-characters": (b"\x01\x02 = 3", ("line 1",)),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_gives_a_message(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_bytes(ODD[name][0])
    said = Said(capsys, "validate", str(path))
    said.is_one_clear_message(path.name, *ODD[name][1])
    assert len(said.err) < 2_000
    assert said.err.rstrip("\n").isprintable()


@pytest.mark.parametrize("command", [["validate"], ["run"], ["station", "show", "--at", "2022-02-24"]])
def test_a_file_that_is_none(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Said(capsys, *command, str(tmp_path)).is_one_clear_message(str(tmp_path), "a folder")
    Said(capsys, *command, str(tmp_path / "nothing.toml")).is_one_clear_message("nothing.toml", "No such file")
    (tmp_path / "file.toml").write_text("x = 1", encoding="utf-8")
    inside = tmp_path / "file.toml" / "inside.toml"
    Said(capsys, *command, str(inside)).is_one_clear_message("inside.toml", "Not a directory")
    Said(capsys, *command, "x" * 300 + ".toml").is_one_clear_message("File name too long")
    Said(capsys, *command, "a\0b.toml").is_one_clear_message("null byte")


def test_a_file_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "locked.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert Said(capsys, "validate", str(path)).code == 0
    path.chmod(0)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:  # who reads every file: be somebody else for a moment
        os.seteuid(65534)
    try:
        if os.name == "nt":
            pytest.skip("permissions work in another way on this system")
        Said(capsys, "validate", str(path)).is_one_clear_message("locked.toml", "Permission denied")
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_does_not_hang(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    Said(capsys, "validate", str(tmp_path / "pipe.toml")).is_one_clear_message("pipe.toml", "a pipe or a device")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    Said(capsys, "validate", str(tmp_path / "loop.toml")).is_one_clear_message("loop.toml", "symbolic link")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda t: t.encode(), id="as it is"),
        pytest.param(lambda t: t.encode("utf-8-sig"), id="with a byte-order mark"),
        pytest.param(lambda t: t.replace("\n", "\r\n").encode(), id="with Windows line ends"),
        pytest.param(lambda t: t.replace("one mistake", "Größe, 宇宙ステーション").encode(), id="in other scripts"),
        pytest.param(lambda t: ("#" + "[" * 200 + " it's\n" + t).encode(), id="brackets in a comment"),
    ],
)
def test_a_good_file_stays_good(
    change: Callable[[str], bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "good.toml"
    path.write_bytes(change(GOOD))
    said = Said(capsys, "validate", str(path))
    assert said.code == 0, said.err
    assert said.err == ""
    assert "valid" in said.out


def test_a_folder_of_fragments_names_the_fragment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head, visits = HUT.read_text(encoding="utf-8").split("[[visit]]", 1)
    folder = tmp_path / "hut"
    folder.mkdir()
    (folder / "one.toml").write_text(head, encoding="utf-8")
    (folder / "two.toml").write_text("[[visit]]" + visits.replace("2020-09-01", "2020-06-30"), encoding="utf-8")
    said = Said(capsys, "station", "show", str(folder), "--at", "2020-04-10")
    said.is_one_clear_message("two.toml, line 14", "visit[1].berths[0].leave", "2020-06-30")
    (folder / "two.toml").write_text('[station]\nid = "again"\n', encoding="utf-8")
    said = Said(capsys, "station", "show", str(folder), "--at", "2020-04-10")
    said.is_one_clear_message("two.toml", "station", "a second copy")
