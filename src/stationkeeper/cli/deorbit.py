"""``stationkeeper deorbit``: a station brought down by burns into an ocean corridor, and what happens where a burn fails."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

import typer

from stationkeeper.cli.common import print_json, progress, progress_done

if TYPE_CHECKING:
    from stationkeeper.core.epoch import Epoch
    from stationkeeper.reentry.deorbit import Branch, CrewDates, Deorbit, Descent, Place

LINE = 110


def deorbit(
    plan: str = typer.Argument(help="Name of a packaged plan, or the path of a plan file (stationkeeper.deorbit/1)."),
    density_factor: float = typer.Option(1.0, min=0.1, max=10.0, help="Factor on the air density of the whole flight."),
    branches: bool = typer.Option(True, help="Also fly what happens where a burn fails or is 10 % short."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """Burns, propellant by vehicle, entry, where the pieces fall, failed and short burns, the crew's last dates."""
    from stationkeeper.reentry.deorbit import fly_plan
    from stationkeeper.reentry.plan import load_plan

    found = fly_plan(load_plan(plan), branches=branches, density_factor=density_factor, progress=progress)
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


def _place(p: Place | None) -> dict[str, Any] | None:
    if p is None:
        return None
    return {"utc": _utc(p.epoch), "latitude_deg": _deg(p.latitude_rad), "longitude_deg": _deg(p.longitude_rad)}


def _descent(d: Descent | None) -> dict[str, Any] | None:
    if d is None:
        return None
    return {
        "entry": {
            "utc": _utc(d.entry.epoch), "height_km": 120.0, "latitude_deg": _deg(d.latitude_rad), "longitude_deg": _deg(d.longitude_rad),
            "speed_m_s": round(d.speed_m_s, 1), "flight_path_angle_deg": _deg(d.flight_path_angle_rad, 3), "azimuth_deg": _deg(d.azimuth_rad),
        },
        "at_100_km_utc": _utc(d.at_100_km), "middle": _place(d.middle), "heel": _place(d.heel), "toe": _place(d.toe),
        "length_km": _km(d.length_m, 0),
    }  # fmt: skip


def _branch(b: Branch) -> dict[str, Any]:
    return {
        "burn": b.label, "share": b.share, "perigee_km": _km(b.perigee_m), "apogee_km": _km(b.apogee_m),
        "hours_to_entry": None if b.hours_to_entry is None else round(b.hours_to_entry, 2), "controlled": b.controlled,
        "in_corridor": b.in_corridor, "descent": _descent(b.descent), "what": _words(b),
    }  # fmt: skip


def _crew(c: CrewDates | None) -> dict[str, Any] | None:
    if c is None:
        return None
    return {
        "leave_utc": _utc(c.leave), "leave_early_utc": _utc(c.leave_early), "leave_late_utc": _utc(c.leave_late),
        "last_utc": _utc(c.last), "last_early_utc": _utc(c.last_early), "last_late_utc": _utc(c.last_late), "basis": c.basis,
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
                "propellant_kg": {v: round(kg, 1) for v, kg in b.propellant_kg},
            }
            for b in d.burns
        ],
        "propellant": [
            {"vehicle": v, "used_kg": round(kg, 1), "aboard_kg": aboard, "enough": kg <= aboard} for v, kg, aboard in d.propellant
        ],
        "descent": _descent(d.descent),
        "corridor": {"name": d.plan.file.corridor.name, "all_inside": d.in_corridor, "miss_km": _km(d.miss_m, 0)},
        "branches": [_branch(b) for b in d.branches],
        "crew": _crew(d.crew),
        "notes": [" ".join(n.split()) for n in d.notes],
        "settings": {k: v for k, v in d.settings.items() if k != "legs"},
    }  # fmt: skip


# ---- text ------------------------------------------------------------------------------------------------------------


def _at(p: Place | None) -> str:
    if p is None:
        return "not down"
    return f"{_degrees(p.latitude_rad, 'NS')} {_degrees(p.longitude_rad, 'EW')} at {p.epoch.isoformat(0)[11:19]}"


def _degrees(rad: float, sides: str) -> str:
    return f"{abs(math.degrees(rad)):.1f} {sides[0] if rad >= 0.0 else sides[1]}"


def _words(b: Branch) -> str:
    """What comes of a branch, in words."""
    if b.hours_to_entry is None:
        return "still up after thirty days"
    if b.descent is None:
        if b.hours_to_entry < 2.0:
            return "dips below 120 km and comes down on a later revolution, at a place that is not foreseen here"
        days = b.hours_to_entry / 24.0
        return f"comes down by itself {days:.1f} days later (+/- 20 %), at a place that nobody can choose"
    where = "in the corridor" if b.in_corridor else "outside the corridor"
    return f"middle of the pieces {where}: {_at(b.descent.middle)}"


def _wrapped(text: str, head: str = "") -> None:
    typer.echo(
        textwrap.fill(
            " ".join(text.split()), LINE, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False
        )
    )


def _print(d: Deorbit) -> None:
    say, c = typer.echo, d.plan.file.corridor
    say(f"{d.plan.file.name}\n")
    say("burn                          start (UTC)            s      m/s     kg   perigee x apogee km")
    for b in d.burns:
        kg = math.fsum(x for _, x in b.propellant_kg)
        say(
            f"{b.burn.label[:28]:<28}  {b.burn.start}  {b.burn.duration_s:6.0f}  {b.delta_v_m_s:6.2f}  {kg:5.0f}   "
            f"{b.perigee_m / 1e3:6.1f} x {b.apogee_m / 1e3:.1f}"
        )
    say(
        f"in all {d.delta_v_m_s:.1f} m/s; "
        + "; ".join(f"{v} {kg:,.0f} of {full:,.0f} kg" for v, kg, full in d.propellant)
    )
    x = d.descent
    if x is not None:
        say(
            f"\nentry at 120 km  {x.entry.epoch}  {_degrees(x.latitude_rad, 'NS')} {_degrees(x.longitude_rad, 'EW')}, {x.speed_m_s:,.0f} m/s, "
            f"{math.degrees(x.flight_path_angle_rad):.2f} deg, azimuth {math.degrees(x.azimuth_rad):.0f} deg"
        )
        say(f"100 km           {x.at_100_km or 'not passed'}")
        say(f"pieces           first {_at(x.heel)}; middle {_at(x.middle)}; last {_at(x.toe)}")
        if x.length_m is not None:
            say(
                f"                 {x.length_m / 1e3:,.0f} km from first to last: a simple ballistic range, no winds, no heating"
            )
        miss = "" if d.miss_m is None else f"; middle {d.miss_m / 1e3:,.0f} km from the aim"
        say(f"corridor         {c.name}: {'all inside' if d.in_corridor else 'not all inside'}{miss}")
    if d.branches:
        say("\nwhere a burn fails or is short, the others as planned")
        for branch in d.branches:
            how = "fails" if branch.share == 0.0 else f"{100.0 * (1.0 - branch.share):.0f} % short"
            _wrapped(_words(branch), f"  {branch.label}, {how}: ")
    if d.crew is not None:
        k = d.crew
        say(f"\ncrew leaves by {_date(k.leave)} ({_date(k.leave_early)} to {_date(k.leave_late)})")
        say(f"no control without thrusters from {_date(k.last)} ({_date(k.last_early)} to {_date(k.last_late)})")
        _wrapped(k.basis, "  ")
    if d.notes:
        say("")
    for n in d.notes:
        _wrapped(n, "note: ")


def _date(epoch: Epoch | None) -> str:
    return "not reached" if epoch is None else epoch.date
