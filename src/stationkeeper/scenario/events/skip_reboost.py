"""A burn of the station's history is not flown."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import Refused, choice
from stationkeeper.core.model import UtcTime
from stationkeeper.scenario.events.base import AbstractEvent
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration
from stationkeeper.station.schema import Burn


class SkipReboost(AbstractEvent):
    """Leaves out one burn of the history, or all burns from ``at`` until ``until``."""

    kind: Literal["skip_reboost"]
    burn: str | None = Field(default=None, description="id of the burn that is left out")
    until: UtcTime | None = Field(default=None, description="leave out all burns from 'at' until here")

    @model_validator(mode="after")
    def _one(self) -> SkipReboost:
        if (self.burn is None) == (self.until is None):
            found = "neither burn nor until" if self.burn is None else "both burn and until"
            raise Refused(found, "burn, for one burn, or until, for all from 'at' until then", "Give one of the two.")
        return self

    def skips(self, burn_id: str, when: Epoch) -> bool:
        """Whether a burn of the history falls out."""
        if self.burn is not None:
            return burn_id == self.burn
        return self.until is not None and self.at <= when < self.until

    def title(self, cfg: Configuration) -> str:  # noqa: ARG002  (every event is told where it stands)
        """One line for people."""
        what = f"burn {self.burn}" if self.burn else f"every burn until {self.until}"
        return f"{what} is not flown"

    def rule(self, cfg: Configuration) -> Ruling:
        """Always possible: nothing forces a burn; an unknown burn is an error of the scenario."""
        r = RulingBuilder()
        if self.burn is not None and all(b.id != self.burn for b in cfg.station.burn):
            burns = [b.id for b in cfg.station.burn]
            r.absent(f"the station's history has no burn '{self.burn}'; {choice(self.burn, burns, 'burns')}", "burn")
        else:
            r.good("a burn that nobody commands does not happen")
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Changes nothing now; the history goes on without the burns."""
        skipped: list[Burn] = [b for b in cfg.station.burn if b.status == "flown" and self.skips(b.id, b.at.epoch)]
        total = sum(b.delta_v_m_s.best for b in skipped if b.delta_v_m_s)
        return Outcome(cfg, (f"{len(skipped)} flown burns of {total:+.2f} m/s in all fall away",))
