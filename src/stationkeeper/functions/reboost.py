"""Reboost: what the air demands of a stack, which engines may answer it, and for how long propellant lasts.

Model
-----
- Who may push: :mod:`stationkeeper.functions.pushing`; which tanks feed it: :mod:`stationkeeper.functions.propellant`.
- Demand: the drag of the stack's share of the station's drag area times coefficient, in the density around the orbit, with air that
  turns with the Earth; the orbit sinks by 2/n for each m/s (n: mean motion). Propellant by the specific impulse of the engine that pushes
  first. Ends of ranges are combined as if all errors pulled the same way.
- Burns: raises of the size that the station's own practice states (rule ``orbit-keeping``), with what it says of timing and debris.
- How long: propellant within reach over drag make-up (each tank by the engine that makes most of it) and attitude use, never longer than
  the docked life of the vehicles or the burning life of the built-in engines that may push. The upper end takes in the engines
  that are not shown to push.

Neglected: the rise of demand while a stack sinks, changing solar activity (it is the demand of the date), dispersions of burns,
deliveries to come, propellant kept back for leaving the station, burning life already used, what a vehicle keeps
for its own use. The share of the drag area is by the areas of the data: vehicles have none. A docked vehicle that blocks an engine is taken
to be able to leave.

Validation status: checked (validation/functions/test_reboost.py): speed that the ISS needed from November 2021 to January 2023; 13 to 14 m/s,
2.2 t and about 11 raises a year at 2 km a month; 7 t a year of the planning of about 2000; 11 kg a day in 2003; half the
propellant from 345 to 380 km in 2011; forces of dated burns.

References
----------
R66, R83, R84 : propellant by height. R71 : use in 2003. R70, R86 to R91 : corrections of the orbit by number and size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from stationkeeper.core.constants import EARTH_ROTATION_RATE_RAD_S, SECONDS_PER_DAY
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.orbit import Orbit
from stationkeeper.core.ranges import Range
from stationkeeper.functions import attitude
from stationkeeper.functions.assessment import Assessment, Margin, Status, providers
from stationkeeper.functions.propellant import UNCOVERED, content, supplies, take, within_reach
from stationkeeper.functions.pushing import Able, Pusher, able, pushers, span
from stationkeeper.functions.surroundings import drag_share, surroundings_of
from stationkeeper.station.configuration import Stack, Tank

__all__ = [
    "UNCOVERED", "Able", "Demand", "Keeping", "Pusher", "able", "assess", "demand", "keeping", "propellant_kg", "pushers", "take",
]  # fmt: skip

DAYS_PER_YEAR = 365.25
NO_END_DAY = 20.0 * DAYS_PER_YEAR
"""Further than that there is no end in sight: nothing of the demand of one date holds for so long."""
SECONDS_PER_YEAR = DAYS_PER_YEAR * SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class Demand:
    """What the air takes from a stack at its present height, and what making up for it takes.

    Parameters
    ----------
    delta_v_m_s_year : speed to be made up for in a year.
    sinking_m_day : loss of mean height in a day without burns.
    propellant_kg_year : with the engine ``by``; ``None`` where the stack has no engine.
    force_n : drag, averaged over the orbit.
    by : name of the engine's vehicle or equipment.
    basis, source : where orbit, air and drag area come from.
    """

    delta_v_m_s_year: Range
    sinking_m_day: Range
    propellant_kg_year: Range | None
    force_n: Range
    by: str
    basis: str
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the orbit is kept by the practice that the station's data state.

    Parameters
    ----------
    floor_km : lower edge of the band of mean heights.
    raises_year, raise_m_s : how many raises a year make up for the air, and the size of one.
    phasing_m_s_year : for the timing of arrivals and landings, on top.
    debris_year, debris_m_s : burns against debris in a year and the size of one; most of them raise the orbit and save a raise.
    reserve_m_s, reserve_kg : kept ready for these.
    """

    floor_km: Range | None
    raises_year: Range
    raise_m_s: Range
    phasing_m_s_year: Range | None
    debris_year: Range | None
    debris_m_s: Range | None
    reserve_m_s: Range | None
    reserve_kg: Range | None
    source: tuple[str, ...]


