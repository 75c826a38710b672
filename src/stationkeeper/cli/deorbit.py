"""``stationkeeper deorbit``: a station brought down by burns into an ocean corridor, and what happens where a burn fails."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

import typer

from stationkeeper.cli.common import print_json, progress, progress_done

if TYPE_CHECKING:
    from stationkeeper.core.epoch import Epoch
    from stationkeeper.core.ranges import Range
    from stationkeeper.reentry.deorbit import Branch, CrewDates, Deorbit, Descent, Place, Zone
    from stationkeeper.reentry.plan import PublishedTable

LINE = 110
_NAMES = "iss-2022-rfi, iss-three-progress, iss-usdv, iss-zvezda-cygnus, mir-2001"
"""The packaged plans, for the help; a test holds it against the folder."""


def deorbit(
    plan: str = typer.Argument(
        help=f"Name of a packaged plan ({_NAMES}), or the path of a plan file (stationkeeper.deorbit/1)."
    ),
    members: int | None = typer.Option(
        None, min=20, max=2_000, help="Members of the footprint; the plan's where left out."
    ),
    seed: int = typer.Option(0, min=0, help="Of the random numbers."),
    density_factor: float = typer.Option(1.0, min=0.1, max=10.0, help="Factor on the air density of the whole flight."),
    footprint: bool = typer.Option(True, help="Also break the station up and follow its pieces to the ground."),
    branches: bool = typer.Option(True, help="Also fly what happens where a burn fails or is 10 % short."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """Burns, propellant by vehicle, entry, where the pieces fall, failed and short burns, the crew's last dates."""
    from stationkeeper.reentry.deorbit import fly_plan
    from stationkeeper.reentry.plan import load_plan

    found = fly_plan(
        load_plan(plan), zone=footprint, branches=branches, members=members, seed=seed, density_factor=density_factor,
        progress=progress,
    )  # fmt: skip
    progress_done()
    if json:
        print_json(_as_dict(found))
    else:
        _print(found)


def _utc(epoch: Epoch | None) -> str | None:
    return None if epoch is None else epoch.isoformat(0)


def _deg(rad: float, digits: int = 2) -> float:
    return round(math.degrees(rad), digits)


def _km(m: float | None, digits: int = 1) -> float | None:
    return None if m is None else round(m / 1e3, digits)


def _ends(r: Range, digits: int = 0, scale: float = 1.0) -> dict[str, float]:
    return {k: round(scale * x, digits) for k, x in (("best", r.best), ("low", r.low), ("high", r.high))}


def _spot(p: Place) -> dict[str, float]:
    return {"latitude_deg": _deg(p.latitude_rad), "longitude_deg": _deg(p.longitude_rad)}


def _place(p: Place | None) -> dict[str, Any] | None:
    if p is None:
        return None
    return {"utc": _utc(p.epoch), **_spot(p)}


def _descent(d: Descent | None) -> dict[str, Any] | None:
    if d is None:
        return None
    e = d.entry
    return {
        "entry": {
            "utc": _utc(e.epoch), "height_km": 120.0, "latitude_deg": _deg(e.latitude_rad), "longitude_deg": _deg(e.longitude_rad),
            "speed_m_s": round(e.speed_m_s, 1), "flight_path_angle_deg": _deg(e.flight_path_angle_rad, 3), "azimuth_deg": _deg(e.azimuth_rad),
            "frame": "inertial velocity, geodetic horizon",
        },
        "at_100_km_utc": _utc(d.at_100_km), "middle_nominal_entry": _place(d.middle),
    }  # fmt: skip


def _zone(z: Zone | None) -> dict[str, Any] | None:
    if z is None:
        return None
    return {
        "members": z.members, "seed": z.seed, "heel": _spot(z.heel), "middle_all_members": _place(z.middle), "toe": _spot(z.toe),
        "first_strike_utc": _utc(z.first), "last_strike_utc": _utc(z.last), "share_of_places": 0.99,
        "length_km": _km(z.length_m, 0), "width_km": _km(z.width_m, 0), "wide_share_of_places": 0.999,
        "wide_length_km": _km(z.wide_length_m, 0), "wide_width_km": _km(z.wide_width_m, 0), "one_event_length_km": _ends(z.event_length_m, 0, 1e-3),
        "surviving_ratio": _ends(z.surviving_ratio, 3), "surviving_kg": _ends(z.surviving_kg), "pieces": _ends(z.count), "interval": 0.9,
        "parts_kg": round(z.parts_kg), "extrapolation": z.extrapolated, "share_of_pieces_in_corridor": round(z.inside_ratio, 4),
        "share_of_pieces_outside_corridor": round(1.0 - z.inside_ratio, 4), "share_of_members_all_inside": round(z.members_inside_ratio, 3),
        "share_of_pieces_on_land": round(z.on_land_ratio, 5), "land_within": list(z.lands),
        "entry_moves_km": {"last_burn": _km(z.burn_moves_m, 0), "air": _km(z.density_moves_m, 0)},
    }  # fmt: skip


