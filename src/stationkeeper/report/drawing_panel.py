"""One view of a station: bodies to scale, joints and ports, and a name for each body that overlaps no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

from stationkeeper.report.drawing_ink import ALARM, FAINT, INK, MARKS, STATES, Ink, port_mark, warning
from stationkeeper.report.drawing_scene import LONG_NAME, Body, FreePort, Meeting, Scene, StackNote
from stationkeeper.report.labels import Board
from stationkeeper.report.svg import Rect, bounds, box, n, path, text, text_width, wrap

WIDTH = 1200.0
"""Drawing units across; printed 17 cm wide, 16 units are 6.4 points."""
MARGIN = 28.0
NAME_SIZE = 16.0

View = tuple[tuple[int, float], tuple[int, float], tuple[int, float]]
SIDE: View = ((0, 1.0), (2, 1.0), (1, 1.0))
ABOVE: View = ((0, 1.0), (1, 1.0), (2, -1.0))
WIDE: View = ((1, 1.0), (0, -1.0), (2, -1.0))


@dataclass
class Panel:
    """One view while it is laid out: pieces of SVG in panel units, and the boxes that names keep clear of."""

    view: View
    scale: float
    caption: str
    board: Board
    boxes: dict[str, Rect] = field(default_factory=dict)
    svg: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def rect(self, b: Body) -> Rect:
        """A body's box."""
        (ku, su), (kv, sv), _ = self.view
        w, h = b.size_m[ku] * self.scale, b.size_m[kv] * self.scale
        return Rect(su * b.centre_m[ku] * self.scale - w / 2, sv * b.centre_m[kv] * self.scale - h / 2, w, h)

    def point(self, at_m: tuple[float, float, float]) -> tuple[float, float]:
        """A point."""
        (ku, su), (kv, sv), _ = self.view
        return su * at_m[ku] * self.scale, sv * at_m[kv] * self.scale

    def near(self, b: Body) -> float:
        """How near to the viewer a body is."""
        k, s = self.view[2]
        return s * b.centre_m[k]

    @property
    def extent(self) -> Rect:
        """Box around everything placed so far."""
        return bounds([*self.board.solid, *self.board.labels])


def extent_m(s: Scene, members: tuple[str, ...], view: View) -> tuple[float, float]:
    """Width and height of some bodies in a view, metres."""
    p = Panel(view, 1.0, "", Board((-1e9, 1e9)))
    e = bounds([p.rect(s.bodies[m]) for m in members])
    return max(e.w, 1.0), max(e.h, 1.0)


def build_panel(
    s: Scene, ink: Ink, view: View, scale: float, members: tuple[str, ...], context: tuple[str, ...], caption: str
) -> Panel:
    p = Panel(view, scale, caption, Board((-1e9, 1e9)))
    everything = [*members, *context]
    p.boxes = {m: p.rect(s.bodies[m]) for m in everything}
    whole = bounds(list(p.boxes.values()))
    slack = max(60.0, (WIDTH - 2 * MARGIN - whole.w) / 2) if view is SIDE else 70.0
    p.board.limits = (whole.x - slack, whole.right + slack)
    for m in sorted(context, key=lambda m: (p.near(s.bodies[m]), m)):
        p.svg.append(_shape(p, s.bodies[m], ink, faint=True))
    ordered = sorted(
        members,
        key=lambda m: (s.bodies[m].kind == "arm", s.bodies[m].kind == "vehicle", p.near(s.bodies[m]), -_area(p, m), m),
    )
    for m in ordered:
        p.svg.append(_shape(p, s.bodies[m], ink))
    for i, m in enumerate(ordered):
        covered = sum(p.boxes[m].shared(p.boxes[o]) for o in ordered[i + 1 :] if not s.bodies[o].ghost)
        if covered > 0.5 * _area(p, m) and not s.bodies[m].ghost:
            ink.signs.add("hidden")
            p.svg.append(box(p.boxes[m], fill="none", stroke=INK, stroke_width=1.2, stroke_dasharray="5 3"))
    p.board.solid = [p.boxes[m] for m in everything if s.bodies[m].kind != "arm"]
    _joints(s, ink, p, set(everything), set(members))
    _ports(s, ink, p, set(everything), set(members))
    _names(s, ink, p, members, context)
    if view is not SIDE:
        _far_stacks(s, p, members)
    return p


