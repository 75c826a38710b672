"""A vehicle moves to another port."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from stationkeeper.scenario.events.base import AbstractEvent, name_of, require_docked
from stationkeeper.scenario.events.dock import attach, judge_port
from stationkeeper.scenario.events.undock import remove_vehicle
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration


class Relocate(AbstractEvent):
    """A docked vehicle moves to another port."""

    kind: Literal["relocate"]
    visit: str
    port: str

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        port = next((p.name for p in cfg.station.port if p.id == self.port), self.port)
        return f"{name_of(cfg, self.visit)} moves to {port}"

    def rule(self, cfg: Configuration) -> Ruling:
        """It must be docked, and the new port must take it."""
        r = RulingBuilder()
        if require_docked(r, cfg, self.visit):
            docked = cfg.vehicle(self.visit)
            if docked and docked.port == self.port:
                r.absent(f"{docked.name} is there already", "port")
            judge_port(r, remove_vehicle(cfg, self.visit), docked.vehicle if docked else "", self.port, self.at)
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Moves the vehicle with its tank; mass does not change."""
        docked = next(d for d in cfg.docked if d.visit == self.visit)
        node = cfg.nodes[self.visit]
        tanks = cfg.tanks
        moved = attach(remove_vehicle(cfg, self.visit), self.visit, docked.vehicle, self.port, self.at)
        there = moved.nodes[self.visit]
        stays = replace(there, mass_kg=node.mass_kg, mass_low_kg=node.mass_low_kg, mass_high_kg=node.mass_high_kg)
        nodes = {**moved.nodes, self.visit: stays}
        # it keeps its condition and the date of its first docking: certified docked life runs on
        kept: dict[str, Any] = {
            "since": docked.since,
            "state": docked.state,
            "state_text": docked.state_text,
            "state_source": docked.state_source,
        }
        rows = tuple(replace(d, **kept) if d.visit == self.visit else d for d in moved.docked)
        return Outcome(
            moved.with_(nodes=nodes, docked=rows, tanks=tanks, stores=cfg.stores),
            (f"{node.name} is now at {self.port}",),
        )