def propellant_kg(stack: Stack) -> tuple[float, float, float]:
    """Best, low and high sum of the propellant in the stack's tanks, whoever can use it."""
    r = content(stack.tanks)
    return r.best, r.low, r.high


# ---- what the air demands -------------------------------------------------------------------------------------------


def drag_n(orbit: Orbit, density_kg_m3: Range, drag_area_cd_m2: Range) -> Range:
    """Drag along a circular orbit in air that turns with the Earth, N.

    Parameters
    ----------
    density_kg_m3 : averaged over the orbit.
    drag_area_cd_m2 : drag area times drag coefficient.
    """
    wind = EARTH_ROTATION_RATE_RAD_S * orbit.semi_major_axis_m * math.cos(orbit.inclination_rad)
    return density_kg_m3.times(drag_area_cd_m2).scaled(0.5 * (orbit.speed_m_s - wind) ** 2)


def sinking_m(orbit: Orbit, delta_v_m_s: Range) -> Range:
    """Mean height that a circular orbit gains or loses with a change of speed, m."""
    return delta_v_m_s.scaled(2.0 / orbit.mean_motion_rad_s)


def _force_n(stack: Stack) -> Range | None:
    s = surroundings_of(stack.configuration)
    if s is None or s.density_kg_m3 is None or s.drag_area_cd_m2 is None:
        return None
    share = drag_share(stack)
    if share is None:
        return None
    if attitude.turns_freely(stack):
        return drag_n(
            s.orbit, s.density_kg_m3, s.drag_area_cd_m2.scaled(share).times(attitude.tumbling(stack).drag_area_ratio)
        )
    return drag_n(s.orbit, s.density_kg_m3, s.drag_area_cd_m2.scaled(share))


def _first(rows: Iterable[Able]) -> Pusher | None:
    """The engine by which propellant is reckoned: the first that may push, else the first that ever raised a station, else any."""
    found = sorted(rows, key=lambda a: (not a.ready, not a.pusher.shown))
    return found[0].pusher if found else None


def demand(stack: Stack) -> Demand | None:
    """What holding the present height takes; ``None`` where the orbit, the air or the drag area is not known."""
    s, force = surroundings_of(stack.configuration), _force_n(stack)
    if s is None or force is None or stack.mass_kg <= 0.0:
        return None
    low, high = stack.mass_bounds_kg
    mass = Range(stack.mass_kg, min(low, stack.mass_kg), max(high, stack.mass_kg)).at_least(1.0)
    slowing = force.over(mass)
    by = _first(able(stack))
    return Demand(
        slowing.scaled(SECONDS_PER_YEAR), sinking_m(s.orbit, slowing.scaled(SECONDS_PER_DAY)),
        force.scaled(SECONDS_PER_YEAR).over(by.exhaust_m_s) if by is not None else None,
        force, by.name if by is not None else "", s.basis, s.source,
    )  # fmt: skip


def keeping(stack: Stack) -> Keeping | None:
    """How many burns of which size; ``None`` where the station's data state no practice or the demand is not known."""
    rule = next((r for r in stack.configuration.station.rule if r.kind == "orbit-keeping"), None)
    s, d = surroundings_of(stack.configuration), demand(stack)
    if rule is None or "raise_km" not in rule.figures or s is None or d is None:
        return None
    f = {k: Range.of(v) for k, v in rule.figures.items()}
    raise_m, reserve, by = f["raise_km"].scaled(1e3), f.get("reserve_m_s"), _first(able(stack))
    return Keeping(
        f.get("floor_km"), d.sinking_m_day.scaled(DAYS_PER_YEAR).over(raise_m), raise_m.scaled(0.5 * s.orbit.mean_motion_rad_s),
        f.get("phasing_m_s"), f.get("debris_count"), f.get("debris_m_s"), reserve,
        reserve.scaled(stack.mass_kg).over(by.exhaust_m_s) if reserve is not None and by is not None else None,
        tuple(rule.source),
    )  # fmt: skip


