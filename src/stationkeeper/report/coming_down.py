"""The section "Coming down" of a report, and the same as a page of its own: what is shown, in plain values and words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from stationkeeper import __version__
from stationkeeper.core.epoch import Epoch
from stationkeeper.functions.words import number
from stationkeeper.reentry.outcome import (
    MODEL_NAMES,
    SHARES,
    ComingDown,
    entry_words,
    instant,
    land_share,
    lands_words,
    percent,
    place_words,
    risk_words,
    share_window_words,
    share_words,
    yardstick_words,
)
from stationkeeper.reentry.places import Place
from stationkeeper.reentry.risk import one_in
from stationkeeper.report import descent_figures as draw
from stationkeeper.report.descent_figures import Part
from stationkeeper.report.page import environment, figure
from stationkeeper.report.words import moment, tonnes

Row = dict[str, Any]
MIR_KG = 135_000.0
COUNTRIES, OCEANS = 12, 6
TABLE_KM = (330.0, 280.0, 220.0, 200.0, 150.0, 120.0)
COLUMNS = ("5 % of the cases by", "25 % by", "half by", "75 % by", "95 % by")
LEAD = (
    "What happens if nobody raises or steers it any more. Nobody can tell the place or the hour long before: the air at these heights swells and shrinks with the "
    "Sun. So every number here is a spread over many cases that differ in what is not known, not a forecast of one."
)


def section(parts: Sequence[Part]) -> Row:
    """Everything that the section shows; ``parts`` is empty where nothing comes down."""
    if not parts:
        return {"parts": []}
    places = [_latitudes(k, p, len(parts)) for k, p in enumerate(_orbits(parts))]
    risk = draw.risk_figure(parts)
    has_track = any(p.down.track is not None for p in parts)
    return {
        "lead": LEAD, "parts": [_part(k, p) for k, p in enumerate(parts)],
        "windows": figure("windows", draw.windows_figure(parts), "Windows of entry. " + "; ".join(f"{p.name}: {_windows(p.down)}" for p in parts)),
        "columns": COLUMNS, "rows": [row for p in parts for row in _dates(p)], "where": _where(parts),
        "map": figure("descent-map", draw.descent_map(parts), _map_words(parts)) if has_track else None,
        "map_caption": _map_caption(parts), "latitudes": [x for x in places if x is not None],
        "risk": None if risk is None else figure("risk", risk, "Casualty expectation. " + "; ".join(f"{p.name}: {risk_words(p.down.risk) or p.down.risk['statement']}" for p in parts) + ". Published: Skylab 1 in 152, UARS 1 in 3,200."),
    }  # fmt: skip


def write_page(title: str, down: ComingDown, path: Path) -> None:
    """The section for one body as a page of its own; the folder of ``path`` must exist."""
    text = environment().get_template("coming_down_page.html.j2").render(
        title=title, version=__version__, coming=section([Part(down.name, down, "#1b4f8f")]), plotly=Markup(get_plotlyjs()),  # noqa: S704  (the library's own text)
    )  # fmt: skip
    path.write_text(text, encoding="utf-8")


# ---- a part ---------------------------------------------------------------------------------------------------------


def _part(k: int, p: Part) -> Row:
    d = p.down
    extrapolation = bool(d.risk.get("extrapolation"))
    heavy = d.risk["pieces"]["start_kg"] if "pieces" in d.risk else d.mass_kg or math.nan
    words = f"Height of the {p.name} over time. {_windows(d)}"
    return {
        "name": p.name, "mass": "mass not known" if d.mass_kg is None else tonnes(d.mass_kg),
        "weather": f"Space weather: {d.weather}." if d.weather else "", "when": f"It passes 120 km, where its fall begins to burn it, {entry_words(d)}.",
        "risk": _risk_head(d), "extrapolation": extrapolation, "times_mir": number(heavy / MIR_KG), "facts": _facts(d),
        "funnel": figure(f"funnel-{k}", draw.funnel_figure(p), words), "risk_facts": _risk_facts(d), "method": _method(d),
    }  # fmt: skip


def _risk_head(d: ComingDown) -> str:
    words = risk_words(d.risk)
    return f"{words[0].upper()}{words[1:]}." if words else f"Risk to people: {d.risk['statement']}."


def _windows(d: ComingDown) -> str:
    return "; ".join(f"{100 * s:g} %: {share_window_words(d, s)}" for s in SHARES)


def _facts(d: ComingDown) -> list[str]:
    out = []
    if d.yardstick is not None:
        out.append(yardstick_words(d))
    if d.second is not None:
        out.append(
            f"with the second density model, {MODEL_NAMES[d.second[0]]}, and the same drag figures it stays up {_longer(d.second[1])}"
        )
    if d.wide:
        out.append(f"the window is wide because of: {share_words(d.wide)}")
    if d.not_down:
        out.append(f"{d.not_down} of {d.members} cases are still up on {d.until.date}, where the flight ends")
    return out


def _longer(ratio: float) -> str:
    return f"{100 * abs(ratio - 1):.0f} % {'longer' if ratio > 1 else 'shorter'}"


def _dates(p: Part) -> list[Row]:
    out = []
    for km in TABLE_KM:
        h = p.down.passing(km)
        if h is None:
            continue
        low, high = h.window(0.9)
        width = high.days_since(low) if low is not None and high is not None else 1e3
        cells = [_date(e, width, p.down.until) for e in h.dates[1:6]]
        out.append({"name": p.name, "height": f"{km:g} km", "cells": cells})
    return out


def _date(e: Epoch | None, width_days: float, until: Epoch) -> str:
    if e is None:
        return f"after {instant(until, 1e3)}"
    return moment(e) if width_days <= 2.0 else instant(e, 100.0)


def _risk_facts(d: ComingDown) -> list[str]:
    r = d.risk
    out = []
    if "pieces" in r:
        out.append(str(r["pieces"]["statement"]))
    out.append(str(r["statement"]))
    if r.get("individual"):
        out.append(f"for one person somewhere on Earth: {one_in(float(r['individual']))}")
    if "casualty_area_m2" in r:
        area, people = r["casualty_area_m2"], r["people_per_km2"]
        out.append(
            f"area in which somebody would be hurt: {number(area['mean'])} m² ({number(area['low'])} to {number(area['high'])})"
        )
        out.append(
            f"people per km² where pieces may fall, sea included: {number(people['mean'])} ({number(people['low'])} to {number(people['high'])})"
        )
    reasons = [(x["what"], x["share_of_variance"]) for x in r.get("contributions", ())]
    if reasons:
        out.append(f"what makes the interval wide: {share_words(reasons)} of the variance")
    return out


def _method(d: ComingDown) -> list[str]:
    out = [f"{d.members} cases; varied: {'; '.join(d.varied) or 'as the settings say'}"]
    if "method" in d.risk:
        out.append(f"risk: {d.risk['method']}; sheltering: {d.risk['sheltering']}; people of {d.risk['year']:.1f}")
    return [*out, *d.notes]


# ---- where ----------------------------------------------------------------------------------------------------------


def _where(parts: Sequence[Part]) -> str:
    d = parts[0].down
    if all(p.down.place_known for p in parts):
        lands = "; ".join(f"{p.name}: {lands_words(p.down)}" for p in parts if p.down.track is not None)
        if all(p.down.along_track for p in parts):
            how = "about a revolution or less: places along the track can be told apart"
            return f"The 90 % window is {how}. {_oceans(d)} Lands under the track of the middle case, from when on (UTC): {lands}."
        return (
            f"The 90 % window is shorter than a day, but holds more than one revolution: it is not known on which it comes down. {_oceans(d)} Lands under the track of the "
            f"middle case, as if it flew on over the whole window: {lands}."
        )
    return (
        f"The window is longer than a day, and in a day the orbit passes over nearly every longitude: the place is not known. All that is sure is the band of latitudes "
        f"between {-d.latitude_band_deg[0]:.1f}° south and {d.latitude_band_deg[1]:.1f}° north. {_oceans(d)}"
    )  # fmt: skip


def _oceans(d: ComingDown) -> str:
    if not d.places:
        return ""
    if not d.enough_for_places:
        return f"Oceans and land: too few to say ({d.members} members)."
    return (
        f"Below lies, most likely: {place_words(d.places, 'ocean', 3)}; land in all {100 * land_share(d.places):.0f} %."
    )


def _map_words(parts: Sequence[Part]) -> str:
    d = parts[0].down
    return f"Map of the world: latitudes beyond {d.latitude_band_deg[1]:.1f} degrees north and south are never below; ground track of the middle case. {_where(parts)}"


def _map_caption(parts: Sequence[Part]) -> str:
    d = parts[0].down
    basis = "" if d.track is None else d.track.basis
    tail = (
        ""
        if all(p.down.place_known for p in parts)
        else " Another case comes down along another track: this one shows the shape of it, not the place."
    )
    return (
        f"{basis[:1].upper()}{basis[1:]}.{tail} Grey: never below the orbit. Coastlines: Natural Earth, 1:110 million."
    )


def _orbits(parts: Sequence[Part]) -> list[Part]:
    """Parts whose latitudes and places differ; those under one orbit once."""
    out: list[Part] = []
    for p in parts:
        if not any(
            abs(p.down.inclination_deg - q.down.inclination_deg) < 0.2
            and not (p.down.place_known or q.down.place_known)
            for q in out
        ):
            out.append(p)
    return out


def _latitudes(k: int, p: Part, count: int) -> Row | None:
    d = p.down
    if not d.bands or not d.enough_for_places:
        return None
    who = "" if count == 1 else " (the same for all parts under this orbit)" if not d.place_known else f" ({p.name})"
    top = max(d.bands, key=lambda b: b.probability)
    words = (
        f"Probability of latitudes beside the people who live there. Most likely: {draw.band_name(top)}, {100 * top.probability:.0f} %. "
        f"The table of places follows."
    )
    oceans, countries = ([x for x in d.places if x.kind == kind] for kind in ("ocean", "country"))
    rows = list(
        zip_longest(
            map(_place, oceans[:OCEANS]),
            map(_place, countries[:COUNTRIES]),
            fillvalue={"name": "", "chance": "", "ends": ""},
        )
    )
    caption = f"Left: probability of each band of latitude, the line through its end the 90 % bounds. Right: people per km², land and sea together. {d.bands_basis[:1].upper()}{d.bands_basis[1:]}."
    return {
        "figure": figure(f"latitudes-{k}", draw.latitudes_figure(p), words), "caption": caption, "places": rows,
        "title": f"What may lie below: probability by ocean and country{who}; countries in all {100 * land_share(d.places):.0f} %",
    }  # fmt: skip


def _place(p: Place) -> dict[str, str]:
    return {
        "name": p.name,
        "chance": percent(p),
        "ends": f"{number(100 * p.low)} to {number(100 * p.high)} %" if p.enough else "too few",
    }