def _area(p: Panel, m: str) -> float:
    return p.boxes[m].w * p.boxes[m].h


def _shape(p: Panel, b: Body, ink: Ink, *, faint: bool = False) -> str:
    r = p.boxes[b.id]
    ink.signs.add("ghost" if b.ghost else "faint" if faint else b.kind)
    if b.ghost:
        return box(r, fill="none", stroke=FAINT, stroke_width=1.3, stroke_dasharray="1.5 4", rx=6.0)
    style: dict[str, object] = {
        "fill": "#f4f4f4" if faint else ink.fill(b.owner),
        "stroke": "#b5b5b5" if faint else "#3a3a3a",
        "stroke_width": 1.0 if faint else 1.3,
    }
    hint = f"<title>{escape(_hint(b, ink))}</title>"
    if b.kind == "vehicle":
        style |= {
            "stroke_width": 1.0 if faint else 2.6,
            "stroke": "#b5b5b5" if faint else INK,
            "stroke_linejoin": "round",
        }
        return f"<g>{hint}{path(_vehicle(p, b), **style)}</g>"
    if b.kind in ("truss", "array", "platform", "arm"):
        inner = "" if faint else _texture(b, r)
        return f"<g>{hint}{box(r, **style)}{inner}</g>"
    return f"<g>{hint}{box(r, **style, rx=min(9.0, r.w / 4, r.h / 4))}</g>"


def _hint(b: Body, ink: Ink) -> str:
    run = "" if b.operator == b.owner else f", run by {ink.short(b.operator)}"
    state = f"; {STATES[b.state]}: {b.state_text}" if b.state in STATES else ""
    return f"{b.full_name}: {ink.short(b.owner)}{run}, {b.mass_kg / 1000:.1f} t{state}"


def _texture(b: Body, r: Rect) -> str:
    """Lattice of a truss, mast of an array."""
    if b.kind == "array":
        d = f"M{n(r.x)},{n(r.cy)} H{n(r.right)}" if r.w > r.h else f"M{n(r.cx)},{n(r.y)} V{n(r.bottom)}"
        return path(d, stroke="#3a3a3a", stroke_width=1.0, fill="none")
    if b.kind != "truss":
        return ""
    flat = r.w >= r.h
    length, depth = (r.w, r.h) if flat else (r.h, r.w)
    count = max(1, round(length / max(depth, 1.0)))
    points = []
    for i in range(count + 1):
        along, up = i * length / count, (i % 2) * depth
        points.append((r.x + along, r.y + up) if flat else (r.x + up, r.y + along))
    return path("M" + " L".join(f"{n(x)},{n(y)}" for x, y in points), stroke="#3a3a3a", stroke_width=0.8, fill="none")


_CREW = ((0.0, 0.20), (0.05, 0.20), (0.10, 0.30), (0.24, 0.36), (0.30, 0.30), (0.50, 0.50), (0.96, 0.50), (1.0, 0.40))
_CARGO = ((0.0, 0.22), (0.04, 0.22), (0.10, 0.50), (0.94, 0.50), (0.97, 0.34), (1.0, 0.34))
"""Half outlines of vehicles: share of the length from the port outwards, share of the width."""


