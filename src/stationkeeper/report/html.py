"""The report of a run: one HTML file that opens from disk, asks nothing of the network, and prints.

What the template shows is put together here in plain values; nothing is computed that a run has not found out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from stationkeeper import __version__
from stationkeeper.functions.assessment import Provider, partner_matrix
from stationkeeper.functions.crew_return import SeatTable
from stationkeeper.mission.conclude import TIME, known_sources
from stationkeeper.mission.result import Answer, Result, Snapshot
from stationkeeper.report import figures
from stationkeeper.report.coming_down import section
from stationkeeper.report.descent_figures import Part
from stationkeeper.report.page import environment, figure
from stationkeeper.report.station_drawing import draw_station
from stationkeeper.report.words import (
    FUNCTIONS,
    STANDING,
    VERDICT,
    day,
    flat,
    interval,
    number,
    people,
    plain,
    tonnes,
)
from stationkeeper.scenario.ruling import NeededStep, Ruling, Said
from stationkeeper.scenario.walk import Happened
from stationkeeper.station.configuration import Configuration, Stack

Row = dict[str, Any]
ORIGIN = {"scenario": "scenario", "flown": "as flown", "policy": "policy"}
CHAIN_SHOWN = 6
"""Links of a causal chain that show at once; the rest opens on demand, and in print."""
KEY_DATES = 6


def write_report(result: Result, path: Path) -> None:
    """Write the report of a run as one HTML file.

    Parameters
    ----------
    result : the run.
    path : the file to write; its folder must exist.
    """
    path.write_text(render_report(result), encoding="utf-8")


def render_report(result: Result) -> str:
    """The report as text. The same result gives the same text."""
    return environment().get_template("report.html.j2").render(**_view(result))


def _view(r: Result) -> Row:
    sources = _Sources(r)
    groups = _answers(r, sources)
    ends = [s for s in r.end.stacks() if s.segments]
    return {
        "r": r,
        "s": r.scenario,
        "run": plain(r.manifest.get("run", r.scenario.id)),
        "version": _version(r),
        "forced": [_event(i, h, sources) for i, h in enumerate(r.happened, 1) if h.forced],
        "withheld": [
            _event(i, h, sources) for i, h in enumerate(r.happened, 1) if h.event.origin == "scenario" and not h.applied
        ],
        "headlines": [_headline(r, s) for s in ends],
        "glance": _glance(r, ends),
        "groups": groups,
        "drawings": _drawings(r),
        "figures": _figures(r),
        "burns": _burns(r),
        "coming": section(_parts(r)),
        "states": _states(r),
        "seats": _seats(r),
        "matrices": _matrices(r),
        "standing": _standing(r),
        "events": [_event(i, h, sources) for i, h in enumerate(r.happened, 1)],
        "ledgers": _ledgers(r),
        "masses": _masses(r),
        "environment": _environment(r),
        "flights": _flights(r),
        "density": _density(r, sources),
        "manifest": _manifest(r),
        "sources": sources.all(),  # last: it holds what the rest has cited
        "plotly": Markup(get_plotlyjs()),  # noqa: S704  (the library's own text)
    }


def _version(r: Result) -> str:
    versions = r.manifest.get("versions")
    found = plain(versions.get("stationkeeper", "")) if isinstance(versions, Mapping) else ""
    return found if found[:1].isdigit() else __version__


def _stack_name(r: Result, key: str) -> str:
    return figures.stack_styles(r).get(key, (key, "", ""))[0]


# ---- sources --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Citation:
    """A source key and the anchor of its entry in the list."""

    key: str
    anchor: str


class _Sources:
    """The sources that the report cites, numbered in the order of the run's own list, then of first use."""

    def __init__(self, r: Result) -> None:
        self.known = known_sources(r.station)
        self.order: dict[str, int] = {}
        for key in r.sources:
            self._number(key)

    def _number(self, key: str) -> int:
        return self.order.setdefault(key, len(self.order) + 1)

    def cite(self, keys: Iterable[str]) -> list[Citation]:
        """Links to the entries of some keys."""
        return [Citation(k, f"source-{self._number(k)}") for k in dict.fromkeys(keys)]

    def all(self) -> list[Row]:
        """The list."""
        out = []
        for key, i in self.order.items():
            s = self.known.get(key)
            where = s.where if s else ""
            out.append({
                "key": key, "anchor": f"source-{i}", "title": s.title if s else "no entry in the station's list of sources",
                "publisher": s.publisher if s else "", "where": where, "note": s.note if s else "",
                "link": where if where.startswith(("https://", "http://")) and " " not in where else "",
            })  # fmt: skip
        return out


