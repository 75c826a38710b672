"""A piece of equipment, or everything in an element, stops working."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stationkeeper.core.errors import choice
from stationkeeper.scenario.events.base import AbstractEvent, changed_functions, name_of
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration


class FunctionFailed(AbstractEvent):
    """Equipment, an element or a docked vehicle stops serving."""

    kind: Literal["function_failed"]
    what: str = Field(description="id of equipment, of an element, or of a docked visit")

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        element = cfg.element(self.what)
        return f"failure of {element.name if element else name_of(cfg, self.what)}"

    def rule(self, cfg: Configuration) -> Ruling:
        """It must be there to fail."""
        r = RulingBuilder()
        known = {q.id for q in cfg.station.equipment if q.element in cfg.nodes} | set(cfg.nodes)
        if self.what not in known:
            there = choice(self.what, sorted(known), "they")
            r.absent(f"there is no equipment, element or docked vehicle '{self.what}' at that time; {there}", "what")
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Marks it failed and says which functions get worse."""
        after = cfg.with_(epoch=self.at, failed=cfg.failed | {self.what})
        effects = changed_functions(cfg, after)
        return Outcome(after, tuple(effects) or ("no function changes its state: others stand in",))
