"""A docked vehicle is lost or degraded."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from stationkeeper.functions.crew_return import seat_table
from stationkeeper.scenario.events.base import AbstractEvent, crew_rules, name_of, require_docked
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration

STATES = {"degraded": "is degraded", "unsafe-for-return": "is no longer safe to come home in", "lost": "is lost"}


class VehicleLost(AbstractEvent):
    """From this moment a docked vehicle is degraded, unsafe for people, or lost altogether."""

    kind: Literal["vehicle_lost"]
    visit: str
    state: Literal["degraded", "unsafe-for-return", "lost"] = "lost"
    text: str = Field(default="", description="what happened, in a few words")

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        return f"{name_of(cfg, self.visit)} {STATES[self.state]}"

    def rule(self, cfg: Configuration) -> Ruling:
        """It must be docked; a rule about seats that breaks is named."""
        r = RulingBuilder()
        if require_docked(r, cfg, self.visit):
            r.good("accidents need nobody's leave")
            crew_rules(r, cfg, self._after(cfg))
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Marks the vehicle; nothing changes place."""
        after = self._after(cfg)
        tables = [seat_table(s) for s in after.stacks()]
        without = [n for t in tables for n in t.without]
        effects = [self.text] if self.text else []
        if without and self.state != "degraded":
            effects.append(f"{', '.join(without)} are without a safe seat")
        return Outcome(after.with_(epoch=self.at), tuple(effects))

    def _after(self, cfg: Configuration) -> Configuration:
        return cfg.with_(
            docked=tuple(
                replace(d, state=self.state, state_text=self.text, state_source=tuple(self.source))
                if d.visit == self.visit
                else d
                for d in cfg.docked
            )
        )
