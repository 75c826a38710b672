"""A vehicle leaves with people."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import choice
from stationkeeper.scenario.events.base import AbstractEvent, crew_rules, find_visit, name_of, require_docked
from stationkeeper.scenario.events.undock import depart
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration, seats_of, type_of


class CrewReturn(AbstractEvent):
    """A vehicle leaves with people. Left out, those go who hold a seat in it."""

    kind: Literal["crew_return"]
    visit: str
    crew: list[str] | None = Field(
        default=None, description="ids of the people who go; left out: those who hold a seat in it"
    )

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        who = [c.name for c in cfg.crew if c.person in self._people(cfg)]
        left = [c.name for c in cfg.crew if c.seat == self.visit and c.person not in self._people(cfg)]
        tail = f", without {', '.join(left)}" if left else ""
        return f"{name_of(cfg, self.visit)} leaves with {', '.join(who) or 'nobody'}{tail}"

    def rule(self, cfg: Configuration) -> Ruling:
        """Seats and liners must be there; who is left without a seat is named; crew rules that break are named."""
        r = RulingBuilder()
        if not require_docked(r, cfg, self.visit):
            return r.build()
        docked = next(d for d in cfg.docked if d.visit == self.visit)
        kind = type_of(cfg.station, docked.vehicle)
        people = self._people(cfg)
        here = {c.person: c for c in cfg.crew}
        for p in people:
            if p not in here:
                r.absent(f"{p} is not aboard at that time; {choice(p, here, 'people aboard')}", "crew")
            elif here[p].location not in cfg.stack_of(self.visit).members:
                r.never(f"{here[p].name} is in another part of the station and cannot reach {docked.name}", (), "crew")
            elif here[p].seat != self.visit:
                r.first("crew", f"move the seat liner of {here[p].name} to {docked.name}", "", tuple(kind.source))
        if len(set(people)) < len(people):
            r.absent("a person stands twice in the list", "crew")
        seats = seats_of(cfg.station, self.visit)
        if len(people) > seats + kind.extra_seats:
            r.absent(f"{docked.name} has {seats} seats for {len(people)} people", "crew")
        if not docked.safe_for_return:
            r.never(f"{docked.name} is not safe to come home in: {docked.state_text}", docked.state_source, "visit")
        if not r.ruled_out:
            after = self._after(cfg)
            left = [c.name for c in cfg.crew if c.seat == self.visit and c.person not in people]
            if left:
                r.good(f"nothing physical holds it back: it can leave with {len(people)} of the {seats} seats filled")
            crew_rules(r, cfg, after)
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Takes the vehicle and its people away; who stays without a seat is said."""
        people = self._people(cfg)
        gone = [c for c in cfg.crew if c.person in people]
        after = self._after(cfg)
        effects = [f"{c.name} comes home after {math.floor(c.days(self._landing(cfg)))} days in space" for c in gone]
        effects += [f"{c.name} stays aboard without a seat" for c in cfg.crew if c.seat == self.visit and c not in gone]
        return Outcome(after.with_(epoch=self.at), tuple(effects))

    def _landing(self, cfg: Configuration) -> Epoch:
        visit = find_visit(cfg, self.visit)
        landed = visit.landed.epoch if visit and visit.landed else self.at
        return max(landed, self.at)

    def _after(self, cfg: Configuration) -> Configuration:
        people = self._people(cfg)
        after = depart(cfg, self.visit)
        return after.with_(crew=tuple(c for c in after.crew if c.person not in people))

    def _people(self, cfg: Configuration) -> list[str]:
        if self.crew is not None:
            return self.crew
        return [c.person for c in cfg.crew if c.seat == self.visit]
