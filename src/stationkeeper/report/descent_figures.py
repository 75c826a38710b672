"""Figures of a body that comes down by itself: funnel of heights, windows of entry, map, latitudes, risk beside known ones.

Same colours, dashes and words as the other figures (:mod:`stationkeeper.report.figures`); each has its text alternative in
:mod:`stationkeeper.report.coming_down`.

References
----------
Odds published before the fall: UARS 1 in 3,200 (NASA, September 2011; source key UARS-2011), Skylab 1 in 152 (Christian Science Monitor,
2011-09-23); both in validation/reentry_risk.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.time_arrays import utc_datetime64
from stationkeeper.functions.words import number
from stationkeeper.reentry.outcome import MODEL_NAMES, SHARES, ComingDown
from stationkeeper.reentry.places import Band
from stationkeeper.reentry.risk import one_in
from stationkeeper.report.figures import (
    add_coastlines,
    axis,
    faint,
    layout,
    map_axes,
    split_at_date_line,
    time_axis,
    utc,
)

PUBLISHED: Final = (("Skylab, 1979 (published)", 1.0 / 152.0), ("UARS, 2011 (published)", 1.0 / 3_200.0))
INK: Final = "#333333"


@dataclass(frozen=True)
class Part:
    """A body that comes down, with its colour and dash."""

    name: str
    down: ComingDown
    colour: str
    dash: str = "solid"


# ---- when -----------------------------------------------------------------------------------------------------------


def edge(d: ComingDown, p: float) -> tuple[list[Epoch], list[float]]:
    """Dates by which a share of the members is down to a height (km), from the start to entry; level to the flight's end where fewer are."""
    when, height = [d.start], [d.start_height_km]
    for h in d.heights:
        date = h.by(p)
        if date is None:
            when.append(d.until)
            height.append(height[-1])
            break
        when.append(date)
        height.append(h.height_km)
    return when, height


def _band(fig: go.Figure, part: Part, ends: tuple[float, float], strength: float, name: str) -> None:
    """The space between the edges of two shares."""
    (t0, h0), (t1, h1) = (edge(part.down, p) for p in ends)
    t, h = [*t0], [*h0]
    if h1[-1] > h0[-1]:  # the later edge ends where the flight does
        t, h = [*t, t1[-1]], [*h, h0[-1]]
    fig.add_scatter(
        x=utc_datetime64([*t, *t1[::-1]]), y=[*h, *h1[::-1]], mode="lines", line={"width": 0}, fill="toself",
        fillcolor=faint(part.colour, strength), hoverinfo="skip", name=name,
    )  # fmt: skip


def funnel_figure(part: Part) -> go.Figure:
    """Height over time: median, 50 % and 90 % of the cases; heights that matter as lines."""
    d = part.down
    fig = go.Figure()
    _band(fig, part, (0.05, 0.95), 0.18, "90 % of the cases")
    _band(fig, part, (0.25, 0.75), 0.32, "50 %")
    when, height = edge(d, 0.5)
    fig.add_scatter(
        x=utc_datetime64(when), y=height, mode="lines", line={"color": part.colour, "width": 2.5}, name="middle",
        hovertemplate="half of the cases are down to %{y:.0f} km by %{x|%Y-%m-%d}<extra></extra>",
    )  # fmt: skip
    words = {330.0: "330 km", 120.0: "120 km: entry"}
    for p in d.settings.get("attitude", ()):
        if p["below_km"]:
            low, high = p["below_km"]
            who = "gyroscopes alone cannot" if "gyroscopes" in p["why"] else "nobody can"
            words[0.5 * (low + high)] = f"{0.5 * (low + high):g} km: {who} hold it below"
    end = max(e for p in (0.05, 0.5, 0.95) for e in edge(d, p)[0])
    for km in words:
        if km < d.start_height_km:
            fig.add_hline(
                y=km, line={"color": "#777777", "width": 1, "dash": "dash"}, annotation_text=words[km], annotation_position="top left",
                annotation_font={"size": 11, "color": "#555555"},
            )  # fmt: skip
    fig.update_layout(layout(380))
    fig.update_xaxes(time_axis(d.start, end))
    fig.update_yaxes(
        axis(title={"text": "Lowest height over a revolution, km"}, range=[100.0, 1.04 * d.start_height_km])
    )
    return fig