def _mass(d: Deorbit) -> dict[str, Any]:
    """What the burns bring down, and what breaks up."""
    from stationkeeper.core.ranges import Range

    of = d.plan.file.station.parts
    return {
        "brought_down_kg": _ends(Range.of(d.plan.file.station.mass_kg)), "parts_kg": round(d.parts_kg), "parts_of": of.body or of.station,
        "parts_on": None if of.on is None else of.on.date, "parts_note": of.note,
    }  # fmt: skip


def _corridor(d: Deorbit) -> dict[str, Any]:
    c, z, middle = d.plan.file.corridor, d.zone, d.middle
    return {
        "name": c.name, "middle_inside": middle is not None and bool(c.holds(middle.latitude_rad, middle.longitude_rad)),
        "all_inside": None if z is None else z.inside_ratio == 1.0, "middle_from_aim_km": _km(d.miss_m, 0),
    }  # fmt: skip


def _away_m(d: Deorbit, p: PublishedTable) -> float | None:
    """How far a published place lies from the middle of the pieces."""
    from stationkeeper.reentry.deorbit import distance_m

    if p.latitude_deg is None or p.longitude_deg is None or d.middle is None:
        return None
    place = (math.radians(p.latitude_deg), math.radians(p.longitude_deg))
    return distance_m(place, (d.middle.latitude_rad, d.middle.longitude_rad))


def _branch(b: Branch) -> dict[str, Any]:
    return {
        "burn": b.label, "share": b.share, "perigee_km": _km(b.perigee_m), "apogee_km": _km(b.apogee_m),
        "hours_to_entry": None if b.hours_to_entry is None else round(b.hours_to_entry, 2), "entry_utc": _utc(b.entry),
        "controlled": b.controlled, "in_corridor": b.in_corridor, "middle": _place(b.middle),
        "share_of_pieces_in_corridor": None if b.inside_ratio is None else round(b.inside_ratio, 3),
        "share_of_pieces_on_land": None if b.on_land_ratio is None else round(b.on_land_ratio, 4),
        "latitude_band_deg": [-_deg(b.latitude_rad), _deg(b.latitude_rad)], "what": branch_words(b),
    }  # fmt: skip


def _crew(c: CrewDates | None) -> dict[str, Any] | None:
    if c is None:
        return None
    return {
        "leave_utc": _utc(c.leave), "leave_early_utc": _utc(c.leave_early), "leave_late_utc": _utc(c.leave_late),
        "last_utc": _utc(c.last), "last_early_utc": _utc(c.last_early), "last_late_utc": _utc(c.last_late),
        "days_between": None if c.days_between is None else _ends(c.days_between), "basis": c.basis,
    }  # fmt: skip


def _as_dict(d: Deorbit) -> dict[str, Any]:
    return {
        "schema": "stationkeeper.deorbit-result/1",
        "plan": d.plan.file.name,
        "delta_v_m_s": round(d.delta_v_m_s, 3),
        "burns": [
            {
                "label": b.burn.label, "by": b.burn.by.split(", "), "start_utc": _utc(b.burn.start), "end_utc": _utc(b.burn.end),
                "duration_s": round(b.burn.duration_s, 1), "thrust_n": round(b.burn.thrust_n, 1), "delta_v_m_s": round(b.delta_v_m_s, 3),
                "perigee_km": _km(b.perigee_m), "apogee_km": _km(b.apogee_m), "mass_after_kg": round(b.mass_after_kg, 1),
                "lowest_height_km": _km(b.lowest_m), "highest_height_km": _km(b.highest_m),
                "propellant_kg": {v: round(kg.best, 1) for v, kg in b.propellant_kg},
            }
            for b in d.burns
        ],
        "propellant": [
            {
                "vehicle": p.vehicle, "used_kg": round(p.need_kg.best, 1), "aboard_kg": p.aboard_kg.best, "margin_kg": round(p.margin_kg, 1),
                "need_range_kg": _ends(p.need_kg), "aboard_range_kg": _ends(p.aboard_kg), "enough": p.margin_kg >= 0.0, "verdict": p.verdict,
            }
            for p in d.propellant
        ],
        "descent": _descent(d.descent),
        "footprint": _zone(d.zone),
        "mass": _mass(d),
        "corridor": _corridor(d),
        "published": [
            {"what": p.what, "value": p.value, "source": p.source, "km_from_middle": _km(_away_m(d, p), 0)}
            for p in d.plan.file.published
        ],
        "branches": [_branch(b) for b in d.branches],
        "crew": _crew(d.crew),
        "notes": [" ".join(n.split()) for n in d.notes],
        "settings": {k: v for k, v in d.settings.items() if k != "legs"},
    }  # fmt: skip


