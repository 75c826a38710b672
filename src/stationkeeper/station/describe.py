"""A configuration as plain data (the JSON of ``station show``) and as text."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from stationkeeper.core.epoch import Epoch
from stationkeeper.station.configuration import Configuration, Docked, seats_of, type_of, visit_of
from stationkeeper.station.schema import Station

SCHEMA = "stationkeeper.station-show/1"


def as_dict(cfg: Configuration) -> dict[str, Any]:
    """The station at an instant as JSON-ready data; masses in kg, times in UTC.

    Keys: ``schema``, ``station``, ``at``, ``mass_kg``, ``elements``, ``outfitting``, ``joints``, ``ports``,
    ``vehicles``, ``crew``, ``partners``, ``warnings``, ``sources``.
    """
    station = cfg.station
    parent = attachment(cfg)
    data = {e.id: e for e in station.element}
    elements = [
        {
            "id": n.id, "name": n.name, "owner": n.owner, "operator": n.operator, "segment": n.segment,
            "mass_kg": n.mass_kg, "mass_range_kg": [n.mass_low_kg, n.mass_high_kg],
            "attached_to": parent.get(n.id), "joined": str(data[n.id].joined), "mass": quantity(data[n.id].mass_kg),
        }
        for n in cfg.nodes.values() if n.kind == "element"
    ]  # fmt: skip
    outfitting = [
        {"id": n.id, "name": n.name, "mass_kg": n.mass_kg, "mass_range_kg": [n.mass_low_kg, n.mass_high_kg], "in": parent.get(n.id)}
        for n in cfg.nodes.values() if n.kind == "outfitting"
    ]  # fmt: skip
    joints = [
        {"id": x.id, "between": [x.a, x.b], "kind": x.kind, "crosses": list(x.crosses)} for x in cfg.links if x.joint
    ]  # fmt: skip
    ports = [
        {
            "id": p.id, "name": p.name, "element": p.element, "standard": p.standard, "usable": p.usable, "fits": list(p.fits),
            "occupied_by": d.visit if (d := cfg.at_port(p.id)) else None,
        }
        for p in station.port
        if p.element in cfg.nodes and p.available_from.epoch <= cfg.epoch
        and (p.available_until is None or cfg.epoch < p.available_until.epoch)
    ]  # fmt: skip
    vehicles = [
        {
            "id": d.visit, "name": d.name, "type": d.vehicle, "port": d.port, "since": str(d.since),
            "leaves": str(d.leaves) if d.leaves else None, "mass_kg": cfg.nodes[d.visit].mass_kg,
            "seats": seats_of(station, d.visit), "state": d.state, "state_text": d.state_text,
            "operator": type_of(station, d.vehicle).operator,
        }
        for d in cfg.docked
    ]  # fmt: skip
    crew = [
        {
            "id": c.person, "name": c.name, "agency": c.agency, "nationality": c.nationality, "aboard_since": str(c.aboard_since),
            "launched": str(c.launched), "seat_vehicle": c.seat, "seat_kind": c.seat_kind,
            "days_aboard": math.floor(cfg.epoch.days_since(c.aboard_since)), "days_in_space": math.floor(c.days(cfg.epoch)),
            "commander": c.commander,
        }
        for c in cfg.crew
    ]  # fmt: skip
    partners = [
        {"id": p.id, "name": p.name, "country": p.country, "state": cfg.partners[p.id].state} for p in station.partner
    ]  # fmt: skip
    used = {s for e in station.element if e.id in cfg.nodes for s in [*e.source, *e.mass_kg.source]}
    used |= {s for x in cfg.links if x.joint for s in x.joint.source}
    used |= {s for d in cfg.docked for s in visit_of(station, d.visit).source}
    sources = [
        {"key": s.key, "title": s.title, "publisher": s.publisher, "where": s.where} for s in station.source if s.key in used
    ]  # fmt: skip
    return {
        "schema": SCHEMA, "station": station.station.id, "name": station.station.name, "at": str(cfg.epoch),
        "mass_kg": cfg.mass_kg, "mass_range_kg": mass_range(cfg), "elements": elements, "outfitting": outfitting,
        "joints": joints, "ports": ports, "vehicles": vehicles, "crew": crew, "partners": partners,
        "warnings": warnings(cfg), "sources": sources,
    }  # fmt: skip


def quantity(q: Any) -> dict[str, Any]:
    """A number with its evidence as plain data."""
    return {
        "value": q.value, "low": q.low, "high": q.high, "source": list(q.source), "as_of": str(q.as_of),
        "confidence": q.confidence, "note": q.note,
        "conflicts": [{"value": c.value, "source": list(c.source), "note": c.note} for c in q.conflicts],
    }  # fmt: skip


def mass_range(cfg: Configuration) -> list[float]:
    """Sum of all low and of all high masses."""
    return [math.fsum(n.mass_low_kg for n in cfg.nodes.values()), math.fsum(n.mass_high_kg for n in cfg.nodes.values())]


def warnings(cfg: Configuration) -> list[str]:
    """What a reader must know about the date of a configuration."""
    return outside(cfg.station, cfg.epoch)


def outside(station: Station, at: Epoch) -> list[str]:
    """A sentence when an instant lies outside the span for which visits and crew are complete."""
    h = station.station
    if h.covers_from.span()[0] <= at <= h.covers_until.span()[1]:
        return []
    return [f"visits and crew are complete only from {h.covers_from} to {h.covers_until}; others may be missing here"]


def attachment(cfg: Configuration) -> dict[str, str]:
    """Parent of every body in the attachment tree, rooted in the station's main element."""
    parent: dict[str, str] = {}
    for child, above, _ in walk_tree(cfg):
        if above is not None:
            parent[child] = above
    return parent


