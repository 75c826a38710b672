"""A joint between two built-in elements opens, and the station becomes two bodies.

Mass, momentum and angular momentum are conserved: the two sides first keep the rigid motion of the whole (it turns
once per orbit), then springs or hooks at the joint push them apart with equal and opposite impulses.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from stationkeeper.core.errors import choice
from stationkeeper.core.model import Quantity
from stationkeeper.functions import assess_all
from stationkeeper.functions.joint import maintenance
from stationkeeper.scenario.events.base import AbstractEvent, crew_rules
from stationkeeper.scenario.ruling import Outcome, PartMotion, Ruling, RulingBuilder, Separated
from stationkeeper.station.configuration import Configuration, Link, Stack
from stationkeeper.station.mass import Motion, mass_properties, part
from stationkeeper.station.schema import StepKind

ORBIT_RATE_RAD_S = 2.0 * math.pi / (92.9 * 60.0)
"""Rate at which a station that keeps its face to the Earth turns: one turn in 92.9 minutes (ISS, 417 km)."""
DEFAULT_SPEED_M_S = 0.1
"""Speed of parting where the data give none: that of a visiting vehicle's spring push (Soyuz: 0.12 m/s)."""


class Detach(AbstractEvent):
    """A joint opens. People go where ``crew`` says, else they stay in the segment that they live in."""

    kind: Literal["detach"]
    joint: str
    crew: dict[str, str] = Field(
        default_factory=dict, description="person id = id of the element that the person is in"
    )
    steps_done: list[StepKind] = Field(
        default_factory=list, description="kinds of steps that the scenario takes as done"
    )
    separation_speed_m_s: float | None = Field(default=None, gt=0, le=2)

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        link = self._link(cfg)
        name = (link.joint.name if link and link.joint else "") or self.joint
        return f"the joint {name} is opened"

    def rule(self, cfg: Configuration) -> Ruling:
        """Whether it can be opened, what must be done first, who owns what leaves, what each side then lacks."""
        r = RulingBuilder()
        link = self._link(cfg)
        if link is None or link.joint is None:
            joints = [x.id for x in cfg.links if x.joint]
            r.absent(f"there is no closed joint '{self.joint}'; {choice(self.joint, joints, 'joints')}", "joint")
            return r.build()
        for person, place in self.crew.items():
            if cfg.person(person) is None:
                aboard = [c.person for c in cfg.crew]
                r.absent(f"{person} is not aboard at that time; {choice(person, aboard, 'people aboard')}", "crew")
            if place not in cfg.nodes or not cfg.nodes[place].habitable:
                rooms = [n.id for n in cfg.nodes.values() if n.habitable]
                r.absent(f"there is no room '{place}' to be in; {choice(place, rooms, 'rooms')}", "crew")
        if r.ruled_out:
            return r.build()
        self._rule_joint(r, cfg, link)
        after = self._apart(cfg, link)
        if len(after.stacks()) == len(cfg.stacks()):
            r.absent("other joints still hold the two sides together", "joint")
            return r.build()
        self._rule_sides(r, cfg, after, link)
        crew_rules(r, cfg, after)
        return r.build()

    def _rule_joint(self, r: RulingBuilder, cfg: Configuration, link: Link) -> None:
        assert link.joint is not None  # noqa: S101  (narrowing for the type checker; checked by the caller)
        sep = link.joint.separation
        for s in sep.statements:
            r.said(s.who, str(s.when), s.text, tuple(s.source))
        if sep.ruling == "impossible":
            r.never(sep.reason, tuple(link.joint.source))
        elif sep.ruling == "not_known":
            r.unknown(sep.reason, tuple(link.joint.source))
        else:
            r.good(sep.reason, tuple(link.joint.source))
        for step in sep.steps:
            if step.kind in self.steps_done:
                continue
            r.first(step.kind, step.text, _count(step.count), tuple(step.source))
        work = maintenance(cfg, link.id, self.steps_done)
        if work.in_words:
            r.good(work.in_words, work.source)

    def _rule_sides(self, r: RulingBuilder, cfg: Configuration, after: Configuration, link: Link) -> None:
        before = assess_all(cfg.stack_of(link.a))
        for side in (after.stack_of(link.a), after.stack_of(link.b)):
            owners = self._foreign(cfg, side)
            asked = link.joint is not None and any(s.kind == "agreement" for s in link.joint.separation.steps)
            if owners and not asked and "agreement" not in self.steps_done:
                r.first("agreement", f"consent of the owner of what goes with {side.name}: {owners}")
            if not side.crew:
                r.good(
                    f"nobody would be in {side.name}: its hatch is closed and its systems are run from the ground only"
                )
            for name, a in assess_all(side).items():
                if a.status != "nominal" and before[name].status == "nominal":
                    r.breaks(f"{name.replace('_', ' ')} of {side.name} would be {a.status}: {a.reasons[-1]}", a.source)

    def _foreign(self, cfg: Configuration, side: Stack) -> str:
        """Elements of a side owned by somebody other than the operator of its segment, in words."""
        operators = {s.id: s.operator for s in cfg.station.segment}
        main = operators.get(side.segments[0]) if side.segments else None
        shared = {n.owner for n in side.nodes if n.kind == "element" and n.segment != side.segments[0]}
        if main is None or shared:
            return ""
        foreign = [n for n in side.nodes if n.kind == "element" and n.owner != main and n.operator == main]
        short = {p.id: p.short for p in cfg.station.partner}
        return ", ".join(f"{n.name} belongs to {short.get(n.owner, n.owner)}" for n in foreign)

    def apply(self, cfg: Configuration) -> Outcome:
        """Two stacks instead of one; every body, person and tank ends up in exactly one of them."""
        link = next(x for x in cfg.links if x.id == self.joint)
        after = self._apart(cfg, link).with_(epoch=self.at)
        sides = [after.stack_of(link.a), after.stack_of(link.b)]
        separated = self._separate(cfg, sides, link)
        effects = [f"{s.name}: {s.mass_kg / 1000:.1f} t, {len(s.crew)} people" for s in sides]
        joint = link.joint
        lost = sorted({c.what for c in joint.crosses} - {"structure"}) if joint else []
        if lost:
            effects.append(f"no longer shared across it: {', '.join(lost)}")
        return Outcome(after, tuple(effects), separation=separated)

    def _link(self, cfg: Configuration) -> Link | None:
        return next((x for x in cfg.links if x.id == self.joint), None)

    def _apart(self, cfg: Configuration, link: Link) -> Configuration:
        crew = tuple(replace(c, location=self.crew.get(c.person, c.location)) for c in cfg.crew)
        return cfg.with_(links=tuple(x for x in cfg.links if x.id != link.id), crew=crew)

    def _separate(self, cfg: Configuration, sides: list[Stack], link: Link) -> Separated:
        joint = link.joint
        given = joint.separation.separation_speed_m_s if joint else None
        speed = self.separation_speed_m_s or (given.best if given else DEFAULT_SPEED_M_S)
        bodies = [mass_properties(s.nodes) for s in sides]
        axis = np.asarray(joint.separation.axis if joint else (1.0, 0.0, 0.0))
        a, b = (cfg.nodes[n] for n in (link.a, link.b))
        at_m = 0.5 * (np.asarray(a.centre_m) + np.asarray(b.centre_m))
        rate = np.array([0.0, -ORBIT_RATE_RAD_S, 0.0])
        whole = Motion(np.zeros(3), np.zeros(3), rate)
        axis = axis / np.linalg.norm(axis)
        moved = part(whole, bodies, at_m, axis, speed, (0, 1))
        still = part(whole, bodies, at_m, axis, 0.0, (0, 1))
        parts = {
            s.id: PartMotion(
                _triple(m.position_m), _triple(m.velocity_m_s),
                float(np.linalg.norm(m.velocity_m_s - q.velocity_m_s)),
                math.degrees(float(np.linalg.norm(m.rate_rad_s - q.rate_rad_s))),
            )
            for s, m, q in zip(sides, moved, still, strict=True)
        }  # fmt: skip
        return Separated(self.joint, speed, parts)


def _triple(v: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])


def _count(q: Quantity | None) -> str:
    if q is None:
        return ""
    low, high = q.bounds
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