# ---- answers --------------------------------------------------------------------------------------------------------


def _headline(r: Result, stack: Stack) -> Row:
    """The sentences for a stack, each with the question that it answers, so that none is read as answering another.

    The first is the answer to the first question of the scenario that was assessed; every plain no follows.
    """
    mine = [a for a in r.answers if a.stack == stack.id]
    first = next((a for a in mine if a.verdict != "not_assessed"), mine[0] if mine else None)
    rest = [a for a in mine if a.verdict == "no" and a is not first]
    lines = [{"asks": a.asks, "text": a.headline} for a in ([first] if first else []) + rest]
    return {"name": stack.name, "mass": tonnes(stack.mass_kg), "people": people(len(stack.crew)), "lines": lines}


def _glance(r: Result, stacks: Sequence[Stack]) -> Row:
    """Verdicts of all questions, one column per stack."""
    rows = []
    for q in dict.fromkeys(a.question for a in r.answers):
        found = [r.answer(q, s.id) for s in stacks]
        asks = next(a.asks for a in found if a is not None)
        cells = [
            {"verdict": a.verdict, "word": VERDICT[a.verdict]} if a else {"verdict": "not_assessed", "word": ""}
            for a in found
        ]
        rows.append({"question": q, "asks": asks, "cells": cells})
    return {"stacks": [s.name for s in stacks], "rows": rows}


def _answers(r: Result, sources: _Sources) -> list[Row]:
    """Answers by question; answers that are the same for all stacks are shown once."""
    out = []
    for q in dict.fromkeys(a.question for a in r.answers):
        mine = [a for a in r.answers if a.question == q]
        same = len(mine) > 1 and all(
            (a.headline, a.chain, a.value) == (mine[0].headline, mine[0].chain, mine[0].value) for a in mine
        )
        cards = [_card(mine[0], "All parts", sources)] if same else [_card(a, a.stack_name, sources) for a in mine]
        out.append({"question": q, "asks": mine[0].asks, "cards": cards})
    return out


def _card(a: Answer, who: str, sources: _Sources) -> Row:
    return {
        "who": who, "verdict": a.verdict, "word": VERDICT[a.verdict], "headline": a.headline,
        "value": interval(a.value) if a.value is not None and _tells(a) else "", "what": a.value.what if a.value else "",
        "chain": a.chain[:CHAIN_SHOWN], "more": a.chain[CHAIN_SHOWN:], "not_modelled": a.not_modelled,
        "sources": sources.cite(a.source),
    }  # fmt: skip


def _tells(a: Answer) -> bool:
    v = a.value
    return v is not None and not (v.value is None and v.low is None and v.high is None and v.unit != "utc")


# ---- events ---------------------------------------------------------------------------------------------------------


def _event(i: int, h: Happened, sources: _Sources) -> Row:
    r: Ruling = h.ruling
    return {
        "number": i, "at": h.at, "title": h.title, "origin": ORIGIN.get(h.event.origin, h.event.origin), "ruling": r.plain,
        "verdict": r.verdict, "reasons": r.reasons, "breaks": r.breaks, "steps": [_step(s, sources) for s in r.steps],
        "said": [_said(s, sources) for s in r.said], "happened": h.applied, "forced": h.forced, "effects": h.outcome.effects,
        "note": h.event.note, "sources": sources.cite([*h.event.source, *r.source]),
    }  # fmt: skip


def _step(s: NeededStep, sources: _Sources) -> Row:
    return {"kind": s.kind, "text": s.text, "count": s.count, "sources": sources.cite(s.source)}


def _said(s: Said, sources: _Sources) -> Row:
    return {"who": s.who, "when": day(s.when.rstrip("?")), "text": s.text, "sources": sources.cite(s.source)}


