"""A drawing of a station at an instant, made from its data alone, as one SVG that needs nothing else.

Owners are told apart by colour and by pattern, so that a grey print reads as well. Bodies stand where the data put
them, to scale within a view; parts that fly apart are drawn apart by a fixed gap. No two names overlap.
"""

from __future__ import annotations

import hashlib
import math
from html import escape

from stationkeeper.report.drawing_ink import ALARM, FAINT, INK, MARKS, STANDING, STATES, Ink, person, port_mark, warning
from stationkeeper.report.drawing_panel import (
    ABOVE,
    MARGIN,
    SIDE,
    WIDE,
    WIDTH,
    Panel,
    build_panel,
    extent_m,
    people,
    tag_lines,
)
from stationkeeper.report.drawing_scene import Scene, scene
from stationkeeper.report.svg import FONT, Rect, bounds, box, n, path, text, text_width, wrap
from stationkeeper.report.words import day
from stationkeeper.station.configuration import Configuration

SMALL = 15.0
LIMIT_UNITS_PER_M = 26.0
"""Scale beyond which a small station is not blown up."""


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
    ink = Ink(cfg, s)
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
    y = _put(out, side, MARGIN + (WIDTH - 2 * MARGIN - _block(side)) / 2, y + 6) + 10
    lower = _lower_panels(s, ink)
    if lower:
        gap = (WIDTH - 2 * MARGIN - sum(_block(p) for p in lower)) / (len(lower) + 1)
        inset = min(gap, 90.0)  # wide views reach the margins, small ones stand nearer to the middle
        between = (
            gap
            if len(lower) == 1
            else (WIDTH - 2 * MARGIN - 2 * inset - sum(_block(p) for p in lower)) / (len(lower) - 1)
        )
        x, ends = MARGIN + (gap if len(lower) == 1 else inset), []
        for p in lower:
            ends.append(_put(out, p, x, y))
            x += _block(p) + between
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


def _utc_words(cfg: Configuration) -> str:
    t = cfg.epoch.isoformat()
    return f"{day(cfg.epoch)}, {t[11:16]} UTC"


def _since(cfg: Configuration, before: Configuration | None) -> list[str]:
    if before is None:
        return []
    left = [x.name for x in before.nodes.values() if x.kind != "outfitting" and x.id not in cfg.nodes]
    came = [x.name for x in cfg.nodes.values() if x.kind != "outfitting" and x.id not in before.nodes]
    parts = [f"{word}: {', '.join(names)}" for word, names in (("left", left), ("arrived", came)) if names]
    if not parts:
        return []
    return wrap(f"Since {day(before.epoch)}: {'; '.join(parts)}.", SMALL, WIDTH - 2 * MARGIN)


def _describe(s: Scene) -> str:
    """The drawing in words, for those who cannot see it."""
    out = []
    for k in s.stacks:
        names = ", ".join(s.bodies[m].full_name for m in k.members)
        out.append(f"{k.name}: {k.mass_kg / 1000:.1f} t, {people(k.people)}; made of {names}.")
    out += [f"Open joint: {j.name} ({j.kind})." for j in s.open_joints]
    out += [f"{b.full_name}: {STATES[b.state]}." for b in s.bodies.values() if b.state in STATES]
    return " ".join(out)


# ---- views, stacks, legend ----


def _side_panel(s: Scene, ink: Ink) -> Panel:
    members = s.side or tuple(s.bodies)
    w, h = extent_m(s, members, SIDE)
    scale = min((WIDTH - 2 * MARGIN - 80) / w, 660 / h, LIMIT_UNITS_PER_M)
    p = build_panel(
        s, ink, SIDE, scale, members, (), "Seen from starboard, to scale: forward is right, the Earth is below"
    )
    _stack_tags(s, ink, p)
    return p