# ---- text ------------------------------------------------------------------------------------------------------------


def _where(p: Place) -> str:
    return f"{_degrees(p.latitude_rad, 'NS')} {_degrees(p.longitude_rad, 'EW')}"


def _degrees(rad: float, sides: str) -> str:
    return f"{abs(math.degrees(rad)):.1f} {sides[0] if rad >= 0.0 else sides[1]}"


def _clock(epoch: Epoch) -> str:
    return epoch.isoformat(0)[11:16]


def _percent(ratio: float) -> str:
    """A share that never says all or none where it is not."""
    if 0.999 < ratio < 1.0:
        return "nearly 100 %"
    if 0.0 < ratio < 0.001:
        return "less than 0.1 %"
    percent = 100.0 * ratio
    return f"{percent:.0f} %" if 1.0 <= percent <= 99.0 or ratio in (0.0, 1.0) else f"{percent:.1f} %"


def _misses(d: Deorbit) -> str:
    """How it misses its corridor: most of the pieces fall outside it; without a footprint, their middle. Empty where it does not."""
    z = d.zone
    if z is None:
        return "" if d.in_corridor else "the middle of the pieces lies outside it"
    if z.inside_ratio >= 0.5:
        return ""
    part = f"{_percent(z.inside_ratio)} of the pieces strike" if z.inside_ratio > 0.0 else "not one piece strikes"
    return f"in {z.members} trials {part} in it"


def _hits(z: Zone, corridor: str) -> str:
    """Which of the pieces strike in the corridor, where most do."""
    if z.inside_ratio == 1.0:
        return f" In all {z.members} trials all pieces strike in the corridor ({corridor})"
    return f" In {z.members} trials {_percent(z.inside_ratio)} of the pieces strike in the corridor ({corridor}), the rest outside it"


def _span(hours: float) -> str:
    if hours < 48.0:
        return f"{hours:.0f} hours later (+/- 20 %: {0.8 * hours:.0f} to {1.2 * hours:.0f} hours)"
    days = hours / 24.0
    return f"{days:.1f} days later (+/- 20 %: {0.8 * days:.1f} to {1.2 * days:.1f} days)"


def branch_words(b: Branch) -> str:
    """What comes of a branch, in words."""
    lat = math.degrees(b.latitude_rad)
    anywhere = f"anywhere between {lat:.1f} N and {lat:.1f} S: nobody can choose the place"
    orbit = (
        ""
        if b.perigee_m is None or b.apogee_m is None
        else f"left in an orbit of {b.perigee_m / 1e3:.0f} x {b.apogee_m / 1e3:.0f} km; "
    )
    if b.hours_to_entry is None:
        return f"{orbit}still up after thirty days, and comes down by itself {anywhere}"
    if b.controlled and b.middle is not None and b.inside_ratio is not None:
        where = "in the corridor" if b.in_corridor else "outside the corridor"
        land = f", {_percent(b.on_land_ratio)} strike land" if b.on_land_ratio else ""
        return f"middle of the pieces {where}, at {_where(b.middle)}; {_percent(b.inside_ratio)} of them strike in it{land}"
    if b.hours_to_entry < 2.0:
        return f"{orbit}grazes the air within two hours and comes down then or some revolutions later, {anywhere}"
    return f"{orbit}comes down by itself {_span(b.hours_to_entry)}, {anywhere}"


def _wrapped(text: str, head: str = "", indent: int | None = None) -> None:
    after = " " * (len(head) if indent is None else indent)
    typer.echo(
        textwrap.fill(
            " ".join(text.split()), LINE, initial_indent=head, subsequent_indent=after, break_long_words=False
        )
    )