# ---- how long -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stay:
    """For how long the engines can do it, what ends first, and for how long at most if those not shown to push can."""

    days: Range
    ends: str
    attitude_kg_day: Range | None
    at_most_day: float


def _attitude_kg_day(stack: Stack) -> Range | None:
    """Propellant that attitude takes, kg a day, taken to come from the same tanks; ``None`` where it is not known."""
    if not attitude.thrusters(stack):
        return Range.exact(0.0)
    return attitude.propellant_kg_day(stack)


def _life_day(a: Able, force_n: Range) -> Range:
    """How long an engine can go on making up for the drag, by its docked life or its burning life."""
    if a.docked_life_day is not None:
        return a.docked_life_day
    if a.life_s is None:
        return Range.exact(math.inf)
    return a.life_s.times(a.pusher.thrust).over(force_n).scaled(1.0 / SECONDS_PER_DAY)


def _impulse_ns(stack: Stack, rows: list[Able]) -> Range:
    """What the propellant within reach is worth when each tank feeds the engine that makes most of it, N s."""
    worth: dict[str, tuple[Tank, list[Range]]] = {}
    for a in rows:
        for s in supplies(stack, a.pusher.id):
            worth.setdefault(s.tank.id, (s.tank, []))[1].append(a.pusher.exhaust_m_s)
    return Range.total(content((tank,)).times(_most(speeds)) for tank, speeds in worth.values())


def _most(ranges: list[Range]) -> Range:
    """The greatest best value, low end and high end."""
    return Range(*(max(getattr(x, end) for x in ranges) for end in ("best", "low", "high")))


def _stay(stack: Stack, rows: list[Able], unsure: list[Able], d: Demand | None) -> _Stay | None:
    if d is None:
        return None
    use = _attitude_kg_day(stack)
    days, ends = _days(stack, rows, d, use)
    most, _ = _days(stack, [*rows, *unsure], d, use)
    return _Stay(days, ends, use, max(days.high, most.high))


def _days(stack: Stack, rows: list[Able], d: Demand, use: Range | None) -> tuple[Range, str]:
    usable, impulse = within_reach(stack, [a.pusher.id for a in rows]), _impulse_ns(stack, rows)
    # parts of all propellant that the air and the attitude take in a day
    spent = d.force_n.scaled(SECONDS_PER_DAY).over(impulse)
    if use is not None:
        # at the least nothing: its thrusters may have tanks of their own
        spent = spent + Range(use.best, 0.0, use.high).over(usable)
    days = Range.exact(1.0).over(spent)
    lives = [_life_day(a, d.force_n) for a in rows]
    life = _most(lives)
    ends = "propellant" if days.best <= life.best else "engine life"
    ended = (min(getattr(days, end), getattr(life, end)) for end in ("best", "low", "high"))
    return Range(*(x if x < NO_END_DAY else math.inf for x in ended)), ends


# ---- assessment -----------------------------------------------------------------------------------------------------