def _lower_panels(s: Scene, ink: Ink) -> list[Panel]:
    side_scale = min((WIDTH - 2 * MARGIN - 80) / extent_m(s, s.side or tuple(s.bodies), SIDE)[0], LIMIT_UNITS_PER_M)
    for shrink in (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.62, 0.54, 0.46):
        out = []
        if s.above:
            w, h = extent_m(s, s.above + s.above_context, ABOVE)
            scale = min(side_scale, 420 / h, 420 / w) * shrink
            out.append(
                build_panel(
                    s, ink, ABOVE, scale, s.above, s.above_context, "Seen from above: forward is right, starboard below"
                )
            )
        if s.wide:
            w, h = extent_m(s, s.wide + s.wide_context, WIDE)
            room = 640 if s.above else 900
            scale = min(room / w, 460 / h, side_scale) * shrink
            out.append(
                build_panel(
                    s,
                    ink,
                    WIDE,
                    scale,
                    s.wide,
                    s.wide_context,
                    "Truss and arrays from above: forward is up, starboard right",
                )
            )
        if sum(_block(p) for p in out) + 30 * (len(out) - 1) <= WIDTH - 2 * MARGIN:
            break
    return out


# ---- stacks, legend, assembly ---------------------------------------------------------------------------------------


def _stack_tags(s: Scene, ink: Ink, p: Panel) -> None:
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
        lines = tag_lines(k)
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
            p.names.append(person(x + text_width(lines[1], 17) + 14 + 16 * i, y - 9))
        p.board.labels.append(Rect(x, y - 44, w, 46))


CAPTION = 330.0
"""Least room for the words of a caption."""


def _ruler(p: Panel) -> int:
    """Length of the scale bar, metres."""
    return next((m for m in (20, 10, 5, 2, 1) if m * p.scale <= 160), 1)


def _block(p: Panel) -> float:
    """Width of a panel with its scale bar and caption."""
    return max(p.extent.w, _ruler(p) * p.scale + 60 + min(CAPTION, text_width(p.caption, SMALL)))


def _put(out: list[str], p: Panel, x: float, y: float) -> float:
    """Write a panel with its left top corner at a point; returns its lower end."""
    e = p.extent
    dx, dy = x + (_block(p) - e.w) / 2 - e.x, y - e.y
    inner = "\n".join([*p.svg, *p.names, *p.marks])
    out.append(f'<g class="view" transform="translate({n(dx)} {n(dy)})">\n{inner}\n</g>')
    low = y + e.h + 28
    length_m = _ruler(p)
    out.append(
        path(f"M{n(x)},{n(low - 10)} v5 h{n(length_m * p.scale)} v-5", stroke=INK, stroke_width=1.5, fill="none")
    )
    out.append(text(x + length_m * p.scale + 8, low - 3, f"{length_m} m", SMALL))
    for i, line in enumerate(wrap(p.caption, SMALL, _block(p) - length_m * p.scale - 60)):
        out.append(text(x + length_m * p.scale + 60, low - 3 + 18 * i, line, SMALL, fill=FAINT))
        low = low if i == 0 else low + 18
    return low + 8


def _legend(out: list[str], ink: Ink, y: float) -> float:
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
        ("vehicle", 38, vehicle, "vehicle at a port"), ("free", 20, port_mark(7, -5, usable=True), "free port"),
        ("unused", 20, port_mark(7, -5, usable=False), "port not in use"),
        ("warning", 34, warning(14, -4), "degraded, not safe for return, or failed"),
        ("open", 40, path("M0,-5 H34", stroke=ALARM, stroke_width=3.2, stroke_dasharray="9 6"), "open joint (gap not to scale)"),
        ("hidden", 34, box(Rect(0, -14, 26, 16), fill="none", stroke=INK, stroke_width=1.2, stroke_dasharray="5 3"), "behind another part"),
        ("ghost", 34, box(Rect(0, -14, 26, 16), fill="none", stroke=FAINT, stroke_width=1.3, stroke_dasharray="1.5 4"), "has left"),
        ("faint", 34, box(Rect(0, -14, 26, 16), fill="#f4f4f4", stroke="#b5b5b5", stroke_width=1.0), "shown in another view"),
    ]  # fmt: skip
    y = _row(out, "Signs", [(w, mark, words) for key, w, mark, words in signs if key in ink.signs], y)
    named = [k for k in ink.kinds if ink.mark.get(k, 99) < len(MARKS)]
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
