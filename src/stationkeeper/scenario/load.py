"""Loads scenarios: packaged ones by name, a user's by path."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from stationkeeper.core.errors import InputError, Problem, nearest
from stationkeeper.core.files import named_file, read_text
from stationkeeper.core.toml import with_lines
from stationkeeper.core.validation import read_model
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.walk import problems, rehearse
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import DATA, load_station, packaged_stations
from stationkeeper.station.schema import Station

FOLDER = DATA / "scenarios"
MASS_FACTOR = 2.0
"""A stated mass further than this from the sum of the parts is taken for a slip, not for a difference."""


def packaged_scenarios() -> list[str]:
    """Names of the scenarios inside the package."""
    return sorted(p.stem for p in FOLDER.glob("*.toml"))


def scenario_path(name: str) -> Path:
    """The file of a scenario given by name or path. Raises InputError for an unknown name."""
    return named_file(name, FOLDER, packaged_scenarios(), "scenario", "a scenario file")


def read_scenario(path: Path) -> Scenario:
    """A scenario file, checked against the schema only."""
    return read_model(path, Scenario)


def load_scenario(name: str) -> tuple[Scenario, Station, Path]:
    """A scenario with its station, rehearsed: every event that cannot happen is an error unless it is forced.

    Raises
    ------
    InputError
        With every problem found.
    """
    path = scenario_path(name)
    scenario = read_scenario(path)
    station = _station(scenario, path)
    found = [*_meaningless(scenario, path), *_misfits(scenario, station, str(path))]
    found = found or problems(rehearse(scenario, station), scenario, str(path))
    if found:
        raise InputError(with_lines(found, read_text(path)))
    return scenario, station, path


def _station(scenario: Scenario, path: Path) -> Station:
    """The station that a scenario names: a packaged one, or a file whose path counts from the scenario's folder."""
    name, known = scenario.station, packaged_stations()
    if name in known:
        return load_station(name)
    if not name.endswith(".toml"):
        remedy = f"{nearest(name, known)} Or give the path of a station file ending in .toml.".strip()
        problem = Problem(str(path), "station", f"'{name}'", f"one of {', '.join(known)}", remedy)
        raise InputError(with_lines([problem], read_text(path)))
    if not _is_file(path.parent / name):
        problem = Problem(
            str(path), "station", f"'{name}'", f"a file in the folder {path.parent}", "Check the name and the folder."
        )
        raise InputError(with_lines([problem], read_text(path)))
    return load_station(str(path.parent / name))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _meaningless(scenario: Scenario, path: Path) -> Iterable[Problem]:
    """What the schema cannot see: dates outside the horizon, files that are not there, keys that are not the user's."""
    where, start, end = str(path), scenario.start, scenario.end
    for i, e in enumerate(scenario.event):
        if not start <= e.at <= end:
            yield Problem(
                where,
                f"event[{i}].at",
                f"'{e.at}'",
                f"a time from start {start} to end {end}",
                "Move the event or the horizon.",
            )
        if e.origin != "scenario":
            yield Problem(
                where, f"event[{i}].origin", f"'{e.origin}'", "nothing: it is set by the program", "Remove it."
            )
    file = scenario.initial.file
    if file is not None and not _is_file(path.parent / file):
        yield Problem(
            where, "initial.file", f"'{file}'", f"a file in the folder {path.parent}", "Check the name and the folder."
        )


def _misfits(scenario: Scenario, station: Station, where: str) -> Iterable[Problem]:
    """What does not fit the station: a start before there was one, an unknown name in a policy, an odd mass."""
    h = station.station
    cfg = configuration_at(station, scenario.start)
    if h.main_element not in cfg.nodes:
        covers = f"{h.covers_from} to {h.covers_until}"
        yield Problem(
            where,
            "start",
            f"'{scenario.start}'",
            f"a date on which {h.short} was there; its data cover {covers}",
            "Move it.",
        )
        return
    known = {v.vehicle for v in station.visit} | {v.id for v in station.vehicle} | {v.id for v in station.visit}
    known |= {p.id for p in station.partner} | {q.id for q in station.equipment}
    for i, name in enumerate(scenario.policies.reboost_by):
        if name not in known:
            expected = "a vehicle type, a visit, a partner or an engine of the station"
            yield Problem(where, f"policies.reboost_by[{i}]", f"'{name}'", expected, nearest(name, known))
    stated = scenario.initial.mass_kg
    if stated is not None and not cfg.mass_kg / MASS_FACTOR <= stated <= cfg.mass_kg * MASS_FACTOR:
        expected = f"something near the sum of the parts, {cfg.mass_kg:,.0f} kg (half to twice)"
        yield Problem(
            where, "initial.mass_kg", f"{stated:,.0f} kg", expected, "Give kilograms; left out, the sum is taken."
        )