def assess(stack: Stack) -> Assessment:
    """Nominal when a main engine may push it; degraded when only a backup may, or when it is not shown that any of those that
    raised a station can push this stack; lost when there is none of them."""
    found, rows, d, kept = providers(stack, "reboost"), able(stack), demand(stack), keeping(stack)
    best, low, high = propellant_kg(stack)
    margin = Margin(best, low, high, "kg", "propellant in the tanks of the stack", "propellant_kg")
    ready = [a for a in rows if a.ready]
    unsure = [a for a in rows if a.once_free == "not shown" and a.pusher.shown]
    use_of = ready or unsure
    source = dict.fromkeys((*(d.source if d else ()), *(kept.source if kept else ())))
    source.update(dict.fromkeys(s for a in use_of for s in a.pusher.source))
    stay = _stay(stack, use_of, unsure, d) if use_of else None
    figures = _figures(within_reach(stack, [a.pusher.id for a in (*ready, *unsure)]), stay, d, kept)
    gaps = _gaps(d, stay)
    if not use_of:
        none = Margin.of(Range.exact(0.0), "days", "until nothing can raise it", "lasts")
        return Assessment(
            "reboost", stack.id, "lost", _why_lost(rows, d), found, margin, gaps, tuple(source), figures, none
        )
    lasts = None
    if stay is not None and math.isfinite(stay.days.low):
        # where it is not shown that anything can push, it may be lost already; the upper end takes in what is not shown
        sure = stay.days if ready else Range.exact(0.0)
        days = Range(sure.best, sure.low, stay.at_most_day)
        lasts = Margin.of(days, "days", "until propellant or engines to raise it end", "lasts")
    reasons = (*_who(ready, unsure), *_air(d, kept), *_supply(stack, use_of, stay, bool(ready)))
    fed = within_reach(stack, [a.pusher.id for a in ready]).best > 0.0
    status: Status = "nominal" if fed and any(a.mode == "main" for a in ready) else "degraded"
    return Assessment("reboost", stack.id, status, reasons, found, margin, gaps, tuple(source), figures, lasts)


def _figures(usable: Range, stay: _Stay | None, d: Demand | None, kept: Keeping | None) -> tuple[Margin, ...]:
    rows: list[tuple[Range | None, str, str, str]] = [
        (usable, "kg", "propellant within reach of the engines that may, or might, push", "usable_kg")
    ]
    if stay is not None:
        rows.append((stay.attitude_kg_day, "kg", "propellant a day for attitude", "attitude_kg_day"))
    if d is not None:
        rows.append((d.delta_v_m_s_year, "m/s", "speed that the air demands in a year", "delta_v_m_s_year"))
        rows.append((d.sinking_m_day, "m", "sinking in a day without burns", "sinking_m_day"))
        rows.append((d.propellant_kg_year, "kg", "propellant a year against the air", "propellant_kg_year"))
    if kept is not None:
        rows.append((kept.raises_year, "burns", "raises of the orbit in a year", "raises_year"))
        rows.append((kept.reserve_kg, "kg", "propellant kept ready against debris", "reserve_kg"))
    return tuple(Margin.of(r, unit, what, key) for r, unit, what, key in rows if r is not None)


def _gaps(d: Demand | None, stay: _Stay | None) -> str:
    out = []
    if d is None:
        out.append(
            "what the air takes from it is not worked out: its orbit, the air there or its drag area is not in the data"
        )
    if stay is not None and stay.attitude_kg_day is None:
        out.append("what attitude takes from the same tanks is not known, so the time given is too long")
    return "; ".join(out)


# ---- words ----------------------------------------------------------------------------------------------------------


def _named(a: Able, text: str) -> str:
    return f"{a.pusher.name}: {text}"


def _one_each(rows: Iterable[Able]) -> list[Able]:
    """The first engine of each vehicle or piece of equipment."""
    return list({a.pusher.id: a for a in reversed(list(rows))}.values())[::-1]


def _why_lost(rows: tuple[Able, ...], d: Demand | None) -> tuple[str, ...]:
    out = [
        _named(a, a.reasons[0])
        for a in _one_each(a for a in rows if a.verdict == "no" and a.pusher.shown and a.mode != "dormant")
    ]
    never = [_named(a, a.reasons[0]) for a in _one_each(a for a in rows if not a.pusher.shown and a.verdict != "no")]
    head = (
        "no engine in it has ever raised a station"
        if not out
        else "none of the engines that have raised a station can push it"
    )
    return (f"{head}, so the air lowers it day by day", *out[:3], *never[:2], *_air(d, None))


