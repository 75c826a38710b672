"""Places names beside small boxes so that no two names, and no name and box, overlap."""

from __future__ import annotations

from dataclasses import dataclass, field

from stationkeeper.report.svg import Rect

DISTANCES = (
    9.0,
    18.0,
    30.0,
    45.0,
    62.0,
    80.0,
    100.0,
    125.0,
    150.0,
    180.0,
    215.0,
    255.0,
    300.0,
    360.0,
    430.0,
    520.0,
    640.0,
)
GAP = 5.0


@dataclass
class Board:
    """What is already on a panel. ``limits``: left and right end that labels must keep to."""

    limits: tuple[float, float]
    solid: list[Rect] = field(default_factory=list)
    labels: list[Rect] = field(default_factory=list)
    leaders: list[tuple[float, float, float, float]] = field(default_factory=list)

    def free(self, r: Rect) -> bool:
        """Whether a label may stand there."""
        if r.x < self.limits[0] or r.right > self.limits[1]:
            return False
        if any(r.overlaps(b, 2.0) for b in self.solid) or any(r.overlaps(b, GAP) for b in self.labels):
            return False
        return not any(_cuts(line, r.grown(2.0)) for line in self.leaders)

    def place(self, anchor: Rect, w: float, h: float) -> tuple[Rect, tuple[float, float, float, float]]:
        """A free spot of that size near a box, and the line that leads to it (from label to box)."""
        best: tuple[float, Rect, tuple[float, float, float, float]] | None = None
        for d in DISTANCES:
            if best is not None and best[0] < d:
                break
            for k, spot in enumerate(_spots(anchor, w, h, d)):
                if not self.free(spot):
                    continue
                line = _leader(spot, anchor)
                cost = d + 0.01 * k + 0.35 * sum(_cut_length(line, b) for b in self.solid if b != anchor)
                cost += 40.0 * sum(_cross(line, o) for o in self.leaders) + 400.0 * sum(
                    _cuts(line, b) for b in self.labels
                )
                if best is None or cost < best[0]:
                    best = cost, spot, line
        if best is None:  # below everything that is there
            low = max(b.bottom for b in [*self.solid, *self.labels]) + 2 * GAP
            spot = Rect(min(max(anchor.cx - w / 2, self.limits[0]), self.limits[1] - w), low, w, h)
            best = 0.0, spot, _leader(spot, anchor)
        self.labels.append(best[1])
        self.leaders.append(best[2])
        return best[1], best[2]


def _spots(a: Rect, w: float, h: float, d: float) -> list[Rect]:
    along = (0.0, -0.25, 0.25, -0.5, 0.5, -0.75, 0.75, -0.9, 0.9)
    out = []
    for t in along:
        shift_x, shift_y = t * (w + a.w) / 2, t * (h + a.h) / 2
        out += [
            Rect(a.cx - w / 2 + shift_x, a.y - d - h, w, h), Rect(a.cx - w / 2 + shift_x, a.bottom + d, w, h),
            Rect(a.right + d, a.cy - h / 2 + shift_y, w, h), Rect(a.x - d - w, a.cy - h / 2 + shift_y, w, h),
        ]  # fmt: skip
    k = 0.7 * d
    out += [Rect(a.right + k, a.y - k - h, w, h), Rect(a.right + k, a.bottom + k, w, h)]
    out += [Rect(a.x - k - w, a.y - k - h, w, h), Rect(a.x - k - w, a.bottom + k, w, h)]
    return out


def _leader(spot: Rect, anchor: Rect) -> tuple[float, float, float, float]:
    inner = anchor.grown(-min(5.0, anchor.w / 3, anchor.h / 3))
    end = inner.nearest(spot.cx, spot.cy)
    start = spot.nearest(*end)
    return (*start, *inner.nearest(*start))


def _clip(line: tuple[float, float, float, float], r: Rect) -> tuple[float, float] | None:
    """Parameters at which a line enters and leaves a box (Liang and Barsky 1984)."""
    x0, y0, x1, y1 = line
    t0, t1 = 0.0, 1.0
    for p, q in ((x0 - x1, x0 - r.x), (x1 - x0, r.right - x0), (y0 - y1, y0 - r.y), (y1 - y0, r.bottom - y0)):
        if p == 0:
            if q < 0:
                return None
        elif p < 0:
            t0 = max(t0, q / p)
        else:
            t1 = min(t1, q / p)
    return (t0, t1) if t0 < t1 else None


def _cut_length(line: tuple[float, float, float, float], r: Rect) -> float:
    cut = _clip(line, r)
    length = float(((line[2] - line[0]) ** 2 + (line[3] - line[1]) ** 2) ** 0.5)
    return 0.0 if cut is None else (cut[1] - cut[0]) * length + 25.0


def _cuts(line: tuple[float, float, float, float], r: Rect) -> bool:
    return _clip(line, r) is not None


def _side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> bool:
    return (bx - ax) * (py - ay) > (by - ay) * (px - ax)


def _cross(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return _side(*a, b[0], b[1]) != _side(*a, b[2], b[3]) and _side(*b, a[0], a[1]) != _side(*b, a[2], a[3])