def windows_figure(parts: Sequence[Part]) -> go.Figure:
    """Windows of entry of 50, 90 and 99 %, the yardstick and the second density model, a row for each."""
    fig = go.Figure()
    rows: list[str] = []
    stops: list[Epoch] = []
    for k, part in enumerate(parts):
        d, who = part.down, f"{escape(part.name)}: " if len(parts) > 1 else ""
        row = f"{who}all cases"
        rows.append(row)
        for share, width, strength in zip(SHARES[::-1], (7, 15, 24), (0.3, 0.5, 0.9), strict=True):
            low, high = d.entry.window(share)
            if low is not None and d.enough(share):
                _bar(fig, row, low, high or d.until, width, faint(part.colour, strength), f"{100 * share:g} %", k == 0)
                stops += [low, high or d.until]
        _tick(fig, row, d.median, "#ffffff", 24)
        if d.yardstick is not None:
            yardstick = f"{100 * d.yardstick_part:g} % yardstick"
            rows.append(f"{who}{yardstick}")
            _bar(fig, rows[-1], *d.yardstick, 10, "#2b7a5b", yardstick, k == 0)
            _tick(fig, rows[-1], d.median, "#ffffff", 10)
            stops += [*d.yardstick]
        if d.second is not None and (first := d.second_dates[1]) is not None:
            rows.append(f"{who}{MODEL_NAMES[d.second[0]]}")
            last = d.second_dates[5] or d.until
            _bar(fig, rows[-1], first, last, 15, faint("#7b5aa6", 0.5), "90 %, second density model", k == 0)
            _tick(fig, rows[-1], d.second_dates[3], "#ffffff", 15)
            stops += [first, last]
    fig.update_layout(layout(150 + 40 * len(rows), margin={"l": 230, "r": 24, "t": 16, "b": 48}))
    if stops:
        fig.update_xaxes(time_axis(min(stops), max(stops), 0.03))
    fig.update_yaxes(
        type="category", categoryorder="array", categoryarray=rows[::-1], range=[-0.6, len(rows) - 0.4], ticks="", showgrid=False, automargin=True
    )  # fmt: skip
    return fig


def _bar(fig: go.Figure, row: str, low: Epoch, high: Epoch, width: float, colour: str, name: str, legend: bool) -> None:
    fig.add_scatter(
        x=utc_datetime64([low, high]), y=[row, row], mode="lines", line={"color": colour, "width": width}, name=name, showlegend=legend,
        hovertemplate=f"{escape(name)}: {low.isoformat()[:16]} to {high.isoformat()[:16]} UTC<extra></extra>",
    )  # fmt: skip


def _tick(fig: go.Figure, row: str, at: Epoch | None, colour: str, size: float) -> None:
    if at is None:
        return
    fig.add_scatter(
        x=[utc(at)], y=[row], mode="markers", showlegend=False, name="middle",
        marker={"symbol": "line-ns", "size": 0.62 * size, "line": {"width": 3, "color": colour}},
        hovertemplate=f"half of the cases by {at.isoformat()[:16].replace('T', ' ')} UTC<extra></extra>",
    )  # fmt: skip


# ---- where ----------------------------------------------------------------------------------------------------------


def descent_map(parts: Sequence[Part]) -> go.Figure:
    """The world with the band of latitudes that lies under the orbit, and the ground track of the median case."""
    fig = go.Figure()
    south, north = max((p.down.latitude_band_deg for p in parts), key=lambda b: b[1])
    for low, high in ((-90.0, south), (north, 90.0)):
        fig.add_shape(
            type="rect", x0=-180, x1=180, y0=low, y1=high, fillcolor="#e9e9e9", line={"width": 0}, layer="below"
        )
    add_coastlines(fig)
    for part in parts:
        t = part.down.track
        if t is None:
            continue
        lon, lat = split_at_date_line(np.asarray(t.longitude_deg), np.asarray(t.latitude_deg))
        fig.add_scatter(
            x=lon, y=lat, mode="lines", line={"color": part.colour, "dash": part.dash, "width": 1.3}, name=f"{escape(part.name)}, middle case",
            hovertemplate="latitude %{y:.1f}°, longitude %{x:.1f}°<extra>" + escape(part.name) + "</extra>",
        )  # fmt: skip
    known = all(p.down.place_known for p in parts)
    words = "NOT a forecast of the place: the window is longer than " + ("a revolution" if known else "a day")
    if not all(p.down.along_track for p in parts):
        fig.add_annotation(
            x=0,
            y=-68,
            text=f"<b>{words}</b>",
            showarrow=False,
            font={"size": 12, "color": INK},
            bgcolor="rgba(255,255,255,0.85)",
        )
    fig.update_layout(layout(470, margin={"l": 64, "r": 24, "t": 16, "b": 62}))
    map_axes(fig)
    return fig


