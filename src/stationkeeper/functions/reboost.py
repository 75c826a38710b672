"""Reboost: which engines may raise this stack on this date.

Model: an engine counts when it was shown to reboost a station by the date (its data say when), its vehicle is docked
or its equipment installed, and its operator has not left. A stack that cannot hold an attitude cannot aim a burn.
Propellant is counted from the tanks of the stack; what nobody published is a range.
Neglected here: direction of thrust against the centre of mass, remaining engine life, plume limits.
Validation status: checked against who reboosted the ISS in 2022.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.functions import attitude
from stationkeeper.functions.assessment import Assessment, Margin, providers
from stationkeeper.station.configuration import Stack, type_of
from stationkeeper.station.schema import Engine


@dataclass(frozen=True, slots=True)
class Pusher:
    """An engine that can push a stack: the vehicle or equipment it belongs to, its partner and its figures."""

    id: str
    name: str
    partner: str
    vehicle_type: str
    engine: str
    thrust_n: float
    thrust_bounds_n: tuple[float, float]
    specific_impulse_s: float
    shown: bool
    note: str
    source: tuple[str, ...]


def _pusher(id_: str, name: str, partner: str, kind: str, e: Engine, shown: bool) -> Pusher:
    return Pusher(
        id_, name, partner, kind, e.name, e.thrust_n.best, e.thrust_n.bounds, e.specific_impulse_s.best, shown,
        e.reboost_note, tuple(e.source),
    )  # fmt: skip


def pushers(stack: Stack) -> list[Pusher]:
    """Every engine in the stack that could push it, shown or not, vehicles first."""
    cfg = stack.configuration
    out = []
    for d in stack.docked:
        kind = type_of(cfg.station, d.vehicle)
        if d.state == "lost" or d.visit in cfg.failed or cfg.partners[kind.operator].state == "gone":
            continue
        for e in kind.engines:
            shown = e.reboost_from is not None and e.reboost_from.epoch <= cfg.epoch
            out.append(_pusher(d.visit, d.name, kind.operator, kind.id, e, shown))
    for p in providers(stack, "reboost"):
        q = next((x for x in cfg.station.equipment if x.id == p.id), None)
        if q is None or not p.works or p.mode == "dormant" or "thrust_n" not in q.figures:
            continue
        thrust, isp = q.figures["thrust_n"], q.figures.get("specific_impulse_s")
        out.append(
            Pusher(
                q.id, q.name, p.partner, "", q.name, thrust.best, thrust.bounds, isp.best if isp else 300.0, True,
                q.note, tuple(q.source),
            )
        )  # fmt: skip
    return out


def propellant_kg(stack: Stack) -> tuple[float, float, float]:
    """Best, low and high sum of the propellant in the stack's tanks."""
    t = stack.tanks
    return (
        math.fsum(x.content_kg for x in t), math.fsum(x.low_kg for x in t), math.fsum(x.high_kg for x in t)
    )  # fmt: skip


def assess(stack: Stack) -> Assessment:
    """Whether anything in the stack can raise it, and how much propellant there is for it."""
    found = providers(stack, "reboost")
    able = [p for p in pushers(stack) if p.shown]
    best, low, high = propellant_kg(stack)
    margin = Margin(best, low, high, "kg", "propellant in the tanks of the stack")
    if not able:
        reason = "no engine in it has ever raised a station, so the air lowers it day by day"
        return Assessment("reboost", stack.id, "lost", (reason,), found, margin)
    names = ", ".join(dict.fromkeys(p.name for p in able))
    reasons = [f"{names} can push it"]
    if not attitude.thrusters(stack):
        reasons.append(
            "nothing in it can turn it into the attitude for the burn and hold it there by thrusters, "
            "which has never been done with gyroscopes alone for a stack of this size"
        )
        return Assessment("reboost", stack.id, "degraded", tuple(reasons), found, margin)
    dv = able[0].specific_impulse_s * STANDARD_GRAVITY_M_S2 * math.log(stack.mass_kg / max(1.0, stack.mass_kg - best))
    reasons.append(f"its propellant is worth about {dv:.0f} m/s if all of it may be used")
    mains = [p for p in found if p.works and p.mode == "main"]
    return Assessment("reboost", stack.id, "nominal" if mains else "degraded", tuple(reasons), found, margin)
