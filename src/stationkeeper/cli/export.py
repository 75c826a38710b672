"""``stationkeeper export``: trajectories of a run in other formats."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from stationkeeper.cli.common import writable
from stationkeeper.core.errors import InputError
from stationkeeper.core.files import whole

if TYPE_CHECKING:
    from stationkeeper.flight.trajectory import Trajectory

Format = Literal["oem", "czml", "netcdf", "csv", "svg"]


def export(
    folder: Path = typer.Argument(help="Run folder that 'stationkeeper run' wrote."),
    to: Format = typer.Option(help="oem, czml, netcdf, csv (trajectory of a stack), or svg (drawing of the station)."),
    out: Path = typer.Option(help="File to write."),
    stack: str = typer.Option("", help="Stack; default: the first of the run."),
) -> None:
    """Write a trajectory of a run, or the drawing of its last configuration, into a file."""
    from stationkeeper.formats.czml import write_czml
    from stationkeeper.formats.netcdf import write_netcdf
    from stationkeeper.formats.oem import write_oem
    from stationkeeper.mission.folder import markers, read_run

    result = read_run(folder)
    names = [f.stack for f in result.flown]
    if stack and stack not in names:
        raise InputError.one("--stack", "", f"'{stack}'", f"one of {', '.join(names)}", "")
    flown = next(f for f in result.flown if f.stack == (stack or names[0]))
    t = flown.trajectory
    with whole(writable(out)) as path:
        if to == "svg":
            from stationkeeper.report.station_drawing import draw_station

            path.write_text(draw_station(result.end, before=result.start), encoding="utf-8")
        elif to == "oem":
            write_oem(
                t, path, object_name=flown.name, object_id=result.station.station.id.upper(), originator="STATIONKEEPER",
                created=result.scenario.start, comments=(f"stationkeeper run {result.manifest['run']}",),
            )  # fmt: skip
        elif to == "czml":
            write_czml(t, path, name=flown.name, frame="INERTIAL", events=markers(result, flown), step_s=300)
        elif to == "netcdf":
            write_netcdf(t, path)
        else:
            _write_csv(t, path)
    typer.echo(f"written: {out}")


COLUMNS = (
    "utc", "x_gcrf_m", "y_gcrf_m", "z_gcrf_m", "vx_gcrf_m_s", "vy_gcrf_m_s", "vz_gcrf_m_s", "mass_kg", "mean_altitude_m",
)  # fmt: skip


def _write_csv(t: Trajectory, path: Path) -> None:
    mass_kg = t.mass_kg if t.mass_kg is not None else [float("nan")] * len(t.epochs)
    states = zip(t.epochs, t.position_gcrf_m, t.velocity_gcrf_m_s, mass_kg, t.mean_altitude_m(), strict=True)
    with path.open("w", newline="", encoding="utf-8") as f:
        rows = csv.writer(f)
        rows.writerow(COLUMNS)
        for e, r, v, m, h in states:
            rows.writerow([e.isoformat(3), *(f"{x:.3f}" for x in r), *(f"{x:.6f}" for x in v), f"{m:.2f}", f"{h:.1f}"])
