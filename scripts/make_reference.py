"""Writes docs/reference from the code: the formats of station and scenario files, the events, the command line.

python scripts/make_reference.py            write the pages
python scripts/make_reference.py --check    exit 1 when a page is out of date
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import click
import typer

from stationkeeper.cli.main import app
from stationkeeper.flight.case import CaseFile
from stationkeeper.reentry.plan import PlanFile
from stationkeeper.scenario.events import BUILT_IN
from stationkeeper.scenario.load import FOLDER, packaged_scenarios, read_scenario
from stationkeeper.scenario.schema import Scenario
from stationkeeper.station.load import load_station, packaged_stations
from stationkeeper.station.schema import Station

PAGES = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTE = "<!-- written by scripts/make_reference.py; change the code, not this page -->\n"


def type_text(prop: dict[str, Any]) -> str:
    """A JSON Schema type in a few words."""
    if "$ref" in prop:
        name = prop["$ref"].split("/")[-1]
        return f"[{name}](#{name.lower()})"
    if "const" in prop:
        return f"`{prop['const']}`"
    if "enum" in prop:
        return ", ".join(f"`{x}`" for x in prop["enum"])
    for key in ("anyOf", "oneOf"):
        if key in prop:
            return " or ".join(dict.fromkeys(type_text(p) for p in prop[key] if p.get("type") != "null"))
    if prop.get("type") == "array":
        if "prefixItems" in prop:
            return f"list of {len(prop['prefixItems'])}: {type_text(prop['prefixItems'][0])}"
        return f"list of {type_text(prop.get('items', {}))}"
    if prop.get("type") == "object" and "additionalProperties" in prop:
        extra = prop["additionalProperties"]
        return f"table of {type_text(extra)}" if isinstance(extra, dict) else "table"
    return str(prop.get("type", "anything"))


def range_text(prop: dict[str, Any]) -> str:
    """The range of a number, or the pattern of a text."""
    words = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
    out = [f"{w} {prop[k]:g}" for k, w in words.items() if k in prop]
    if "maxLength" in prop:
        out.append(f"at most {prop['maxLength']} characters")
    return ", ".join(out)


def table(schema: dict[str, Any]) -> str:
    """The keys of one object as a table."""
    rows = ["| key | type | needed | what |", "| --- | --- | --- | --- |"]
    needed = set(schema.get("required", []))
    for key, prop in schema.get("properties", {}).items():
        if key == "origin":
            continue  # set by the program
        inner = next((p for p in prop.get("anyOf", []) if p.get("type") != "null"), {})
        text = "; ".join(
            x for x in (prop.get("description", inner.get("description", "")), range_text({**inner, **prop})) if x
        )
        default = prop.get("default")
        if key not in needed and default not in (None, "", [], {}) and not isinstance(default, dict):
            text += f"{'; ' if text else ''}default `{json.dumps(default)}`"
        rows.append(f"| `{key}` | {type_text(prop)} | {'yes' if key in needed else ''} | {text.replace('|', '/')} |")
    return "\n".join(rows)


def format_page(title: str, intro: str, model: type[Station] | type[Scenario] | type[CaseFile] | type[PlanFile]) -> str:
    """A page for a file format."""
    schema = model.model_json_schema()
    out = [NOTE, f"# {title}\n", intro, "", "## The file\n", table(schema)]
    for name, part in sorted(schema["$defs"].items()):
        about = (part.get("description") or "").split("\n\n")[0].replace("\n", " ")
        out += [f"\n## {name}\n", about, "", table(part)]
    return "\n".join(out) + "\n"


def events_page() -> str:
    """One section for each kind of event."""
    out = [NOTE, "# Events\n", "Every event has `kind` and `at`; `force = true` lets it happen against its ruling.\n"]
    for event in BUILT_IN:
        schema = event.model_json_schema()
        kind = schema["properties"]["kind"]["const"]
        own = {
            k: v
            for k, v in schema["properties"].items()
            if k not in ("kind", "at", "id", "force", "note", "source", "origin")
        }
        out += [f"## {kind}\n", (event.__doc__ or "").strip().replace("\n    ", "\n"), ""]
        out += [table({"properties": own, "required": schema.get("required", [])}), ""]
    return "\n".join(out)


def command_page() -> str:
    """The help of every command."""
    out = [NOTE, "# Command line\n", "Exit codes: 0 good, 1 the run failed, 2 the input is wrong.\n"]

    def walk(command: click.Command, path: str, parent: click.Context | None) -> None:
        ctx = click.Context(
            command, info_name=path.split()[-1], parent=parent, terminal_width=100, max_content_width=100
        )
        text = re.sub(r"[ \t]+\n", "\n", command.get_help(ctx))
        out.append(f"## {path}\n\n```text\n{text.rstrip()}\n```\n")
        for name, child in sorted(getattr(command, "commands", {}).items()):
            walk(child, f"{path} {name}", ctx)

    walk(typer.main.get_command(app), "stationkeeper", None)
    return "\n".join(out)


def packaged_page() -> str:
    """Stations and scenarios inside the package."""
    out = [
        NOTE,
        "# Packaged stations and scenarios\n",
        "## Stations\n",
        "| id | name | data complete | elements | visits | sources |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in packaged_stations():
        s = load_station(name)
        h = s.station
        out.append(
            f"| `{h.id}` | {h.name} | {h.covers_from} to {h.covers_until} | {len(s.element)} | {len(s.visit)} | {len(s.source)} |"
        )
    out += ["\n## Scenarios\n", "| id | question | from | to |", "| --- | --- | --- | --- |"]
    for name in packaged_scenarios():
        c = read_scenario(FOLDER / f"{name}.toml")
        out.append(f"| `{c.id}` | {c.question} | {c.start.date} | {c.end.date} |")
    return "\n".join(out) + "\n"


def schema_text(model: type[Station] | type[Scenario] | type[CaseFile] | type[PlanFile]) -> str:
    """JSON Schema 2020-12 of a file format, for editors and other programs."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(schema, indent=1) + "\n"


