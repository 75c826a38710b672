"""``stationkeeper run``, ``report`` and ``cite``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stationkeeper.cli.common import print_json, progress, progress_done, writable, writable_folder
from stationkeeper.core.files import whole

if TYPE_CHECKING:
    from stationkeeper.mission.result import Result

RUN_HELP = "Run folder that 'stationkeeper run' wrote."


def run(
    scenario: str = typer.Argument(
        help="Name of a packaged scenario (see 'scenarios'), or the path of a scenario file."
    ),
    out: Path | None = typer.Option(None, help="Folder for the results; default runs/<scenario>."),
    json: bool = typer.Option(False, "--json", help="Print the answers as JSON instead of text."),
) -> None:
    """Fly a scenario and write its run folder with answers, events, trajectories and an HTML report."""
    from stationkeeper.scenario.load import load_scenario

    progress("loading")
    # what is wrong is said before anything heavy is loaded, and before hours of flight that nobody could store
    loaded, _, _ = load_scenario(scenario)
    folder = writable_folder(out or Path("runs") / loaded.id)
    from stationkeeper.mission.folder import answers_json, seal, write_run
    from stationkeeper.mission.run import run as run_scenario
    from stationkeeper.report.html import write_report

    result, _ = run_scenario(scenario, progress)
    progress("writing results")
    write_run(result, folder)
    progress("writing the report")
    write_report(result, folder / "report.html")
    seal(result, folder)
    progress_done()
    if json:
        print_json(answers_json(result))
    else:
        _print(result)
    typer.echo(f"report: {(folder / 'report.html').resolve()}", err=json)


def _print(result: Result) -> None:
    s = result.scenario
    typer.echo(f"{s.title}\n{s.question}\n")
    for h in result.forced:
        typer.echo(f"FORCED on {h.at.date}: {h.title}. The evidence says: {h.ruling.plain}.")
        typer.echo("It is let happen here all the same, to see what would come of it.\n")
    for key in dict.fromkeys(a.stack for a in result.answers):
        mine = [a for a in result.answers if a.stack == key]
        stack = next(x for x in result.end.stacks() if x.id == key)
        typer.echo(f"{mine[0].stack_name} ({stack.mass_kg / 1000:.1f} t, {len(stack.crew)} people)")
        for a in mine:
            typer.echo(f"  {a.question:<4}{a.verdict.replace('_', ' '):<13}{a.headline}")
        typer.echo("")
    for w in result.warnings:
        typer.echo(f"note: {w}")


def report(
    folder: Path = typer.Argument(help=RUN_HELP),
    out: Path | None = typer.Option(None, help="HTML file; default report.html in the run folder."),
) -> None:
    """Write the HTML report of a run folder anew, without flying again."""
    from stationkeeper.mission.folder import read_run
    from stationkeeper.report.html import write_report

    result = read_run(folder)
    path = writable(out or folder / "report.html")
    with whole(path) as part:
        write_report(result, part)
    typer.echo(f"report: {path.resolve()}")


def cite(
    folder: Path = typer.Argument(help=RUN_HELP),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """Print how to cite a run, and every source that it used."""
    from stationkeeper.mission.conclude import used_sources
    from stationkeeper.mission.folder import read_run

    result = read_run(folder)
    m = result.manifest
    versions = m["versions"]
    version = versions["stationkeeper"] if isinstance(versions, dict) else ""
    how = f"stationkeeper {version}, run {m['run']}: {result.scenario.title}"
    used = used_sources(result)
    if json:
        print_json(
            {"schema": "stationkeeper.cite/1", "cite_as": how, "sources": [{"key": k, "text": t} for k, t in used]}
        )
        return
    typer.echo(f"Cite as: {how}\n\nSources used:")
    for key, text in used:
        typer.echo(f"  [{key}] {text}")
