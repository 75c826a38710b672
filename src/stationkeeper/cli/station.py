"""``stationkeeper station``: look at a station on a date."""

from __future__ import annotations

from pathlib import Path

import typer

from stationkeeper.cli.common import parse_when, print_json, writable
from stationkeeper.core.files import write_text

app = typer.Typer(help="Look at a station on a date.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def show(
    station: str = typer.Argument(
        help="Id of a packaged station (see 'station list'), or the path of a station file or folder."
    ),
    at: str = typer.Option(help="UTC date (its noon) or time, such as 2022-02-24 or 2022-03-30T07:21:00Z."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
    svg: Path | None = typer.Option(None, help="Also draw it into this SVG file."),
) -> None:
    """Print the attachment tree, the ports, the people and the mass."""
    from stationkeeper.station.configuration import configuration_at
    from stationkeeper.station.describe import as_dict, as_text
    from stationkeeper.station.load import load_station

    cfg = configuration_at(load_station(station), parse_when(at, "--at"))
    if svg is not None:
        from stationkeeper.report.station_drawing import draw_station

        write_text(writable(svg), draw_station(cfg))
        typer.echo(f"drawing: {svg}", err=True)
    if json:
        print_json(as_dict(cfg))
    else:
        typer.echo(as_text(cfg))


@app.command("list")
def list_(json: bool = typer.Option(False, "--json", help="Print JSON instead of text.")) -> None:
    """Print the packaged stations and the span for which their data are complete."""
    from stationkeeper.station.load import load_station, packaged_stations

    found = [load_station(s).station for s in packaged_stations()]
    if json:
        print_json(
            [
                {"id": s.id, "name": s.name, "covers_from": str(s.covers_from), "covers_until": str(s.covers_until)}
                for s in found
            ]
        )
        return
    for s in found:
        typer.echo(f"{s.id:<12} {s.name}, {s.covers_from} to {s.covers_until}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of station files."""
    from stationkeeper.station.schema import Station

    print_json(Station.model_json_schema())
