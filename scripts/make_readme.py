"""Writes the answers and the picture in README.md from a run of the demonstration.

make demo && .venv/bin/python scripts/make_readme.py runs/demo
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from stationkeeper.mission.folder import read_run
from stationkeeper.report.station_drawing import draw_station

ROOT = Path(__file__).resolve().parent.parent
SHOWN = ("Q1", "Q2", "Q3", "Q5", "Q7")


def block(answers: dict) -> str:  # type: ignore[type-arg]
    """The answers as a Markdown table, one column for each part of the station."""
    rows = answers["answers"]
    stacks = list(dict.fromkeys(a["stack_name"] for a in rows))
    out = ["| | " + " | ".join(stacks) + " |", "|---|" + "---|" * len(stacks)]
    for q in SHOWN:
        mine = {a["stack_name"]: a for a in rows if a["question"] == q}
        cells = [mine[s]["headline"] for s in stacks]
        if len(set(cells)) == 1:
            cells = [cells[0]] + ["the same"] * (len(cells) - 1)
        out.append(f"| {mine[stacks[0]]['asks']} | " + " | ".join(cells) + " |")
    return "\n".join(out)


def with_block(readme: str, text: str) -> str:
    """The README with its answers replaced."""
    return re.sub(
        r"(<!-- answers -->\n).*?(<!-- /answers -->)", lambda m: f"{m[1]}{text}\n{m[2]}", readme, flags=re.DOTALL
    )


def main() -> None:
    """Rewrite README.md and its picture."""
    folder = Path(sys.argv[1])
    answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    readme = ROOT / "README.md"
    readme.write_text(with_block(readme.read_text(encoding="utf-8"), block(answers)), encoding="utf-8")
    result = read_run(folder)
    cut = next(h for h in result.happened if h.outcome.separation)
    title = "The ISS of 30 March 2022 with the joint between its segments open"
    picture = ROOT / "docs" / "images" / "iss-2022-detach.svg"
    picture.write_text(draw_station(cut.after, title=title), encoding="utf-8")


if __name__ == "__main__":
    main()
