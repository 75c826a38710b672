"""What every HTML page of ours shares: the templates with their filters, and a Plotly figure as data in the page."""

from __future__ import annotations

import json
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stationkeeper.report.words import dated, day, listed, moment, number, people, tonnes


def environment() -> Environment:
    """The templates; all text is escaped."""
    env = Environment(
        loader=PackageLoader("stationkeeper.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # fmt: skip
    env.filters |= {
        "day": day, "moment": moment, "tonnes": tonnes, "people": people, "listed": listed, "number": number, "dated": dated,
    }  # fmt: skip
    return env


def figure(key: str, fig: go.Figure, words: str) -> dict[str, Any]:
    """A figure as the template draws it, with its description in words."""
    data = json.loads(fig.to_json())
    data["layout"].pop("template", None)
    text = json.dumps(
        {"data": data["data"], "layout": data["layout"]}, ensure_ascii=True, separators=(",", ":"), allow_nan=False
    )
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, code)
    return {"id": f"figure-{key}", "json": Markup(text), "words": words, "height": data["layout"].get("height", 400)}  # noqa: S704
