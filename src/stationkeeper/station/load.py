"""Loads a station from its data files and checks that everything in it hangs together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import Field

from stationkeeper.core.epoch import Epoch, When
from stationkeeper.core.errors import InputError, Problem, nearest
from stationkeeper.core.files import read_text
from stationkeeper.core.model import Model
from stationkeeper.core.toml import line_of, parse_toml
from stationkeeper.core.validation import read_model, validate
from stationkeeper.station.configuration import tank_body
from stationkeeper.station.schema import FUNCTIONS, GroundSite, Relay, Source, Station, VehicleType

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
        With every problem found: file, line, key, value, what was expected and what to do.
    """
    packaged = packaged_stations()
    if name in packaged:
        return _packaged(name)
    if not name.endswith(".toml") and "/" not in name and not is_folder(name):
        remedy = f"{nearest(name, packaged)} Or give the path of a TOML file or a folder.".strip()
        raise InputError.one("station", "", f"'{name}'", f"one of {', '.join(packaged)}", remedy)
    return read_station(Path(name))


def is_folder(name: str) -> bool:
    """Whether a name, however odd, is that of a folder."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


@lru_cache(maxsize=8)
def _packaged(name: str) -> Station:
    folder = DATA / "stations" / name
    return read_station(folder if folder.is_dir() else folder.with_suffix(".toml"))


def read_station(path: Path) -> Station:
    """A station from its file, or from the files of its folder, with the shared vehicle types that it uses."""
    paths = sorted(path.glob("*.toml")) if is_folder(str(path)) else [path]
    if not paths:
        raise InputError.one(
            str(path), "", "a folder without TOML files", "the files of a station", "Name another folder."
        )
    texts = {f: read_text(f) for f in paths}
    merged, origin = merge_tables({f: parse_toml(text, str(f)) for f, text in texts.items()})
    try:
        station = with_shared_vehicles(validate(Station, merged, str(path)))
        found = [p for rule in RULES for p in rule(station, str(path))]
        if found:
            raise InputError(found)
    except InputError as e:
        raise InputError([_in_its_file(p, origin, texts) for p in e.problems]) from None
    return station


def with_shared_vehicles(station: Station) -> Station:
    """The station with those shared vehicle types and their sources that its visits and ports name."""
    own, known = {v.id for v in station.vehicle}, {s.key for s in station.source}
    used = {v.vehicle for v in station.visit} | {t for p in station.port for t in p.fits}
    vehicles, sources = list(station.vehicle), list(station.source)
    for shared in _shared_vehicles():
        vehicles += [v for v in shared.vehicle if v.id not in own and v.id in used]
        new = [s for s in shared.source if s.key not in known]
        known |= {s.key for s in new}
        sources += new
    return station.model_copy(update={"vehicle": vehicles, "source": sources})


@cache
def _shared_vehicles() -> tuple[VehicleFile, ...]:
    return tuple(read_model(file, VehicleFile) for file in sorted((DATA / "vehicles").glob("*.toml")))


Origin = dict[str, list[tuple[Path, int]]]


def merge_tables(files: Mapping[Path, Mapping[str, Any]]) -> tuple[dict[str, Any], Origin]:
    """Joins fragments: lists are concatenated, a scalar or table may stand in one file only.

    Returns the joined data, and for every key the files that its entries came from, with their index there.
    """
    merged: dict[str, Any] = {}
    origin: Origin = {}
    for path, data in files.items():
        for key, value in data.items():
            if key in merged and not (isinstance(value, list) and isinstance(merged[key], list)):
                raise InputError.one(str(path), key, "a second copy", "one among the files of a station", "Remove one.")
            merged[key] = merged[key] + value if key in merged else value
            origin.setdefault(key, []).extend((path, i) for i in range(len(value) if isinstance(value, list) else 1))
    return merged, origin


def _in_its_file(problem: Problem, origin: Origin, texts: Mapping[Path, str]) -> Problem:
    """The problem with the file and line of its key: an index into a joined list becomes that of the one file."""
    m = re.match(r"(\w+)(?:\[(\d+)\])?", problem.key)
    places = origin.get(m[1], []) if m else []
    index = int(m[2] or 0) if m else 0
    if m is None or index >= len(places):
        return problem
    path, own = places[index]
    key = f"{m[1]}[{own}]{problem.key[m.end() :]}" if m[2] else problem.key
    return replace(problem, where=str(path), key=key, line=line_of(texts[path], key))


# ---- rules: each takes a station and the name of its file and yields problems -------------------------------------


def _ids(station: Station, kind: str) -> set[str]:
    return {x.id for x in getattr(station, kind)}


def unique_ids(s: Station, where: str) -> Iterable[Problem]:
    """Ids are unique within their kind, and among all that can be a body of the station."""
    for kind in ("partner", "segment", "joint", "port", "vehicle", "person", "burn", "rule"):
        yield from _twice(where, [(f"{kind}[{i}].id", x.id) for i, x in enumerate(getattr(s, kind))])
    bodies = ("element", "outfitting", "visit", "equipment")
    yield from _twice(where, [(f"{kind}[{i}].id", x.id) for kind in bodies for i, x in enumerate(getattr(s, kind))])


def _twice(where: str, ids: Iterable[tuple[str, str]]) -> Iterable[Problem]:
    seen: dict[str, str] = {}
    for key, value in ids:
        if value in seen:
            yield Problem(
                where, key, f"'{value}', which stands at {seen[value]} too", "an id that is used once", "Rename one."
            )
        seen.setdefault(value, key)


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
        for k, step in enumerate(j.separation.steps):
            wanted += [(f"joint[{i}].separation.steps[{k}].by", b, partners, "partner") for b in step.by]
    for i, p in enumerate(s.port):
        wanted.append((f"port[{i}].element", p.element, elements, "element"))
        wanted += [(f"port[{i}].fits", f, vehicles, "vehicle type") for f in p.fits]
        wanted += [(f"port[{i}].reboosts", f, vehicles, "vehicle type") for f in p.reboosts]
    for i, q in enumerate(s.equipment):
        wanted += [
            (f"equipment[{i}].element", q.element, elements, "element"),
            (f"equipment[{i}].owner", q.owner, partners, "partner"),
            (f"equipment[{i}].operator", q.operator, partners, "partner"),
        ]
        wanted += [(f"equipment[{i}].shades", x, equipment, "equipment") for x in q.shades]
        wanted += [(f"equipment[{i}].blocked_by", b, ports, "port") for b in q.blocked_by]
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
    wanted += _service_references(s)
    for i, r in enumerate(s.rule):
        wanted += [(f"rule[{i}].agencies", a, partners, "partner") for a in r.agencies]
    for key, value, allowed, kind in wanted:
        if value is not None and value not in allowed:
            remedy = nearest(value, allowed) or f"Add it under [[{kind.split()[0]}]]."
            yield Problem(where, key, f"'{value}'", f"the id of a known {kind}", remedy)


def _service_references(s: Station) -> list[tuple[str, str | None, set[str], str]]:
    """The same for what the functions live on: stores, loads, antennas, needs."""
    partners, segments, elements = _ids(s, "partner"), _ids(s, "segment"), _ids(s, "element")
    vehicles, equipment = _ids(s, "vehicle"), _ids(s, "equipment")
    wanted: list[tuple[str, str | None, set[str], str]] = []
    for i, x in enumerate(s.store):
        wanted += [
            (f"store[{i}].element", x.element, elements, "element"),
            (f"store[{i}].owner", x.owner, partners, "partner"),
        ]
        wanted += [(f"store[{i}].usable_by", b, segments, "segment") for b in x.usable_by]
    wanted += [(f"load[{i}].segment", x.segment, segments, "segment") for i, x in enumerate(s.load)]
    antennas: list[tuple[str, list[GroundSite | Relay]]] = [("ground_site", [*s.ground_site]), ("relay", [*s.relay])]
    for name, stations in antennas:
        for i, g in enumerate(stations):
            wanted.append((f"{name}[{i}].operator", g.operator, partners, "partner"))
            wanted += [(f"{name}[{i}].radios", x, equipment, "equipment") for x in g.radios]
    anything = equipment | elements | vehicles | segments | set(FUNCTIONS)
    for i, d in enumerate(s.dependency):
        kind = "piece of equipment, element, vehicle type, segment or function"
        wanted.append((f"dependency[{i}].of", d.of, anything, kind))
        wanted += [(f"dependency[{i}].also", x, anything, kind) for x in d.also]
        wanted += [(f"dependency[{i}].on", x, anything, kind) for x in d.on]
    return wanted


def sources_exist(s: Station, where: str) -> Iterable[Problem]:
    """Every source key that is cited is listed."""
    known = {x.key for x in s.source}
    missing: dict[str, str] = {}

    def walk(value: Any, key: str) -> None:
        if isinstance(value, Model):
            for name in type(value).model_fields:
                child, below = getattr(value, name), f"{key}.{name}" if key else name
                if name == "source" and isinstance(child, list) and child and isinstance(child[0], str):
                    for cited in child:
                        if cited not in known:
                            missing.setdefault(cited, below)
                else:
                    walk(child, below)
        elif isinstance(value, (list, tuple)):
            for i, child in enumerate(value):
                walk(child, f"{key}[{i}]")
        elif isinstance(value, dict):
            for name, child in value.items():
                walk(child, f"{key}.{name}")

    walk(s, "")
    for cited, key in missing.items():
        yield Problem(where, key, f"'{cited}'", "a key listed under [[source]]", "Add it there with its title.")


def joints_join(s: Station, where: str) -> Iterable[Problem]:
    """A joint joins two different elements."""
    for i, j in enumerate(s.joint):
        if j.between[0] == j.between[1]:
            yield Problem(
                where, f"joint[{i}].between", f"'{j.between[0]}' twice", "two different elements", "Name the other one."
            )


def spans_in_order(s: Station, where: str) -> Iterable[Problem]:
    """What ends, ends after it began; lists that are read in order of date are in it."""
    spans: list[tuple[str, When | None, When | None]] = [
        ("station.covers_until", s.station.covers_from, s.station.covers_until)
    ]
    spans += [(f"element[{i}].left", x.joined, x.left) for i, x in enumerate(s.element)]
    spans += [(f"joint[{i}].parted", x.made, x.parted) for i, x in enumerate(s.joint)]
    spans += [(f"port[{i}].available_until", x.available_from, x.available_until) for i, x in enumerate(s.port)]
    spans += [(f"equipment[{i}].removed", x.installed, x.removed) for i, x in enumerate(s.equipment)]
    for i, v in enumerate(s.visit):
        spans += [(f"visit[{i}].berths[{k}].leave", b.arrive, b.leave) for k, b in enumerate(v.berths)]
        spans += [(f"visit[{i}].conditions[{k}].until", c.since, c.until) for k, c in enumerate(v.conditions)]
        spans += [
            (f"visit[{i}].berths[{k + 1}].arrive", a.leave, b.arrive) for k, (a, b) in enumerate(pairwise(v.berths))
        ]
    for i, y in enumerate(s.stay):
        spans.append((f"stay[{i}].aboard_until", y.aboard_from, y.aboard_until))
        spans += [(f"stay[{i}].seats[{k + 1}].since", a.since, b.since) for k, (a, b) in enumerate(pairwise(y.seats))]
    for i, p in enumerate(s.partner):
        spans += [
            (f"partner[{i}].status[{k + 1}].since", a.since, b.since) for k, (a, b) in enumerate(pairwise(p.status))
        ]
    for key, begin, end in spans:
        if begin is not None and end is not None and end.epoch < begin.epoch:
            yield Problem(where, key, f"'{end}'", f"a date that is not before {begin}", "Are two dates swapped?")


def berths_hold_one(s: Station, where: str) -> Iterable[Problem]:
    """A berth is left before the next one of the same vehicle, and no port holds two vehicles at a time."""
    by_port: dict[str, list[tuple[Epoch, Epoch | None, str, str]]] = {}
    for i, v in enumerate(s.visit):
        for k, b in enumerate(v.berths):
            key = f"visit[{i}].berths[{k}]"
            if b.leave is None and k < len(v.berths) - 1:
                yield Problem(
                    where, key, f"{v.id} at {b.port} without an end", "a date in leave", "It has a later berth."
                )
            by_port.setdefault(b.port, []).append((b.arrive.epoch, b.leave.epoch if b.leave else None, v.id, key))
    for port, stays in by_port.items():
        stays.sort(key=lambda t: t[0])
        for (_, leave, first, _), (arrive, _, second, key) in pairwise(stays):
            if leave is None or leave > arrive:
                yield Problem(
                    where,
                    key,
                    f"{second} at {port} while {first} is there",
                    "one vehicle at a port",
                    "Check the dates.",
                )


def one_stay_at_a_time(s: Station, where: str) -> Iterable[Problem]:
    """Nobody is aboard twice, and whoever is aboard has a room there."""
    by_person: dict[str, list[tuple[Epoch, Epoch | None, str]]] = {}
    for i, y in enumerate(s.stay):
        begin, end = y.aboard_from.epoch, y.aboard_until.epoch if y.aboard_until else None
        by_person.setdefault(y.person, []).append((begin, end, f"stay[{i}]"))
        if not any(e.habitable and e.joined.epoch <= begin for e in s.element):
            expected = "an element with habitable = true that joined before"
            yield Problem(
                where,
                f"stay[{i}]",
                f"{y.person} aboard from {y.aboard_from}",
                expected,
                "Check the dates of the elements.",
            )
    for person, spans in by_person.items():
        spans.sort(key=lambda t: t[0])
        for (_, leave, first), (arrive, _, key) in pairwise(spans):
            if leave is None or leave > arrive:
                yield Problem(
                    where, key, f"{person} aboard already by {first}", "one stay at a time", "Check the dates."
                )


def tanks_fit(s: Station, where: str) -> Iterable[Problem]:
    """No body holds more propellant than its own mass."""
    kinds = {t.id: t for t in s.vehicle}
    for i, v in enumerate(s.visit):
        load, mass = (
            v.cargo.get("propellant_kg"),
            v.mass_kg or (kinds[v.vehicle].mass_kg if v.vehicle in kinds else None),
        )
        if load and mass and load.bounds[1] >= mass.bounds[0]:
            found = f"{load.bounds[1]:,.0f} kg"
            yield Problem(
                where,
                f"visit[{i}].cargo.propellant_kg",
                found,
                f"less than the vehicle's own {mass.bounds[0]:,.0f} kg",
                "",
            )
    if not {q.element for q in s.equipment} | {o.element for o in s.outfitting} <= _ids(s, "element"):
        return  # said already
    content: dict[str, float] = {}
    bodies = {e.id: e.mass_kg.best for e in s.element} | {o.id: o.mass_kg.best for o in s.outfitting}
    for i, q in enumerate(s.equipment):
        if q.kind == "tank" and "content_kg" in q.figures:
            body = tank_body(s, q.element)
            content[body] = content.get(body, 0.0) + q.figures["content_kg"].bounds[1]
            if body in bodies and content[body] >= bodies[body]:
                expected = f"less than the {bodies[body]:,.0f} kg of '{body}', which holds it"
                yield Problem(
                    where, f"equipment[{i}].figures.content_kg", f"{content[body]:,.0f} kg in all", expected, ""
                )


RULES: tuple[Callable[[Station, str], Iterable[Problem]], ...] = (
    unique_ids, references, sources_exist, joints_join, spans_in_order, berths_hold_one, one_stay_at_a_time, tanks_fit,
)  # fmt: skip
"""Each takes a station and the name of its file and yields what does not hang together."""
