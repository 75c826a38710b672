"""The service graph as a drawing: functions down the side, partners across, what serves what, and what needs whom.

One sheet of SVG. Each row is a function with its state and what becomes of it; each box is what one partner has for it, units of a
kind together. Numbered lines join a box to what it needs of another partner or segment; the list below says what and
why. Nothing in the file is fetched from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from stationkeeper.functions.assessment import Provider
from stationkeeper.functions.graph import Need, hours
from stationkeeper.mission.dependence import FunctionLoss, StackStudy, Study, matrix
from stationkeeper.report.svg import FONT, Rect, box, n, path, text, text_width, tint, wrap
from stationkeeper.report.words import FUNCTIONS as FUNCTION_NAMES
from stationkeeper.report.words import moment
from stationkeeper.station.schema import FUNCTIONS

WIDTH = 1700.0
MARGIN, SIDE, GUTTER = 30.0, 330.0, 74.0
TYPE, LEAD, PAD = 22.0, 27.0, 9.0
INK, ALARM, WATCH, GOOD, FAINT = "#1a1a1a", "#b00020", "#9a5b00", "#1b6e3c", "#666666"
STATE_INK = {"nominal": GOOD, "degraded": WATCH, "lost": ALARM, "not_assessed": FAINT}


@dataclass
class _Box:
    """What one partner has of one kind for one function, as lines of type; ``ids`` are the parts in it."""

    function: str
    column: int
    partner: str
    ids: tuple[str, ...]
    lines: list[tuple[str, str]]
    out: bool
    rect: Rect = field(default_factory=lambda: Rect(0, 0, 0, 0))
    tags: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class _Line:
    """A numbered need between boxes."""

    number: int
    of: _Box
    on: tuple[_Box, ...]
    met: bool
    words: str


def draw_graph(study: Study) -> str:
    """The drawing of a study, whole or in parts; the same study gives the same text."""
    columns = _columns(study)
    count = max(1, len(columns))
    width = (WIDTH - 2 * MARGIN - SIDE - count * GUTTER) / count
    boxes = _boxes(study, columns, width)
    lines = _needs(study, boxes)
    y, out = _head(study), []
    lefts = [MARGIN + SIDE + k * (width + GUTTER) + GUTTER for k in range(count)]
    out.append(_column_heads(study, columns, lefts, width, y))
    y += 42.0
    for f in FUNCTIONS:
        side = _side(study, f)
        height = _place(boxes, f, lefts, width, y + PAD)
        height = max(height, len(side) * LEAD) + 2 * PAD
        out.append(path(f"M{n(MARGIN)},{n(y)} H{n(WIDTH - MARGIN)}", stroke="#bbbbbb", stroke_width=1.0))
        out += [
            text(MARGIN, y + PAD + TYPE + k * LEAD - 3, words, TYPE, bold=k == 0, fill=ink)
            for k, (words, ink) in enumerate(side)
        ]
        y += height
    colour = {p.id: p.colour for p in study.before.station.partner}
    out += [_wire(line) for line in lines]
    out += [_draw_box(b, colour.get(b.partner, "#888888")) for b in boxes]
    out += [_tags(line) for line in lines]
    y, listed = _list(lines, y + 16.0)
    return _sheet(study, [*_title(study), *out, *listed], y + MARGIN)


# ---- what stands where ----------------------------------------------------------------------------------------------


def _columns(study: Study) -> list[list[str]]:
    """Partners by column: the two who have most get one each, the others share one."""
    counts: dict[str, int] = {}
    for s in study.stacks:
        for row in matrix(s.stack).values():
            for partner, found in row.items():
                counts[partner] = counts.get(partner, 0) + len(found)
    order = [p.id for p in study.before.station.partner]
    ranked = sorted(counts, key=lambda p: (-counts[p], order.index(p)))
    if len(ranked) <= 3:
        return [[p] for p in ranked]
    return [[ranked[1]], [ranked[0]], ranked[2:]]


def _boxes(study: Study, columns: Sequence[Sequence[str]], width: float) -> list[_Box]:
    short = {p.id: p.short for p in study.before.station.partner}
    out = []
    for f in FUNCTIONS:
        for k, partners in enumerate(columns):
            groups: dict[tuple[str, str, bool, int], list[tuple[Provider, str]]] = {}
            for i, s in enumerate(study.stacks):
                for p in [x for partner in partners for x in matrix(s.stack)[f].get(partner, [])]:
                    later = _later(s, p.id) if p.works else _first_words(s, p)
                    groups.setdefault((p.partner, p.kind, p.works, i), []).append((p, later))
            for (partner, _, works, _), found in groups.items():
                owner = f"{short[partner]}: " if len(partners) > 1 else ""
                lines = [(x, INK if works else ALARM) for x in wrap(owner + _together(found), TYPE, width - 2 * PAD)]
                notes = dict.fromkeys(note for _, note in found if note)
                lines += [(x, WATCH if works else ALARM) for note in notes for x in wrap(note, TYPE, width - 2 * PAD)][
                    :3
                ]
                out.append(_Box(f, k, partner, tuple(p.id for p, _ in found), lines, not works))
    return out


def _together(found: Sequence[tuple[Provider, str]]) -> str:
    """Names of units of a kind; a common beginning is said once, and what is no main unit says what it is."""
    modes: dict[str, tuple[str, str]] = {}
    for p, _ in found:
        if p.mode == "main" or p.id not in modes:
            modes[p.id] = (p.name, "" if p.mode == "main" else f" [{p.mode}]")
    groups: dict[str, list[str]] = {}
    for name, mode in modes.values():
        head, _, tail = name.rpartition(" ")
        short = bool(head) and len(tail) <= 3 and not mode
        groups.setdefault(head if short else f"{name}{mode}", []).append(tail if short else "")
    return ", ".join(f"{head} {', '.join(tails)}".strip() for head, tails in groups.items())


def _later(s: StackStudy, part: str) -> str:
    stop = s.graph.stops.get(part)
    return f"stops after {hours(stop.after_h)}" if stop is not None and stop.after_h.best > 0.0 else ""


def _first_words(s: StackStudy, p: Provider) -> str:
    stop = s.graph.stops.get(p.id)
    after = f" after {hours(stop.after_h)}" if stop is not None and stop.after_h.best > 0.0 else ""
    return f"out{after}: {p.reason.split(':')[0].split(';')[0]}" if p.reason else f"out of work{after}"


def _place(boxes: Iterable[_Box], f: str, lefts: Sequence[float], width: float, top: float) -> float:
    """Put the boxes of a row in place; gives the height of the row."""
    bottom = [top] * len(lefts)
    for b in [b for b in boxes if b.function == f]:
        height = max(len(b.lines) * LEAD + PAD, 30.0 * len(b.tags) + 4.0)
        b.rect = Rect(lefts[b.column], bottom[b.column], width, height)
        bottom[b.column] += height + 8.0
    return max(bottom, default=top) - top


def _side(study: Study, f: str) -> list[tuple[str, str]]:
    """Name of the function, and what becomes of it in each part."""
    out = [(FUNCTION_NAMES[f].capitalize(), INK)]
    for s in study.stacks:
        loss = next(x for x in s.losses if x.function == f)
        head = f"{s.stack.name}: " if len(study.stacks) > 1 else ""
        for words, ink in _fate(loss, bool(study.lost)):
            out += [(x, ink) for x in wrap(head + words, TYPE, SIDE - 10.0)]
            head = ""
    return out


def _fate(x: FunctionLoss, lost: bool) -> list[tuple[str, str]]:
    if not lost or not x.hit:
        return [(x.after.replace("_", " "), STATE_INK[x.after])]
    out = [(x.after if x.after == x.before else f"{x.before}, then {x.after}", STATE_INK[x.after])]
    if x.worse_h is not None and x.worse_h.best > 0.0 and (x.lost_h is None or x.worse_h != x.lost_h):
        out.append((f"worse after {hours(x.worse_h)}", WATCH))
    if x.lost_h is not None and x.after != "lost" and not x.as_anyway:
        span = hours(x.lost_h)
        out.append(
            (
                span
                if span.startswith("no end")
                else f"lost {span}"
                if span.startswith("at once")
                else f"lost after {span}",
                ALARM,
            )
        )
    return out


# ---- needs ----------------------------------------------------------------------------------------------------------


def _needs(study: Study, boxes: Sequence[_Box]) -> list[_Line]:
    """Needs that reach across to another partner or segment, those of one kind together, in order of the boxes."""
    first: dict[str, _Box] = {}
    for b in boxes:
        for i in b.ids:
            first.setdefault(i, b)
    found: dict[str, list[tuple[StackStudy, Need]]] = {}
    for s in study.stacks:
        for need in s.graph.needs:
            across = need.between_partners or need.between_segments
            if _would_work(s, need.of) and (across or (not need.met and not set(need.on) & set(FUNCTIONS))):
                found.setdefault(need.why, []).append((s, need))
    out: list[_Line] = []
    names = _names(study)
    for why, needs in found.items():
        owners = [o for _, need in needs for o in _of(need, study)]
        ofs = list(dict.fromkeys(id(first[o]) for o in owners if o in first))
        ons = list(dict.fromkeys(id(first[o]) for _, need in needs for o in need.on if o in first))
        by_id = {id(b): b for b in boxes}
        if not ofs:
            continue
        who = _some([names.get(need.of, need.of) for _, need in needs])
        what = _some([names.get(o, o) for o in dict.fromkeys(o for _, need in needs for o in need.on)], "or")
        met = all(need.met for _, need in needs)
        lasts = next((need.lasts_h for _, need in needs if need.lasts_h is not None), None)
        span = f"; goes on without for {hours(lasts)}" if lasts is not None else ""
        state = "" if met else "NOT MET: "
        own = by_id[ofs[0]]
        own.tags.append(len(out) + 1)
        others = tuple(by_id[k] for k in ons if k != ofs[0])
        out.append(_Line(len(out) + 1, own, others, met, f"{state}{who}: dependent on {what}; {why}{span}"))
    return out


def _would_work(s: StackStudy, part: str) -> bool:
    """Whether a part works, or would if its needs were met: what has failed by itself needs nothing any more."""
    stop = s.graph.stops.get(part)
    segment = [x.id for x in s.graph.parts.values() if x.segment == part and x.kind == "equipment"]
    if segment:
        return any(_would_work(s, x) for x in segment)
    return stop is None or stop.after_h.best > 0.0 or bool(stop.what)


def _of(need: Need, study: Study) -> list[str]:
    """The part itself, or what belongs to it where it is an element or a segment."""
    for s in study.stacks:
        p = s.graph.parts.get(need.of)
        if p is not None and p.kind == "segment":
            return [x.id for x in s.graph.parts.values() if x.segment == need.of and x.sort == "radio"] or [need.of]
        if p is not None and p.kind == "element":
            return [x.id for x in s.graph.parts.values() if x.place == need.of and x.kind == "equipment"]
    return [need.of]


def _names(study: Study) -> dict[str, str]:
    s = study.before.station
    out = {x.id: x.name for x in s.vehicle} | {x.id: x.name for x in s.equipment} | {x.id: x.name for x in s.element}
    out |= {x.id: x.name for x in s.segment} | {d.visit: d.name for d in study.before.docked}
    return out


def _some(names: Sequence[str], word: str = "and") -> str:
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - 3} more" if len(unique) > 3 else ""
    shown = unique[:3]
    if len(shown) == 1 or more:
        return ", ".join(shown) + more
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}"


# ---- ink ------------------------------------------------------------------------------------------------------------


def _draw_box(b: _Box, colour: str) -> str:
    style: Mapping[str, object] = (
        {"fill": "#ffffff", "stroke": ALARM, "stroke_width": 2.0, "stroke_dasharray": "7 5"}
        if b.out
        else {"fill": tint(colour, 0.13), "stroke": tint(colour, 0.75), "stroke_width": 1.6}
    )
    lines = [
        text(b.rect.x + PAD, b.rect.y + TYPE + k * LEAD + 1, words, TYPE, fill=ink)
        for k, (words, ink) in enumerate(b.lines)
    ]
    return f'<g class="part" data-of="{escape(" ".join(b.ids))}">{box(b.rect, rx=5.0, **style)}{"".join(lines)}</g>'


def _wire(line: _Line) -> str:
    """Curves from a box to what it needs, in the gutters between the columns."""
    ink = "#5b6770" if line.met else ALARM
    out = []
    for b in line.on:
        x1, y1, x2, y2 = _ends(line, b)
        bend = 0.45 * abs(x2 - x1) + 30.0
        s1 = -1.0 if x1 <= line.of.rect.x else 1.0
        s2 = -1.0 if x2 <= b.rect.x else 1.0
        d = f"M{n(x1)},{n(y1)} C{n(x1 + s1 * bend)},{n(y1)} {n(x2 + s2 * bend)},{n(y2)} {n(x2)},{n(y2)}"
        out.append(
            path(d, fill="none", stroke=ink, stroke_width=1.8, **({} if line.met else {"stroke_dasharray": "8 5"}))
        )
        out.append(f'<circle cx="{n(x2)}" cy="{n(y2)}" r="4.5" fill="{ink}"/>')
    return "".join(out)


def _ends(line: _Line, b: _Box) -> tuple[float, float, float, float]:
    """Where a line leaves its box, beside its number, and where it meets the other."""
    a = line.of
    y1 = a.rect.y + 16.0 + 30.0 * _slot(line)
    left = b.column <= a.column
    y2 = min(b.rect.y + 13.0 + 5.0 * line.number, b.rect.bottom - 6.0)
    if b.column == a.column:
        return a.rect.x, y1, b.rect.x, y2
    return (a.rect.x if left else a.rect.right), y1, (b.rect.right if left else b.rect.x), y2


def _slot(line: _Line) -> int:
    """Which of the numbers at a box this is."""
    return line.of.tags.index(line.number)


def _tags(line: _Line) -> str:
    """The number at the box that needs."""
    ink = INK if line.met else ALARM
    sides = {_ends(line, b)[0] for b in line.on} or {line.of.rect.x}
    out = []
    for x in sorted(sides):
        y = line.of.rect.y + 16.0 + 30.0 * _slot(line)
        out.append(_number(x - 15.0 if x <= line.of.rect.x else x + 15.0, y, line.number, ink))
    return "".join(out)


def _number(x: float, y: float, number: int, ink: str) -> str:
    return f'<circle cx="{n(x)}" cy="{n(y)}" r="14" fill="#ffffff" stroke="{ink}" stroke-width="1.8"/>' + text(
        x, y + 7.5, str(number), TYPE, anchor="middle", bold=True, fill=ink, fit=False
    )


def _list(lines: Sequence[_Line], y: float) -> tuple[float, list[str]]:
    out = []
    if lines:
        out.append(text(MARGIN, y + TYPE, "What needs another partner or segment", TYPE + 2, bold=True))
        y += LEAD + 14.0
    for line in lines:
        ink = INK if line.met else ALARM
        out.append(_number(MARGIN + 15.0, y + 14.0, line.number, ink))
        for words in wrap(line.words, TYPE, WIDTH - 2 * MARGIN - 45.0):
            out.append(text(MARGIN + 42.0, y + TYPE, words, TYPE, fill=ink))
            y += LEAD
        y += 6.0
    return y, out


def _subtitle(study: Study) -> list[str]:
    names = ", ".join(t.name for t in study.lost)
    said = f"without {names}" if names else "as it is"
    return wrap(f"{moment(study.before.epoch)}, {said}", TYPE + 3, WIDTH - 2 * MARGIN)


def _head(study: Study) -> float:
    return MARGIN + 44.0 + len(_subtitle(study)) * (LEAD + 3.0) + LEAD + 14.0


def _title(study: Study) -> list[str]:
    out = [text(MARGIN, MARGIN + 30.0, f"{study.before.station.station.short}: who keeps what going", 34.0, bold=True)]
    y = MARGIN + 44.0
    for words in _subtitle(study):
        y += LEAD + 3.0
        out.append(text(MARGIN, y - 4.0, words, TYPE + 3, fill=ALARM if study.lost else INK))
    key = "Boxes: what works. Dashed red: what does not. Numbers: needs across partners or segments, listed below."
    return [*out, text(MARGIN, y + LEAD, key, TYPE, fill=FAINT)]


def _column_heads(
    study: Study, columns: Sequence[Sequence[str]], lefts: Sequence[float], width: float, y: float
) -> str:  # fmt: skip
    short = {p.id: p.short for p in study.before.station.partner}
    out = []
    for partners, x in zip(columns, lefts, strict=True):
        words = short[partners[0]] if len(partners) == 1 else "others"
        named = ", ".join(short[p] for p in partners)
        if len(partners) > 1 and text_width(named, TYPE + 2, bold=True) <= width:
            words = named
        out.append(text(x, y + 28.0, words, TYPE + 2, bold=True))
    return "".join(out)


def _sheet(study: Study, parts: Sequence[str], height: float) -> str:
    title = f"{study.before.station.station.name}: who keeps what going, {moment(study.before.epoch)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {n(WIDTH)} {n(height)}" width="100%" font-family="{escape(FONT)}" '
        f'role="img"><title>{escape(title)}</title><rect width="{n(WIDTH)}" height="{n(height)}" fill="#ffffff"/>'
        + "".join(parts)
        + "</svg>\n"
    )
