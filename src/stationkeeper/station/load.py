"""Loads a station from its data files and checks that everything in it hangs together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import Field

from stationkeeper.core.errors import InputError, Problem
from stationkeeper.core.toml import read_toml
from stationkeeper.core.validation import validate
from stationkeeper.core.model import Model
from stationkeeper.station.schema import Source, Station, VehicleType

DATA = Path(str(files("stationkeeper"))) / "data"


class VehicleFile(Model):
    """A file of vehicle types that several stations share."""

    vehicle: list[VehicleType]
    source: list[Source] = Field(default_factory=list)


def packaged_stations() -> list[str]:
    """Ids of the stations inside the package."""
    folder = DATA / "stations"
    return sorted({p.name if p.is_dir() else p.stem for p in folder.iterdir() if p.is_dir() or p.suffix == ".toml"})


def load_station(name: str) -> Station:
    """A packaged station by id, or a station of the user's by path (file or folder).

    Raises
    ------
    InputError
        With every problem found: file, key, value, what was expected and what to do.
    """
    path = Path(name)
    if path.suffix == ".toml" or "/" in name or path.is_dir():
        return _load(str(path))
    packaged = packaged_stations()
    if name not in packaged:
        raise InputError.one("station", "", name, f"one of {', '.join(packaged)}", "Or give the path of a TOML file.")
    folder = DATA / "stations" / name
    return _load(str(folder if folder.is_dir() else folder.with_suffix(".toml")))


@lru_cache(maxsize=8)
def _load(name: str) -> Station:
    path = Path(name)
    merged = merge_tables(sorted(path.glob("*.toml")) if path.is_dir() else [path])
    own = {v.get("id") for v in merged.get("vehicle", [])}
    used = {v.get("vehicle") for v in merged.get("visit", [])} | {
        t for p in merged.get("port", []) for t in p.get("fits", [])
    }
    vehicles, sources = [], list(merged.get("source", []))
    known = {s.get("key") for s in sources}
    for file in sorted((DATA / "vehicles").glob("*.toml")):
        shared = read_toml(file)
        validate(VehicleFile, shared, str(file))
        vehicles += [v for v in shared["vehicle"] if v["id"] not in own and v["id"] in used]
        new = [s for s in shared.get("source", []) if s["key"] not in known]
        known |= {s["key"] for s in new}
        sources += new
    data = merged | {"vehicle": list(merged.get("vehicle", [])) + vehicles, "source": sources}
    station = validate(Station, data, name)
    problems = [p for rule in RULES for p in rule(station, name)]
    if problems:
        raise InputError(problems)
    return station


def merge_tables(paths: Iterable[Path]) -> dict[str, Any]:
    """Joins fragments: lists are concatenated, a scalar or table may stand in one file only."""
    merged: dict[str, Any] = {}
    for path in paths:
        for key, value in read_toml(path).items():
            if isinstance(value, list) and isinstance(merged.get(key, []), list):
                merged[key] = merged.get(key, []) + value
            elif key in merged:
                raise InputError.one(str(path), key, "a second copy", "one among the files of a station", "Remove it.")
            else:
                merged[key] = value
    return merged


# ---- rules: each takes a station and the name of its file and yields problems -------------------------------------


def _ids(station: Station, kind: str) -> set[str]:
    return {x.id for x in getattr(station, kind)}


def unique_ids(s: Station, where: str) -> Iterable[Problem]:
    """Ids are unique within their kind."""
    for kind in ("partner", "segment", "element", "outfitting", "joint", "port", "equipment", "vehicle", "visit",
                 "person", "burn", "rule"):  # fmt: skip
        seen: set[str] = set()
        for i, x in enumerate(getattr(s, kind)):
            if x.id in seen:
                yield Problem(where, f"{kind}[{i}].id", x.id, "an id that is used once", "Rename one of the two.")
            seen.add(x.id)


def references(s: Station, where: str) -> Iterable[Problem]:
    """Every id that is named exists."""
    partners, segments, elements = _ids(s, "partner"), _ids(s, "segment"), _ids(s, "element")
    ports, visits, persons = _ids(s, "port"), _ids(s, "visit"), _ids(s, "person")
    vehicles, equipment = _ids(s, "vehicle"), _ids(s, "equipment")
    wanted: list[tuple[str, str | None, set[str], str]] = [
        ("station.main_element", s.station.main_element, elements, "element")
    ]
    for i, g in enumerate(s.segment):
        wanted.append((f"segment[{i}].operator", g.operator, partners, "partner"))
        wanted += [(f"segment[{i}].needs_aboard", a, partners, "partner") for a in g.needs_aboard]
    for i, e in enumerate(s.element):
        wanted += [
            (f"element[{i}].owner", e.owner, partners, "partner"),
            (f"element[{i}].operator", e.operator, partners, "partner"),
            (f"element[{i}].segment", e.segment, segments, "segment"),
        ]
    wanted += [(f"outfitting[{i}].element", o.element, elements, "element") for i, o in enumerate(s.outfitting)]
    for i, j in enumerate(s.joint):
        wanted += [(f"joint[{i}].between", b, elements, "element") for b in j.between]
    for i, p in enumerate(s.port):
        wanted.append((f"port[{i}].element", p.element, elements, "element"))
        wanted += [(f"port[{i}].fits", f, vehicles, "vehicle type") for f in p.fits]
    for i, q in enumerate(s.equipment):
        wanted += [
            (f"equipment[{i}].element", q.element, elements, "element"),
            (f"equipment[{i}].owner", q.owner, partners, "partner"),
            (f"equipment[{i}].operator", q.operator, partners, "partner"),
        ]
    for i, t in enumerate(s.vehicle):
        wanted += [
            (f"vehicle[{i}].owner", t.owner, partners, "partner"),
            (f"vehicle[{i}].operator", t.operator, partners, "partner"),
        ]
    for i, v in enumerate(s.visit):
        wanted.append((f"visit[{i}].vehicle", v.vehicle, vehicles, "vehicle type"))
        wanted += [(f"visit[{i}].berths[{k}].port", b.port, ports, "port") for k, b in enumerate(v.berths)]
    wanted += [(f"person[{i}].agency", x.agency, partners, "partner") for i, x in enumerate(s.person)]
    for i, y in enumerate(s.stay):
        wanted += [
            (f"stay[{i}].person", y.person, persons, "person"),
            (f"stay[{i}].up", y.up, visits, "visit"),
            (f"stay[{i}].down", y.down, visits, "visit"),
        ]
        wanted += [(f"stay[{i}].seats[{k}].visit", h.visit, visits, "visit") for k, h in enumerate(y.seats)]
    for i, b in enumerate(s.burn):
        wanted += [
            (f"burn[{i}].visit", b.visit, visits, "visit"),
            (f"burn[{i}].equipment", b.equipment, equipment, "equipment"),
        ]
    for i, r in enumerate(s.rule):
        wanted += [(f"rule[{i}].agencies", a, partners, "partner") for a in r.agencies]
    for key, value, allowed, kind in wanted:
        if value is not None and value not in allowed:
            yield Problem(where, key, value, f"the id of a known {kind}", f"Add it under [[{kind.split()[0]}]].")


def sources_exist(s: Station, where: str) -> Iterable[Problem]:
    """Every source key that is cited is listed."""
    known = {x.key for x in s.source}
    missing: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Model):
            for name in type(value).model_fields:
                child = getattr(value, name)
                if name == "source" and isinstance(child, list) and child and isinstance(child[0], str):
                    missing.update(k for k in child if k not in known)
                else:
                    walk(child)
        elif isinstance(value, (list, tuple)):
            for child in value:
                walk(child)
        elif isinstance(value, dict):
            for child in value.values():
                walk(child)

    walk(s)
    for key in sorted(missing):
        yield Problem(where, "source", key, "a key listed under [[source]]", "Add the source with its title.")


def one_tree(s: Station, where: str) -> Iterable[Problem]:
    """A joint joins two different elements."""
    for i, j in enumerate(s.joint):
        if j.between[0] == j.between[1]:
            yield Problem(where, f"joint[{i}].between", j.between[0], "two different elements", "")


def berths_in_order(s: Station, where: str) -> Iterable[Problem]:
    """Berths follow each other, and no port holds two vehicles at a time."""
    by_port: dict[str, list[tuple[Any, Any, str]]] = {}
    for i, v in enumerate(s.visit):
        for a, b in pairwise(v.berths):
            if a.leave is None or a.leave.epoch > b.arrive.epoch:
                yield Problem(where, f"visit[{i}].berths", f"{v.id} at {b.port}", "the previous berth left first", "")
        for b in v.berths:
            if b.leave is not None and b.leave.epoch < b.arrive.epoch:
                yield Problem(where, f"visit[{i}].berths", str(b.leave), f"a time after {b.arrive}", "")
            by_port.setdefault(b.port, []).append((b.arrive.epoch, b.leave.epoch if b.leave else None, v.id))
    for port, stays in by_port.items():
        stays.sort(key=lambda t: t[0])
        for (_, leave, first), (arrive, _, second) in pairwise(stays):
            if leave is None or leave > arrive:
                yield Problem(where, f"port {port}", f"{second} while {first} is there", "one vehicle at a time", "")


def one_stay_at_a_time(s: Station, where: str) -> Iterable[Problem]:
    """Nobody is aboard twice."""
    by_person: dict[str, list[tuple[Any, Any]]] = {}
    for y in s.stay:
        by_person.setdefault(y.person, []).append((y.aboard_from.epoch, y.aboard_until.epoch if y.aboard_until else None))
    for person, spans in by_person.items():
        spans.sort(key=lambda t: t[0])
        for (_, leave), (arrive, _) in pairwise(spans):
            if leave is None or leave > arrive:
                yield Problem(where, f"stay of {person}", "two stays that overlap", "one stay at a time", "")


RULES: tuple[Callable[[Station, str], Iterable[Problem]], ...] = (
    unique_ids, references, sources_exist, one_tree, berths_in_order, one_stay_at_a_time,
)  # fmt: skip
