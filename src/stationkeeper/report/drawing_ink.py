"""How a drawing of a station tells things apart: patterns for owners, marks for joints, signs for ports and dangers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from stationkeeper.report.drawing_scene import Meeting, Scene
from stationkeeper.report.svg import n, path, text, tint
from stationkeeper.station.configuration import Configuration
from stationkeeper.station.schema import Partner

INK, FAINT, ALARM = "#1a1a1a", "#6b6b6b", "#b00020"
STATES = {"degraded": "degraded", "unsafe-for-return": "not safe for return", "lost": "lost"}
STANDING = {"announced": "leaving announced", "notified": "notice given", "gone": "has left"}

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

MARKS: tuple[Callable[[float, float, float], str], ...] = (
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


class Ink:
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
        i = self.mark.get(kind, len(MARKS))
        if i < len(MARKS):
            return path(MARKS[i](x, y, r), fill="#ffffff", stroke=INK, stroke_width=1.5)
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


def port_mark(x: float, y: float, *, usable: bool) -> str:
    ring = f'<circle cx="{n(x)}" cy="{n(y)}" r="6.5" fill="#ffffff" stroke="{INK}" stroke-width="{"2.2" if usable else "1.2"}"/>'
    return (
        ring
        if usable
        else ring + path(f"M{n(x - 4)},{n(y - 4)} l8,8 M{n(x + 4)},{n(y - 4)} l-8,8", stroke=INK, stroke_width=1.2)
    )


def warning(x: float, y: float) -> str:
    """A red triangle with an exclamation mark."""
    shape = path(
        f"M{n(x)},{n(y - 13)} L{n(x + 14)},{n(y + 11)} H{n(x - 14)} Z",
        fill=ALARM,
        stroke="#ffffff",
        stroke_width=2.0,
        stroke_linejoin="round",
    )
    return shape + text(x, y + 8, "!", 18, anchor="middle", bold=True, fill="#ffffff", fit=False)


def person(x: float, y: float) -> str:
    return (
        f'<g fill="{INK}"><circle cx="{n(x)}" cy="{n(y - 5)}" r="3.4"/>'
        f'<path d="M{n(x - 5.5)},{n(y + 7)} v-3 a5.5,5 0 0 1 11,0 v3 Z"/></g>'
    )
