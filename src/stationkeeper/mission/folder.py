"""A run on disk: writes the run folder, and reads it back without flying again.

``manifest.json`` inputs, versions, data ages, hashes of the files of the folder; ``answers.json``; ``events.json``;
``flight.json`` burns and forecasts; ``result.nc`` all trajectories, one group for each stack; ``trajectory-<stack>.oem`` and ``.czml``;
``inputs/`` copies of the scenario and of the files that it names.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, plain
from stationkeeper.formats.czml import write_czml
from stationkeeper.formats.netcdf import read_netcdf, write_netcdf
from stationkeeper.formats.oem import write_oem
from stationkeeper.functions.assessment import Assessment, Margin, partner_matrix
from stationkeeper.functions.crew_return import SeatTable
from stationkeeper.mission.conclude import TIME, conclude, used_sources
from stationkeeper.mission.fly import Record
from stationkeeper.mission.initial import stated_mass_kg, weather_of
from stationkeeper.mission.legs import leg_json, leg_of, live, surroundings_json, surroundings_of_json
from stationkeeper.mission.result import Answer, Flown, FlownBurn, Forecast, Result
from stationkeeper.mission.run import file_digest
from stationkeeper.reentry.outcome import ComingDown
from stationkeeper.scenario.events import Reboost
from stationkeeper.scenario.load import read_scenario
from stationkeeper.scenario.ruling import Push, Ruling
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.timeline import timeline
from stationkeeper.scenario.walk import Happened, happen, initial_configuration
from stationkeeper.station.configuration import Stack
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import Station

Json = dict[str, Any]
MANIFEST = "stationkeeper.manifest/1"
FLIGHT = "stationkeeper.flight/3"


def write_run(result: Result, folder: Path) -> None:
    """Write a run folder; an existing one of the same name is filled anew.

    The manifest is written last, so that a folder with a manifest is complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").unlink(missing_ok=True)
    inputs = folder / "inputs"
    inputs.mkdir(exist_ok=True)
    _copy(result.scenario_path, inputs / "scenario.toml")
    for name in (result.scenario.initial.file, result.scenario.station):
        if name and (result.scenario_path.parent / name).is_file():
            _copy(result.scenario_path.parent / name, inputs / Path(name).name)
    _dump(folder / "answers.json", answers_json(result))
    _dump(folder / "events.json", events_json(result))
    _dump(folder / "flight.json", flight_json(result))
    for k, f in enumerate(result.flown):
        write_netcdf(f.trajectory, folder / "result.nc", group=f.stack, append=k > 0)
    station = result.station.station
    for f in result.flown:
        mass_kg = next(s.mass_kg for s in _stacks_over_time(result) if s.id == f.stack)
        comments = (
            f"stationkeeper run {result.manifest['run']}", f"MASS={mass_kg:.2f}",
            "Computed, not observed. See answers.json for what it means and how far it can be trusted.",
        )  # fmt: skip
        write_oem(
            f.trajectory, folder / f"trajectory-{f.stack}.oem", object_name=f"{station.short} {f.stack}", object_id=station.id.upper(),
            originator="STATIONKEEPER", created=result.scenario.start, comments=comments,
        )  # fmt: skip
        path = folder / f"trajectory-{f.stack}.czml"
        write_czml(f.trajectory, path, name=f.name, frame="INERTIAL", events=markers(result, f), step_s=600)


def markers(result: Result, flown: Flown) -> tuple[tuple[Epoch, str, str], ...]:
    """Events that happened while a stack flew: when, id, title."""
    t = flown.trajectory
    return tuple((h.at, h.event.id, h.title) for h in result.happened if h.applied and t.start <= h.at <= t.end)


def _stacks_over_time(result: Result) -> list[Stack]:
    return [stack for s in result.snapshots for stack in s.configuration.stacks()]


def seal(result: Result, folder: Path) -> None:
    """Write the manifest with the SHA-256 of every file in the folder: the run is complete."""
    files = {
        p.relative_to(folder).as_posix(): file_digest(p)
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }
    _dump(folder / "manifest.json", {**result.manifest, "files": files})


