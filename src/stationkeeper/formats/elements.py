"""Mean element sets: two- and three-line sets (TLE) and CCSDS OMM in KVN, XML and JSON; plain or gzipped.

An element set is turned into positions only by :mod:`stationkeeper.flight.engines.sgp4`, and predictions from it are
good to about a kilometre.

References
----------
CelesTrak, NORAD Two-Line Element Set Format. Source key: celestrak-tle.
CCSDS 502.0-B-3, Orbit Data Messages (2023), OMM. Source key: ccsds-502.0-b-3.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import ccsds_ndm

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, Problem
from stationkeeper.flight.engines.sgp4 import MeanElements
from stationkeeper.formats.oem import check_xml, parse_ccsds_epoch, read_text

_MAX_PROBLEMS: Final = 10
_MAX_JSON_DEPTH: Final = 64
_DEG: Final = math.pi / 180.0
_REV_DAY: Final = math.tau / 86_400.0
_LINE_LENGTH: Final = 69
_ALPHA5: Final = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def read_elements(path: str | Path) -> tuple[MeanElements, ...]:
    """All element sets of a file, in the order of the file.

    Raises
    ------
    InputError
        For a file that is none of the known kinds, a wrong checksum, a number out of range, or a date outside the
        calendar; the first ten problems at once.
    """
    path = Path(path)
    text = read_text(path)
    start = text.lstrip()[:64]
    if start.startswith(("[", "{")):
        return _from_json(path.name, text)
    if start.startswith("<") or start.upper().startswith("CCSDS_OMM_VERS"):
        return _from_ccsds(path.name, text)
    return _from_tle(path.name, text)


def _collect(name: str, makers: Sequence[Callable[[], MeanElements]]) -> tuple[MeanElements, ...]:
    problems: list[Problem] = []
    sets: list[MeanElements] = []
    for make in makers:
        try:
            sets.append(make())
        except InputError as error:
            problems.extend(error.problems)
            if len(problems) >= _MAX_PROBLEMS:
                break
    if problems:
        raise InputError(problems[:_MAX_PROBLEMS])
    if not sets:
        raise InputError.one(name, "", "no element set", "TLE lines starting with 1 and 2, or an OMM")
    return tuple(sets)


# ---- TLE ------------------------------------------------------------------------------------------------------------


def _from_tle(name: str, text: str) -> tuple[MeanElements, ...]:
    lines = [line.rstrip() for line in text.splitlines()]
    makers: list[Callable[[], MeanElements]] = []
    title, k = "", 0
    while k < len(lines):
        line = lines[k]
        if line.startswith("1 ") and len(line) >= _LINE_LENGTH:
            second = lines[k + 1] if k + 1 < len(lines) else ""
            makers.append(lambda n=k, a=line, b=second, t=title: _tle(name, n + 1, t, a, b))  # type: ignore[misc]
            title, k = "", k + 2
            continue
        if line.startswith("2 ") and len(line) >= _LINE_LENGTH:
            raise InputError.one(name, f"line {k + 1}", line, "a first line before the second")
        if line and not line.startswith("#"):
            title = line.removeprefix("0 ").strip()
        k += 1
    return _collect(name, makers)


def _tle(name: str, number: int, title: str, first: str, second: str) -> MeanElements:
    where = f"{name} line {number}"
    for line, digit in ((first, "1"), (second, "2")):
        if len(line) < _LINE_LENGTH or not line.startswith(digit + " ") or not line[:_LINE_LENGTH].isascii():
            raise InputError.one(where, f"line {digit}", line or "nothing", f"69 characters starting with '{digit} '")
        total = sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10
        if str(total) != line[68]:
            raise InputError.one(
                where, f"line {digit}", f"checksum {line[68]}", f"{total}", "The line is damaged: get it again."
            )
    if first[2:7] != second[2:7]:
        raise InputError.one(where, "catalogue number", f"{first[2:7]} and {second[2:7]}", "the same in both lines")
    try:
        year, day = int(first[18:20]), float(first[20:32])
        launch = first[9:17].strip()
        return MeanElements(
            name=title,
            catalog_number=_catalog_number(first[2:7]),
            international_designator=_designator(launch),
            epoch=_tle_epoch(year + (1900 if year >= 57 else 2000), day),
            mean_motion_rad_s=float(second[52:63]) * _REV_DAY,
            eccentricity=float("0." + second[26:33].strip().replace(" ", "0")),
            inclination_rad=float(second[8:16]) * _DEG,
            raan_rad=float(second[17:25]) * _DEG,
            argument_of_perigee_rad=float(second[34:42]) * _DEG,
            mean_anomaly_rad=float(second[43:51]) * _DEG,
            bstar_1_re=_implied_decimal(first[53:61]),
            mean_motion_dot_rad_s2=float(first[33:43]) * _REV_DAY / 86_400.0,
        )
    except ValueError as error:
        raise InputError.one(where, "", f"{error}", "numbers in the columns of a two-line element set") from None


def _tle_epoch(year: int, day: float) -> Epoch:
    whole = math.floor(day)
    us = round((day - whole) * 86_400e6)
    return Epoch(parse_ccsds_epoch(f"{year:04d}-{whole:03d}T00:00:00").tai_us + us)


def _implied_decimal(text: str) -> float:
    """A number such as `` 10270-3`` (0.10270e-3)."""
    m = re.fullmatch(r"\s*([+-]?)(\d{5})([+-]\d)\s*", text.replace(" ", "0") if text.strip() == "" else text)
    if m is None:
        raise ValueError(f"'{text}' is not a number with implied decimal point")
    return float(f"{m[1]}0.{m[2]}e{m[3]}")


def _catalog_number(text: str) -> int:
    head = _ALPHA5.find(text[0].upper()) if text[0] != " " else 0
    if head < 0:
        raise ValueError(f"'{text}' is not a catalogue number")
    return head * 10_000 + int(text[1:].replace(" ", "0") if text[0] == " " else text[1:])


def _designator(text: str) -> str:
    m = re.fullmatch(r"(\d{2})(\d{3})([A-Z]{1,3})", text)
    if m is None:
        return text
    return f"{(1900 if int(m[1]) >= 57 else 2000) + int(m[1])}-{m[2]}{m[3]}"


# ---- OMM ------------------------------------------------------------------------------------------------------------

_OMM_KEYS: Final = (
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "BSTAR",
)


def _omm(name: str, index: int, fields: Mapping[str, Any]) -> MeanElements:
    where = f"{name} set {index + 1}"
    problems: list[Problem] = []
    numbers: dict[str, float] = {}
    for key in (*_OMM_KEYS, "NORAD_CAT_ID", "MEAN_MOTION_DOT"):
        value = fields.get(key, 0.0 if key == "MEAN_MOTION_DOT" else None)
        try:
            number = float(value) if value is not None and not isinstance(value, bool) else math.nan
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            problems.append(Problem(where, key, str(value)[:80], "a finite number"))
        numbers[key] = number
    for key, allowed in (
        ("TIME_SYSTEM", ("UTC",)),
        ("REF_FRAME", ("TEME",)),
        ("MEAN_ELEMENT_THEORY", ("SGP4", "SGP/SGP4")),
    ):
        value = str(fields.get(key) or allowed[0]).upper()
        if value not in allowed:
            problems.append(Problem(where, key, value[:80], " or ".join(allowed), "Only SGP4 sets can be read."))
    try:
        epoch = parse_ccsds_epoch(str(fields.get("EPOCH", "")))
    except ValueError as error:
        problems.append(Problem(where, "EPOCH", str(fields.get("EPOCH"))[:80], f"a UTC date ({error})"))
    if problems:
        raise InputError(problems)
    return MeanElements(
        name=str(fields.get("OBJECT_NAME") or ""),
        catalog_number=int(numbers["NORAD_CAT_ID"]),
        international_designator=str(fields.get("OBJECT_ID") or ""),
        epoch=epoch,
        mean_motion_rad_s=numbers["MEAN_MOTION"] * _REV_DAY,
        eccentricity=numbers["ECCENTRICITY"],
        inclination_rad=numbers["INCLINATION"] * _DEG,
        raan_rad=numbers["RA_OF_ASC_NODE"] * _DEG,
        argument_of_perigee_rad=numbers["ARG_OF_PERICENTER"] * _DEG,
        mean_anomaly_rad=numbers["MEAN_ANOMALY"] * _DEG,
        bstar_1_re=numbers["BSTAR"],
        mean_motion_dot_rad_s2=numbers["MEAN_MOTION_DOT"] * _REV_DAY / 86_400.0,
    )


def _from_json(name: str, text: str) -> tuple[MeanElements, ...]:
    depth = 0
    for m in re.finditer(r"[\[{\]}]", text):
        depth += 1 if m[0] in "[{" else -1
        if depth > _MAX_JSON_DEPTH:
            raise InputError.one(name, "", "JSON nested more than 64 deep", "at most 64 levels")
    try:
        data = json.loads(text)
    except ValueError as error:
        raise InputError.one(name, "", error, "well-formed JSON") from None
    rows = data if isinstance(data, list) else [data]
    if not all(isinstance(row, dict) for row in rows):
        raise InputError.one(
            name, "", "values that are not objects", "one JSON object, or a list of objects, with OMM keys"
        )
    return _collect(name, [lambda i=i, row=row: _omm(name, i, row) for i, row in enumerate(rows)])  # type: ignore[misc]


def _from_ccsds(name: str, text: str) -> tuple[MeanElements, ...]:
    if text.lstrip().startswith("<"):
        check_xml(name, text)
    try:
        message = ccsds_ndm.from_str(text)
    except (ValueError, ccsds_ndm.NdmError) as error:
        raise InputError.one(name, "", " ".join(str(error).split()), "a well-formed CCSDS OMM, KVN or XML") from None
    messages = message.messages if type(message).__name__ == "Ndm" else [message]
    omms = [m for m in messages if type(m).__name__ == "Omm"]
    if not omms:
        raise InputError.one(name, "", f"a CCSDS {type(message).__name__} message", "an OMM (CCSDS_OMM_VERS)")
    return _collect(name, [lambda i=i, m=m: _omm(name, i, _fields(name, m)) for i, m in enumerate(omms)])  # type: ignore[misc]


def _fields(name: str, message: Any) -> dict[str, Any]:
    segment = message.segment
    metadata, elements, tle = segment.metadata, segment.data.mean_elements, segment.data.tle_parameters
    if tle is None:
        raise InputError.one(name, "", "no TLE parameters", "NORAD_CAT_ID and BSTAR, as SGP4 needs them")
    return {
        "OBJECT_NAME": metadata.object_name,
        "OBJECT_ID": metadata.object_id,
        "TIME_SYSTEM": metadata.time_system,
        "REF_FRAME": metadata.ref_frame,
        "MEAN_ELEMENT_THEORY": metadata.mean_element_theory,
        "EPOCH": elements.epoch,
        "MEAN_MOTION": elements.mean_motion,
        "ECCENTRICITY": elements.eccentricity,
        "INCLINATION": elements.inclination,
        "RA_OF_ASC_NODE": elements.ra_of_asc_node,
        "ARG_OF_PERICENTER": elements.arg_of_pericenter,
        "MEAN_ANOMALY": elements.mean_anomaly,
        "NORAD_CAT_ID": tle.norad_cat_id,
        "BSTAR": tle.bstar,
        "MEAN_MOTION_DOT": tle.mean_motion_dot,
    }