def _vehicle(p: Panel, b: Body) -> str:
    """Outline of a vehicle: a bell for those that carry people, a barrel for cargo; nose at the port."""
    half = _CREW if b.purpose in ("crew", "crew-test") else _CARGO
    r = p.boxes[b.id]
    (ku, su), (kv, sv), _ = p.view
    d = b.direction or (1.0, 0.0, 0.0)
    u, v = su * d[ku], sv * d[kv]
    if abs(u) < 0.5 and abs(v) < 0.5:  # seen end on
        return f"M{n(r.cx - r.w / 2)},{n(r.cy)} a{n(r.w / 2)},{n(r.h / 2)} 0 1 0 {n(r.w)},0 a{n(r.w / 2)},{n(r.h / 2)} 0 1 0 {n(-r.w)},0 Z"
    outline = [*half, *((a, -w) for a, w in reversed(half))]
    points = []
    for a, w in outline:
        if abs(u) >= abs(v):
            points.append((r.x + (a if u > 0 else 1 - a) * r.w, r.cy + w * r.h))
        else:
            points.append((r.cx + w * r.w, r.y + (a if v > 0 else 1 - a) * r.h))
    return "M" + " L".join(f"{n(x)},{n(y)}" for x, y in points) + " Z"


def _joints(s: Scene, ink: Ink, p: Panel, everything: set[str], members: set[str]) -> None:
    flat = (p.view[0][0], p.view[1][0])
    for m in s.meetings:
        if {m.a, m.b} <= everything and {m.a, m.b} & members and m.axis in flat:
            if p.view is WIDE and ink.mark.get(m.kind, 99) >= len(MARKS):
                continue
            x, y = p.point(m.at_m)
            p.svg.append(_strut(p, m))
            p.marks.append(ink.joint(m.kind, x, y))
    for m in s.open_joints:
        if {m.a, m.b} <= everything and {m.a, m.b} & members and m.axis in flat:
            ink.signs.add("open")
            _open(s, p, m)


def _strut(p: Panel, m: Meeting) -> str:
    """Two thin lines where the bodies of a joint stand apart in the data."""
    a, b = p.boxes[m.a], p.boxes[m.b]
    x, y = p.point(m.at_m)
    if p.view[0][0] == m.axis:
        low, high = min(a.right, b.right), max(a.x, b.x)
        d = f"M{n(low)},{n(y - 5)} H{n(high)} M{n(low)},{n(y + 5)} H{n(high)}"
    else:
        low, high = min(a.bottom, b.bottom), max(a.y, b.y)
        d = f"M{n(x - 5)},{n(low)} V{n(high)} M{n(x + 5)},{n(low)} V{n(high)}"
    return path(d, stroke="#3a3a3a", stroke_width=1.1, fill="none") if high - low > 4.0 else ""


def _open(s: Scene, p: Panel, m: Meeting) -> None:
    """The gap of an open joint: a red dashed line across it and words beside it."""
    x, y = p.point(m.at_m)
    a, b = p.boxes[m.a], p.boxes[m.b]
    upright = p.view[0][0] == m.axis
    one, other = (a.h, b.h) if upright else (a.w, b.w)
    reach = min(max(one, other), 2 * min(one, other)) / 2 + 24
    line = f"M{n(x)},{n(y - reach)} V{n(y + reach)}" if upright else f"M{n(x - reach)},{n(y)} H{n(x + reach)}"
    p.marks.append(path(line, stroke=ALARM, stroke_width=3.2, stroke_dasharray="9 6", fill="none"))
    zone = Rect(x - 3, y - reach, 6, 2 * reach) if upright else Rect(x - reach, y - 3, 2 * reach, 6)
    p.board.solid.append(zone)
    if p.view is SIDE or not ({m.a, m.b} <= set(s.side)):
        end = Rect(x - 2, y + reach - 4, 4, 4) if upright else Rect(x + reach - 4, y - 2, 4, 4)
        _label(p, end, ["open joint"], [m.kind], f"open:{m.a}:{m.b}", colour=ALARM, dot=False)


def _ports(s: Scene, ink: Ink, p: Panel, everything: set[str], members: set[str]) -> None:
    view = p.view
    flat = (view[0][0], view[1][0])
    for q in s.ports:
        if view is WIDE or q.element not in everything or q.axis not in flat:
            continue
        if view is ABOVE and q.element not in members and q.axis != 1:
            continue
        x, y = p.point(q.at_m)
        ink.signs.add("free" if q.usable else "unused")
        p.marks.append(f"<g><title>{escape(_port_hint(q))}</title>{port_mark(x, y, usable=q.usable)}</g>")
        p.board.solid.append(Rect(x - 8, y - 8, 16, 16))


