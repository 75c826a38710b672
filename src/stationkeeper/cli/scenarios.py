"""``stationkeeper scenarios`` and ``validate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from stationkeeper.cli.common import print_json

if TYPE_CHECKING:
    from stationkeeper.scenario.walk import Happened


def scenarios(
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
    schema: bool = typer.Option(False, "--schema", help="Print the JSON Schema of scenario files instead."),
) -> None:
    """List the packaged scenarios."""
    from stationkeeper.scenario.load import FOLDER, packaged_scenarios, read_scenario
    from stationkeeper.scenario.schema import Scenario

    if schema:
        print_json(Scenario.model_json_schema())
        return
    found = [read_scenario(FOLDER / f"{n}.toml") for n in packaged_scenarios()]
    if json:
        print_json(
            [
                {"id": s.id, "title": s.title, "question": s.question, "start": str(s.start), "end": str(s.end)}
                for s in found
            ]
        )
        return
    for s in found:
        typer.echo(f"{s.id:<24} {s.title}\n{'':<24} {s.start.date} to {s.end.date}: {s.question}")


def _event(h: Happened) -> dict[str, Any]:
    r = h.ruling
    return {
        "at": str(h.at), "title": h.title, "verdict": r.verdict, "happens": h.applied, "forced": h.forced,
        "reasons": list(r.reasons), "steps": [s.text for s in r.steps], "breaks": list(r.breaks), "effects": list(h.outcome.effects),
    }  # fmt: skip


def validate(
    scenario: str = typer.Argument(help="Name of a packaged scenario, or the path of a scenario file."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """Check a scenario and rehearse its events without flying: what would be possible, and what not."""
    from stationkeeper.scenario.load import load_scenario
    from stationkeeper.scenario.walk import rehearse
    from stationkeeper.station.describe import outside

    loaded, station, path = load_scenario(scenario)
    log = rehearse(loaded, station)
    notes = sorted({w for at in (loaded.start, loaded.end) for w in outside(station, at)})
    own = [h for h in log if h.event.origin == "scenario"]
    fallen = [h for h in log if h.event.origin == "flown" and not h.applied]
    if json:
        print_json(
            {
                "schema": "stationkeeper.validation/1", "scenario": loaded.id, "file": path.name, "valid": True, "warnings": notes,
                "events": len(log),
                "own_events": [_event(h) for h in own],
                "flown_events_that_fall_away": [_event(h) for h in fallen],
            }
        )  # fmt: skip
        return
    typer.echo(f"{loaded.id}: valid, {len(log)} events, {len(own)} of them its own")
    for h in own:
        tail = " (forced)" if h.forced else "" if h.applied else " (will not happen: force = true would let it)"
        typer.echo(f"  {h.at}  {h.title}: {h.ruling.plain}{tail}")
        lines = [f"breaks: {b}" for b in h.ruling.breaks] + [f"then: {e}" for e in h.outcome.effects]
        lines += [f"first: {s.text}" + (f" ({s.count})" if s.count else "") for s in h.ruling.steps]
        for line in [*h.ruling.reasons, *lines]:
            typer.echo(f"      {line}")
    for h in fallen:
        typer.echo(f"  {h.at}  {h.title}: flown, but cannot happen here: {h.ruling.reasons[-1]}")
    for note in notes:
        typer.echo(f"note: {note}")