def _print(d: Deorbit) -> None:
    typer.echo(f"{d.plan.file.name}\n")
    _wrapped(_verdict(d))
    _burns(d)
    if d.descent is not None:
        _ground(d, d.descent)
    _published(d)
    if d.branches:
        typer.echo(
            "\nIf a burn fails or is short, and the others are flown as planned (mission control would plan anew)"
        )
        for b in d.branches:
            how = "fails" if b.share == 0.0 else f"{100.0 * (1.0 - b.share):.0f} % short"
            _wrapped(branch_words(b), f"  {b.label}, {how}: ", 6)
    if d.crew is not None:
        _crew_lines(d, d.crew)
    if d.notes:
        typer.echo("")
    for n in d.notes:
        _wrapped(n, "note: ")


def _verdict(d: Deorbit) -> str:
    """The plan in two or three sentences."""
    many = len(d.burns)
    burns = f"{many} burns" if many > 1 else "One burn"
    name = {v.id: v.name for v in d.plan.file.vehicle}
    short = [p for p in d.propellant if p.margin_kg < 0.0]
    if d.descent is None or d.middle is None:
        verb = "does" if many == 1 else "do"
        return f"{burns}, {d.delta_v_m_s:.1f} m/s in all, {verb} not bring it down on the pass after the last one."
    c, missed = d.plan.file.corridor.name, _misses(d)
    text = f"{burns}, {d.delta_v_m_s:.1f} m/s in all, "
    if missed:
        one = "misses" if many == 1 else "miss"
        text += f"{'would miss' if short else one} the corridor ({c}): {missed}. It comes"
    else:
        one = "brings" if many == 1 else "bring"
        text += f"{'would bring' if short else one} {d.plan.file.station.mass_kg.best / 1e3:,.0f} t"
    text += f" down on {d.descent.entry.epoch.date}: 120 km at {_clock(d.descent.entry.epoch)} UTC, the middle of the pieces at {_where(d.middle)}."
    if d.zone is not None:
        z = d.zone
        text += "" if missed else f"{_hits(z, c)}."
        text += f" 99 % of the places where pieces land lie in a zone {z.length_m / 1e3:,.0f} km long and {z.width_m / 1e3:,.0f} km wide."
    for p in short:
        text += f" But {name[p.vehicle]} lacks {-p.margin_kg:,.0f} kg of propellant."
    return text


def _burns(d: Deorbit) -> None:
    say = typer.echo
    say("\nburn                          start (UTC)            s      m/s     kg   perigee x apogee km")
    for b in d.burns:
        kg = math.fsum(x.best for _, x in b.propellant_kg)
        say(
            f"{b.burn.label[:28]:<28}  {b.burn.start}  {b.burn.duration_s:6.{0 if b.burn.duration_s >= 10.0 else 1}f}  {b.delta_v_m_s:6.2f}  {kg:5.0f}   "
            f"{b.perigee_m / 1e3:6.1f} x {b.apogee_m / 1e3:.1f}"
        )
    say("\npropellant                needed kg (range)               aboard kg (range)")
    for p in d.propellant:
        need, aboard = p.need_kg, p.aboard_kg
        left = f"{need.best:6,.0f} ({need.low:,.0f} to {need.high:,.0f})"
        right = f"{aboard.best:6,.0f} ({aboard.low:,.0f} to {aboard.high:,.0f})"
        margin = f"{abs(p.margin_kg):,.0f} kg {'to spare' if p.margin_kg >= 0.0 else 'too little'}"
        margin += " (open)" if p.verdict == "open" else ""
        say(f"  {p.vehicle[:22]:<22}  {left:<30}  {right:<28}  {margin}")