def _port_hint(q: FreePort) -> str:
    return f"{q.name}: free" if q.usable else f"{q.name}: not in use"


# ---- names ----------------------------------------------------------------------------------------------------------


def _names(s: Scene, ink: Ink, p: Panel, members: tuple[str, ...], context: tuple[str, ...]) -> None:
    """Names inside boxes where they fit; the rest outside with a leader, the most hemmed in first."""
    outside = []
    for m in [*members, *context]:
        b, home = s.bodies[m], m in members and not (p.view is not SIDE and m in s.side)
        fit = (
            _fit(b, p.boxes[m], _remarks(b, ink) if home and not b.ghost else [])
            if _visible(s, p, m, members)
            else None
        )
        if fit is not None:
            _inside(p, b, fit, home=home and not b.ghost)
        elif home:
            outside.append(m)
        if home and (b.state in STATES or b.failed):
            ink.signs.add("warning")
            r = p.boxes[m]
            far = b.direction or (0.0, 0.0, 0.0)
            x, y = (
                r.cx + far[p.view[0][0]] * p.view[0][1] * (r.w / 2 - 16),
                r.cy + far[p.view[1][0]] * p.view[1][1] * (r.h / 2 - 18),
            )
            p.marks.append(warning(x, y))
    crowd = {m: sum(p.boxes[m].grown(70).shared(o) for o in p.board.solid) / (_area(p, m) + 1) for m in outside}
    for m in sorted(outside, key=lambda m: (s.bodies[m].ghost, -crowd[m], m)):
        b = s.bodies[m]
        name = _lines(_outer_name(b), 150)
        alarm = b.state in STATES or b.failed
        remarks = ["has left"] if b.ghost else _remarks(b, ink)
        _label(p, p.boxes[m], name, remarks, m, colour=FAINT if b.ghost else ALARM if alarm else INK)


def _visible(s: Scene, p: Panel, m: str, members: tuple[str, ...]) -> bool:
    """Whether the middle of a body is not covered by another."""
    b, r = s.bodies[m], p.boxes[m]
    core = Rect(r.cx - r.w * 0.35, r.cy - min(20.0, r.h * 0.35), r.w * 0.7, min(40.0, r.h * 0.7))
    for o in p.boxes:
        if o == m or (o not in members and m in members):
            continue
        other = s.bodies[o]
        over = (other.kind == "vehicle", p.near(other)) > (b.kind == "vehicle", p.near(b)) or (
            m not in members and o in members
        )
        if (over or other.kind == "arm") and core.overlaps(p.boxes[o]):
            return False
    return True


def _outer_name(b: Body) -> str:
    return next((x for x in b.names if len(x) <= LONG_NAME), b.names[0])


def _lines(name: str, width: float) -> list[str]:
    return wrap(name, NAME_SIZE, width, bold=True)


def _remarks(b: Body, ink: Ink) -> list[str]:
    out = []
    if b.operator != b.owner:
        out.append(f"{ink.short(b.owner)}, run by {ink.short(b.operator)}")
    if b.failed:
        out.append("failed")
    if b.state in STATES:
        out.append(STATES[b.state])
    return out


def _fit(b: Body, r: Rect, remarks: list[str]) -> tuple[list[str], int] | None:
    """Lines of the best name that fits into a box with its remarks, and how many of them are the name."""
    room_w, room_h = r.w - (22 if r.w > r.h else 10), r.h - 4
    for name in b.names[:2]:
        lines = wrap(name, NAME_SIZE, room_w, bold=True)
        more = [x for remark in remarks for x in wrap(remark, NAME_SIZE, room_w)]
        if len(more) > len(remarks) > 0 and text_width(remarks[0], NAME_SIZE) > room_w:
            more = [x.strip() for remark in remarks for x in remark.replace(", ", ",|").split("|")]
        widest = max([text_width(x, NAME_SIZE, bold=True) for x in lines] + [text_width(x, NAME_SIZE) for x in more])
        if widest <= room_w and (len(lines) + len(more)) * 18.0 <= room_h:
            return [*lines, *more], len(lines)
    return None