def _copy(source: Path, target: Path) -> None:
    if source.resolve() != target.resolve():
        shutil.copyfile(source, target)


def _dump(path: Path, data: Json) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


# ---- JSON ----------------------------------------------------------------------------------------------------------


def answer_json(a: Answer) -> Json:
    """One answer."""
    v = a.value
    return {
        "question": a.question, "asks": a.asks, "stack": a.stack, "stack_name": a.stack_name, "verdict": a.verdict,
        "headline": a.headline,
        "value": None if v is None else {"value": v.value, "low": v.low, "high": v.high, "unit": v.unit, "what": v.what},
        "chain": list(a.chain), "not_modelled": a.not_modelled, "sources": list(a.source),
    }  # fmt: skip


def seats_json(t: SeatTable) -> Json:
    """One seat table."""
    return {
        "people": t.people, "seats": t.seats, "short": t.short, "without_safe_seat": list(t.without),
        "vehicles": [
            {
                "id": r.visit, "name": r.name, "port": r.port, "seats": r.seats, "safe": r.safe, "state": r.state,
                "state_text": r.state_text, "holders": list(r.holders), "emergency_holders": list(r.emergency_holders),
                "docked_days": round(r.docked_days, 2), "docked_life_days": r.docked_life_days,
            }
            for r in t.vehicles
        ],
        "if_lost": [{"id": i, "name": n, "short": s, "without": list(w)} for i, n, s, w in t.if_lost],
    }  # fmt: skip


def function_json(a: Assessment) -> Json:
    """One assessment: state, reasons, who serves it, figures with their ranges, days until it is lost."""
    return {
        "status": a.status, "reasons": list(a.reasons), "providers": sorted({p.partner for p in a.working}),
        "figures": [_margin_json(m) for m in (a.margin, *a.figures) if m is not None],
        "lasts": None if a.lasts is None else _margin_json(a.lasts), "not_modelled": a.not_modelled,
    }  # fmt: skip


def _margin_json(m: Margin) -> Json:
    return {"key": m.key, "value": m.value, "low": m.low, "high": m.high, "unit": m.unit, "what": m.what}


def answers_json(r: Result) -> Json:
    """Answers, seats and providers over time, sources."""
    over_time = [
        {
            "at": str(s.at), "cause": s.cause, "stack": key, "mass_kg": next(x.mass_kg for x in s.configuration.stacks() if x.id == key),
            "seats": seats_json(s.seats[key]), "functions": {f: function_json(a) for f, a in s.assessments[key].items()},
        }
        for s in r.snapshots for key in s.seats
    ]  # fmt: skip
    matrix = [
        {
            "at": str(s.at), "stack": stack.id,
            "functions": {
                f: {p: [{"id": x.id, "name": x.name, "role": x.role, "mode": x.mode} for x in xs] for p, xs in row.items()}
                for f, row in partner_matrix(stack).items()
            },
        }
        for s in r.snapshots if s.cause != TIME for stack in s.configuration.stacks()
    ]  # fmt: skip
    return {
        "schema": "stationkeeper.answers/1", "run": r.manifest["run"], "scenario": r.scenario.id, "title": r.scenario.title,
        "question": r.scenario.question, "start": str(r.scenario.start), "end": str(r.scenario.end),
        "forced": [h.title for h in r.forced], "warnings": list(r.warnings), "answers": [answer_json(a) for a in r.answers],
        "over_time": over_time, "providers": matrix,
        "ledgers": [
            {
                "at": str(x.at), "ledger": x.ledger, "account": x.account, "cause": x.cause, "opening": x.opening, "added": x.added,
                "removed": x.removed, "closing": x.closing, "unit": x.unit,
            }
            for x in r.ledger
        ],
        "sources": [{"key": k, "text": t} for k, t in used_sources(r)],
    }  # fmt: skip


