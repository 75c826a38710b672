"""Element sets: TLE and OMM."""

import gzip
import json
import math
from pathlib import Path

import ccsds_ndm
import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.flight.engines.sgp4 import MeanElements
from stationkeeper.formats.elements import read_elements

# printed in a NASA trajectory page of 2016-02-21 (epoch 2016-02-17T15:47:39Z)
FIRST = "1 25544U 98067A   16048.65809445  .00016717  00000-0  10270-3 0  9007"
SECOND = "2 25544  51.6417 299.0882 0003811 137.9621 222.1824 15.54145293 26239"
OMM = {
    "OBJECT_NAME": "ISS (ZARYA)",
    "OBJECT_ID": "1998-067A",
    "EPOCH": "2016-02-17T15:47:39.360480",
    "MEAN_MOTION": 15.54145293,
    "ECCENTRICITY": 0.0003811,
    "INCLINATION": 51.6417,
    "RA_OF_ASC_NODE": 299.0882,
    "ARG_OF_PERICENTER": 137.9621,
    "MEAN_ANOMALY": 222.1824,
    "EPHEMERIS_TYPE": 0,
    "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": 25544,
    "ELEMENT_SET_NO": 900,
    "REV_AT_EPOCH": 2623,
    "BSTAR": 0.0001027,
    "MEAN_MOTION_DOT": 0.00016717,
    "MEAN_MOTION_DDOT": 0,
}
KVN = """CCSDS_OMM_VERS = 2.0
CREATION_DATE = 2016-02-21T00:00:00
ORIGINATOR = T
OBJECT_NAME = ISS (ZARYA)
OBJECT_ID = 1998-067A
CENTER_NAME = EARTH
REF_FRAME = TEME
TIME_SYSTEM = UTC
MEAN_ELEMENT_THEORY = SGP4
EPOCH = 2016-02-17T15:47:39.360480
MEAN_MOTION = 15.54145293
ECCENTRICITY = .0003811
INCLINATION = 51.6417
RA_OF_ASC_NODE = 299.0882
ARG_OF_PERICENTER = 137.9621
MEAN_ANOMALY = 222.1824
EPHEMERIS_TYPE = 0
CLASSIFICATION_TYPE = U
NORAD_CAT_ID = 25544
ELEMENT_SET_NO = 900
REV_AT_EPOCH = 2623
BSTAR = .0001027
MEAN_MOTION_DOT = .00016717
MEAN_MOTION_DDOT = 0
"""


def read(tmp_path: Path, text: str | bytes) -> tuple[MeanElements, ...]:
    file = tmp_path / "sets.txt"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_elements(file)


def check_sum(line: str) -> str:
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


def test_two_and_three_lines_and_gzip(tmp_path: Path) -> None:
    text = f"ISS (ZARYA)\n{FIRST}\n{SECOND}\n\n# a remark\n0 ISS\n{FIRST}\n{SECOND}\n{FIRST}\n{SECOND}\n"
    for form in (text, gzip.compress(text.encode()), text.replace("\n", "\r\n")):
        sets = read(tmp_path, form)
        assert [s.name for s in sets] == ["ISS (ZARYA)", "ISS", ""]
    one = sets[0]
    assert (one.catalog_number, one.international_designator) == (25544, "1998-067A")
    assert one.epoch.isoformat(3) == "2016-02-17T15:47:39.360Z"
    assert math.degrees(one.inclination_rad) == pytest.approx(51.6417)
    assert (one.eccentricity, one.bstar_1_re) == (0.0003811, pytest.approx(1.027e-4))
    assert one.mean_altitude_m == pytest.approx(405e3, abs=2e3)


def test_omm_in_every_dress_is_the_same_set(tmp_path: Path) -> None:
    (tle,) = read(tmp_path, f"ISS (ZARYA)\n{FIRST}\n{SECOND}\n")
    xml = ccsds_ndm.from_str(KVN).to_str("xml")
    for text in (json.dumps(OMM), json.dumps([OMM]), KVN, xml):
        (omm,) = read(tmp_path, text)
        assert (omm.name, omm.catalog_number) == ("ISS (ZARYA)", 25544)
        assert abs(omm.epoch - tle.epoch) < 1e-3
        for key in ("mean_motion_rad_s", "eccentricity", "raan_rad", "mean_anomaly_rad", "bstar_1_re"):
            assert getattr(omm, key) == pytest.approx(getattr(tle, key), rel=1e-9)


def test_letters_in_catalogue_numbers(tmp_path: Path) -> None:
    lines = [check_sum(line.replace("25544", "B5544")) for line in (FIRST, SECOND)]
    assert read(tmp_path, "\n".join(lines))[0].catalog_number == 115_544


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no element set"),
        ("nothing here\n", "no element set"),
        (FIRST[:-1] + "1\n" + SECOND, "checksum 1; expected 7"),
        (FIRST + "\n", "69 characters starting with '2 '"),
        (SECOND + "\n" + FIRST, "a first line before the second"),
        (FIRST + "\n" + check_sum(SECOND.replace("25544", "25545")), "the same in both lines"),
        (check_sum(FIRST.replace("16048.65809445", "16400.65809445")) + "\n" + SECOND, "day 400 of 2016"),
        (FIRST + "\n" + check_sum(SECOND.replace(" 51.6417", " 5x.6417")), "numbers in the columns"),
        (FIRST + "\n" + check_sum(SECOND.replace(" 51.6417", "251.6417")), "inclination_rad"),
        (check_sum(FIRST.replace(" 10270-3", " 10 70x3")) + "\n" + SECOND, "implied decimal"),
        ("[1, 2]", "not objects"),
        ("{", "well-formed JSON"),
        ("[" * 100_000, "nested more than 64"),
        (json.dumps({**OMM, "BSTAR": "much", "EPOCH": "2016-13-01"}), "BSTAR"),
        (json.dumps({**OMM, "MEAN_MOTION": True}), "MEAN_MOTION"),
        (json.dumps({**OMM, "MEAN_MOTION": int("9" * 400)}), "MEAN_MOTION"),
        (json.dumps({**OMM, "NORAD_CAT_ID": -5}), "catalog_number"),
        (json.dumps({**OMM, "MEAN_ELEMENT_THEORY": "DSST"}), "Only SGP4"),
        (json.dumps(OMM).replace("0.0001027", "NaN"), "finite number"),
        (KVN.replace("15.54145293", "fast"), "well-formed CCSDS OMM"),
        ("<ndm></ndm>", "an OMM"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith("sets.txt") or "element set" in str(caught.value)


def test_problems_of_many_sets_are_collected_up_to_ten(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, (FIRST[:-1] + "1\n" + SECOND + "\n") * 50)
    assert len(caught.value.problems) == 10