# ---- drawings and figures -------------------------------------------------------------------------------------------


def _drawings(r: Result) -> list[Row]:
    """The station at the start and at the end."""
    start, end = r.start, r.end
    first = draw_station(start, title=f"At the start: {r.station.station.name}")
    last = draw_station(end, before=start, title=f"At the end: {r.station.station.name}")
    return [
        {"title": "At the start", "at": start.epoch, "svg": _inline(first)},
        {"title": "At the end", "at": end.epoch, "svg": _inline(last)},
    ]


def _inline(svg: str) -> Markup:
    """A drawing for an HTML page, which sets its size; its text was escaped when it was drawn."""
    head, rest = svg.split(">", 1)
    head = " ".join(x for x in _attributes(head) if not x.startswith(("width=", "height=")))
    return Markup(head + ">" + rest)  # noqa: S704


def _attributes(tag: str) -> list[str]:
    """An opening tag cut at the blanks that stand outside quotes."""
    out, quoted = [""], False
    for c in tag:
        quoted = quoted != (c == '"')
        if c == " " and not quoted:
            out.append("")
        else:
            out[-1] += c
    return out


def _figures(r: Result) -> dict[str, Row]:
    """All figures with their descriptions in words."""
    out = {}
    if r.flown:
        out["altitude"] = figure("altitude", figures.altitude_figure(r), _altitude_words(r))
        out["track"] = figure(
            "track",
            figures.ground_track_figure(r),
            "Map of the world with the ground track of the last day of each part.",
        )
    out["functions"] = figure(
        "functions", figures.functions_figure(r), "State of each function over time; the table below says the same."
    )
    margins = figures.margins_figure(r)
    if margins is not None:
        words = "Margins over time with their ranges: propellant, attitude, power, days of cover, contact, seats; the answers say them in words."
        out["margins"] = figure("margins", margins, words)
    out["mass"] = figure(
        "mass", figures.mass_figure(r), "Mass over time; the table below gives it at the start and at the end."
    )
    return out


def _altitude_words(r: Result) -> str:
    parts = []
    for f in r.flown:
        _, h = figures.daily(f.trajectory)
        parts.append(
            f"{f.name}: {number(float(h[0]), 1)} km on {day(f.trajectory.start)}, {number(float(h[-1]), 1)} km on {day(f.trajectory.end)}, "
            f"{len(f.burns)} burns"
        )
    return "Mean altitude over time. " + "; ".join(parts) + "."


def _parts(r: Result) -> list[Part]:
    """What comes down, in the colours of the other figures."""
    styles = figures.stack_styles(r)
    return [Part(*styles[f.stack][:1], f.down, *styles[f.stack][1:]) for f in r.forecasts if f.stack in styles]


def _burns(r: Result) -> list[Row]:
    short = {p.id: p.short for p in r.station.partner}
    return [
        {
            "at": b.start, "stack": f.name, "by": b.push.name, "partner": short.get(b.push.partner, b.push.partner),
            "delta_v": number(b.push.delta_v_m_s, 2), "duration": number(b.duration_s, 0), "propellant": number(b.propellant_kg, 0),
            "before": number(b.mean_altitude_before_m / 1e3, 1), "after": number(b.mean_altitude_after_m / 1e3, 1),
        }
        for f in r.flown for b in f.burns
    ]  # fmt: skip


def _states(r: Result) -> list[Row]:
    """The spans of each function's state as a table."""
    names = figures.stack_styles(r)
    return [
        {
            "stack": names[k][0], "function": FUNCTIONS.get(f, f), "status": state, "from": a, "to": b, "reasons": why,
            "cause": "" if cause == "start" else "with time" if cause == TIME else cause,
        }
        for k, f, state, a, b, why, cause in figures.spans(r) if k in names
    ]  # fmt: skip


# ---- seats, providers, ledgers --------------------------------------------------------------------------------------