def ruling_json(r: Ruling) -> Json:
    """One ruling."""
    return {
        "verdict": r.verdict, "plain": r.plain, "reasons": list(r.reasons), "breaks": list(r.breaks), "sources": list(r.source),
        "steps": [{"kind": s.kind, "text": s.text, "count": s.count, "sources": list(s.source)} for s in r.steps],
        "statements": [{"who": s.who, "when": s.when, "text": s.text, "sources": list(s.source)} for s in r.said],
    }  # fmt: skip


def events_json(r: Result) -> Json:
    """The log of events with their rulings."""

    def row(h: Happened) -> Json:
        d = h.event.model_dump(mode="json", exclude_defaults=True)
        return {
            "id": h.event.id, "at": str(h.at), "kind": d.get("kind"), "origin": h.event.origin, "title": h.title,
            "ruling": ruling_json(h.ruling), "happened": h.applied, "forced": h.forced, "effects": list(h.outcome.effects),
            "event": d,
        }  # fmt: skip

    return {"schema": "stationkeeper.events/1", "run": r.manifest["run"], "events": [row(h) for h in r.happened]}


def flight_json(r: Result) -> Json:
    """Burns, forecasts and flight options: with result.nc all that was computed by flying."""

    def burn(b: FlownBurn) -> Json:
        p = b.push
        return {
            "start": str(b.start), "start_tai_us": b.start.tai_us, "stack": b.stack, "duration_s": b.duration_s,
            "propellant_kg": b.propellant_kg, "mean_altitude_before_m": b.mean_altitude_before_m,
            "mean_altitude_after_m": b.mean_altitude_after_m,
            "push": {
                "by": p.by, "name": p.name, "partner": p.partner, "thrust_n": p.thrust_n, "specific_impulse_s": p.specific_impulse_s,
                "delta_v_m_s": p.delta_v_m_s, "purpose": p.purpose, "source": list(p.source),
            },
        }  # fmt: skip

    settings: Any = r.manifest["flight"]
    return {
        "schema": FLIGHT,
        "run": r.manifest["run"],
        "flights": [
            {
                "stack": f.stack,
                "name": f.name,
                "stopped": f.stopped,
                "notes": list(f.notes),
                "burns": [burn(b) for b in f.burns],
                "settings": settings[f.stack],
            }
            for f in r.flown
        ],
        "policy_events": [
            h.event.model_dump(mode="json", exclude_defaults=True) for h in r.happened if h.event.origin == "policy"
        ],
        "legs": [leg_json(x.leg) for x in r.lived],
        "start_around": surroundings_json(r.start.surroundings) if r.start.surroundings else None,
        "forecasts": [
            {"stack": f.stack, "weather_note": f.weather_note, "down": f.down.as_dict()} for f in r.forecasts
        ],
        "notes": list(r.warnings),
    }


# ---- reading back ----------------------------------------------------------------------------------------------------


def read_run(folder: Path) -> Result:
    """The result of a run folder, concluded anew from its scenario and its stored flight, without flying.

    Raises
    ------
    InputError
        When the folder is no complete run, or a file of it was changed since.
    """
    if not (folder / "manifest.json").is_file():
        raise InputError.one(str(folder), "", "no manifest.json", "a complete run folder", "Run the scenario again.")
    manifest = _manifest(folder / "manifest.json")
    for name, digest in manifest["files"].items():
        if name.endswith(".html"):
            continue
        path = folder / name
        if not path.is_file() or file_digest(path) != digest:
            raise InputError.one(
                str(path), "", "a file that is missing or was changed", "the file as the run wrote it", "Run it again."
            )
    flight = _read_json(folder / "flight.json")
    if flight.get("schema") != FLIGHT:
        raise InputError.one(
            str(folder / "flight.json"), "schema", plain(flight.get("schema", "nothing")), f"'{FLIGHT}', as this version writes it",
            "Run the scenario again.",
        )  # fmt: skip
    path = folder / "inputs" / "scenario.toml"
    scenario = read_scenario(path)
    own = path.parent / Path(scenario.station).name
    station = load_station(str(own) if scenario.station.endswith(".toml") else scenario.station)
    record = _record(scenario, station, path, flight, folder / "result.nc")
    return conclude(scenario, station, path, record, {k: v for k, v in manifest.items() if k != "files"})


