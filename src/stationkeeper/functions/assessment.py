"""What a function's assessment looks like, and who serves a function in a stack.

A provider is read from the data: equipment of an element, or a docked vehicle, with the service that it gives. Whether
a provider works is decided here: installed on the date, not failed, its operator not gone, and what it needs is there in
its stack (:mod:`stationkeeper.functions.graph`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from stationkeeper.core.ranges import Range
from stationkeeper.functions.graph import lasting_stops
from stationkeeper.station.configuration import Configuration, Stack, present, type_of
from stationkeeper.station.schema import FUNCTIONS, Service

Status = Literal["nominal", "degraded", "lost", "not_assessed"]


@dataclass(frozen=True, slots=True)
class Provider:
    """Something that serves a function: who owns it, who runs it, where it sits, and whether it works now."""

    function: str
    partner: str
    owner: str
    id: str
    name: str
    place: str
    kind: str
    role: str
    mode: str
    works: bool
    count: int = 1
    needed: int | None = None
    reason: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Margin:
    """A number with its interval and unit; ``None`` bounds mean that nobody modelled them."""

    value: float | None
    low: float | None
    high: float | None
    unit: str
    what: str
    key: str = ""

    @classmethod
    def of(cls, range_: Range, unit: str, what: str, key: str = "") -> Margin:
        """A range as a margin; an infinite end becomes ``None``: no end in sight."""
        best, low, high = (x if math.isfinite(x) else None for x in (range_.best, range_.low, range_.high))
        return cls(best, low, high, unit, what, key)

    @property
    def range(self) -> Range | None:
        """Back as a range, without an end where there is none in sight; ``None`` without a best value."""
        if self.value is None:
            return None
        return Range(
            self.value, self.value if self.low is None else self.low, math.inf if self.high is None else self.high
        )


@dataclass(frozen=True, slots=True)
class Assessment:
    """The state of one function in one stack at one instant.

    ``margin`` is the one to show first, ``figures`` are the others that the function worked out, each with a ``key``.
    ``lasts``: days until the function is lost if nothing else changes; ``None``: no end in sight (or none was worked out, and then
    ``not_modelled`` says so).
    """

    function: str
    stack: str
    status: Status
    reasons: tuple[str, ...]
    providers: tuple[Provider, ...]
    margin: Margin | None = None
    not_modelled: str = ""
    source: tuple[str, ...] = ()
    figures: tuple[Margin, ...] = ()
    lasts: Margin | None = None

    def figure(self, key: str) -> Margin | None:
        """The figure of that key."""
        return next((f for f in (self.margin, *self.figures) if f is not None and f.key == key), None)

    @property
    def working(self) -> tuple[Provider, ...]:
        """Providers that work and are not dormant."""
        return tuple(p for p in self.providers if p.works and p.mode != "dormant")

    def of_kind(self, *kinds: str) -> tuple[Provider, ...]:
        """Working providers of some kinds of equipment, or ``vehicle``."""
        return tuple(p for p in self.working if p.kind in kinds)


def out_of_service(found: tuple[Provider, ...]) -> str:
    """Main providers that are there and do not work, in words with the reason; empty when all of them work."""
    out = [p for p in found if p.mode == "main" and not p.works]
    if not out:
        return ""
    names = ", ".join(dict.fromkeys(p.name for p in out[:3])) + (f" and {len(out) - 3} more" if len(out) > 3 else "")
    why = "; ".join(dict.fromkeys(p.reason for p in out if p.reason))
    return f"{names} {'does' if len(out) == 1 else 'do'} not work" + (f" ({why})" if why else "")


def providers(stack: Stack, function: str) -> tuple[Provider, ...]:
    """Everything in a stack that serves a function, working or not, in the order of the data.

    What has needs that nothing in the stack meets does not work, and its reason says which; see ``GOES_ON_H`` of the graph
    for what goes on for a while. A lifeboat has no needs: its crew can fly it home whatever else has stopped.
    """
    memo = stack.configuration.memo
    key = ("providers", stack.members)
    if key not in memo:
        found: dict[str, list[Provider]] = {f: [] for f in FUNCTIONS}
        stops = lasting_stops(stack)
        for p in (*_equipment(stack, stops), *_vehicles(stack, stops)):
            found[p.function].append(p)
        memo[key] = {f: tuple(ps) for f, ps in found.items()}
    held: dict[str, tuple[Provider, ...]] = memo[key]
    return held[function]


def _vehicles(stack: Stack, stops: Mapping[str, str]) -> Iterator[Provider]:
    cfg = stack.configuration
    for d in stack.docked:
        kind = type_of(cfg.station, d.vehicle)
        for s in kind.services:
            works, reason = _vehicle_works(cfg, d.visit, kind.operator, d.state, s)
            stop = stops.get(s.function, stops.get(d.visit, "") if s.function != "crew_return" else "")
            if works and stop:
                works, reason = False, stop
            yield Provider(
                s.function, kind.operator, kind.owner, d.visit, d.name, d.port, "vehicle", s.role, s.mode, works,
                reason=reason or d.state_text, source=tuple(s.source),
            )  # fmt: skip


def _vehicle_works(cfg: Configuration, visit: str, operator: str, state: str, s: Service) -> tuple[bool, str]:
    # a lifeboat that is docked stays one: its crew can fly it home whoever has left the partnership
    if cfg.partners[operator].state == "gone" and s.function != "crew_return":
        return False, "its operator has left"
    if visit in cfg.failed or state == "lost" or (s.function == "crew_return" and state == "unsafe-for-return"):
        return False, ""
    return True, ""


def _equipment(stack: Stack, stops: Mapping[str, str]) -> Iterator[Provider]:
    cfg = stack.configuration
    elements = {e.id: e for e in cfg.station.element}
    for q in cfg.station.equipment:
        if q.element not in stack.members or not present(q.installed, q.removed, cfg.epoch):
            continue
        element = elements[q.element]
        operator, owner = q.operator or element.operator, q.owner or element.owner
        gone = cfg.partners[operator].state == "gone"
        failed = q.id in cfg.failed or q.element in cfg.failed
        reason = "its operator has left" if gone else "failed" if failed else stops.get(q.id, "")
        for s in q.services:
            why = reason or stops.get(s.function, "")
            yield Provider(
                s.function, operator, owner, q.id, q.name, q.element, q.kind, s.role, s.mode,
                not why, q.count, q.needed, why, tuple(s.source),
            )  # fmt: skip


def partner_matrix(stack: Stack) -> dict[str, dict[str, list[Provider]]]:
    """Function x partner: the providers of each that work and are in use, for *who provides what*."""
    out: dict[str, dict[str, list[Provider]]] = {}
    for function in FUNCTIONS:
        row: dict[str, list[Provider]] = {}
        for p in providers(stack, function):
            if p.works and p.mode != "dormant":
                row.setdefault(p.partner, []).append(p)
        out[function] = row
    return out