def _seats(r: Result) -> list[Row]:
    """Seat tables of the dates that matter: the start, the scenario's own events, the worst moment, the end."""
    own = {h.at for h in r.happened if h.event.origin == "scenario" and h.applied}
    events = [s for s in r.snapshots if s.cause != TIME]
    worst = max(events, key=lambda s: sum(t.short for t in s.seats.values()), default=None)
    picked = [
        s for i, s in enumerate(events)
        if i == 0 or i == len(events) - 1 or s.at in own or (s is worst and any(t.short for t in s.seats.values()))
    ]  # fmt: skip
    if len(picked) > KEY_DATES:
        picked = [*picked[: KEY_DATES - 1], picked[-1]]
    out = []
    seen: set[str] = set()
    for s in picked:
        tables = [
            _seat_table(s, k.id, k.name)
            for k in s.configuration.stacks()
            if k.id in s.seats and (s.seats[k.id].people or s.seats[k.id].vehicles)
        ]
        digest = repr(
            [(t["name"], t["people"], t["seats"], [v["name"] for v in t["vehicles"]], t["without"]) for t in tables]
        )
        if digest not in seen:
            out.append({"at": s.at, "cause": s.cause, "tables": tables})
            seen.add(digest)
    return out


def _seat_table(s: Snapshot, key: str, name: str) -> Row:
    t: SeatTable = s.seats[key]
    lost = {i: (short, who) for i, _, short, who in t.if_lost}
    vehicles = [
        {
            "name": v.name, "seats": v.seats, "safe": v.safe, "state": "" if v.state == "good" else v.state.replace("-", " "), "text": v.state_text,
            "holders": v.holders, "emergency": v.emergency_holders, "days": number(v.docked_days, 0),
            "life": number(v.docked_life_days, 0) if v.docked_life_days else "", "lost_short": lost.get(v.visit, (0, ()))[0],
            "lost_who": lost.get(v.visit, (0, ()))[1],
        }
        for v in t.vehicles
    ]  # fmt: skip
    return {
        "name": name, "people": t.people, "seats": t.seats, "short": t.short, "without": t.without, "vehicles": vehicles,
        "extra": max(0, t.extra_seats), "nobody": t.people == 0,
    }  # fmt: skip


def _matrices(r: Result) -> list[Row]:
    """Function x partner at the start and at the end."""
    out = []
    for label, cfg in (("At the start", r.start), ("At the end", r.end)):
        for stack in cfg.stacks():
            if stack.segments:
                out.append(_matrix(label, cfg, stack))
    return out


def _matrix(label: str, cfg: Configuration, stack: Stack) -> Row:
    found = partner_matrix(stack)
    short = {p.id: p.short for p in cfg.station.partner}
    partners = [p.id for p in cfg.station.partner if any(p.id in row for row in found.values())]
    rows = [
        {
            "function": FUNCTIONS.get(f, f), "cells": [_provided(row.get(p, [])) for p in partners],
            "short": [_gathered(_provided(row.get(p, []))) for p in partners],
        }
        for f, row in found.items()
    ]  # fmt: skip
    title = f"{label}, {day(cfg.epoch)}: {stack.name}"
    return {
        "title": title,
        "partners": [short[p] for p in partners],
        "rows": rows,
        "widths": _widths(rows, len(partners)),
    }


def _widths(rows: Sequence[Row], count: int) -> list[str]:
    """Shares of the width for the partners' columns: by the root of what stands in them."""
    weight = [8.0 + math.sqrt(sum(len(x["name"]) for row in rows for x in row["short"][i])) for i in range(count)]
    return [f"{88.0 * w / sum(weight):.1f}%" for w in weight]


def _gathered(found: list[Row]) -> list[Row]:
    """Names that differ only in their last word, three or more, under one head: ``Solar array wing 1A, 1B, 2A``."""
    heads: dict[tuple[str, str], list[str]] = {}
    for x in found:
        head, _, tail = x["name"].rpartition(" ")
        heads.setdefault((head, x["mode"]), []).append(tail)
    out: list[Row] = []
    done = set()
    for x in found:
        key = (x["name"].rpartition(" ")[0], x["mode"])
        if key[0] and len(heads[key]) >= 3:
            if key not in done:
                out.append({"name": f"{key[0]} {', '.join(heads[key])}", "mode": key[1]})
            done.add(key)
        else:
            out.append({"name": x["name"], "mode": x["mode"]})
    return out


