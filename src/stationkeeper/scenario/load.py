"""Loads scenarios: packaged ones by name, a user's by path."""

from __future__ import annotations

from pathlib import Path

from stationkeeper.core.errors import InputError
from stationkeeper.core.toml import read_toml
from stationkeeper.core.validation import validate
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.walk import problems, rehearse
from stationkeeper.station.load import DATA, load_station
from stationkeeper.station.schema import Station

FOLDER = DATA / "scenarios"


def packaged_scenarios() -> list[str]:
    """Names of the scenarios inside the package."""
    return sorted(p.stem for p in FOLDER.glob("*.toml"))


def scenario_path(name: str) -> Path:
    """The file of a scenario given by name or path. Raises InputError for an unknown name."""
    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        return path
    if name not in packaged_scenarios():
        raise InputError.one(
            "scenario", "", name, f"one of {', '.join(packaged_scenarios())}", "Or give the path of a scenario file."
        )
    return FOLDER / f"{name}.toml"


def read_scenario(path: Path) -> Scenario:
    """A scenario file, checked against the schema only."""
    return validate(Scenario, read_toml(path), str(path))


def load_scenario(name: str) -> tuple[Scenario, Station, Path]:
    """A scenario with its station, rehearsed: every event that cannot happen is an error unless it is forced.

    Raises
    ------
    InputError
        With every problem found.
    """
    path = scenario_path(name)
    scenario = read_scenario(path)
    station_file = path.parent / scenario.station
    station = load_station(str(station_file) if scenario.station.endswith(".toml") else scenario.station)
    found = problems(rehearse(scenario, station), scenario, str(path))
    if found:
        raise InputError(found)
    return scenario, station, path