def _inside(p: Panel, b: Body, fit: tuple[list[str], int], *, home: bool) -> None:
    r, (lines, named) = p.boxes[b.id], fit
    w = max(text_width(x, NAME_SIZE, bold=i < named) for i, x in enumerate(lines)) + 8
    h = 18.0 * len(lines) + 2
    d = b.direction or (0.0, 0.0, 0.0)
    slide = min(0.3 * (r.w - w), 0.12 * r.w)
    back = Rect(r.cx - w / 2 + slide * p.view[0][1] * d[p.view[0][0]], r.cy - h / 2, w, h)
    p.board.labels.append(back)
    p.names.append(_write(back, lines, b.id, fill=INK if home else FAINT, named=named, back=home, anchor="middle"))


def _label(
    p: Panel, anchor: Rect, name: list[str], remarks: list[str], key: str, *, colour: str = INK, dot: bool = True
) -> None:
    lines = [*name, *remarks]
    w = max(text_width(x, NAME_SIZE, bold=i < len(name)) for i, x in enumerate(lines)) + 6
    h = 18.0 * len(lines) + 2
    spot, (x0, y0, x1, y1) = p.board.place(anchor, w, h)
    p.names.append(path(f"M{n(x0)},{n(y0)} L{n(x1)},{n(y1)}", stroke="#ffffff", stroke_width=3.0, fill="none"))
    p.names.append(path(f"M{n(x0)},{n(y0)} L{n(x1)},{n(y1)}", stroke=colour, stroke_width=1.1, fill="none"))
    if dot:
        p.names.append(f'<circle cx="{n(x1)}" cy="{n(y1)}" r="2.4" fill="{colour}"/>')
    middle = "start" if spot.x > anchor.right else "end" if spot.right < anchor.x else "middle"
    p.names.append(_write(spot, lines, key, fill=colour, named=len(name), back=False, anchor=middle))


def _write(r: Rect, lines: list[str], key: str, *, fill: str, named: int, back: bool, anchor: str) -> str:
    """Lines of a label in its box; ``data-box`` lets a test see that no two overlap."""
    x = {"start": r.x + 3, "end": r.right - 3, "middle": r.cx}[anchor]
    out = [f'<g class="name" data-of="{escape(key)}" data-box="{n(r.x)} {n(r.y)} {n(r.w)} {n(r.h)}">']
    if back:
        out.append(box(r, fill="#ffffff", fill_opacity="0.78", rx=3.0))
    for i, line in enumerate(lines):
        ink = INK if i < named and fill == ALARM and not key.startswith("open:") else fill
        out.append(text(x, r.y + 14.5 + 18 * i, line, NAME_SIZE, anchor=anchor, bold=i < named, fill=ink))
    return "".join(out) + "</g>"


def _far_stacks(s: Scene, p: Panel, members: tuple[str, ...]) -> None:
    """Name, mass and people of stacks that the side view does not show, beside them in the first view that does."""
    for k in s.stacks:
        mine = [p.boxes[m] for m in k.members if m in members]
        if mine and not set(k.members) & {*s.side} and (p.view is ABOVE or not set(k.members) & {*s.above}):
            _label(
                p,
                bounds(mine),
                wrap(k.name, NAME_SIZE, 190, bold=True),
                [*tag_lines(k)[1].split(", ")],
                f"stack:{k.id}",
            )


def tag_lines(k: StackNote) -> tuple[str, str]:
    return k.name, f"{k.mass_kg / 1000:.0f} t ({k.low_kg / 1000:.0f} to {k.high_kg / 1000:.0f} t), {people(k.people)}"


def people(count: int) -> str:
    """Nobody, 1 person, 7 people."""
    return "nobody aboard" if count == 0 else "1 person" if count == 1 else f"{count} people"
