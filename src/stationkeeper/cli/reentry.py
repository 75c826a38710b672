"""``stationkeeper reentry``: when and where a body comes down by itself, and with what risk to people."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import typer

from stationkeeper.cli.common import parse_when, print_json, progress, progress_done
from stationkeeper.cli.reentry_start import Given, check, start, with_attitude, with_station
from stationkeeper.core.errors import InputError, nearest

if TYPE_CHECKING:
    from stationkeeper.core.epoch import Epoch
    from stationkeeper.reentry.entry import Falling
    from stationkeeper.reentry.outcome import ComingDown

_MODELS = ("nrlmsise00", "nrlmsis21")
_WIDTH = 112


def reentry(
    what: str = typer.Argument(
        help="A case file or packaged case, a run folder, an ephemeris (OEM), or element sets (TLE, OMM)."
    ),
    as_known_on: str | None = typer.Option(
        None, help="UTC date of the prediction: space weather and element sets after it are not used."
    ),
    members: int | None = typer.Option(
        None, min=20, max=20_000, help="How many flights; by default a run's own number, else 400."
    ),
    seed: int | None = typer.Option(
        None, min=0, max=2**31, help="Seed of the random numbers; by default a run's own, else 0."
    ),
    cdam: float | None = typer.Option(None, help="Cd*A/m in m2/kg, of the density model, instead of the input's own."),
    cdam_sigma: float | None = typer.Option(
        None, help="Standard deviation of its logarithm; 0.12 (90 % within 20 %) where nothing else is known."
    ),
    fit: Path | None = typer.Option(None, help="A fit by 'stationkeeper calibrate --out': Cd*A/m and its spread."),
    mass_kg: float | None = typer.Option(None, help="Mass, where the input has none."),
    density: str = typer.Option("nrlmsise00", help="Density model: nrlmsise00 or nrlmsis21."),
    control_lost_km: str | None = typer.Option(
        None, help="Height, or LOW,HIGH, below which nobody holds its attitude any more; about 220 without thrusters."
    ),
    drag_ratio: str | None = typer.Option(
        None, help="With --control-lost-km: its drag area from then on over the one before, BEST or BEST,LOW,HIGH."
    ),
    station: str | None = typer.Option(None, help="Station whose parts break up, for the risk; a run has its own."),
    stack: str | None = typer.Option(None, help="Which part of a run's station; the heaviest that flies by default."),
    sheltering: str = typer.Option(
        "none",
        help="Who is safe under a roof: none (everybody counts, as the rule asks), roofs, or the share of people that no roof saves, such as 0.3.",
    ),
    population: Path | None = typer.Option(
        None,
        help="People in cells, for the chance that anybody is hurt: ESRI ASCII grid, or CSV of latitude, longitude, people.",
    ),
    population_year: float = typer.Option(2020.0, help="The year that --population stands for."),
    html: Path | None = typer.Option(None, help="Also write a page with figures to this file."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """When and where it comes down by itself: entry at 120 km with windows, ground track, latitudes, countries, and the risk to people."""
    from stationkeeper.reentry.coming_down import People, coming_down

    if density not in _MODELS:
        raise InputError.one("--density", "", f"'{density}'", " or ".join(_MODELS), nearest(density, _MODELS))
    known_on = parse_when(as_known_on, "--as-known-on") if as_known_on else None
    given = Given(cdam, cdam_sigma, fit, mass_kg, density, known_on)  # type: ignore[arg-type]
    check(given)
    people = People(_sheltering(sheltering), population, population_year)
    _page(html)
    try:
        made = with_station(with_attitude(start(what, given, stack), control_lost_km, drag_ratio), station)
        found = coming_down(
            made.falling, stack=made.stack, members=members or made.members, seed=made.seed if seed is None else seed, weather=None if known_on else made.weather, people=people,
            varied=made.varied, progress=progress,
        )  # fmt: skip
    finally:
        progress_done()
    found = replace(
        found, notes=(*made.notes, *found.notes), mass_kg=found.mass_kg if made.mass_known or made.stack else None
    )
    for note in found.notes:
        typer.echo(f"note: {note}", err=True)
    if html is not None:
        from stationkeeper.report.coming_down import write_page

        write_page(f"Coming down: {found.name}", found, html)
    if json:
        print_json(found.as_dict())
    else:
        _print(made.falling, found)
        if html is not None:
            typer.echo(f"page: {html}")


def _page(html: Path | None) -> None:
    """Refuses, before anything is worked out, a page that cannot be written."""
    if html is None:
        return
    if html.is_dir():
        raise InputError.one("--html", "", f"the folder '{html}'", "the name of a file to write", "Add a name to it.")
    if not html.parent.is_dir():
        raise InputError.one("--html", "", f"'{html}'", "a file in a folder that is there")
    if not os.access(html if html.exists() else html.parent, os.W_OK):
        raise InputError.one("--html", "", f"'{html}', where nothing may be written", "a file of yours")


def _sheltering(text: str) -> Any:
    if text in ("none", "roofs"):
        return text
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0.0 <= share <= 1.0:
        raise InputError.one("--sheltering", "", f"'{text}'", "none, roofs, or a share from 0 to 1")
    from stationkeeper.core.ranges import Range

    return Range.exact(share)


# ---- what is printed ------------------------------------------------------------------------------------------------


def _print(falling: Falling, d: ComingDown) -> None:
    """The answer for people: when, where, with what risk, and what it rests on."""
    from stationkeeper.reentry.outcome import entry_words

    typer.echo(d.name)
    typer.echo(f"  Passes 120 km, where the air begins to destroy it, {entry_words(d)}.")
    typer.echo(fill(f"Space weather: {d.weather}.", _WIDTH, initial_indent="  ", subsequent_indent="  "))
    if d.mass_kg is None:
        typer.echo("  Mass not known.")
    for title, lines in (
        ("When", _when(d)),
        ("Where", _where(d)),
        ("Risk to people", _risk(d)),
        ("How", _how(falling, d)),
    ):
        typer.echo(f"\n{title}")
        for line in lines:
            typer.echo(fill(line, _WIDTH, initial_indent="  ", subsequent_indent="    "))


def _minute(e: Epoch | None, d: ComingDown) -> str:
    return f"after {d.until.date}" if e is None else f"{e.isoformat(0)[:16].replace('T', ' ')} UTC"


def _when(d: ComingDown) -> list[str]:
    from stationkeeper.reentry.outcome import (
        ENOUGH_FOR_SHARES,
        MODEL_NAMES,
        SHARES,
        remaining_words,
        share_words,
        yardstick_words,
    )

    out = []
    ends = d.entry.window(0.9)
    width = ends[1].days_since(ends[0]) if ends[0] is not None and ends[1] is not None else 1e3
    if d.median is not None:
        out.append(f"median {_fit(d.median, width, d)}, {remaining_words(d)} after {_fit(d.start, width, d)}")
    else:
        out.append(f"no median: {d.not_down} of {d.members} cases are still up on {d.until.date}")
    for share in SHARES:
        low, high = d.entry.window(share)
        span = f"{_fit(low, width, d)} to {_fit(high, width, d)}" if low else _fit(low, width, d)
        few = "" if d.members >= ENOUGH_FOR_SHARES else f" (of {d.members} members)"
        told = f"{span}{few}" if d.enough(share) else f"too few to say ({d.members} members)"
        out.append(f"{100 * share:g} %".ljust(7) + told)
    if d.yardstick is not None:
        out.append(yardstick_words(d))
    if d.second is not None:
        more = f"{100 * abs(d.second[1] - 1):.0f} % {'longer' if d.second[1] > 1 else 'less'}"
        out.append(
            f"with the density model {MODEL_NAMES[d.second[0]]} and the same Cd*A/m it stays up {more}: median {_fit(d.second_dates[3], width, d)}"
        )
    for km in (330.0, 220.0, 150.0):
        h = d.passing(km)
        if h is not None and h.by(0.05) is not None and d.enough(0.9):
            low, high = h.window(0.9)
            wide = high.days_since(low) if low is not None and high is not None else 1e3
            middle, first, last = (_fit(e, wide, d) for e in (h.by(0.5), low, high))
            out.append(f"{km:g} km: {middle} (90 %: {first} to {last})")
    if d.wide:
        out.append(f"what makes the window wide: {share_words(d.wide)}")
    return out


def _fit(e: Epoch | None, width_days: float, d: ComingDown) -> str:
    """A date; to the minute in a window of less than two days."""
    return e.date if e is not None and width_days > 2.0 else _minute(e, d)


def _where(d: ComingDown) -> list[str]:
    from stationkeeper.reentry.outcome import land_share, lands_words, place_words

    south, north = d.latitude_band_deg
    out = [f"somewhere between {abs(south):.1f} S and {north:.1f} N"]
    if d.track is not None:
        out.append(d.track.basis)
        if d.track.below:
            when = ", from when on (UTC)" if d.along_track else ""
            out.append(f"lands under it{when}: {lands_words(d)}")
    if d.places and not d.enough_for_places:
        out.append(f"oceans and land: too few to say ({d.members} members)")
    elif d.places:
        out += [
            f"oceans: {place_words(d.places, 'ocean', 5)}",
            f"land, in all {100 * land_share(d.places):.0f} %: {place_words(d.places, 'country', 10) or 'in none of the cases'}",
            f"({d.places_basis})",
        ]
    return out


def _risk(d: ComingDown) -> list[str]:
    from stationkeeper.reentry.outcome import risk_words, share_words

    r = d.risk
    words = risk_words(r)
    if not words:
        return [str(r["statement"]), *([str(r["pieces"]["statement"])] if "pieces" in r else [])]
    reasons = [(x["what"], x["share_of_variance"]) for x in r["contributions"]]
    return [
        words, str(r["pieces"]["statement"]), f"what makes the interval wide: {share_words(reasons)}",
        f"sheltering: {r['sheltering']}; {r['method']}; {r['members']} members",
    ]  # fmt: skip


def _how(falling: Falling, d: ComingDown) -> list[str]:
    out = [f"{d.members} cases" + (f"; varied: {'; '.join(d.varied)}" if d.varied else "")]
    for p in falling.attitude:
        if p.below_m is not None or p.since is not None:
            when = f"below {p.below_m.low / 1e3:g} to {p.below_m.high / 1e3:g} km" if p.below_m else f"from {p.since}"
            out.append(
                f"{p.kind} {when}: {p.drag_ratio.best:.2f} times the drag ({p.drag_ratio.low:.2f} to {p.drag_ratio.high:.2f})"
            )
    check = d.settings.get("median_member")
    if check:
        out.append(
            f"the numerical engine brings the median member down {check['difference_s'] / 60:+.0f} min from this"
        )
    return out