def _who(ready: list[Able], unsure: list[Able]) -> tuple[str, ...]:
    now = [a for a in _one_each(ready) if a.verdict == "yes"]
    out = [f"{' and '.join(a.pusher.name for a in now)} can push it"] if now else []
    out += [_named(a, r) for a in now for r in a.reasons[:2]]
    out += [_named(a, a.reasons[0]) for a in _one_each(ready) if a.blocked_by]
    done = {a.pusher.id for a in ready}
    others = [a for a in _one_each(unsure) if a.pusher.id not in done]
    if ready:
        spare = (
            ()
            if any(a.mode == "main" for a in ready)
            else ("these are backups; no main engine is there that may push it",)
        )
        return (*out, *spare, *(_named(a, a.reasons[0]) for a in others))
    out.append(f"it is not shown that {' or '.join(a.pusher.name for a in others)} can push it")
    for a in others:
        out += [_named(a, r) for r in a.reasons[:4]]
        out += [f"{s.who}, {s.when}: {s.text}" for s in a.statements]
    return tuple(out)


def _air(d: Demand | None, kept: Keeping | None) -> tuple[str, ...]:
    if d is None:
        return ()
    sinking = f"without burns it sinks by {span(d.sinking_m_day)} m a day at its present height"
    if kept is None or d.propellant_kg_year is None:
        return (sinking,)
    kg = f"{span(d.delta_v_m_s_year, 1)} m/s and {_tonnes(d.propellant_kg_year)} of propellant a year"
    out = [f"{sinking}; making up for it takes {kg}"]
    text = f"that is {span(kept.raises_year)} raises a year of {span(kept.raise_m_s, 1)} m/s"
    if kept.phasing_m_s_year is not None:
        text += f", with {span(kept.phasing_m_s_year, 1)} m/s a year more for the timing of arrivals"
    if kept.debris_year is not None and kept.debris_m_s is not None:
        text += f"; {span(kept.debris_year)} burns a year against debris mostly save a raise"
    return (*out, text)


def _supply(stack: Stack, rows: list[Able], stay: _Stay | None, sure: bool) -> tuple[str, ...]:
    tanks = {s.tank.id for a in rows for s in supplies(stack, a.pusher.id)}
    if not tanks:
        return ()
    head = (
        "the tank that its engines can use holds"
        if len(tanks) == 1
        else f"the {len(tanks)} tanks that its engines can use hold"
    )
    text = f"{head} {_tonnes(within_reach(stack, [a.pusher.id for a in rows]))}"
    if stay is not None and math.isfinite(stay.days.low):
        also = stay.attitude_kg_day
        used = f" with {span(also, 1)} kg a day for attitude" if also is not None and also.high > 0.0 else ""
        when = f"{span(stay.days)} days, {_until(stack.configuration.epoch, stay.days)}"
        if stay.ends == "propellant":
            text += f"; {'that' if sure else 'if they can push, that'} lasts {when},{used} if nothing more is brought"
        else:
            text += (
                f"; before that is used up{used}, the engines reach the end of their docked or burning life: in {when}"
            )
        if stay.at_most_day > 1.05 * stay.days.high:
            longer = f"up to {stay.at_most_day:,.0f} days" if math.isfinite(stay.at_most_day) else "no end in sight"
            text += f"; {longer} if those not shown to push it can"
    cut = [t for t in stack.tanks if t.id not in tanks and t.content_kg > 0.0]
    beyond = f"out of reach for them: {', '.join(f'{t.name} ({t.content_kg:,.0f} kg)' for t in cut)}"
    return (text, beyond) if cut else (text,)


def _tonnes(r: Range) -> str:
    return f"{span(r.scaled(1e-3), 1)} t" if r.high >= 1e3 else f"{span(r)} kg"


def _until(start: Epoch, days: Range) -> str:
    """The months in which a number of days from a start end."""

    def month(x: float) -> str:
        return start.plus_days(x).date[:7] if math.isfinite(x) else "no end in sight"

    best, low, high = month(days.best), month(days.low), month(days.high)
    return f"until {best}" if low == high else f"until {best} ({low} to {high})"
