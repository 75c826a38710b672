"""An engine changes the orbit of the stack that it is attached to."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, model_validator

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.core.errors import Refused, choice
from stationkeeper.functions.attitude import thrusters
from stationkeeper.functions.propellant import supplies
from stationkeeper.functions.reboost import Pusher, pushers
from stationkeeper.scenario.events.base import AbstractEvent, name_of
from stationkeeper.scenario.ruling import Outcome, Push, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration, Tank

VERBS = {"raise": "raises the orbit", "lower": "lowers the orbit", "debris-avoidance": "dodges debris",
         "phasing": "shifts the orbit's timing", "test": "tests its engine on the station"}  # fmt: skip

THRUST_SLACK = 2.0
"""Size and length of a burn are both rounded and measured: only a thrust beyond this times the engine's is refused."""


class Reboost(AbstractEvent):
    """A burn along the velocity by a docked vehicle or by the station's own engine."""

    kind: Literal["reboost"]
    by: str = Field(description="id of a docked visit, or of the station's own engine")
    delta_v_m_s: float | None = Field(
        default=None, description="along the velocity; negative lowers the orbit", ge=-50, le=50
    )
    duration_s: float | None = Field(default=None, gt=0, le=14_400)
    purpose: Literal["raise", "lower", "debris-avoidance", "phasing", "test"] = "raise"
    burn: str = Field(default="", description="id of the burn in the station's history, if it is one")

    @model_validator(mode="after")
    def _size(self) -> Reboost:
        if self.delta_v_m_s is None and self.duration_s is None:
            raise Refused("a burn without a size", "delta_v_m_s or duration_s", "Give one of the two, or both.")
        if self.delta_v_m_s == 0.0:
            raise Refused(
                "0 m/s",
                "a change of speed other than zero",
                "To leave a burn out, use kind = 'skip_reboost'.",
                "delta_v_m_s",
            )
        return self

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        size = f" by {self.delta_v_m_s:+.2f} m/s" if self.delta_v_m_s is not None else ""
        return f"{name_of(cfg, self.by)} {VERBS[self.purpose]}{size}"

    def rule(self, cfg: Configuration) -> Ruling:
        """The engine must be there, shown to do it, aimed by somebody, and fed."""
        r = RulingBuilder()
        p = self._pusher(cfg)
        if p is None:
            able = [x.id for s in cfg.stacks() for x in pushers(s)]
            there = choice(self.by, dict.fromkeys(able), "those that can")
            r.absent(
                f"{name_of(cfg, self.by)} has no engine attached to the station that can push it at that time; {there}",
                "by",
            )
            return r.build()
        stack = cfg.stack_of(self._node(cfg))
        if not p.shown:
            r.unknown(f"{p.engine} had not been used to raise a station by {self.at.date}: {p.note}", p.source)
        if not thrusters(stack):
            r.unknown(
                f"{stack.name} has no thrusters to turn into the attitude for the burn and back; "
                f"whether it could be done without is disputed. {p.note}".rstrip(), p.source,
            )  # fmt: skip
        need = self._propellant_kg(p, stack.mass_kg)
        mine, low, high = self._supply(cfg)
        size = "duration_s" if self.delta_v_m_s is None else "delta_v_m_s"
        thrust_n, most_n = self._thrust_n(p, self.delta_v_m_s or 0.0, stack.mass_kg), p.thrust_bounds_n[1]
        if thrust_n > THRUST_SLACK * most_n:
            r.never(
                f"so much in so short a time takes {thrust_n:,.0f} N, and {p.engine} gives at most {most_n:,.0f} N",
                p.source,
                "duration_s",
            )
        if mine and need > high:
            r.absent(
                f"it needs {need:.0f} kg of propellant; the tanks that it may use hold at most {high:.0f} kg", size
            )
        elif not self._spares(cfg, need):
            r.absent(f"it needs {need:.0f} kg of propellant, more than {p.name} can hold", size)
        elif mine and need > low:
            r.unknown(
                f"it needs {need:.0f} kg of propellant; the tanks hold {low:.0f} to {high:.0f} kg, nobody published how much"
            )
        else:
            r.good(f"{p.engine} can do it with {need:.0f} kg of propellant", p.source)
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Books the propellant and asks the flight for the burn."""
        p = self._pusher(cfg)
        stack = cfg.stack_of(self._node(cfg))
        if p is None:
            return Outcome(cfg)
        speed = p.specific_impulse_s * STANDARD_GRAVITY_M_S2
        need = self._propellant_kg(p, stack.mass_kg)
        signed = self.delta_v_m_s
        if signed is None:
            sign = -1.0 if self.purpose == "lower" else 1.0
            signed = sign * -speed * math.log1p(-need / stack.mass_kg)
        after, taken, effects = draw(cfg, self._order(cfg), self._node(cfg), need)
        push = Push(
            p.id,
            p.name,
            p.partner,
            self._thrust_n(p, signed, stack.mass_kg),
            p.specific_impulse_s,
            signed,
            self.purpose,
            p.source,
        )
        used = f"{p.name} burns {need:.0f} kg of propellant for {signed:+.2f} m/s"
        return Outcome(after.with_(epoch=self.at), (used, *effects), push, taken=tuple(taken.items()))

    def _pusher(self, cfg: Configuration) -> Pusher | None:
        if self._node(cfg) not in cfg.nodes:
            return None
        found = [p for p in pushers(cfg.stack_of(self._node(cfg))) if p.id == self.by]
        return next((p for p in found if p.shown), found[0] if found else None)

    def _node(self, cfg: Configuration) -> str:
        return cfg.body_of(self.by)

    def _propellant_kg(self, p: Pusher, mass_kg: float) -> float:
        speed = p.specific_impulse_s * STANDARD_GRAVITY_M_S2
        if self.delta_v_m_s is not None:
            return mass_kg * -math.expm1(-abs(self.delta_v_m_s) / speed)
        return p.thrust_n * (self.duration_s or 0.0) / speed

    def _thrust_n(self, p: Pusher, delta_v_m_s: float, mass_kg: float) -> float:
        if self.duration_s and self.delta_v_m_s is not None:
            speed = p.specific_impulse_s * STANDARD_GRAVITY_M_S2
            return mass_kg * -math.expm1(-abs(delta_v_m_s) / speed) * speed / self.duration_s
        return p.thrust_n

    def _order(self, cfg: Configuration) -> list[Tank]:
        """The tanks that feed it, nearest first."""
        return [s.tank for s in supplies(cfg.stack_of(self._node(cfg)), self.by)]

    def _spares(self, cfg: Configuration, need_kg: float) -> bool:
        """Whether every body that gives propellant keeps some mass of its own."""
        after, _, _ = draw(cfg, self._order(cfg), self._node(cfg), need_kg)
        return all(n.mass_kg > 0.0 for k, n in after.nodes.items() if n.mass_kg != cfg.nodes[k].mass_kg)

    def _supply(self, cfg: Configuration) -> tuple[list[Tank], float, float]:
        tanks = self._order(cfg)
        return tanks, math.fsum(t.low_kg for t in tanks), math.fsum(t.high_kg for t in tanks)


def draw(
    cfg: Configuration, order: list[Tank], fallback: str, need_kg: float
) -> tuple[Configuration, dict[str, float], list[str]]:
    """Takes propellant from tanks in order; each kilogram leaves the mass of exactly one body.

    Gives the configuration, what each tank gave, and effects in words. What the best estimates of the tanks do not cover is taken from the mass of ``fallback`` and said.
    """
    left = need_kg
    taken: dict[str, float] = {}
    loss: dict[str, float] = {}
    for t in order:
        part = min(t.content_kg, left)
        taken[t.id] = part
        loss[t.node] = loss.get(t.node, 0.0) + part
        left -= part
    effects = []
    if left > 1e-9:
        loss[fallback] = loss.get(fallback, 0.0) + left
        effects.append(f"{left:.0f} kg of it is not covered by any published tank content and is booked as unexplained")
    tanks = tuple(t.plus_kg(-taken.get(t.id, 0.0)) for t in cfg.tanks)
    nodes = {k: n.plus_kg(-loss[k]) if k in loss else n for k, n in cfg.nodes.items()}
    return cfg.with_(tanks=tanks, nodes=nodes), taken, effects
