"""The report's figures, made with Plotly: altitude, mass, functions over time, ground track.

Colours are from sets that colour-blind readers can tell apart; lines differ by dash as well, states by letter and
hatch, so that a grey print reads as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.time_arrays import utc_datetime64
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.mission.result import Flown, Result
from stationkeeper.report.coastlines import coastlines
from stationkeeper.report.words import FUNCTIONS, STATUS, number
from stationkeeper.scenario.walk import Happened

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]

LINES = (("#1b4f8f", "solid"), ("#b5471f", "dash"), ("#4d4d4d", "dot"), ("#7b5aa6", "dashdot"), ("#2b7a5b", "longdash"))
STATES: dict[str, tuple[str, str, str]] = {
    "nominal": ("#cfe1f2", "", "N"),
    "degraded": ("#f0b23e", "/", "D"),
    "lost": ("#8c2d19", "x", "L"),
    "not_assessed": ("#f2f2f2", ".", "–"),
}
"""Colour, hatch and letter of a function's state."""
BURN = "#111111"
POINTS = 1200


def layout(height: int, **more: Any) -> dict[str, Any]:
    """What all figures share."""
    return {
        "height": height,
        "margin": {"l": 64, "r": 24, "t": 16, "b": 48},
        "font": {"family": "Helvetica, Arial, sans-serif", "size": 13, "color": "#222222"},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "hovermode": "closest",
        "legend": {
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.02,
            "x": 0.0,
            "font": {"size": 12},
            "traceorder": "normal",
        },
        **more,
    }


def axis(**more: Any) -> dict[str, Any]:
    """An axis in the report's style."""
    return {
        "showgrid": True,
        "gridcolor": "#e6e6e6",
        "zeroline": False,
        "linecolor": "#888888",
        "ticks": "outside",
        "tickcolor": "#888888",
        **more,
    }


def time_axis(start: Epoch, end: Epoch, room: float = 0.0) -> dict[str, Any]:
    """An axis of dates, with some room on the right."""
    span = end - start
    ends = [e.isoformat()[:-1] for e in (start.plus_s(-0.01 * span), end.plus_s((0.01 + room) * span))]
    return axis(type="date", range=ends, hoverformat="%Y-%m-%d %H:%M UTC", tickformatstops=[
        {"dtickrange": [None, 86_400_000], "value": "%H:%M\n%d %b"},
        {"dtickrange": [86_400_000, "M1"], "value": "%d %b\n%Y"},
        {"dtickrange": ["M1", "M12"], "value": "%b\n%Y"},
        {"dtickrange": ["M12", None], "value": "%Y"},
    ])  # fmt: skip


def stack_styles(result: Result) -> dict[str, tuple[str, str, str]]:
    """Name, colour and dash of each stack, in the order in which they flew."""
    names: dict[str, str] = {f.stack: f.name for f in result.flown}
    for s in result.snapshots:
        for k in s.configuration.stacks():
            if k.segments:
                names.setdefault(k.id, k.name)
    return {key: (name, *LINES[i % len(LINES)]) for i, (key, name) in enumerate(names.items())}


def daily(t: Trajectory) -> tuple[Times, Floats]:
    """Times and mean altitude in km, averaged over spans short enough to show each burn and long enough to be smooth.

    Spans never reach across a burn or a separation.
    """
    us, h = t.times_tai_us, t.mean_altitude_m() / 1e3
    width = max((int(us[-1]) - int(us[0])) / POINTS, 5_580e6)
    edges = np.unique(np.concatenate([np.arange(us[0], us[-1], width), t.breaks_tai_us, us[-1:]])).astype(np.int64)
    which = np.clip(np.searchsorted(edges, us, side="right") - 1, 0, max(len(edges) - 2, 0))
    count = np.bincount(which)
    held = count > 0
    mean_h = np.bincount(which, h)[held] / count[held]
    mean_us = us[0] + np.bincount(which, (us - us[0]).astype(np.float64))[held] / count[held]
    return utc_datetime64(mean_us.astype(np.int64)), np.round(mean_h, 3)


# ---- altitude -------------------------------------------------------------------------------------------------------


