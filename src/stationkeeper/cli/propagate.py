"""``stationkeeper propagate``: fly a case file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from stationkeeper.cli.common import parse_when, print_json, writable
from stationkeeper.core.errors import InputError
from stationkeeper.core.files import whole

if TYPE_CHECKING:
    from stationkeeper.flight.burns import FlownBurn
    from stationkeeper.flight.case import Case
    from stationkeeper.flight.engines.numerical import Flight
    from stationkeeper.flight.state import StateVector


def propagate(
    case: str = typer.Argument(help="Path of a case file, or the name of a packaged case."),
    until: str = typer.Option(help="End of the flight: a UTC date (its noon) or time."),
    out: Path | None = typer.Option(None, help="Ephemeris to write: CCSDS OEM 2.0, EME2000, UTC."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """Fly one body through its forces and burns, and write where it went."""
    from stationkeeper.cli.weather import weather_notes
    from stationkeeper.flight.case import load_case

    loaded = load_case(case)
    end = parse_when(until, "--until")
    if loaded.engine.name != "numerical":
        raise InputError.one(
            str(loaded.path),
            "engine.name",
            f"'{loaded.engine.name}'",
            "'numerical'",
            "'propagate' flies that one alone.",
        )
    if out is not None:
        if loaded.path.exists() and out.exists() and out.samefile(loaded.path):
            raise InputError.one("--out", "", f"'{out}', the case itself", "another file", "Choose another name.")
        writable(out)
    weather = loaded.weather()
    for note in weather_notes(weather, loaded.epoch, end):
        typer.echo(f"note: {note}", err=True)
    from stationkeeper.flight.engines.numerical import fly

    flight = fly(
        loaded.state(), loaded.body(), end, weather=weather, burns=loaded.burns(), **loaded.fly_options()
    )  # fmt: skip
    if out is not None:
        _write(loaded, flight, out)
    if json:
        print_json(_as_dict(loaded, flight, out))
    else:
        _print(loaded, flight, out)


def _write(case: Case, flight: Flight, out: Path) -> None:
    from stationkeeper.formats.oem import write_oem

    comments = [
        f"stationkeeper propagate {case.path.name}",
        f"mass at the start {case.file.body.mass_kg:.3f} kg, at the end {flight.end_mass_kg:.3f} kg",
        f"{flight.settings['engine']} {flight.settings['engine_version']}, {flight.settings['gravity']}",
        flight.settings["space_weather"],
        flight.settings["earth_orientation"],
    ]
    with whole(out) as part:
        write_oem(
            flight.trajectory, part, object_name=case.name, object_id=case.file.object_id, originator="STATIONKEEPER",
            created=case.epoch, comments=comments,
        )  # fmt: skip


def _state(state: StateVector) -> dict[str, Any]:
    return {
        "epoch": state.epoch.isoformat(6),
        "frame": "GCRF",
        "position_km": [x / 1e3 for x in state.position_gcrf_m.tolist()],
        "velocity_km_s": [x / 1e3 for x in state.velocity_gcrf_m_s.tolist()],
        "mean_altitude_km": state.mean_altitude_m / 1e3,
        "perigee_km": state.perigee_altitude_m / 1e3,
        "apogee_km": state.apogee_altitude_m / 1e3,
    }


def _burn(b: FlownBurn) -> dict[str, Any]:
    return {
        "label": b.burn.label, "start": b.burn.start.isoformat(3), "end": b.end.isoformat(3),
        "duration_s": b.end - b.burn.start, "thrust_n": b.burn.thrust_n, "specific_impulse_s": b.burn.specific_impulse_s,
        "frame": b.burn.frame, "direction": [b.burn.sign * x for x in b.burn.direction],
        "propellant_kg": b.mass_before_kg - b.mass_after_kg, "ideal_delta_v_m_s": b.ideal_delta_v_m_s,
        "energy_delta_v_m_s": b.energy_delta_v_m_s, "loss_m_s": b.loss_m_s,
    }  # fmt: skip


def _as_dict(case: Case, flight: Flight, out: Path | None) -> dict[str, Any]:
    return {
        "schema": "stationkeeper.propagate/1",
        "case": case.name,
        "file": case.path.name,
        "source": list(case.file.source),
        "start": _state(flight.trajectory.first_state),
        "end": _state(flight.end_state),
        "mass_kg": {"start": case.file.body.mass_kg, "end": flight.end_mass_kg},
        "stopped": flight.stopped,
        "burns": [_burn(b) for b in flight.burn_reports],
        "events": [{"epoch": e.epoch.isoformat(3), "name": e.name} for e in flight.events],
        "settings": flight.settings,
        "ephemeris": None if out is None else str(out),
        "samples": len(flight.trajectory.times_tai_us),
    }


def _print(case: Case, flight: Flight, out: Path | None) -> None:
    first, last = flight.trajectory.first_state, flight.end_state
    typer.echo(f"{case.name}\n")
    for word, s in (("start", first), ("end", last)):
        typer.echo(
            f"{word:<6}{s.epoch}  mean altitude {s.mean_altitude_m / 1e3:8.3f} km, "
            f"perigee {s.perigee_altitude_m / 1e3:.1f}, apogee {s.apogee_altitude_m / 1e3:.1f} km"
        )
    typer.echo(f"      position {', '.join(f'{x / 1e3:.6f}' for x in last.position_gcrf_m)} km (GCRF)")
    typer.echo(f"      velocity {', '.join(f'{x / 1e3:.9f}' for x in last.velocity_gcrf_m_s)} km/s")
    typer.echo(f"      mass {flight.end_mass_kg:,.3f} kg")
    if flight.stopped:
        typer.echo(f"stopped: {flight.stopped}")
    for b in flight.burn_reports:
        typer.echo(
            f"burn  {b.burn.start}  {b.burn.label}: {b.end - b.burn.start:.1f} s, {b.mass_before_kg - b.mass_after_kg:.1f} kg, "
            f"{b.ideal_delta_v_m_s:+.4f} m/s ideal, {b.energy_delta_v_m_s:+.4f} m/s in the orbit's energy"
        )
    for e in flight.events:
        typer.echo(f"event {e.epoch.isoformat(3)}  {e.name}")
    typer.echo(flight.settings["space_weather"])
    typer.echo(flight.settings["earth_orientation"])
    if out is not None:
        typer.echo(f"ephemeris: {out} ({len(flight.trajectory.times_tai_us)} samples)")
