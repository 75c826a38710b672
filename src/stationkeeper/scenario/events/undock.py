"""A vehicle without people leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from stationkeeper.scenario.events.base import AbstractEvent, crew_rules, name_of, require_docked
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration


def remove_vehicle(cfg: Configuration, visit_id: str) -> Configuration:
    """The configuration without a docked vehicle, its link and its tank; people stay where they are."""
    return cfg.with_(
        nodes={k: n for k, n in cfg.nodes.items() if k != visit_id},
        links=tuple(x for x in cfg.links if visit_id not in (x.a, x.b)),
        docked=tuple(d for d in cfg.docked if d.visit != visit_id),
        tanks=tuple(t for t in cfg.tanks if t.node != visit_id),
        stores=tuple(s for s in cfg.stores if s.node != visit_id),
    )


def depart(cfg: Configuration, visit_id: str) -> Configuration:
    """The configuration after a vehicle has left for good: nobody holds a seat in it any more."""
    crew = tuple(replace(c, seat=None, seat_kind="none") if c.seat == visit_id else c for c in cfg.crew)
    return remove_vehicle(cfg, visit_id).with_(crew=crew)


class Undock(AbstractEvent):
    """A vehicle leaves without people."""

    kind: Literal["undock"]
    visit: str

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        return f"{name_of(cfg, self.visit)} leaves"

    def rule(self, cfg: Configuration) -> Ruling:
        """It must be docked; leaving with somebody's seat breaks the lifeboat rule."""
        r = RulingBuilder()
        if require_docked(r, cfg, self.visit):
            crew_rules(r, cfg, depart(cfg, self.visit))
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Takes the vehicle away; those who held a seat in it have none."""
        seatless = [c.name for c in cfg.crew if c.seat == self.visit]
        mass = cfg.nodes[self.visit].mass_kg
        effects = [f"{cfg.nodes[self.visit].name} takes {mass / 1000:.1f} t away"]
        if seatless:
            effects.append(f"{', '.join(seatless)} lose the seat that was held for them")
        return Outcome(depart(cfg, self.visit).with_(epoch=self.at), tuple(effects))
