"""``stationkeeper import``: turn other people's files into scenarios."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from stationkeeper.cli.common import writable

app = typer.Typer(help="Turn other people's files into scenarios.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def oem(
    file: Path = typer.Argument(help="Ephemeris: CCSDS OEM as text or XML, also gzipped, such as NASA's public one of the ISS."),
    station: str = typer.Option("iss", help="Station that it belongs to."),
    out: Path = typer.Option(help="Scenario file to write."),
) -> None:
    """Write a scenario from an ephemeris: state, mass, area, drag coefficient, and the burns found in it."""
    from stationkeeper.scenario.from_oem import scenario_text

    writable(out)
    reference = Path(os.path.relpath(file.resolve(), out.resolve().parent)).as_posix()
    text, found = scenario_text(file, station, reference)
    out.write_text(text, encoding="utf-8")
    for line in found:
        typer.echo(line, err=True)
    typer.echo(f"scenario: {out}")