def _ground(d: Deorbit, x: Descent) -> None:
    say, c, e = typer.echo, d.plan.file.corridor, x.entry
    say(
        f"\nentry at 120 km   {e.epoch}, {_degrees(e.latitude_rad, 'NS')} {_degrees(e.longitude_rad, 'EW')}, {e.speed_m_s:,.0f} m/s at "
        f"{math.degrees(e.flight_path_angle_rad):.2f} deg to the horizon, towards {math.degrees(e.azimuth_rad):.0f} deg"
    )
    say(f"100 km            {x.at_100_km}")
    z = d.zone
    miss = "" if d.miss_m is None else f"; the middle {d.miss_m / 1e3:,.0f} km from the aim"
    if z is None:
        inside = "in the corridor" if d.in_corridor else "outside the corridor"
        text = f"their middle at {_where(x.middle)}, {inside} ({c.name}){miss}; the footprint was not reckoned"
        _wrapped(text, "pieces            ", 18)
        return
    say(
        f"pieces strike     {_clock(z.first)} to {_clock(z.last)} UTC, from {_where(z.heel)} (heel) by {_where(z.middle)} (middle)"
    )
    say(f"                  to {_where(z.toe)} (toe)")
    _wrapped(
        f"{z.width_m / 1e3:,.0f} x {z.length_m / 1e3:,.0f} km hold 99 % of the places where pieces land in {z.members} trials, "
        f"{z.wide_width_m / 1e3:,.0f} x {z.wide_length_m / 1e3:,.0f} km 99.9 %; the pieces of one trial lie over {z.event_length_m.best / 1e3:,.0f} km "
        f"({z.event_length_m.low / 1e3:,.0f} to {z.event_length_m.high / 1e3:,.0f} km, 90 %)",
        "footprint         ", 18,
    )  # fmt: skip
    r, n = z.surviving_ratio, z.count
    _wrapped(
        f"{100 * r.best:.0f} % ({100 * r.low:.0f} to {100 * r.high:.0f} %, 90 %) of {z.parts_kg / 1e3:,.0f} t, in {n.best:,.0f} pieces of 15 J or more "
        f"({n.low:,.0f} to {n.high:,.0f})" + ("; an extrapolation: the heaviest that has come down was Mir, 135 t" if z.extrapolated else ""),
        "what lands        ", 18,
    )  # fmt: skip
    _wrapped(_of_what(d), "of what           ", 18)
    _wrapped(
        f"{c.name}: {_percent(z.inside_ratio)} of the pieces inside, all of them in {_percent(z.members_inside_ratio)} of the trials{miss}",
        "corridor          ", 18,
    )  # fmt: skip
    land = (
        f"{_percent(z.on_land_ratio)} of the pieces strike land; where pieces may fall lie parts of {', '.join(z.lands)}"
        if z.lands or z.on_land_ratio > 0.0
        else "none where pieces may fall (on a map of 1:50 million, which lacks islets of a few km)"
    )
    _wrapped(land, "land              ", 18)


def _of_what(d: Deorbit) -> str:
    """Which mass the pieces belong to, and which one the burns bring down."""
    from stationkeeper.core.ranges import Range

    of, mass = d.plan.file.station.parts, Range.of(d.plan.file.station.mass_kg)
    name = f"'{of.body}'" if of.on is None else f"'{of.station}' on {of.on.date} with the ships then docked"
    name += f", {of.note}" if of.note else ""
    return (
        f"the pieces are those of {name}: {d.parts_kg / 1e3:,.0f} t; the burns bring down {mass.best / 1e3:,.0f} t "
        f"({mass.low / 1e3:,.0f} to {mass.high / 1e3:,.0f} t)"
    )


def _published(d: Deorbit) -> None:
    said_by = {s.key: s.publisher or s.title for s in d.plan.file.source}
    for p in d.plan.file.published:
        away = _away_m(d, p)
        beside = "" if away is None else f"; the middle of the pieces here lies {away / 1e3:,.0f} km from it"
        _wrapped(f"{p.what}: {p.value} ({', '.join(said_by[k] for k in p.source)}){beside}", "published         ", 18)


def _crew_lines(d: Deorbit, k: CrewDates) -> None:
    table = d.plan.file.crew
    assert table is not None  # noqa: S101 - without it there are no dates
    between = k.days_between
    apart = "" if between is None else f", {between.best:.0f} days later ({between.low:.0f} to {between.high:.0f})"
    typer.echo(
        f"\ncrew leaves       at {table.leave_km:g} km: {_date(k.leave)} ({_date(k.leave_early)} to {_date(k.leave_late)})"
    )
    typer.echo(
        f"at the latest     at {table.no_control_km:g} km: {_date(k.last)} ({_date(k.last_early)} to {_date(k.last_late)}){apart}"
    )
    start = d.plan.epoch
    apart_from_burns = not (k.last_early and k.last_late and k.last_early < start < k.last_late)
    stand_in = f" The burns above ({start.date}) are not those of this decay." if apart_from_burns else ""
    _wrapped(f"if nothing raises it: {k.basis}.{stand_in}", " " * 18)


def _date(epoch: Epoch | None) -> str:
    return "not reached" if epoch is None else epoch.date
