"""An element joins the station: brought by a docked vehicle, or arriving by itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stationkeeper.core.errors import choice
from stationkeeper.scenario.events.base import AbstractEvent
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration, Link, element_node, joint_links


class Install(AbstractEvent):
    """An element of the station's data is added, with its joints to what is there."""

    kind: Literal["install"]
    element: str
    out_of: str | None = Field(default=None, description="docked visit that carried it and gets lighter by its mass")

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        e = next((x for x in cfg.station.element if x.id == self.element), None)
        return f"{e.name if e else self.element} is installed"

    def rule(self, cfg: Configuration) -> Ruling:
        """It must be known, not there yet, and have a joint to something that is there."""
        r = RulingBuilder()
        e = next((x for x in cfg.station.element if x.id == self.element), None)
        if e is None:
            known = [x.id for x in cfg.station.element if x.id not in cfg.nodes]
            r.absent(
                f"the station's data know no element '{self.element}'; {choice(self.element, known, 'those not there yet')}",
                "element",
            )
            return r.build()
        if self.element in cfg.nodes:
            r.absent(f"{self.element} is there already", "element")
        elif not self._links(cfg):
            r.absent(f"nothing that {self.element} is joined to is part of the station at that time", "element")
        if self.out_of is not None and cfg.vehicle(self.out_of) is None:
            there = choice(self.out_of, [d.visit for d in cfg.docked], "vehicles there")
            r.absent(f"{self.out_of} is not docked at that time; {there}", "out_of")
        elif self.out_of is not None:
            propellant_kg = sum(t.high_kg for t in cfg.tanks if t.node == self.out_of)
            room_kg = cfg.nodes[self.out_of].mass_kg - propellant_kg
            if e.mass_kg.best >= room_kg:
                r.absent(
                    f"{e.name} weighs {e.mass_kg.best:,.0f} kg, and all of {self.out_of} {room_kg:,.0f} kg", "out_of"
                )
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Adds the body and its joints; the mass comes out of the vehicle that carried it, if one is named."""
        node = element_node(next(e for e in cfg.station.element if e.id == self.element))
        nodes = {**cfg.nodes, node.id: node}
        if self.out_of is not None:
            nodes[self.out_of] = nodes[self.out_of].plus_kg(-node.mass_kg)
        after = cfg.with_(epoch=self.at, nodes=nodes, links=(*cfg.links, *self._links(cfg)))
        effect = f"{node.name}, {node.mass_kg / 1000:.2f} t, is now part of the station"
        return Outcome(after, (effect,), moved_kg=node.mass_kg if self.out_of else 0.0)

    def _links(self, cfg: Configuration) -> list[Link]:
        there = {*cfg.nodes, self.element}
        return [x for x in joint_links(cfg.station, there, self.at) if self.element in (x.a, x.b)]