def latitudes_figure(part: Part) -> go.Figure:
    """Probability of each band of latitude beside the people who live there."""
    d = part.down
    fig = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.03)
    middle = [0.5 * (b.south_deg + b.north_deg) for b in d.bands]
    name = [band_name(b) for b in d.bands]
    width = d.bands[0].north_deg - d.bands[0].south_deg if d.bands else 1.0
    chance = [100.0 * b.probability for b in d.bands]
    error = {
        "type": "data", "symmetric": False, "array": [100.0 * (b.high - b.probability) for b in d.bands],
        "arrayminus": [100.0 * (b.probability - b.low) for b in d.bands], "thickness": 1, "width": 2, "color": INK,
    }  # fmt: skip
    fig.add_bar(
        x=chance, y=middle, orientation="h", width=0.86 * width, marker={"color": faint(part.colour, 0.75)}, error_x=error, text=name, textposition="none",
        hovertemplate="%{text}: %{x:.1f} %<extra></extra>", showlegend=False, row=1, col=1,
    )  # fmt: skip
    fig.add_bar(
        x=list(d.people_per_km2), y=middle, orientation="h", width=0.86 * width, marker={"color": "#c9a86a"},
        text=name, textposition="none", hovertemplate="%{text}: %{x:.1f} people per km²<extra></extra>", showlegend=False, row=1, col=2,
    )  # fmt: skip
    fig.update_layout(layout(430, bargap=0.1, margin={"l": 64, "r": 24, "t": 16, "b": 62}))
    span = max((abs(m) for m in middle), default=60.0) + width
    fig.update_yaxes(axis(range=[-span, span], dtick=20, ticksuffix="°", title={"text": "Latitude"}), row=1, col=1)
    fig.update_yaxes(axis(range=[-span, span], dtick=20), row=1, col=2)
    fig.update_xaxes(
        axis(title={"text": f"Probability per {width:g}° of latitude, %"}, rangemode="tozero"), row=1, col=1
    )
    fig.update_xaxes(axis(title={"text": "People per km², land and sea together"}, rangemode="tozero"), row=1, col=2)
    return fig


def band_name(b: Band) -> str:
    """A band of latitude in words."""

    def one(x: float) -> str:
        return f"{abs(x):g}°{' S' if x < 0 else ' N' if x > 0 else ''}"

    return f"{one(b.south_deg)} to {one(b.north_deg)}"


# ---- with what risk -------------------------------------------------------------------------------------------------


def risk_figure(parts: Sequence[Part]) -> go.Figure | None:
    """Casualty expectation with its interval on a scale of tens, beside the rule and what was published of others."""
    told = [p for p in parts if p.down.risk.get("casualty_expectation") is not None]
    if not told:
        return None
    fig = go.Figure()
    rule = float(told[0].down.risk["rule"])
    rows = [escape(p.name) for p in told] + [name for name, _ in PUBLISHED]
    ends = [rule]
    for part, row in zip(told, rows, strict=False):
        r = part.down.risk
        best, low, high = (float(r[k]) for k in ("casualty_expectation", "low", "high"))
        ends += [low, high]
        fig.add_scatter(
            x=[low, high],
            y=[row, row],
            mode="lines",
            line={"color": faint(part.colour, 0.5), "width": 14},
            showlegend=False,
            hoverinfo="skip",
        )
        fig.add_scatter(
            x=[best], y=[row], mode="markers+text", marker={"symbol": "diamond", "size": 12, "color": part.colour}, showlegend=False,
            text=[number(best)], textposition="top center", textfont={"size": 12},
            hovertemplate=f"{best:.3g} casualties expected (90 %: {low:.3g} to {high:.3g})<extra></extra>",
        )  # fmt: skip
    for name, value in PUBLISHED:
        ends.append(value)
        fig.add_scatter(
            x=[value], y=[name], mode="markers+text", marker={"symbol": "circle-open", "size": 11, "color": "#4d4d4d", "line": {"width": 2}},
            text=[one_in(value)], textposition="top center", textfont={"size": 12}, showlegend=False,
            hovertemplate=f"{name}: {one_in(value)}, as published before it fell<extra></extra>",
        )  # fmt: skip
    fig.add_vline(x=rule, line={"color": "#b00020", "width": 1.5, "dash": "dash"})
    fig.add_annotation(
        x=math.log10(rule), y=1.0, yref="paper", yanchor="bottom", text=f"the rule: {one_in(rule)}", showarrow=False,
        font={"size": 12, "color": "#b00020"},
    )  # fmt: skip
    low, high = math.floor(math.log10(min(ends))), math.ceil(math.log10(max(ends)))
    decades = range(low, high + 1)
    fig.update_layout(layout(130 + 52 * len(rows), margin={"l": 210, "r": 24, "t": 30, "b": 56}))
    fig.update_xaxes(
        axis(
            type="log", range=[low - 0.2, high + 0.2], tickvals=[10.0**k for k in decades],
            ticktext=[f"{10.0 ** k:g}" if k >= 0 else f"1 in {10 ** -k:,}" for k in decades], title={"text": "Casualties to be expected"},
        )
    )  # fmt: skip
    fig.update_yaxes(
        type="category", categoryorder="array", categoryarray=rows[::-1], range=[-0.6, len(rows) - 0.3], ticks="", showgrid=False, automargin=True
    )  # fmt: skip
    return fig
