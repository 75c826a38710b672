"""``stationkeeper compare``: how far two ephemerides lie apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stationkeeper.cli.common import print_json
from stationkeeper.core.errors import InputError

if TYPE_CHECKING:
    from stationkeeper.flight.trajectory import Trajectory


def compare(
    a: Path = typer.Argument(help="OEM file (text, XML or .gz), or a run folder: the reference."),
    b: Path = typer.Argument(help="OEM file or run folder that is compared with it."),
    stack: str = typer.Option("station", help="Stack, where a run folder has several."),
    step_s: float = typer.Option(600.0, min=1.0, help="Step of the comparison in seconds."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """Radial, along-track and cross-track differences, B minus A in A's orbital frame, over their common span."""
    from stationkeeper.formats.compare import compare as difference

    found = difference(_load(a, stack), _load(b, stack), step_s=step_s)
    days = sorted({0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, float(found.elapsed_s[-1]) / 86_400.0})
    rows = [
        (d, *(float(x) for x in found.at_day(d))) for d in days if d * 86_400.0 <= float(found.elapsed_s[-1]) + 1e-6
    ]
    if json:
        print_json(
            {
                "schema": "stationkeeper.compare/1", "a": a.name, "b": b.name, "start": str(found.start), "end": str(found.end),
                "elapsed_s": [float(x) for x in found.elapsed_s], "radial_m": [float(x) for x in found.radial_m],
                "along_track_m": [float(x) for x in found.along_track_m], "cross_track_m": [float(x) for x in found.cross_track_m],
                "days": [{"day": d, "radial_m": r, "along_track_m": t, "cross_track_m": n} for d, r, t, n in rows],
            }
        )  # fmt: skip
        return
    typer.echo(f"{b.name} minus {a.name}, from {found.start} to {found.end}")
    typer.echo(f"{'day':>7} {'radial km':>12} {'along-track km':>16} {'cross-track km':>16}")
    for d, r, t, n in rows:
        typer.echo(f"{d:7.2f} {r / 1e3:12.3f} {t / 1e3:16.3f} {n / 1e3:16.3f}")


def _load(path: Path, stack: str) -> Trajectory:
    from stationkeeper.formats.oem import read_oem

    if path.is_dir():
        file = path / f"trajectory-{stack}.oem"
        if not file.is_file():
            found = (
                ", ".join(sorted(p.stem.removeprefix("trajectory-") for p in path.glob("trajectory-*.oem"))) or "none"
            )
            raise InputError.one(
                str(path),
                "",
                f"no trajectory of stack '{stack}'",
                f"one of the stacks of the run: {found}",
                "Use --stack.",
            )
        path = file
    return read_oem(path).trajectory()