def _provided(found: list[Provider]) -> list[Row]:
    """Providers by name, with how they serve (unless mainly) and their roles."""
    out: dict[str, Row] = {}
    for p in found:
        row = out.setdefault(p.name, {"name": p.name, "modes": set(), "roles": []})
        row["modes"].add(p.mode)
        row["roles"].append(p.role)
    return [
        {
            "name": x["name"],
            "mode": "" if "main" in x["modes"] else ", ".join(sorted(x["modes"])),
            "roles": "; ".join(dict.fromkeys(x["roles"])),
        }
        for x in out.values()
    ]


def _standing(r: Result) -> list[Row]:
    """Partners whose standing is not simply present, at the end."""
    names = {p.id: p.name for p in r.station.partner}
    return [
        {"name": names.get(k, k), "state": STANDING.get(v.state, v.state), "since": v.since, "note": v.note}
        for k, v in r.end.partners.items() if v.state != "present"
    ]  # fmt: skip


def _ledgers(r: Result) -> list[Row]:
    """Each account of each ledger in one line, and all its rows."""
    names = {key: style[0] for key, style in figures.stack_styles(r).items()}
    titles = {h.event.id: h.title for h in r.happened}
    out = []
    for name, account in dict.fromkeys((row.ledger, row.account) for row in r.ledger):
        mine = [x for x in r.ledger if (x.ledger, x.account) == (name, account)]
        digits = 0 if mine[0].unit == "people" else 1
        # what moved in part under another account (a stack in legs, all stores at events) has no opening and closing of its own
        moved = math.fsum(x.added - x.removed for x in mine)
        whole = abs(mine[0].opening + moved - mine[-1].closing) <= 1e-6 * max(1.0, abs(mine[-1].closing))
        rows = [
            {
                "at": x.at, "cause": titles.get(x.cause, x.cause), "opening": number(x.opening, digits), "added": number(x.added, digits),
                "removed": number(x.removed, digits), "closing": number(x.closing, digits),
            }
            for x in mine
        ]  # fmt: skip
        out.append({
            "name": name, "account": names.get(account, account), "unit": mine[0].unit, "rows": rows, "opening": number(mine[0].opening, digits) if whole else "–",
            "added": number(math.fsum(x.added for x in mine), digits), "removed": number(math.fsum(x.removed for x in mine), digits),
            "closing": number(mine[-1].closing, digits) if whole else "–", "gap": f"{max(abs(x.gap) for x in mine):.1e}", "count": len(mine),
        })  # fmt: skip
    return out


def _masses(r: Result) -> list[Row]:
    out = []
    for label, cfg in (("start", r.start), ("end", r.end)):
        for s in cfg.stacks():
            low, high = s.mass_bounds_kg
            out.append({
                "when": label, "at": cfg.epoch, "name": s.name, "mass": tonnes(s.mass_kg), "low": tonnes(low), "high": tonnes(high),
                "propellant": tonnes(math.fsum(t.content_kg for t in s.tanks)), "people": len(s.crew),
            })  # fmt: skip
    return out


# ---- data, method, manifest -----------------------------------------------------------------------------------------


def _environment(r: Result) -> list[tuple[str, str]]:
    data = r.manifest.get("environment", {})
    return flat(data) if isinstance(data, Mapping) else []


def _flights(r: Result) -> list[Row]:
    return [
        {
            "name": f.name,
            "start": f.trajectory.start,
            "end": f.trajectory.end,
            "stopped": f.stopped or "",
            "settings": flat(f.settings),
        }
        for f in r.flown
    ]


def _density(r: Result, sources: _Sources) -> Row:
    q = r.scenario.flight.density_scale
    low, high = q.bounds
    return {
        "best": f"{q.best:g}", "low": f"{low:g}", "high": f"{high:g}", "confidence": q.confidence, "note": q.note, "as_of": day(str(q.as_of)),
        "sources": sources.cite(q.source),
    }  # fmt: skip


def _manifest(r: Result) -> list[tuple[str, str]]:
    return flat({k: v for k, v in r.manifest.items() if k not in ("environment", "files", "flight")})
