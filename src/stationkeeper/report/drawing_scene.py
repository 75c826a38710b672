"""What a drawing of a station shows, from its data alone: bodies, joints, ports, and in which of three views.

The side view holds what lies on the station's centre plane, the view from above what is attached to port and
starboard, the wide view the truss and its arrays. Parts that fly apart are moved apart along their open joints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from stationkeeper.station.configuration import Configuration, Docked, Node, Stack, present
from stationkeeper.station.schema import Element, Joint, Port

ON_PLANE_M = 1.5
"""How far from the centre plane the middle of a body may be for it to belong to the side view."""
GAP_M = 6.0
"""How far parts that fly apart are drawn apart; not their true distance."""
WIDE = ("truss", "array")
LONG_NAME = 24
"""Letters beyond which a name gives way to a shorter one, where the data have it."""

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Body:
    """A body as it is drawn: centre (moved with its stack) and size in the station frame, metres."""

    id: str
    names: tuple[str, ...]
    full_name: str
    kind: str
    owner: str
    operator: str
    centre_m: Vector
    size_m: Vector
    mass_kg: float
    direction: Vector | None = None
    purpose: str = ""
    state: str = "good"
    state_text: str = ""
    ghost: bool = False
    failed: bool = False


@dataclass(frozen=True)
class Meeting:
    """Where two bodies meet: the axis (0 x, 1 y, 2 z) across the joint and the point, metres."""

    a: str
    b: str
    kind: str
    axis: int
    at_m: Vector
    name: str = ""


@dataclass(frozen=True)
class FreePort:
    """A port with nothing at it."""

    id: str
    name: str
    element: str
    at_m: Vector
    axis: int
    usable: bool


@dataclass(frozen=True)
class StackNote:
    """What is written above a stack."""

    id: str
    name: str
    mass_kg: float
    low_kg: float
    high_kg: float
    people: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """Everything to draw."""

    bodies: dict[str, Body]
    meetings: tuple[Meeting, ...]
    open_joints: tuple[Meeting, ...]
    ports: tuple[FreePort, ...]
    stacks: tuple[StackNote, ...]
    side: tuple[str, ...]
    above: tuple[str, ...]
    above_context: tuple[str, ...]
    wide: tuple[str, ...]
    wide_context: tuple[str, ...]


def scene(cfg: Configuration, before: Configuration | None = None) -> Scene:
    """The scene of a configuration; ``before`` adds what has left since as ghosts."""
    stacks = cfg.stacks()
    parted = _open_joints(cfg)
    shift = _shifts(cfg, stacks, parted)
    bodies = {n.id: _moved(_body(cfg, n), shift[n.id]) for n in cfg.nodes.values() if n.kind != "outfitting"}
    if before is not None:
        hosts = {link.b: link.a for link in before.links} | {
            link.a: link.b for link in before.links if link.b not in before.nodes
        }
        for node in before.nodes.values():
            if node.kind != "outfitting" and node.id not in cfg.nodes:
                moved = _moved(_body(before, node), shift.get(hosts.get(node.id, ""), (0.0, 0.0, 0.0)))
                if not any(_inside(moved, b) for b in bodies.values()):
                    bodies[node.id] = replace(moved, ghost=True)
    meetings = tuple(
        _meeting(bodies[x.a], bodies[x.b], x.kind, x.joint.name if x.joint else "")
        for x in cfg.links if x.a in bodies and x.b in bodies
    )  # fmt: skip
    opened = tuple(_meeting(bodies[j.between[0]], bodies[j.between[1]], j.kind, j.name or j.id) for j in parted)
    views = _views(cfg, bodies)
    notes = tuple(
        StackNote(s.id, s.name, s.mass_kg, *s.mass_bounds_kg, len(s.crew), tuple(m for m in s.members if m in bodies))
        for s in stacks
    )
    return Scene(bodies, meetings, opened, tuple(_free_ports(cfg, bodies)), notes, *views)


def _open_joints(cfg: Configuration) -> list[Joint]:
    """Joints of the data whose two elements are there but no longer joined."""
    closed = {x.id for x in cfg.links}
    return [
        j for j in cfg.station.joint
        if j.id not in closed and present(j.made, j.parted, cfg.epoch) and all(b in cfg.nodes for b in j.between)
    ]  # fmt: skip


def _elements(cfg: Configuration) -> dict[str, Element]:
    return {e.id: e for e in cfg.station.element if e.id in cfg.nodes}


def short_names(e: Element) -> tuple[str, ...]:
    """Names for a label, the best first: without what stands in brackets, and shorter ones that still tell it.

    A truss loses the word for its kind ("P6 truss": P6), a long name of an array its first words ("Solar array
    wing 2A": wing 2A), and a name too long for a label gives way to a short id ("elc-1": ELC-1) or an alias.
    """
    plain = e.name.split(" (")[0].strip() or e.name
    words = plain.split()
    if e.kind == "truss" and len(words) > 1 and any(c.isdigit() for c in words[0]):
        return " ".join(words[:-1]), plain
    if e.kind == "array" and len(words) > 2:
        return " ".join(words[-2:]), plain
    if len(plain) <= LONG_NAME:
        return (plain,)
    ident = [e.id.upper()] if len(e.id) <= 6 and any(c.isdigit() for c in e.id) else []
    return tuple(dict.fromkeys([*ident, *sorted(e.aliases, key=len)[:1], plain]))


def _body(cfg: Configuration, node: Node) -> Body:
    """A node as a body; vehicles know which way they point and how they are."""
    docked = cfg.vehicle(node.id)
    element = _elements(cfg).get(node.id)
    if element is not None:
        return Body(
            node.id, short_names(element), node.name, element.kind, node.owner, node.operator, node.centre_m, node.size_m,
            node.mass_kg, failed=node.id in cfg.failed,
        )  # fmt: skip
    direction, purpose = (1.0, 0.0, 0.0), ""
    state, words = "good", ""
    if docked is not None:
        direction, purpose = _direction(cfg, docked), cfg.vehicle_type(node.id).purpose
        state, words = docked.state, docked.state_text
    return Body(
        node.id, (node.name,), node.name, "vehicle", node.owner, node.operator, node.centre_m, node.size_m, node.mass_kg,
        direction, purpose, state, words, failed=node.id in cfg.failed,
    )  # fmt: skip


def _direction(cfg: Configuration, docked: Docked) -> Vector:
    port = cfg.port(docked.port)
    return port.direction if port else (1.0, 0.0, 0.0)


def _moved(b: Body, by: Vector) -> Body:
    return replace(b, centre_m=_plus(b.centre_m, by))


def _plus(a: Vector, b: Vector) -> Vector:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _inside(a: Body, b: Body) -> bool:
    return all(abs(a.centre_m[k] - b.centre_m[k]) < 0.4 * (a.size_m[k] + b.size_m[k]) for k in range(3))


def across(a: Node | Body, b: Node | Body) -> int:
    """The axis along which two bodies stand clear of each other most: the axis of their joint."""
    gaps = [abs(a.centre_m[k] - b.centre_m[k]) - (a.size_m[k] + b.size_m[k]) / 2 for k in range(3)]
    return gaps.index(max(gaps))


def _shifts(cfg: Configuration, stacks: tuple[Stack, ...], parted: list[Joint]) -> dict[str, Vector]:
    """How far each node is moved so that stacks stand apart: along the open joints, from the first stack on."""
    home = {m: i for i, s in enumerate(stacks) for m in s.members}
    main = home.get(cfg.station.station.main_element, 0)
    found: dict[int, Vector] = {main: (0.0, 0.0, 0.0)}
    while True:
        step = next((j for j in parted if (home[j.between[0]] in found) != (home[j.between[1]] in found)), None)
        if step is None:
            break
        a, b = step.between if home[step.between[0]] in found else (step.between[1], step.between[0])
        axis = across(cfg.nodes[a], cfg.nodes[b])
        sign = math.copysign(1.0, cfg.nodes[b].centre_m[axis] - cfg.nodes[a].centre_m[axis])
        push = tuple(GAP_M * sign if k == axis else 0.0 for k in range(3))
        found[home[b]] = _plus(found[home[a]], (push[0], push[1], push[2]))
    return {m: found.get(i, (0.0, 0.0, 0.0)) for m, i in home.items()}


def _meeting(a: Body, b: Body, kind: str, name: str) -> Meeting:
    axis = across(a, b)
    at = []
    for k in range(3):
        low = max(a.centre_m[k] - a.size_m[k] / 2, b.centre_m[k] - b.size_m[k] / 2)
        high = min(a.centre_m[k] + a.size_m[k] / 2, b.centre_m[k] + b.size_m[k] / 2)
        at.append((low + high) / 2)
    return Meeting(a.id, b.id, kind, axis, (at[0], at[1], at[2]), name)


def _free_ports(cfg: Configuration, bodies: dict[str, Body]) -> list[FreePort]:
    out = []
    taken = {d.port for d in cfg.docked}
    for p in cfg.station.port:
        if p.id in taken or p.element not in bodies or not present(p.available_from, p.available_until, cfg.epoch):
            continue
        host = bodies[p.element]
        axis = max(range(3), key=lambda k: abs(p.direction[k]))
        at = tuple(host.centre_m[k] + 0.5 * p.direction[k] * host.size_m[k] for k in range(3))
        out.append(FreePort(p.id, p.name, p.element, (at[0], at[1], at[2]), axis, _usable(p)))
    return out


def _usable(p: Port) -> bool:
    return p.usable and bool(p.fits)


def _views(cfg: Configuration, bodies: dict[str, Body]) -> tuple[tuple[str, ...], ...]:
    """Members of the side view, the view from above and its context, the wide view and its context."""
    hosts = {x.b: x.a for x in cfg.links if x.a in bodies and x.b in bodies and bodies[x.b].kind == "vehicle"}
    elements = [b for b in bodies.values() if b.kind != "vehicle" and not b.ghost]
    plane = {b.id for b in bodies.values() if abs(b.centre_m[1]) <= ON_PLANE_M}
    inner = {b.id for b in elements if b.id in plane and b.kind not in WIDE}
    edges = [(x.a, x.b) for x in cfg.links] + [j.between for j in _open_joints(cfg)]
    growing = True
    while growing:
        growing = False
        for a, b in edges:
            for p, q in ((a, b), (b, a)):
                if p in inner and q in bodies and q not in inner and bodies[q].kind not in (*WIDE, "vehicle"):
                    inner.add(q)
                    growing = True
    inner |= {v for v, host in hosts.items() if host in inner} | {b.id for b in bodies.values() if b.ghost}
    side = [b for b in bodies if b in plane and bodies[b].kind != "array"]
    above = [b for b in bodies if b not in plane and b in inner]
    context = _context(bodies, side, above, inner)
    wide = [
        b.id for b in elements if (b.id not in inner and b.kind in WIDE) or (b.id not in inner and b.id not in plane)
    ]
    wide += [v for v, host in hosts.items() if host in wide and v not in side]
    if all(b in side for b in wide):
        wide = []
    rest = [b for b in bodies if b not in wide and not bodies[b].ghost] if wide else []
    return tuple(side), tuple(above), tuple(context), tuple(wide), tuple(rest)


def _context(bodies: dict[str, Body], side: list[str], above: list[str], inner: set[str]) -> list[str]:
    """Bodies of the centre plane that the view from above repeats, faintly, to show what its bodies hang on."""
    if not above:
        return []
    low = min(bodies[b].centre_m[0] - bodies[b].size_m[0] / 2 for b in above)
    high = max(bodies[b].centre_m[0] + bodies[b].size_m[0] / 2 for b in above)
    return [
        b for b in side
        if b in inner and bodies[b].kind not in (*WIDE, "arm") and not bodies[b].ghost and abs(bodies[b].centre_m[2]) < 3.0
        and low < bodies[b].centre_m[0] < high
    ]  # fmt: skip
