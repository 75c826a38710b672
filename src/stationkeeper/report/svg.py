"""Small pieces of SVG text: escaping, numbers, and the width of a line of type without a font file."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
_ORDER = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
_WIDTH = dict(zip(_ORDER, _WIDTHS, strict=True))
"""Advance widths of Helvetica in thousandths of the type size (Adobe's font metrics of the core fonts)."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line set in Helvetica or a face of the same metrics; letters outside ASCII count as wide ones."""
    thousandths = sum(_WIDTH.get(c, 1000 if ord(c) > 0x2E7F else 620) for c in text)
    return thousandths * size / 1000.0 * (1.07 if bold else 1.0)


def wrap(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Break at spaces so that each line fits; a word longer than the line stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def n(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return "0" if text in ("-0.0", "0.0") else text.removesuffix(".0")


@dataclass(frozen=True)
class Rect:
    """A box in drawing units: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def cx(self) -> float:
        """Horizontal middle."""
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        """Vertical middle."""
        return self.y + self.h / 2

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.h

    def overlaps(self, other: Rect, pad: float = 0.0) -> bool:
        """Whether the two come nearer than ``pad``."""
        return (
            self.x < other.right + pad and other.x < self.right + pad
            and self.y < other.bottom + pad and other.y < self.bottom + pad
        )  # fmt: skip

    def shared(self, other: Rect) -> float:
        """Area of the part that both cover."""
        w = min(self.right, other.right) - max(self.x, other.x)
        h = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(0.0, w) * max(0.0, h)

    def grown(self, by: float) -> Rect:
        """The box with a margin."""
        return Rect(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)

    def moved(self, dx: float, dy: float) -> Rect:
        """The box elsewhere."""
        return Rect(self.x + dx, self.y + dy, self.w, self.h)

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """The point of the box that is nearest to a point."""
        return min(max(x, self.x), self.right), min(max(y, self.y), self.bottom)


def bounds(rects: list[Rect]) -> Rect:
    """The smallest box around some boxes."""
    x, y = min(r.x for r in rects), min(r.y for r in rects)
    return Rect(x, y, max(r.right for r in rects) - x, max(r.bottom for r in rects) - y)


def text(
    x: float, y: float, words: str, size: float, *, anchor: str = "start", bold: bool = False, italic: bool = False,
    fill: str = "#1a1a1a", fit: bool = True,
) -> str:  # fmt: skip
    """One line of type with its baseline at ``y``; ``fit`` pins its length, whatever face the reader has."""
    style = ' font-weight="700"' if bold else ""
    style += ' font-style="italic"' if italic else ""
    length = (
        f' textLength="{n(text_width(words, size, bold=bold))}" lengthAdjust="spacingAndGlyphs"'
        if fit and words
        else ""
    )
    return (
        f'<text x="{n(x)}" y="{n(y)}" font-size="{n(size)}" text-anchor="{anchor}" fill="{fill}"{style}{length}>'
        f"{escape(words)}</text>"
    )


def box(r: Rect, **style: object) -> str:
    """A rectangle; style keys use ``_`` for ``-``."""
    return f'<rect x="{n(r.x)}" y="{n(r.y)}" width="{n(r.w)}" height="{n(r.h)}"{attributes(style)}/>'


def path(d: str, **style: object) -> str:
    """A path; style keys use ``_`` for ``-``."""
    return f'<path d="{d}"{attributes(style)}/>'


def attributes(style: dict[str, object]) -> str:
    """Attributes as text."""
    return "".join(
        f' {k.replace("_", "-")}="{escape(n(v) if isinstance(v, float) else str(v))}"' for k, v in style.items()
    )


def tint(colour: str, share: float) -> str:
    """A colour mixed with white; ``share`` of the colour is kept."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - p) * share):02x}" for p in parts)