def altitude_figure(result: Result) -> go.Figure:
    """Mean altitude of each stack over the run, with burns and events."""
    styles = stack_styles(result)
    start, end = result.scenario.start, result.scenario.end
    fig = go.Figure()
    top, low = -np.inf, np.inf
    for f in result.flown:
        t, h = daily(f.trajectory)
        name, colour, dash = styles[f.stack]
        top, low = max(top, float(h.max())), min(low, float(h.min()))
        fig.add_scatter(
            x=t, y=h, mode="lines", name=escape(name), line={"color": colour, "dash": dash, "width": 2},
            hovertemplate="%{y:.2f} km<br>%{x|%Y-%m-%d %H:%M} UTC<extra>" + escape(name) + "</extra>",
        )  # fmt: skip
    _add_burns(fig, result.flown)
    if np.isfinite(top):
        pad = max(0.08 * (top - low), 0.5)
        _add_events(fig, result.happened, low - pad, top + 2.2 * pad, 0.03 * (end - start))
        fig.update_yaxes(range=[low - 1.1 * pad, top + 3.0 * pad])
    fig.update_layout(layout(430))
    fig.update_xaxes(time_axis(start, end))
    fig.update_yaxes(axis(title={"text": "Mean altitude, km"}))
    return fig


def _add_burns(fig: go.Figure, flown: Sequence[Flown]) -> None:
    burns = [b for f in flown for b in f.burns]
    if not burns:
        return
    words = [
        f"{escape(b.push.name)}: {b.push.delta_v_m_s:+.2f} m/s, {number(b.propellant_kg, 0)} kg of propellant, {number(b.duration_s, 0)} s"
        for b in burns
    ]
    fig.add_scatter(
        x=utc_datetime64([b.start for b in burns]), y=[round(b.mean_altitude_after_m / 1e3, 3) for b in burns], mode="markers",
        name="burn", marker={"symbol": "triangle-up", "size": 9, "color": "#ffffff", "line": {"color": BURN, "width": 1.5}},
        text=words, hovertemplate="%{text}<br>%{x|%Y-%m-%d %H:%M} UTC<extra></extra>",
    )  # fmt: skip


