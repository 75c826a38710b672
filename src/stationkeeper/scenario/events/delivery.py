"""Propellant is moved from a docked vehicle to the station's tanks, or between tanks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stationkeeper.core.errors import choice
from stationkeeper.scenario.events.base import AbstractEvent
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration


class Delivery(AbstractEvent):
    """Propellant goes from one tank to another of the same stack."""

    kind: Literal["delivery"]
    from_tank: str
    to_tank: str
    propellant_kg: float = Field(gt=0)

    def title(self, cfg: Configuration) -> str:  # noqa: ARG002  (every event is told where it stands)
        """One line for people."""
        return f"{self.propellant_kg:.0f} kg of propellant go from {self.from_tank} to {self.to_tank}"

    def rule(self, cfg: Configuration) -> Ruling:
        """Both tanks must be in one stack, and the first must hold enough."""
        r = RulingBuilder()
        tanks = {t.id: t for t in cfg.tanks}
        for name in (self.from_tank, self.to_tank):
            if name not in tanks:
                r.absent(
                    f"there is no tank '{name}' at that time; {choice(name, tanks, 'tanks')}",
                    "from_tank" if name == self.from_tank else "to_tank",
                )
        if self.from_tank == self.to_tank:
            r.absent("propellant goes from one tank to another, not to the same", "to_tank")
        if r.ruled_out:
            return r.build()
        a, b = tanks[self.from_tank], tanks[self.to_tank]
        if cfg.stack_of(a.node).members != cfg.stack_of(b.node).members:
            r.never("the two tanks are in parts of the station that are no longer joined", (), "to_tank")
        if self.propellant_kg > a.high_kg:
            r.absent(f"{a.name} holds at most {a.high_kg:.0f} kg", "propellant_kg")
        elif self.propellant_kg > a.content_kg:
            r.unknown(f"{a.name} holds {a.low_kg:.0f} to {a.high_kg:.0f} kg; nobody published how much")
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Moves the mass with the propellant; the total stays."""
        tanks = {t.id: t for t in cfg.tanks}
        a, b = tanks[self.from_tank], tanks[self.to_tank]
        kg = min(self.propellant_kg, a.content_kg)
        new = {a.id: a.plus_kg(-kg), b.id: b.plus_kg(kg)}
        nodes = dict(cfg.nodes)
        if a.node != b.node:
            nodes |= {a.node: nodes[a.node].plus_kg(-kg), b.node: nodes[b.node].plus_kg(kg)}
        after = cfg.with_(epoch=self.at, tanks=tuple(new.get(t.id, t) for t in cfg.tanks), nodes=nodes)
        return Outcome(after, (f"{kg:.0f} kg moved; {a.name} keeps {a.content_kg - kg:.0f} kg",))
