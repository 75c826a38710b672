"""A partner withdraws: announced, notified, effective."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stationkeeper.core.errors import choice
from stationkeeper.scenario.events.base import AbstractEvent, changed_functions
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration, PartnerState
from stationkeeper.station.schema import Partner

STAGES = {"announced": "announces that it will leave", "notified": "gives formal notice", "effective": "has left"}


class PartnerWithdraws(AbstractEvent):
    """One stage of a partner's leaving.

    ``announced`` changes nothing aboard. ``notified`` starts the notice of the agreement. ``effective`` ends the
    partner's services: its vehicles do not fly, what it operates is no longer operated, unless others take it over.
    """

    kind: Literal["partner_withdraws"]
    partner: str
    stage: Literal["announced", "notified", "effective"] = "effective"
    notice_day: float | None = Field(default=None, ge=0, description="notice in days; left out: that of the agreement")

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        p = self._partner(cfg)
        return f"{p.name if p else self.partner} {STAGES[self.stage]}"

    def rule(self, cfg: Configuration) -> Ruling:
        """Leaving takes notice; without it the agreement is broken, which nothing physical prevents."""
        r = RulingBuilder()
        p = self._partner(cfg)
        if p is None:
            partners = [x.id for x in cfg.station.partner]
            r.absent(f"there is no partner '{self.partner}'; {choice(self.partner, partners, 'partners')}", "partner")
            return r.build()
        now = cfg.partners[p.id]
        if now.state == "gone":
            r.absent(f"{p.name} has left already", "partner")
        elif now.state == "notified" and self.stage == "announced":
            r.absent(f"{p.name} has given notice already", "stage")
        notice = self.notice_day if self.notice_day is not None else (p.notice_day.best if p.notice_day else None)
        if self.stage == "effective" and notice is not None:
            given = self.at.days_since(now.since) if now.state == "notified" else 0.0
            source = tuple(p.notice_day.source) if p.notice_day else ()
            if given < notice:
                r.first(
                    "agreement",
                    f"formal notice of {notice:.0f} days; {given:.0f} days had passed by {self.at.date}",
                    "",
                    source,
                )
        if self.stage == "announced":
            r.good("words alone change nothing aboard")
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Sets the partner's standing; an effective withdrawal says which functions get worse."""
        state = "gone" if self.stage == "effective" else self.stage
        partners = {**cfg.partners, self.partner: PartnerState(state, self.at, self.note)}
        after = cfg.with_(epoch=self.at, partners=partners)
        effects = changed_functions(cfg, after)
        if self.stage != "effective":
            effects.append("nothing changes aboard")
        return Outcome(after, tuple(effects))

    def _partner(self, cfg: Configuration) -> Partner | None:
        return next((p for p in cfg.station.partner if p.id == self.partner), None)