def _add_events(fig: go.Figure, happened: Sequence[Happened], low: float, high: float, near_s: float) -> None:
    """The scenario's own events as lines with their number in the log; those of the history as ticks at the top."""
    own = [(i, h) for i, h in enumerate(happened, 1) if h.event.origin == "scenario"]
    rest = [(i, h) for i, h in enumerate(happened, 1) if h.event.origin == "flown" and h.outcome.push is None]
    x: list[np.datetime64 | None] = []
    for _, h in own:
        x += [utc(h.at), utc(h.at), None]
    if own:
        fig.add_scatter(
            x=x, y=[low, high, None] * len(own), mode="lines", line={"color": "#b00020", "width": 1.4, "dash": "dot"},
            name="scenario event", hoverinfo="skip",
        )  # fmt: skip
        fig.add_scatter(
            x=[utc(h.at) for _, h in own], y=_steps([h.at for _, h in own], high, 0.085 * (high - low), near_s), mode="markers+text", showlegend=False,
            marker={"symbol": "square", "size": 19, "color": "#ffffff", "line": {"color": "#b00020", "width": 1.4}},
            text=[f"<b>{i}</b>" for i, _ in own], textfont={"size": 11, "color": "#b00020"}, hovertext=[_event_words(i, h) for i, h in own],
            hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip
    if rest:
        fig.add_scatter(
            x=[utc(h.at) for _, h in rest], y=[low] * len(rest), mode="markers", name="other event",
            marker={"symbol": "line-ns-open", "size": 10, "color": "#666666", "line": {"width": 1.4}},
            hovertext=[_event_words(i, h) for i, h in rest], hovertemplate="%{hovertext}<extra></extra>",
        )  # fmt: skip


def _steps(times: Sequence[Epoch], high: float, step: float, near_s: float) -> list[float]:
    """Heights for the numbers of events: lower where an earlier number stands in the way."""
    rows: list[Epoch] = []
    out = []
    for t in times:
        row = next((i for i, last in enumerate(rows) if t - last > near_s), len(rows))
        rows[row:] = [t, *rows[row + 1 :]]
        out.append(high - row * step)
    return out


def _event_words(i: int, h: Happened) -> str:
    done = "" if h.applied else " (did not happen)"
    return f"{i}. {escape(h.title)}{done}<br>{h.at.isoformat()[:16].replace('T', ' ')} UTC"


def utc(at: Epoch) -> np.datetime64:
    """An instant for an axis of dates."""
    return utc_datetime64([at])[0]  # type: ignore[no-any-return]


# ---- mass and functions ---------------------------------------------------------------------------------------------


def mass_figure(result: Result) -> go.Figure:
    """Mass of each stack over time; every step is an event."""
    styles = stack_styles(result)
    fig = go.Figure()
    for key, (name, colour, dash) in styles.items():
        t, m, why = [], [], []
        for s in result.snapshots:
            stack = next((x for x in s.configuration.stacks() if x.id == key), None)
            t.append(utc(s.at))
            m.append(round(stack.mass_kg / 1e3, 2) if stack else None)
            why.append(escape(s.cause))
        fig.add_scatter(
            x=t, y=m, mode="lines+markers", line={"color": colour, "dash": dash, "width": 2, "shape": "hv"}, marker={"size": 4},
            name=escape(name), text=why, hovertemplate="%{y:.1f} t<br>%{text}<br>%{x|%Y-%m-%d %H:%M} UTC<extra>" + escape(name) + "</extra>",
        )  # fmt: skip
    fig.update_layout(layout(300, showlegend=len(styles) > 1))
    fig.update_xaxes(time_axis(result.scenario.start, result.scenario.end))
    fig.update_yaxes(axis(title={"text": "Mass, tonnes"}))
    return fig


def spans(result: Result) -> list[tuple[str, str, str, Epoch, Epoch, str, str]]:
    """Stack, function, state, from, until, reasons and cause of the change, with equal neighbours joined."""
    out: list[tuple[str, str, str, Epoch, Epoch, str, str]] = []
    stops = [s.at for s in result.snapshots[1:]] + [result.scenario.end]
    for s, until in zip(result.snapshots, stops, strict=True):
        for key, functions in s.assessments.items():
            for name, a in functions.items():
                last = next((i for i in range(len(out) - 1, -1, -1) if out[i][:2] == (key, name)), None)
                if last is not None and out[last][2] == a.status and out[last][4] == s.at:
                    out[last] = (*out[last][:4], until, *out[last][5:])
                else:
                    out.append((key, name, a.status, s.at, until, "; ".join(a.reasons), s.cause))
    return [x for x in out if x[4] > x[3]]


def functions_figure(result: Result) -> go.Figure:
    """The state of each function of each stack over time."""
    styles = {k: v for k, v in stack_styles(result).items() if any(k in s.assessments for s in result.snapshots)}
    found = [x for x in spans(result) if x[0] in styles]
    whole = result.scenario.end - result.scenario.start
    fig = go.Figure()
    for state, (colour, hatch, letter) in STATES.items():
        mine = [x for x in found if x[2] == state]
        if not mine:
            continue
        fig.add_bar(
            orientation="h", name=f"{letter}: {STATUS[state]}", base=[x[3].isoformat()[:-1] for x in mine],
            x=[(x[4] - x[3]) * 1e3 for x in mine], y=[_row(styles, x[0], x[1]) for x in mine],
            text=[letter if x[4] - x[3] > 0.015 * whole else "" for x in mine], textposition="inside", insidetextanchor="middle", textangle=0,
            textfont={"color": "#ffffff" if state == "lost" else "#222222", "size": 12},
            marker={
                "color": colour, "line": {"color": "#ffffff", "width": 1},
                "pattern": {
                    "shape": hatch, "size": 7, "solidity": 0.25, "bgcolor": colour, "fgcolor": "#c77f6e" if state == "lost" else "#a8700f",
                },
            },
            customdata=[f"{x[3].date} to {x[4].date}<br>" + "<br>".join(_folded(escape(x[5]))) for x in mine],
            hovertemplate="%{y}: " + STATUS[state] + "<br>%{customdata}<extra></extra>",
        )  # fmt: skip
    order = [_row(styles, k, f) for k in styles for f in FUNCTIONS if any(x[:2] == (k, f) for x in found)]
    fig.update_layout(
        layout(90 + 27 * len(order), barmode="overlay", bargap=0.18, margin={"l": 250, "r": 24, "t": 16, "b": 48})
    )
    fig.update_xaxes(time_axis(result.scenario.start, result.scenario.end))
    fig.update_yaxes(categoryorder="array", categoryarray=order[::-1], ticks="", showgrid=False, automargin=True)
    return fig


MARGINS = {
    "reboost": ("usable_kg", "Propellant that engines<br>may use, kg"),
    "attitude": ("propellant_kg_day", "Propellant for attitude,<br>kg a day"),
    "power": ("surplus_kw", "Power to spare, kW"),
    "life_support": ("cover_day", "Days without deliveries"),
    "communications": ("command_share", "Time in which commands<br>reach it, %"),
    "crew_return": ("seats", "Seats beyond the<br>people aboard"),
}
"""The figure of each function that is drawn over time, and the title of its axis."""


def margins_figure(result: Result) -> go.Figure | None:
    """The margin of each function of each stack over time with its range; ``None`` where there is nothing to draw."""
    styles = stack_styles(result)
    rows = [f for f, (key, _) in MARGINS.items() if _series(result, f, key)]
    if not rows:
        return None
    fig = make_subplots(rows=len(rows), cols=1, shared_xaxes=True, vertical_spacing=0.35 / (10.0 + 2.0 * len(rows)))
    named: set[str] = set()
    for i, f in enumerate(rows, 1):
        for stack, points in _series(result, f, MARGINS[f][0]).items():
            if stack not in styles:
                continue
            name, colour, dash = styles[stack]
            when = [p[0].isoformat()[:-1] for p in points]
            group = {"legendgroup": stack, "name": name}
            fig.add_scatter(
                x=when + when[::-1], y=[p[3] for p in points] + [p[2] for p in points][::-1], mode="lines", fill="toself",
                fillcolor=faint(colour), line={"width": 0}, hoverinfo="skip", showlegend=False, legendgroup=stack, row=i, col=1,
            )  # fmt: skip
            fig.add_scatter(
                x=when, y=[p[1] for p in points], mode="lines+markers" if len(points) < 3 else "lines", line={"color": colour, "dash": dash},
                showlegend=stack not in named, hovertemplate="%{x|%d %b %Y}: %{y:,.4g}<extra>" + escape(name) + "</extra>", row=i, col=1, **group,
            )  # fmt: skip
            named.add(stack)
        fig.update_yaxes(axis(title={"text": MARGINS[f][1], "font": {"size": 11}}, rangemode="tozero"), row=i, col=1)
        fig.update_xaxes(time_axis(result.scenario.start, result.scenario.end), row=i, col=1)
    fig.update_xaxes(showticklabels=False, ticks="")
    fig.update_xaxes(showticklabels=True, ticks="outside", row=len(rows), col=1)
    fig.update_layout(layout(80 + 150 * len(rows), margin={"l": 92, "r": 24, "t": 40, "b": 48}))
    return fig


def faint(colour: str, strength: float = 0.15) -> str:
    """A colour that lets through what lies below."""
    r, g, b = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({r},{g},{b},{strength:g})"


def _series(result: Result, function: str, key: str) -> dict[str, list[tuple[Epoch, float, float, float]]]:
    """Stack -> instant, best, low and high of a figure, where it was worked out."""
    out: dict[str, list[tuple[Epoch, float, float, float]]] = {}
    for s in result.snapshots:
        for stack, found in s.assessments.items():
            m = found[function].figure(key) if function in found else None
            if m is not None and m.value is not None:
                low, high = (m.value if x is None else x for x in (m.low, m.high))
                out.setdefault(stack, []).append((s.at, m.value, low, high))
    return out


def _row(styles: dict[str, tuple[str, str, str]], key: str, function: str) -> str:
    return f"{escape(styles[key][0])}: {FUNCTIONS.get(function, function)}"


def _folded(words: str, width: int = 90) -> Iterable[str]:
    line = ""
    for word in words.split():
        if line and len(line) + len(word) >= width:
            yield line
            line = word
        else:
            line = f"{line} {word}".strip()
    yield line


# ---- ground track ---------------------------------------------------------------------------------------------------


def split_at_date_line(longitude_deg: Floats, latitude_deg: Floats) -> tuple[list[float | None], list[float | None]]:
    """A track for a flat map: broken, and carried to the map's edge, wherever it crosses longitude 180."""
    x: list[float | None] = []
    y: list[float | None] = []
    for i, (lon, lat) in enumerate(zip(longitude_deg.tolist(), latitude_deg.tolist(), strict=True)):
        if i and abs(lon - longitude_deg[i - 1]) > 180.0:
            before, after = float(longitude_deg[i - 1]), lon
            edge = 180.0 if before > 0 else -180.0
            share = (edge - before) / ((after + 2 * edge) - before)
            cross = float(latitude_deg[i - 1]) + share * (lat - float(latitude_deg[i - 1]))
            x += [edge, None, -edge]
            y += [round(cross, 2), None, round(cross, 2)]
        x.append(round(lon, 2))
        y.append(round(lat, 2))
    return x, y


def add_coastlines(fig: go.Figure) -> None:
    """The coasts of the world on a flat map."""
    x: list[float | None] = []
    y: list[float | None] = []
    for line in coastlines():
        x += [*np.round(line[:, 0], 2).tolist(), None]
        y += [*np.round(line[:, 1], 2).tolist(), None]
    fig.add_scatter(x=x, y=y, mode="lines", line={"color": "#9a9a9a", "width": 0.8}, hoverinfo="skip", showlegend=False)


def map_axes(fig: go.Figure) -> None:
    """Degrees of longitude and latitude, the same scale on both."""
    fig.update_xaxes(
        axis(
            range=[-180, 180], dtick=60, ticksuffix="°", constrain="domain", title={"text": "Longitude, east positive"}
        )
    )
    fig.update_yaxes(axis(range=[-85, 85], dtick=30, ticksuffix="°", scaleanchor="x", title={"text": "Latitude"}))


def ground_track_figure(result: Result, window: tuple[Epoch, Epoch] | None = None) -> go.Figure:
    """Ground track of each stack over its last day, or over a chosen span of time."""
    styles = stack_styles(result)
    fig = go.Figure()
    add_coastlines(fig)
    last = max((f.trajectory.end for f in result.flown), default=result.scenario.end)
    for f in result.flown:
        t = f.trajectory
        if window is None and t.end < last and f.stopped is None:
            continue  # it came apart earlier; its parts are on the map
        a, b = window or (max(t.start, t.end.plus_days(-1.0)), t.end)
        a, b = max(a, t.start), min(b, t.end)
        if b <= a:
            continue
        times = np.linspace(a.tai_us, b.tai_us, min(1500, max(30, int((b - a) / 60.0)))).astype(np.int64)
        position, velocity = t.interpolate(times)
        place = Trajectory.build(times, position, velocity).geodetic()
        lon, lat = split_at_date_line(np.degrees(place.longitude_rad), np.degrees(place.latitude_rad))
        name, colour, dash = styles[f.stack]
        fig.add_scatter(
            x=lon, y=lat, mode="lines", line={"color": colour, "dash": dash, "width": 1.2}, name=f"{escape(name)}, {a.date} to {b.date}",
            hovertemplate="latitude %{y:.1f}°, longitude %{x:.1f}°<extra>" + escape(name) + "</extra>",
        )  # fmt: skip
        fig.add_scatter(
            x=lon[-1:], y=lat[-1:], mode="markers", marker={"color": colour, "size": 9, "symbol": "circle", "line": {"color": "#ffffff", "width": 1}},
            showlegend=False, hovertemplate=f"{escape(name)} at {b.isoformat()[:16].replace('T', ' ')} UTC<extra></extra>",
        )  # fmt: skip
    fig.update_layout(layout(470))
    map_axes(fig)
    return fig
