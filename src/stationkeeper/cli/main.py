"""The command line. Each command is one file; heavy libraries are loaded by the command that needs them.

Exit codes: 0 good, 1 the run failed, 2 the input is wrong. Results go to stdout, progress and messages to stderr.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import typer

from stationkeeper import __version__
from stationkeeper.cli import (
    calibrate,
    compare,
    data,
    deorbit,
    dependence,
    diff,
    export,
    import_,
    lifetime,
    propagate,
    reentry,
    run,
    scenarios,
    station,
)
from stationkeeper.core.errors import StationkeeperError

OF_THE_MACHINE = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.ENOMEM, errno.EMFILE, errno.EROFS)
"""Troubles of disk and memory: nothing is wrong with the input."""

app = typer.Typer(
    name="stationkeeper",
    help="What happens when a partner, a module or a vehicle leaves a crewed space station: answers with evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(station.app, name="station")
app.add_typer(import_.app, name="import")
app.add_typer(data.app, name="data")
for command in (
    run.run, run.report, run.cite, scenarios.scenarios, scenarios.validate, compare.compare, export.export,
    propagate.propagate, calibrate.calibrate, lifetime.lifetime,
    reentry.reentry, deorbit.deorbit, dependence.dependence, diff.diff,
):  # fmt: skip
    app.command()(command)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"stationkeeper {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """What happens when a partner, a module or a vehicle leaves a crewed space station: answers with evidence."""


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point: runs a command and turns errors into one message and an exit code."""
    # no library may reach for the network: their data come from packages
    os.environ.setdefault("SATKIT_OFFLINE", "1")
    sys.exit(call(argv))


def call(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never raises, never prints a traceback."""
    try:
        # Typer says itself what is wrong with a command, and leaves with 2; it leaves with 130 when interrupted
        app(args=list(argv) if argv is not None else None, prog_name="stationkeeper")
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else 0
    except StationkeeperError as e:
        typer.echo(f"error: {e}", err=True)
        return e.exit_code
    except OSError as e:
        typer.echo(f"error: {e.filename or 'file'}: {e.strerror or e}", err=True)
        return 1 if e.errno in OF_THE_MACHINE else 2
    except Exception as e:
        if os.environ.get("STATIONKEEPER_DEBUG"):
            raise
        typer.echo(f"error: something went wrong inside stationkeeper: {type(e).__name__}: {e}", err=True)
        typer.echo("Set STATIONKEEPER_DEBUG=1 to see where, and please report it.", err=True)
        return 1
    return 0


if __name__ == "__main__":
    main()
