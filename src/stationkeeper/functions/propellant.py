"""Propellant: which tanks of a stack can feed an engine or thruster, in which order, and what a burn takes from them.

Model: propellant passes between elements where a closed joint carries it, and through a port that is made for refuelling
between the station and a docked tanker. A consumer draws only on its own kind of propellant, first on what is in its own body, then on the tanks that the fewest
lines are away, its own owner's first. When a joint opens, a line through it is gone. Tanks of a partner that has left, failed tanks and lines
through failed elements give nothing.
Neglected: pumps, pressure (a Progress of 2004 that drew on Zvezda's tanks got half its thrust), which pipe serves which port
where data are from memory, unusable remainders, fuel and oxidizer apart.
Validation status: checked against the transfer paths of the ISS (tests/functions/test_propellant.py).

References
----------
R67, R71 : tanks of Zarya feed Zvezda; propellant by module in 2003.
OOS-2004-11 : a Progress empties its own tank first and goes on with propellant of Zvezda.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.station.configuration import Link, Stack, Tank, type_of

UNCOVERED = ""
"""Stands in the place of a tank's id for what no tank covers."""


@dataclass(frozen=True, slots=True)
class Supply:
    """A tank within reach of a consumer: where it sits and the lines between, nearest the consumer first."""

    tank: Tank
    place: str
    lines: tuple[str, ...]


def place_of(stack: Stack, tank: Tank) -> str:
    """The element or vehicle that a tank sits in; its mass may be booked elsewhere."""
    cfg = stack.configuration
    for q in cfg.station.equipment:
        if q.id == tank.id:
            return q.element
    return next((link.a for link in cfg.links if link.kind == "inside" and link.b == tank.node), tank.node)


def _open(stack: Stack, link: Link) -> bool:
    cfg = stack.configuration
    if link.a in cfg.failed or link.b in cfg.failed:
        return False
    if link.port is None:
        return "propellant" in link.crosses
    port, docked = cfg.port(link.port), cfg.vehicle(link.b)
    if port is None or docked is None or not port.refuelling or docked.state == "lost":
        return False
    return type_of(cfg.station, docked.vehicle).tanker


def _near(stack: Stack) -> dict[str, list[tuple[str, str]]]:
    """The bodies of the stack, each with those at the other end of a line and the line."""
    near: dict[str, list[tuple[str, str]]] = {m: [] for m in stack.members}
    for link in stack.configuration.links:
        if link.a in near and link.b in near and _open(stack, link):
            near[link.a].append((link.b, link.id))
            near[link.b].append((link.a, link.id))
    return near


def _lines(near: dict[str, list[tuple[str, str]]], body: str) -> dict[str, tuple[str, ...]]:
    """Every body that propellant can come from, and the lines on the shortest way."""
    found: dict[str, tuple[str, ...]] = {body: ()} if body in near else {}
    edge = list(found)
    while edge:
        following = []
        for here in edge:
            for there, line in near[here]:
                if there not in found:
                    found[there] = (*found[here], line)
                    following.append(there)
        edge = following
    return found


def _giving(stack: Stack) -> list[tuple[Tank, str, str]]:
    """The tanks that give propellant, with the place and the content of each."""
    kinds = {q.id: q.propellant for q in stack.configuration.station.equipment}
    placed = [(t, place_of(stack, t), kinds.get(t.id, "storable")) for t in stack.tanks]
    return [(t, place, kind) for t, place, kind in placed if _gives(stack, t, place)]


def _gives(stack: Stack, tank: Tank, place: str) -> bool:
    cfg = stack.configuration
    if tank.id in cfg.failed or place in cfg.failed:
        return False
    docked = cfg.vehicle(place)
    if docked is not None:
        return docked.state != "lost" and cfg.partners[type_of(cfg.station, docked.vehicle).operator].state != "gone"
    q = next((x for x in cfg.station.equipment if x.id == tank.id), None)
    element = cfg.element(place)
    operator = (q.operator if q else None) or (element.operator if element else tank.owner)
    state = cfg.partners.get(operator)
    return state is None or state.state != "gone"


def supplies(stack: Stack, consumer: str) -> tuple[Supply, ...]:
    """The tanks that can feed a docked visit or a piece of equipment, in the order in which it draws on them."""
    cfg = stack.configuration
    body = cfg.body_of(consumer)
    burns = next((q.propellant for q in cfg.station.equipment if q.id == consumer), "storable")
    key = ("supplies", stack.members, body, burns)
    if key not in cfg.memo:
        cfg.memo[key] = _supplies(stack, body, burns)
    found: tuple[Supply, ...] = cfg.memo[key]
    return found


def _supplies(stack: Stack, body: str, burns: str) -> tuple[Supply, ...]:
    memo, key = stack.configuration.memo, ("propellant lines", stack.members)
    if key not in memo:
        memo[key] = _near(stack), _giving(stack)
    near, giving = memo[key]
    lines, nodes = _lines(near, body), stack.configuration.nodes
    owner = nodes[body].owner if body in nodes else ""
    out = []
    for i, (tank, place, kind) in enumerate(giving):
        if place in lines and kind == burns:
            out.append((len(lines[place]), tank.owner != owner, i, Supply(tank, place, lines[place])))
    return tuple(s for *_, s in sorted(out, key=lambda x: x[:3]))


def within_reach(stack: Stack, consumers: Iterable[str]) -> Range:
    """Propellant in all tanks that at least one of the consumers can draw on, each counted once, kg."""
    tanks = {s.tank.id: s.tank for c in consumers for s in supplies(stack, c)}
    return content(tanks.values())


def content(tanks: Iterable[Tank]) -> Range:
    """Sum of what tanks hold, kg."""
    return Range.total(Range(t.content_kg, min(t.low_kg, t.content_kg), max(t.high_kg, t.content_kg)) for t in tanks)


def by_owner(stack: Stack) -> dict[str, Range]:
    """Propellant in the stack by its owner, kg, whoever can use it."""
    owners = dict.fromkeys(t.owner for t in stack.tanks)
    return {o: content(t for t in stack.tanks if t.owner == o) for o in owners}


def take(stack: Stack, kg: float, by: str) -> tuple[tuple[str, float], ...]:
    """What each tank gives for a burn by a docked visit or by the station's own engine.

    Parameters
    ----------
    kg : propellant that the burn needs.
    by : id of the visit or of the equipment.

    Returns
    -------
    Pairs of tank and kilograms in the order of use, each above zero and never more than the tank's best estimate; what no tank
    covers stands last under :data:`UNCOVERED`. The kilograms add up to ``kg``.

    Raises
    ------
    InputError : when ``kg`` is negative or not a number.
    """
    if not (math.isfinite(kg) and kg >= 0.0):
        raise InputError.one("propellant", "kg", f"{kg:g} kg", "a number of at least zero")
    out, left = [], kg
    for s in supplies(stack, by):
        part = min(s.tank.content_kg, left)
        if part > 0.0:
            out.append((s.tank.id, part))
            left -= part
    if left > 1e-9:
        out.append((UNCOVERED, left))
    return tuple(out)
