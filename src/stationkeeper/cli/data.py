"""``stationkeeper data``: how old the data are, and newer ones."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import typer

from stationkeeper.cli.common import parse_when, print_json

app = typer.Typer(help="Ages of the data in use, and newer ones.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def status(
    at: str | None = typer.Option(None, help="UTC date (its noon) or time of which to speak; default now."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """Print what the data are, how old on a date, and what error that implies."""
    from stationkeeper.core import user_data
    from stationkeeper.core.epoch import Epoch
    from stationkeeper.environment.snapshots import snapshots

    epoch = parse_when(at, "--at") if at else Epoch.from_datetime(datetime.now(UTC))
    folder = user_data.folder()
    found = [(s, s.age_days(epoch), s.implied(epoch)) for s in snapshots()]
    if json:
        rows = [
            {
                "key": s.key, "name": s.name, "source": s.source, "issued": s.issued, "last_measured": s.last_measured,
                "last_predicted": s.last_predicted, "kinds": list(s.kinds), "age_days": round(age, 2),
                "error": value if math.isfinite(value) else None, "error_unit": unit, "says": text,
            }
            for s, age, (value, unit, text) in found
        ]  # fmt: skip
        print_json({
            "schema": "stationkeeper.data-status/1", "at": str(epoch), "folder": str(folder) if folder else None,
            "data": rows,
        })  # fmt: skip
        return
    typer.echo(f"Data in use, seen from {epoch.date}\n")
    for s, age, (_, _, text) in found:
        typer.echo(f"{s.name}: {s.source}")
        if s.key == "leap-seconds":
            typer.echo(f"  last one {s.last_measured}, complete until {s.last_predicted}")
        elif s.key == "msafe":
            typer.echo(f"  newest of {s.issued}, reaches {s.last_predicted}; {_age(age)}")
        else:
            typer.echo(f"  measured to {s.last_measured}, predicted to {s.last_predicted}; {_age(age)}")
        typer.echo(f"  {text}")
    own = user_data.entries()
    typer.echo(f"\nNewer files of yours are kept in {folder}: {', '.join(own) or 'none yet'}")


def _age(days: float) -> str:
    return f"{int(days)} days old" if days >= 1.0 else "not yet a day old"


@app.command()
def update(
    files: list[Path] = typer.Argument(
        help="Files from disk, told apart by their contents: SW-All.csv or SpaceWeather-All.txt (CelesTrak), "
        "finals2000A.all and Leap_Second.dat (IERS), bulletins of NASA MSAFE."
    ),
) -> None:
    """Take newer files from disk: all are checked first, then all or none are taken in."""
    from stationkeeper.environment.snapshots import update as take_in

    for c, new in take_in(files, datetime.now(UTC).strftime("%Y-%m-%d")):
        state = "taken in" if new else "in use already"
        measured = f"issued {c.last_measured}" if c.kind.startswith("msafe") else f"measured to {c.last_measured}"
        if c.kind == "leap-seconds":
            measured = f"complete until {c.last_measured}"
        typer.echo(f"{c.what}: {c.origin} {state}, {measured}, reaches {c.reaches}{f' ({c.note})' if c.note else ''}")


@app.command()
def reset() -> None:
    """Go back to the packaged data."""
    from stationkeeper.core.user_data import reset as go_back

    kinds = go_back()
    typer.echo(
        f"back to the packaged data; yours were: {', '.join(kinds)}" if kinds else "the packaged data are in use"
    )