def walk_tree(cfg: Configuration) -> Iterator[tuple[str, str | None, int]]:
    """Bodies depth first as (id, parent, depth), starting from the main element, then from any part not joined to it."""
    neighbours: dict[str, list[str]] = {n: [] for n in cfg.nodes}
    for link in cfg.links:
        neighbours[link.a].append(link.b)
        neighbours[link.b].append(link.a)
    main = cfg.station.station.main_element
    roots = [main, *cfg.nodes] if main in cfg.nodes else list(cfg.nodes)
    seen: set[str] = set()
    for root in roots:
        if root in seen:
            continue
        todo: list[tuple[str, str | None, int]] = [(root, None, 0)]
        while todo:
            node, above, depth = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            yield node, above, depth
            todo += [(n, node, depth + 1) for n in reversed(neighbours[node]) if n not in seen]


def _marked(d: Docked) -> str:
    """Name of a docked vehicle, with a warning where people may not rely on it."""
    return d.name if d.state == "good" else f"{d.name} ! {d.state.replace('-', ' ')}"


def as_text(cfg: Configuration) -> str:
    """Tree, ports, people and mass as text for a terminal."""
    short = {p.id: p.short for p in cfg.station.partner}
    kinds = {frozenset((x.a, x.b)): x.kind for x in cfg.links}
    lines = [
        f"{cfg.station.station.name} on {cfg.epoch}",
        f"mass {cfg.mass_kg / 1000:.1f} t, {len(cfg.crew)} people aboard",
        "",
    ]
    lines += [f"! {w}" for w in warnings(cfg)]
    for node, above, depth in walk_tree(cfg):
        n = cfg.nodes[node]
        joint = f"== {kinds[frozenset((node, above))]} == " if above else ""
        mark = {"vehicle": "> ", "outfitting": "+ "}.get(n.kind, "")
        owner = short.get(n.owner, n.owner) + (
            "" if n.owner == n.operator else f", run by {short.get(n.operator, n.operator)}"
        )
        lines.append(f"{'  ' * depth}{joint}{mark}{n.name}  [{owner}]  {n.mass_kg / 1000:.2f} t")
    lines += ["", "Ports"]
    for p in as_dict(cfg)["ports"]:
        there = next((_marked(d) for d in cfg.docked if d.port == p["id"]), "free" if p["usable"] else "not usable")
        lines.append(f"  {p['name']:<34} {p['standard']:<12} {there}")
    lines += ["", "People"]
    for c in cfg.crew:
        seat = next((_marked(d) for d in cfg.docked if d.visit == c.seat), "NO SEAT")
        extra = " (emergency place)" if c.seat_kind == "emergency" else ""
        star = " *" if c.commander else ""
        lines.append(
            f"  {c.name + star:<26} {short.get(c.agency, c.agency):<12} seat: {seat}{extra}, {math.floor(c.days(cfg.epoch))} days in space"
        )
    if not cfg.crew:
        lines.append("  nobody")
    elif any(c.commander for c in cfg.crew):
        lines.append("  * commander")
    return "\n".join(lines)
