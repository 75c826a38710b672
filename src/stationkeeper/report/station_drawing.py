"""A drawing of a station at an instant, made from its data alone, as one SVG that needs nothing else.

Owners are told apart by colour and by pattern, so that a grey print reads as well. Bodies stand where the data put
them, to scale within a view; parts that fly apart are drawn apart by a fixed gap. No two names overlap.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape

from stationkeeper.core.epoch import Epoch
from stationkeeper.report.drawing_scene import LONG_NAME, Body, FreePort, Meeting, Scene, StackNote, scene
from stationkeeper.report.labels import Board
from stationkeeper.report.svg import FONT, Rect, bounds, box, n, path, text, text_width, tint, wrap
from stationkeeper.station.configuration import Configuration
from stationkeeper.station.schema import Partner

WIDTH = 1200.0
"""Drawing units across; printed 17 cm wide, 16 units are 6.4 points."""
MARGIN = 28.0
NAME_SIZE = 16.0
SMALL = 15.0
INK, FAINT, ALARM = "#1a1a1a", "#6b6b6b", "#b00020"
LIMIT_UNITS_PER_M = 26.0
STATES = {"degraded": "degraded", "unsafe-for-return": "not safe for return", "lost": "lost"}
STANDING = {"announced": "leaving announced", "notified": "notice given", "gone": "has left"}

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


def draw_station(cfg: Configuration, *, before: Configuration | None = None, title: str = "") -> str:
    """Draw a station as SVG text.

    Parameters
    ----------
    cfg : the station at an instant.
    before : an earlier configuration; what has left since is drawn as a dotted outline and named under the title.
    title : heading; the station's name when left out.

    Returns
    -------
    A complete ``<svg>`` element of 17 cm width, the same text for the same input. Ids inside carry a digest of the
    content, so that several drawings can stand in one HTML page.
    """
    s = scene(cfg, before)
    ink = _Ink(cfg, s)
    y = 34.0
    heading = title or cfg.station.station.name
    out = []
    for line in wrap(heading, 25, WIDTH - 2 * MARGIN, bold=True):
        out.append(text(MARGIN, y, line, 25, bold=True))
        y += 30
    out.append(text(MARGIN, y - 4, _utc_words(cfg), 17, fill=FAINT))
    y += 20
    for line in _since(cfg, before):
        out.append(text(MARGIN, y - 2, line, SMALL, fill=FAINT))
        y += 20
    side = _side_panel(s, ink)
    y = _put(out, side, MARGIN + (WIDTH - 2 * MARGIN - side.extent.w) / 2, y + 6) + 10
    lower = _lower_panels(s, ink)
    if lower:
        gap = (WIDTH - 2 * MARGIN - sum(p.extent.w for p in lower)) / max(1, len(lower) - 1) if len(lower) > 1 else 0.0
        x, ends = MARGIN, []
        for p in lower:
            ends.append(_put(out, p, x, y))
            x += p.extent.w + gap
        y = max(ends) + 10
    y = _legend(out, ink, y)
    body = "\n".join(out)
    key = "s" + hashlib.sha256(body.encode()).hexdigest()[:8]
    height = math.ceil(y + 8)
    described = _describe(s)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="170mm" height="{n(170 * height / WIDTH)}mm" '
        f'viewBox="0 0 {n(WIDTH)} {height}" font-family="{FONT}" role="img" aria-labelledby="@-t @-d">\n'
        f'<title id="@-t">{escape(heading)}, {escape(_utc_words(cfg))}</title>\n<desc id="@-d">{escape(described)}</desc>\n'
        f"<defs>{ink.patterns()}</defs>\n"
        f'<rect width="{n(WIDTH)}" height="{height}" fill="#ffffff"/>\n'
    )
    return (
        (head + body + "\n</svg>\n")
        .replace('"@-', f'"{key}-')
        .replace(" @-", f" {key}-")
        .replace("url(#@-", f"url(#{key}-")
    )


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _utc_words(cfg: Configuration) -> str:
    t = cfg.epoch.isoformat()
    return f"{_day_words(cfg.epoch)}, {t[11:16]} UTC"


def _day_words(at: Epoch) -> str:
    year, month, day = at.date.split("-")
    return f"{int(day)} {_MONTHS[int(month) - 1]} {year}"


def _since(cfg: Configuration, before: Configuration | None) -> list[str]:
    if before is None:
        return []
    left = [x.name for x in before.nodes.values() if x.kind != "outfitting" and x.id not in cfg.nodes]
    came = [x.name for x in cfg.nodes.values() if x.kind != "outfitting" and x.id not in before.nodes]
    parts = [f"{word}: {', '.join(names)}" for word, names in (("left", left), ("arrived", came)) if names]
    if not parts:
        return []
    return wrap(f"Since {_day_words(before.epoch)}: {'; '.join(parts)}.", SMALL, WIDTH - 2 * MARGIN)


def _describe(s: Scene) -> str:
    """The drawing in words, for those who cannot see it."""
    out = []
    for k in s.stacks:
        names = ", ".join(s.bodies[m].full_name for m in k.members)
        out.append(f"{k.name}: {k.mass_kg / 1000:.1f} t, {_people(k.people)}; made of {names}.")
    out += [f"Open joint: {j.name} ({j.kind})." for j in s.open_joints]
    out += [f"{b.full_name}: {STATES[b.state]}." for b in s.bodies.values() if b.state in STATES]
    return " ".join(out)


def _people(count: int) -> str:
    return "nobody aboard" if count == 0 else "1 person" if count == 1 else f"{count} people"


# ---- owners, patterns, joint marks ----------------------------------------------------------------------------------

_HATCHES: tuple[tuple[float, str], ...] = (
    (0.0, ""),
    (9.0, "M-2,11 L11,-2 M-2,2 L2,-2 M7,11 L11,7"),
    (8.0, "M2,2 h.1 M6,6 h.1"),
    (7.0, "M0,3.5 H7"),
    (9.0, "M-2,-2 L11,11 M7,-2 L11,2 M-2,7 L2,11"),
    (7.0, "M3.5,0 V7"),
    (10.0, "M0,0 L10,10 M10,0 L0,10"),
    (9.0, "M0,4.5 H9 M4.5,0 V9"),
    (12.0, "M0,9 L6,3 L12,9"),
    (12.0, "M2,6 h8"),
    (12.0, "M6,2 v8"),
    (10.0, "M3,5 h4 M5,3 v4"),
)
"""Side of the tile and strokes; the first partner of a station is plain."""

_MARKS: tuple[Callable[[float, float, float], str], ...] = (
    lambda x, y, r: f"M{n(x - r)},{n(y - r)} h{n(2 * r)} v{n(2 * r)} h{n(-2 * r)} Z",
    lambda x, y, r: (
        f"M{n(x)},{n(y - 1.3 * r)} L{n(x + 1.3 * r)},{n(y)} L{n(x)},{n(y + 1.3 * r)} L{n(x - 1.3 * r)},{n(y)} Z"
    ),
    lambda x, y, r: f"M{n(x)},{n(y - 1.2 * r)} L{n(x + 1.2 * r)},{n(y + r)} L{n(x - 1.2 * r)},{n(y + r)} Z",
    lambda x, y, r: f"M{n(x)},{n(y + 1.2 * r)} L{n(x + 1.2 * r)},{n(y - r)} L{n(x - 1.2 * r)},{n(y - r)} Z",
    lambda x, y, r: f"M{n(x - r)},{n(y - r)} L{n(x + r)},{n(y + r)} L{n(x + r)},{n(y - r)} L{n(x - r)},{n(y + r)} Z",
    lambda x, y, r: (
        f"M{n(x - 1.2 * r)},{n(y)} L{n(x - 0.6 * r)},{n(y - r)} H{n(x + 0.6 * r)} L{n(x + 1.2 * r)},{n(y)} "
        f"L{n(x + 0.6 * r)},{n(y + r)} H{n(x - 0.6 * r)} Z"
    ),
    lambda x, y, r: f"M{n(x - r)},{n(y - r)} L{n(x + r)},{n(y - r)} L{n(x - r)},{n(y + r)} L{n(x + r)},{n(y + r)} Z",
)
"""Shapes that mark the kinds of joint, the commonest first; all further kinds share a small cross."""


def _cross(x: float, y: float, r: float) -> str:
    return f"M{n(x - r)},{n(y)} H{n(x + r)} M{n(x)},{n(y - r)} V{n(y + r)}"


class _Ink:
    """Which pattern stands for which owner and which mark for which kind of joint; both from the whole station."""

    def __init__(self, cfg: Configuration, s: Scene) -> None:
        owners = {e.owner for e in cfg.station.element} | {v.owner for v in cfg.station.vehicle}
        self.order = [p for p in cfg.station.partner if p.id in owners]
        self.partner: dict[str, Partner] = {p.id: p for p in cfg.station.partner}
        self.standing = {k: v.state for k, v in cfg.partners.items()}
        drawn = [b.owner for b in s.bodies.values() if not b.ghost]
        self.used = [p for p in self.order if p.id in drawn]
        joints = Counter(j.kind for j in cfg.station.joint) + Counter(p.standard for p in cfg.station.port)
        seen = list(dict.fromkeys(m.kind for m in (*s.meetings, *s.open_joints) if _shown(s, m)))
        # marks follow the whole station's counts, so that a drawing before and one after an event use the same
        ranked = sorted(joints, key=lambda k: (-joints[k], k))
        self.mark = {k: i for i, k in enumerate(k for k in ranked if _plane_kind(cfg, k))}
        self.kinds = sorted(seen, key=lambda k: self.mark.get(k, 99))
        self.signs: set[str] = set()
        self.crosses: dict[str, None] = {}

    def short(self, partner: str) -> str:
        """Short name of a partner."""
        return self.partner[partner].short if partner in self.partner else partner

    def fill(self, owner: str) -> str:
        """Paint of an owner."""
        return f"url(#@-{self._index(owner)})"

    def _index(self, owner: str) -> int:
        return next((i for i, p in enumerate(self.order) if p.id == owner), len(self.order))

    def patterns(self) -> str:
        """The tiles."""
        out = []
        for i, p in enumerate(self.order):
            side, d = _HATCHES[i % len(_HATCHES)]
            ground = tint(p.colour, 0.20 if i else 0.16)
            size = side or 10.0
            stroke = f'<path d="{d}" stroke="{tint(p.colour, 0.62)}" stroke-width="{"2.6" if "h.1" in d else "1.3"}" stroke-linecap="round" fill="none"/>'
            out.append(
                f'<pattern id="@-{i}" width="{n(size)}" height="{n(size)}" patternUnits="userSpaceOnUse">'
                f'<rect width="{n(size)}" height="{n(size)}" fill="{ground}"/>{stroke if d else ""}</pattern>'
            )
        out.append(
            f'<pattern id="@-{len(self.order)}" width="10" height="10" patternUnits="userSpaceOnUse"><rect width="10" height="10" fill="#eeeeee"/></pattern>'
        )
        return "".join(out)

    def joint(self, kind: str, x: float, y: float, r: float = 5.5) -> str:
        """The mark of a joint."""
        i = self.mark.get(kind, len(_MARKS))
        if i < len(_MARKS):
            return path(_MARKS[i](x, y, r), fill="#ffffff", stroke=INK, stroke_width=1.5)
        self.crosses[kind] = None
        return path(_cross(x, y, r), stroke="#ffffff", stroke_width=4.0) + path(
            _cross(x, y, r), stroke=INK, stroke_width=1.5
        )


def _shown(s: Scene, m: Meeting) -> bool:
    return any({m.a, m.b} <= {*group} for group in (s.side, (*s.above, *s.above_context), s.wide))


def _plane_kind(cfg: Configuration, kind: str) -> bool:
    """Whether a kind of joint holds rooms or vehicles together, which get marks of their own."""
    rooms = {e.id for e in cfg.station.element if e.kind not in ("truss", "array", "arm", "platform", "observatory")}
    between = any(set(j.between) <= rooms for j in cfg.station.joint if j.kind == kind)
    return between or any(p.standard == kind for p in cfg.station.port if p.usable)


# ---- panels ---------------------------------------------------------------------------------------------------------


def _extent_m(s: Scene, members: tuple[str, ...], view: View) -> tuple[float, float]:
    """Width and height of some bodies in a view, metres."""
    p = Panel(view, 1.0, "", Board((-1e9, 1e9)))
    e = bounds([p.rect(s.bodies[m]) for m in members])
    return max(e.w, 1.0), max(e.h, 1.0)


def _side_panel(s: Scene, ink: _Ink) -> Panel:
    members = s.side or tuple(s.bodies)
    w, h = _extent_m(s, members, SIDE)
    scale = min((WIDTH - 2 * MARGIN - 80) / w, 660 / h, LIMIT_UNITS_PER_M)
    p = _panel(s, ink, SIDE, scale, members, (), "Seen from starboard, to scale: forward is right, the Earth is below")
    _stack_tags(s, ink, p)
    return p


def _lower_panels(s: Scene, ink: _Ink) -> list[Panel]:
    side_scale = min((WIDTH - 2 * MARGIN - 80) / _extent_m(s, s.side or tuple(s.bodies), SIDE)[0], LIMIT_UNITS_PER_M)
    for shrink in (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.62, 0.54, 0.46):
        out = []
        if s.above:
            w, h = _extent_m(s, s.above + s.above_context, ABOVE)
            scale = min(side_scale, 420 / h, 420 / w) * shrink
            out.append(
                _panel(
                    s, ink, ABOVE, scale, s.above, s.above_context, "Seen from above: forward is right, starboard below"
                )
            )
        if s.wide:
            w, h = _extent_m(s, s.wide + s.wide_context, WIDE)
            room = 640 if s.above else 900
            scale = min(room / w, 460 / h, side_scale) * shrink
            out.append(
                _panel(
                    s,
                    ink,
                    WIDE,
                    scale,
                    s.wide,
                    s.wide_context,
                    "Truss and arrays from above: forward is up, starboard right",
                )
            )
        if sum(p.extent.w for p in out) + 30 * (len(out) - 1) <= WIDTH - 2 * MARGIN:
            break
    return out


def _panel(
    s: Scene, ink: _Ink, view: View, scale: float, members: tuple[str, ...], context: tuple[str, ...], caption: str
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
    return p


def _area(p: Panel, m: str) -> float:
    return p.boxes[m].w * p.boxes[m].h


def _shape(p: Panel, b: Body, ink: _Ink, *, faint: bool = False) -> str:
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


def _hint(b: Body, ink: _Ink) -> str:
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


def _joints(s: Scene, ink: _Ink, p: Panel, everything: set[str], members: set[str]) -> None:
    flat = (p.view[0][0], p.view[1][0])
    for m in s.meetings:
        if {m.a, m.b} <= everything and {m.a, m.b} & members and m.axis in flat:
            if p.view is WIDE and ink.mark.get(m.kind, 99) >= len(_MARKS):
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
    reach = (max(a.h, b.h) if upright else max(a.w, b.w)) / 2 + 24
    line = f"M{n(x)},{n(y - reach)} V{n(y + reach)}" if upright else f"M{n(x - reach)},{n(y)} H{n(x + reach)}"
    p.marks.append(path(line, stroke=ALARM, stroke_width=3.2, stroke_dasharray="9 6", fill="none"))
    zone = Rect(x - 3, y - reach, 6, 2 * reach) if upright else Rect(x - reach, y - 3, 2 * reach, 6)
    p.board.solid.append(zone)
    if p.view is SIDE or not ({m.a, m.b} <= set(s.side)):
        end = Rect(x - 2, y + reach - 4, 4, 4) if upright else Rect(x + reach - 4, y - 2, 4, 4)
        _label(p, end, ["open joint"], [m.kind], f"open:{m.a}:{m.b}", colour=ALARM, dot=False)


def _ports(s: Scene, ink: _Ink, p: Panel, everything: set[str], members: set[str]) -> None:
    view = p.view
    flat = (view[0][0], view[1][0])
    for q in s.ports:
        if view is WIDE or q.element not in everything or q.axis not in flat:
            continue
        if view is ABOVE and q.element not in members and q.axis != 1:
            continue
        x, y = p.point(q.at_m)
        ink.signs.add("free" if q.usable else "unused")
        p.marks.append(f"<g><title>{escape(_port_hint(q))}</title>{_port_mark(x, y, usable=q.usable)}</g>")
        p.board.solid.append(Rect(x - 8, y - 8, 16, 16))


def _port_hint(q: FreePort) -> str:
    return f"{q.name}: free" if q.usable else f"{q.name}: not in use"


def _port_mark(x: float, y: float, *, usable: bool) -> str:
    ring = f'<circle cx="{n(x)}" cy="{n(y)}" r="6.5" fill="#ffffff" stroke="{INK}" stroke-width="{"2.2" if usable else "1.2"}"/>'
    return (
        ring
        if usable
        else ring + path(f"M{n(x - 4)},{n(y - 4)} l8,8 M{n(x + 4)},{n(y - 4)} l-8,8", stroke=INK, stroke_width=1.2)
    )


def _warning(x: float, y: float) -> str:
    """A red triangle with an exclamation mark."""
    shape = path(
        f"M{n(x)},{n(y - 13)} L{n(x + 14)},{n(y + 11)} H{n(x - 14)} Z",
        fill=ALARM,
        stroke="#ffffff",
        stroke_width=2.0,
        stroke_linejoin="round",
    )
    return shape + text(x, y + 8, "!", 18, anchor="middle", bold=True, fill="#ffffff", fit=False)


# ---- names ----------------------------------------------------------------------------------------------------------


def _names(s: Scene, ink: _Ink, p: Panel, members: tuple[str, ...], context: tuple[str, ...]) -> None:
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
            p.marks.append(_warning(x, y))
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


def _remarks(b: Body, ink: _Ink) -> list[str]:
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


# ---- stacks, legend, assembly ---------------------------------------------------------------------------------------


def _stack_tags(s: Scene, ink: _Ink, p: Panel) -> None:
    """Name, mass and people above each stack, with a bracket over its width."""
    del ink
    drawn = []
    for k in s.stacks:
        mine = [p.boxes[m] for m in k.members if m in p.boxes]
        if mine:
            drawn.append((k, bounds(mine)))
    drawn.sort(key=lambda t: t[1].x)
    base = p.extent.y - 26
    row_end: list[float] = []
    for k, e in drawn:
        lines = _tag_lines(k)
        w = max(text_width(lines[0], 19, bold=True), text_width(lines[1], 17) + 16 * min(k.people, 12) + 8)
        x = min(max(e.cx - w / 2, p.board.limits[0]), p.board.limits[1] - w)
        row = next((i for i, end in enumerate(row_end) if x >= end + 20), len(row_end))
        row_end[row:] = [x + w, *row_end[row + 1 :]]
        y = base - 62 * row
        p.names.append(
            path(f"M{n(e.x)},{n(base + 14)} v-8 H{n(e.right)} v8", stroke=FAINT, stroke_width=1.4, fill="none")
        )
        p.names.append(text(x, y - 26, lines[0], 19, bold=True))
        p.names.append(text(x, y - 4, lines[1], 17))
        for i in range(min(k.people, 12)):
            p.names.append(_person(x + text_width(lines[1], 17) + 14 + 16 * i, y - 9))
        p.board.labels.append(Rect(x, y - 44, w, 46))


def _tag_lines(k: StackNote) -> tuple[str, str]:
    return k.name, f"{k.mass_kg / 1000:.0f} t ({k.low_kg / 1000:.0f} to {k.high_kg / 1000:.0f} t), {_people(k.people)}"


def _person(x: float, y: float) -> str:
    return (
        f'<g fill="{INK}"><circle cx="{n(x)}" cy="{n(y - 5)}" r="3.4"/>'
        f'<path d="M{n(x - 5.5)},{n(y + 7)} v-3 a5.5,5 0 0 1 11,0 v3 Z"/></g>'
    )


def _put(out: list[str], p: Panel, x: float, y: float) -> float:
    """Write a panel with its left top corner at a point; returns its lower end."""
    e = p.extent
    dx, dy = x - e.x, y - e.y
    inner = "\n".join([*p.svg, *p.names, *p.marks])
    out.append(f'<g class="view" transform="translate({n(dx)} {n(dy)})">\n{inner}\n</g>')
    low = y + e.h + 28
    length_m = next((m for m in (20, 10, 5, 2, 1) if m * p.scale <= 160), 1)
    out.append(
        path(f"M{n(x)},{n(low - 10)} v5 h{n(length_m * p.scale)} v-5", stroke=INK, stroke_width=1.5, fill="none")
    )
    out.append(text(x + length_m * p.scale + 8, low - 3, f"{length_m} m", SMALL))
    for i, line in enumerate(wrap(p.caption, SMALL, max(e.w - length_m * p.scale - 70, 300))):
        out.append(text(x + length_m * p.scale + 60, low - 3 + 18 * i, line, SMALL, fill=FAINT))
        low = low if i == 0 else low + 18
    return low + 8


def _legend(out: list[str], ink: _Ink, y: float) -> float:
    out.append(path(f"M{n(MARGIN)},{n(y)} H{n(WIDTH - MARGIN)}", stroke="#c8c8c8", stroke_width=1.0))
    y += 28
    owners: list[tuple[float, str, str]] = []
    for p in ink.used:
        swatch = f'<rect x="0" y="-15" width="34" height="20" rx="3" fill="{ink.fill(p.id)}" stroke="#3a3a3a" stroke-width="1.2"/>'
        standing = STANDING.get(ink.standing.get(p.id, ""), "")
        owners.append((42, swatch, p.short + (f" ({standing})" if standing else "")))
    y = _row(out, "Owner", owners, y)
    vehicle = path(
        "M0,-8 L4,-8 L10,-14 H30 V4 H10 L4,-2 H0 Z",
        fill="#ffffff",
        stroke=INK,
        stroke_width=2.6,
        stroke_linejoin="round",
    )
    signs: list[tuple[str, float, str, str]] = [
        ("vehicle", 38, vehicle, "vehicle at a port"), ("free", 20, _port_mark(7, -5, usable=True), "free port"),
        ("unused", 20, _port_mark(7, -5, usable=False), "port not in use"),
        ("warning", 34, _warning(14, -4), "degraded, not safe for return, or failed"),
        ("open", 40, path("M0,-5 H34", stroke=ALARM, stroke_width=3.2, stroke_dasharray="9 6"), "open joint (gap not to scale)"),
        ("hidden", 34, box(Rect(0, -14, 26, 16), fill="none", stroke=INK, stroke_width=1.2, stroke_dasharray="5 3"), "behind another part"),
        ("ghost", 34, box(Rect(0, -14, 26, 16), fill="none", stroke=FAINT, stroke_width=1.3, stroke_dasharray="1.5 4"), "has left"),
        ("faint", 34, box(Rect(0, -14, 26, 16), fill="#f4f4f4", stroke="#b5b5b5", stroke_width=1.0), "shown in another view"),
    ]  # fmt: skip
    y = _row(out, "Signs", [(w, mark, words) for key, w, mark, words in signs if key in ink.signs], y)
    named = [k for k in ink.kinds if ink.mark.get(k, 99) < len(_MARKS)]
    other = list(ink.crosses)
    joints: list[tuple[float, str, str]] = [(22, ink.joint(k, 7, -5), k) for k in named]
    if other:
        joints.append((22, ink.joint(other[0], 7, -5), "other: " + ", ".join(other)))
    return _row(out, "Joints", joints, y)


def _row(out: list[str], name: str, items: list[tuple[float, str, str]], y: float) -> float:
    """One kind of legend entries, wrapped; returns the next free line."""
    if not items:
        return y
    out.append(text(MARGIN, y, name, SMALL, bold=True))
    left = MARGIN + 78
    x = left
    for w, mark, words in items:
        lines = wrap(words, SMALL, WIDTH - MARGIN - left - w)
        full = w + max(text_width(line, SMALL) for line in lines) + 26
        if x > left and x + full - 26 > WIDTH - MARGIN:
            x, y = left, y + 27
        out.append(f'<g transform="translate({n(x)} {n(y)})">{mark}</g>')
        for i, line in enumerate(lines):
            out.append(text(x + w, y + 19 * i, line, SMALL))
        y += 19 * (len(lines) - 1)
        x += full
    return y + 32