def pages() -> dict[str, str]:
    """Name and text of every page."""
    return {
        "scenario-file.md": format_page(
            "Scenario files",
            "A scenario is a TOML file. Its JSON Schema is [scenario.schema.json](scenario.schema.json); `stationkeeper scenarios --schema` prints it.",
            Scenario,
        ),
        "station-file.md": format_page(
            "Station files",
            "A station is a TOML file, or a folder of TOML files whose lists are joined. Its JSON Schema is [station.schema.json](station.schema.json); `stationkeeper station schema` prints it.",
            Station,
        ),
        "case-file.md": format_page(
            "Case files",
            "A case is a TOML file: one body, its start (`[state]` or `[orbit]`), its forces, its burns. `stationkeeper propagate` flies it; [Fly a case](../how-to/fly-a-case.md) shows how. Its JSON Schema is [case.schema.json](case.schema.json).",
            CaseFile,
        ),
        "deorbit-file.md": format_page(
            "Deorbit plans",
            "A plan of a deorbit is a TOML file: the hold orbit (`[orbit]` or `[elements]`), the station and what it breaks into, vehicles with their engines, burns, the corridor, the crew. `stationkeeper deorbit` flies it; [Plan a deorbit](../how-to/plan-a-deorbit.md) shows how. Its JSON Schema is [deorbit.schema.json](deorbit.schema.json).",
            PlanFile,
        ),
        "events.md": events_page(),
        "command-line.md": command_page(),
        "packaged.md": packaged_page(),
        "scenario.schema.json": schema_text(Scenario),
        "station.schema.json": schema_text(Station),
        "case.schema.json": schema_text(CaseFile),
        "deorbit.schema.json": schema_text(PlanFile),
    }


def main() -> int:
    """Write or check the pages."""
    PAGES.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, text in pages().items():
        path = PAGES / name
        if "--check" in sys.argv:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"docs/reference/{name} is out of date: run python scripts/make_reference.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
