"""``stationkeeper import``: turn other people's files into scenarios."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from stationkeeper.cli.common import writable
from stationkeeper.core.errors import InputError
from stationkeeper.core.files import write_text

app = typer.Typer(help="Turn other people's files into scenarios.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def oem(
    file: Path = typer.Argument(
        help="Ephemeris: CCSDS OEM as text or XML, also gzipped, such as NASA's public one of the ISS."
    ),
    station: str = typer.Option("iss", help="Station that it belongs to."),
    out: Path = typer.Option(help="Scenario file to write."),
) -> None:
    """Write a scenario from an ephemeris: state, mass, area, drag coefficient, and the burns found in it."""
    from stationkeeper.scenario.from_oem import scenario_text

    if out.exists() and file.exists() and out.samefile(file):
        raise InputError.one(
            "--out", "", f"'{out}', the ephemeris itself", "another file", "Choose the name of the scenario."
        )
    own = _seen_from(out, Path(station)) if station.endswith(".toml") else station
    text, found = scenario_text(file, station, _seen_from(out, file), own)
    write_text(writable(out), text)
    for line in found:
        typer.echo(line, err=True)
    typer.echo(f"scenario: {out}")


def _seen_from(out: Path, file: Path) -> str:
    """How a scenario names a file: relative to its own folder where the two are near, so that they can move together."""
    try:
        reference = Path(os.path.relpath(file.resolve(), out.resolve().parent)).as_posix()
    except ValueError:  # on another drive
        return file.resolve().as_posix()
    return file.resolve().as_posix() if reference.startswith("../../../") else reference