def _manifest(path: Path) -> Json:
    """The manifest of a complete run: all that the rest of the program takes from it is there."""
    data, remedy = _read_json(path), "Run the scenario again."
    if data.get("schema") != MANIFEST:
        raise InputError.one(str(path), "schema", plain(data.get("schema", "nothing")), f"'{MANIFEST}'", remedy)
    if not isinstance(data.get("run"), str):
        raise InputError.one(str(path), "run", plain(data.get("run", "nothing")), "the name of the run", remedy)
    for key in ("files", "inputs", "versions", "environment", "flight"):
        if not isinstance(data.get(key), dict):
            raise InputError.one(str(path), key, plain(data.get(key, "nothing")), "a JSON object", remedy)
    missing = [name for name in ("flight.json", "result.nc", "inputs/scenario.toml") if name not in data["files"]]
    if missing:
        raise InputError.one(str(path), "files", f"no {' and no '.join(missing)}", "every file of the run", remedy)
    return data


def _read_json(path: Path) -> Json:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as e:
        raise InputError.one(str(path), "", str(e), "JSON as the run wrote it", "Run the scenario again.") from None
    if not isinstance(data, dict):
        raise InputError.one(str(path), "", type(data).__name__, "a JSON object", "Run the scenario again.")
    return data


def _record(scenario: Scenario, station: Station, path: Path, flight: Json, nc: Path) -> Record:
    cfg = initial_configuration(scenario, station, stated_mass_kg(scenario, path.parent))
    around = flight["start_around"]
    cfg = start = cfg.with_(surroundings=surroundings_of_json(around) if around else None)
    policy = [Reboost.model_validate(e) for e in flight["policy_events"]]
    events = sorted([*timeline(scenario, station), *policy], key=lambda e: e.at)
    flown = tuple(_flown(f, nc) for f in flight["flights"])
    log, lived = [], []
    legs = [leg_of(x) for x in flight["legs"]]
    last = _end_of_all(flown)
    for event in [*events, None]:
        if event is not None and last is not None and event.at > last:
            continue
        while legs and (event is None or legs[0].end <= event.at):
            lived.append(live(cfg, legs.pop(0)))
            cfg = lived[-1].after
        if event is not None:
            log.append(happen(cfg, event))
            cfg = log[-1].after
    return Record(
        start,
        tuple(log),
        tuple(lived),
        flown,
        tuple(_forecast(f) for f in flight["forecasts"]),
        tuple(flight["notes"]),
        weather_of(scenario),
    )


def _end_of_all(flown: tuple[Flown, ...]) -> Epoch | None:
    """When the last part came down; None while one was still up at the end."""
    parts = {f.stack: f for f in flown}
    if len(parts) > 1:
        parts.pop("station", None)  # it ended where it parted
    if not parts or any(f.stopped is None for f in parts.values()):
        return None
    return max(f.trajectory.end for f in parts.values())


def _flown(f: Json, nc: Path) -> Flown:
    burns = tuple(
        FlownBurn(
            Epoch(b["start_tai_us"]), b["stack"], Push(**{**b["push"], "source": tuple(b["push"]["source"])}), b["duration_s"],
            b["propellant_kg"], b["mean_altitude_before_m"], b["mean_altitude_after_m"],
        )
        for b in f["burns"]
    )  # fmt: skip
    return Flown(
        f["stack"], f["name"], read_netcdf(nc, group=f["stack"]), burns, f["stopped"], f["settings"], tuple(f["notes"])
    )


def _forecast(f: Json) -> Forecast:
    return Forecast(f["stack"], ComingDown.from_dict(f["down"]), f["weather_note"])
