"""``stationkeeper diff``: what differs between two runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stationkeeper.cli.common import print_json

if TYPE_CHECKING:
    from stationkeeper.mission.diff import Difference, RunDiff

HEADS = {
    "input": "What was put in",
    "dated": "What happened, in order of date",
    "answer": "Answers",
    "end": "How they end",
}
LINE = 110


def diff(
    run_a: Path = typer.Argument(help="Run folder that 'stationkeeper run' wrote: A."),
    run_b: Path = typer.Argument(help="Run folder that is set beside it: B."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """What differs between two runs, the first cause first: inputs, events, functions, answers, where they end."""
    from stationkeeper.mission.diff import diff_json, diff_runs
    from stationkeeper.mission.folder import read_run

    found = diff_runs(read_run(run_a), read_run(run_b))
    if json:
        print_json(diff_json(found))
    else:
        _print(found)


def _print(d: RunDiff) -> None:
    typer.echo(f"A: {d.a}, {d.title_a}")
    typer.echo(f"B: {d.b}, {d.title_b}")
    first = d.first_cause
    if first is None:
        typer.echo("nothing differs")
        return
    typer.echo(f"compared up to {d.until.date}\n")
    _line(first, "First cause: ")
    for head, mine in (
        ("input", [x for x in d.differences if x.group == "input"]),
        ("dated", [x for x in d.differences if x.group in ("event", "function")]),
        ("answer", [x for x in d.differences if x.group == "answer"]),
        ("end", [x for x in d.differences if x.group in ("altitude", "propellant", "people", "mass")]),
    ):
        if mine:
            typer.echo(f"\n{HEADS[head]}")
            for x in mine:
                _line(x, "  ")


def _line(x: Difference, head: str) -> None:
    import textwrap

    when = f"{x.at.date}  " if x.at is not None else ""
    indent = " " * (len(head) + len(when))
    typer.echo(
        textwrap.fill(x.text, LINE, initial_indent=head + when, subsequent_indent=indent, break_long_words=False)
    )
