"""OEM files: what is read, what is refused, what is written. NASA's own files are read in validation/nasa_oem."""

import gzip
import random
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, StationkeeperError
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.engines.numerical import Forces, fly
from stationkeeper.flight.state import StateVector
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.formats.elements import read_elements
from stationkeeper.formats.oem import measure_burn, read_oem, write_oem

CREATED = Epoch.parse("2022-02-24T00:00:00Z")
STATES = (
    "-3861.9273174567302 -4195.3743091895903 -3710.0492871882202 2.28790897454199 -5.9000590320760402 4.29976637824657",
    "-3179.5349020521298 -5442.2130997194899 -2555.8611571574699 3.3644142014024898 -4.4265900756749001 5.2604232390763501",
)
KVN = f"""CCSDS_OEM_VERS = 2.0
CREATION_DATE = 2021-12-30T21:54:55.800
ORIGINATOR = JSC

META_START
OBJECT_NAME = ISS
OBJECT_ID = 1998-067-A
CENTER_NAME = EARTH
REF_FRAME = EME2000
TIME_SYSTEM = UTC
START_TIME = 2021-12-31T12:00:00.000
STOP_TIME = 2021-365T12:04:00.000Z
META_STOP

COMMENT Units are in kg and m^2
COMMENT MASS=445386.00
COMMENT DRAG_AREA=1492.30
COMMENT DRAG_COEFF=2.60
COMMENT SOLAR_RAD_AREA=0.00
COMMENT SOLAR_RAD_COEFF=0.00
COMMENT |       EVENT        |       TIG        | ORB |   DV    |   HA    |   HP    |
COMMENT  GMT 364 Deboost       364:01:18:00.000             1.1     425.5     413.2
COMMENT                                                    (3.6)   (229.7)   (223.1)
COMMENT  80P Launch            004:04:25:40.500             0.0     426.4     408.1
2021-365T12:00:00.000Z {STATES[0]}
2021-12-31T12:04:00.000 {STATES[1]}
"""
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<ndm><oem id="CCSDS_OEM_VERS" version="2.0">
<header><CREATION_DATE>2022-038T21:54:55.800Z</CREATION_DATE><ORIGINATOR>JSC</ORIGINATOR></header>
<body><segment><metadata><OBJECT_NAME>ISS</OBJECT_NAME><OBJECT_ID>1998-067-A</OBJECT_ID><CENTER_NAME>EARTH</CENTER_NAME>
<REF_FRAME>EME2000</REF_FRAME><TIME_SYSTEM>UTC</TIME_SYSTEM><START_TIME>2022-038T12:00:00.000Z</START_TIME>
<STOP_TIME>2022-038T12:04:00.000Z</STOP_TIME></metadata><data><COMMENT>MASS=445386.00</COMMENT>
{
    "".join(
        f"<stateVector><EPOCH>2022-038T12:0{m}:00.000Z</EPOCH>"
        + "".join(
            f'<{k} units="{u}">{x}</{k}>'
            for k, u, x in zip(
                ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT"), ["km"] * 3 + ["km/s"] * 3, s.split(), strict=True
            )
        )
        + "</stateVector>"
        for m, s in zip((0, 4), STATES, strict=True)
    )
}
</data></segment></body></oem></ndm>
"""


def read(tmp_path: Path, text: str | bytes, name: str = "a.oem"):  # type: ignore[no-untyped-def]
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_oem(file)


def test_nasas_habits_in_kvn(tmp_path: Path) -> None:
    oem = read(tmp_path, KVN)
    assert (oem.object_name, oem.object_id, oem.originator, oem.frame) == ("ISS", "1998-067-A", "JSC", "EME2000")
    assert [str(e) for e in oem.epochs] == ["2021-12-31T12:00:00Z", "2021-12-31T12:04:00Z"]
    assert oem.position_eme2000_m[0] == pytest.approx(
        [-3861927.3174567302, -4195374.3091895903, -3710049.2871882202], abs=1e-6
    )
    assert np.linalg.norm(oem.position_gcrf_m[0] - oem.position_eme2000_m[0]) == pytest.approx(0.7, abs=0.3)
    assert (oem.mass_kg, oem.drag_area_m2, oem.drag_coefficient) == (445_386.0, 1_492.3, 2.6)
    assert (oem.solar_rad_area_m2, oem.solar_rad_coefficient) == (0.0, 0.0)
    assert oem.body().drag_m2_kg == pytest.approx(2.6 * 1_492.3 / 445_386.0)
    assert oem.burns == ()


def test_an_event_after_new_year_is_next_years(tmp_path: Path) -> None:
    first, second = read(tmp_path, KVN).events
    assert (first.label, str(first.epoch), first.delta_v_m_s) == ("GMT 364 Deboost", "2021-12-30T01:18:00Z", 1.1)
    assert (first.apogee_m, first.perigee_m) == (425_500.0, 413_200.0)
    assert (second.label, second.epoch.isoformat(1)) == ("80P Launch", "2022-01-04T04:25:40.5Z")


def test_xml_and_gzip_give_the_same(tmp_path: Path) -> None:
    plain, packed = read(tmp_path, XML), read(tmp_path, gzip.compress(XML.encode()), "a.xml.gz")
    assert plain.position_gcrf_m.tolist() == packed.position_gcrf_m.tolist()
    assert plain.created == Epoch.parse("2022-02-07T21:54:55.800Z")
    assert plain.position_eme2000_m == pytest.approx(read(tmp_path, KVN).position_eme2000_m)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2021-12-31T12:04:00.000 ", "2021-13-31T12:04:00.000 ", "month 13"),
        ("2021-12-31T12:04:00.000 ", "2021-366T12:04:00.000 ", "day 366 of 2021"),
        ("2021-12-31T12:04:00.000 ", "2021-12-31T11:04:00.000 ", "an epoch after 2021-365T12:00"),
        ("2021-12-31T12:04:00.000 ", "2021-365T12:00:00.000 ", "an epoch after 2021-365T12:00"),
        ("-3179.5349020521298", "NaN", "well-formed"),
        ("-3179.5349020521298", "1e999", "six finite numbers"),
        ("-3179.5349020521298", "-3179534.9020521298", "radius"),
        ("3.3644142014024898", "3364.4142014024898", "speed"),
        ("REF_FRAME = EME2000", "REF_FRAME = TEME", "EME2000, GCRF or ICRF"),
        ("TIME_SYSTEM = UTC", "TIME_SYSTEM = GPS", "TIME_SYSTEM: found GPS; expected UTC"),
        ("CENTER_NAME = EARTH", "CENTER_NAME = MARS", "expected EARTH"),
        ("STOP_TIME = 2021-365T12:04:00.000Z", "STOP_TIME = 2022-001T12:00:00.000Z", "cut off"),
        ("STOP_TIME = 2021-365T12:04:00.000Z", "STOP_TIME = soon", "invalid epoch format"),
        ("CREATION_DATE = 2021-12-30", "CREATION_DATE = 2021-02-30", "CREATION_DATE"),
        (f"2021-12-31T12:04:00.000 {STATES[1]}", "", "cut off"),
        ("META_STOP", "", "well-formed"),
        (" 5.2604232390763501", "", "well-formed"),
        ("CCSDS_OEM_VERS = 2.0", "CCSDS_OEM_VERS = 9.0", "version"),
        ("MASS=445386.00", "MASS=-1", "COMMENT MASS"),
        ("DRAG_COEFF=2.60", "DRAG_COEFF=2.6.0", "COMMENT DRAG_COEFF"),
        ("364:01:18:00.000  ", "367:01:18:00.000  ", "event 'GMT 364 Deboost'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in KVN
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, KVN.replace(old, new))
    assert str(caught.value).startswith("a.oem")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "well-formed"),
        (b"\xff\xfe\x00", "not text"),
        (b"\x1f\x8bnot gzip at all", "a file that can be read"),
        ("<a>" * 100_000, "nested more than 64"),
        ('<!DOCTYPE a [<!ENTITY b "x">]><ndm>&b;</ndm>', "document type"),
        ("<ndm></ndm>", "0 ephemeris messages"),
        (gzip.compress(b"x" * (65 * 1024 * 1024)), "at most 64 MiB"),
    ],
)
def test_what_is_no_ephemeris_is_refused(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No such file.*a file that can be read"):
        read_oem(tmp_path / "none.oem")


def test_problems_are_collected(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, KVN.replace("EME2000", "TEME").replace("= UTC", "= GPS").replace("= EARTH", "= MARS"))
    assert len(caught.value.problems) == 3


def test_a_body_without_mass_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Give the body yourself"):
        read(tmp_path, KVN.replace("COMMENT MASS=445386.00\n", "")).body()


def test_segments_are_joined(tmp_path: Path) -> None:
    head, meta = KVN.split("META_START")
    second = "META_START" + meta.replace("12:00:00", "12:04:01").replace("12:04:00", "12:08:00").replace(
        "12:04:01", "12:04:00"
    )
    oem = read(tmp_path, head + "META_START" + meta + "\n" + second)
    assert [str(e)[11:16] for e in oem.epochs] == ["12:00", "12:04", "12:08"]
    with pytest.raises(InputError, match="one frame"):
        read(tmp_path, head + "META_START" + meta + "\n" + second.replace("EME2000", "GCRF"))


def test_written_and_read_again(tmp_path: Path, path: Trajectory) -> None:
    for name in ("a.oem", "b.oem"):
        write_oem(
            path, tmp_path / name, object_name="ISS", object_id="1998-067-A", originator="stationkeeper", created=CREATED,
            comments=["MASS=450000.00", "", "flown by stationkeeper"],
        )  # fmt: skip
    assert (tmp_path / "a.oem").read_bytes() == (tmp_path / "b.oem").read_bytes()
    oem = read_oem(tmp_path / "a.oem")
    assert oem.times_tai_us.tolist() == path.times_tai_us.tolist()
    assert np.abs(oem.position_gcrf_m - path.position_gcrf_m).max() < 2e-6
    assert np.abs(oem.velocity_gcrf_m_s - path.velocity_gcrf_m_s).max() < 2e-9
    assert oem.mass_kg == 450_000.0
    assert oem.created == CREATED


@pytest.mark.parametrize("bad", ["two\nlines", "", "\x07"])
def test_text_that_would_break_the_file_is_refused(tmp_path: Path, path: Trajectory, bad: str) -> None:
    with pytest.raises(InputError, match="printable text"):
        write_oem(path, tmp_path / "a.oem", object_name=bad, object_id="X", originator="Y", created=CREATED)


def test_a_burn_is_found_by_its_steps_and_measured(tmp_path: Path, path: Trajectory, reboost: FiniteBurn) -> None:
    """Written as NASA writes: 240 s steps, 2 s inside the burn. The impulse comes back to 1 mm/s."""
    state = StateVector(path.start, path.position_gcrf_m[0], path.velocity_gcrf_m_s[0])
    fine = fly(
        state, Body(450e3, 1_500.0, 2.5), reboost.end, weather=SpaceWeather.fixed(), burns=[reboost],
        forces=Forces(gravity_degree=8), output_step_s=2.0,
    ).trajectory  # fmt: skip
    times = [*(e for e in path.epochs if not reboost.start < e < reboost.end)]
    inside = [reboost.start.plus_s(2.0 * k) for k in range(1, 61)]
    times = sorted({*times, *inside, reboost.start, reboost.end})
    rows = [(fine if e <= reboost.end and e >= reboost.start else path).at(e) for e in times]
    nasa = Trajectory.build(times, [s.position_gcrf_m for s in rows], [s.velocity_gcrf_m_s for s in rows])
    write_oem(
        nasa, tmp_path / "a.oem", object_name="ISS", object_id="1998-067-A", originator="T", created=CREATED,
        comments=["MASS=450000.00", "DRAG_AREA=1500.0", "DRAG_COEFF=2.5"],
    )  # fmt: skip
    oem = read_oem(tmp_path / "a.oem")
    (arc,) = oem.burns
    assert (arc.start, arc.duration_s, arc.end) == (reboost.start, pytest.approx(120.5), reboost.end)
    measured = measure_burn(oem, arc, SpaceWeather.fixed(), forces=Forces(gravity_degree=8))
    assert measured == pytest.approx(1.0, abs=0.001)
    assert oem.trajectory().breaks_tai_us.tolist() == [reboost.start.tai_us, reboost.end.tai_us]


def test_no_damage_brings_a_reader_down(tmp_path: Path) -> None:
    """600 damaged files: each is read or refused in words."""
    rng = random.Random(5)  # noqa: S311 - no secret
    tokens = [
        "NaN",
        "inf",
        "1e400",
        "2022-13-01T00:00:00",
        "2022-366T12:00:00Z",
        "\x00",
        "<",
        ">",
        "é",
        "{",
        "9" * 400,
        "-",
        "",
    ]
    file = tmp_path / "x"
    for _ in range(600):
        text = rng.choice([KVN, XML])
        for _ in range(rng.choice([1, 1, 2, 5])):
            i, j = rng.randrange(len(text)), rng.choice([0, 1, 2, 10, 200])
            text = text[:i] + rng.choice(tokens) + text[i + j :]
        file.write_text(text, encoding="utf-8")
        for reader in (read_oem, read_elements):
            try:
                reader(file)
            except StationkeeperError as error:
                assert str(error)
