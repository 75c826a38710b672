"""A vehicle arrives with people."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from stationkeeper.core.errors import choice
from stationkeeper.scenario.events.base import find_visit, name_of
from stationkeeper.scenario.events.dock import Dock
from stationkeeper.scenario.ruling import Outcome, Ruling
from stationkeeper.station.configuration import Aboard, Configuration, aboard, home_of, seats_of


class CrewLaunch(Dock):
    """A vehicle arrives with people. Those of a known visit are the ones who flew in it."""

    kind: Literal["crew_launch"]  # type: ignore[assignment]
    crew: list[str] | None = Field(default=None, description="ids of people; left out: as flown")

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        return f"{self.name or name_of(cfg, self.visit)} arrives with {len(self._people(cfg))} people"

    def rule(self, cfg: Configuration) -> Ruling:
        """As docking; nobody may be aboard twice, seats must suffice."""
        r = self._judge(cfg)
        people = self._people(cfg)
        known = {p.id for p in cfg.station.person}
        for p in people:
            if p not in known:
                r.absent(f"nobody is known as '{p}'; {choice(p, sorted(known), 'people')}", "crew")
        for c in cfg.crew:
            if c.person in people:
                r.absent(f"{c.name} is aboard already", "crew")
        if len(set(people)) < len(people):
            r.absent("a person stands twice in the list", "crew")
        kind_id = self._type(cfg)
        known_visit = find_visit(cfg, self.visit) is not None
        seats = (
            seats_of(cfg.station, self.visit)
            if known_visit
            else next((v.seats for v in cfg.station.vehicle if v.id == kind_id), 0)
        )
        if len(people) > seats:
            r.absent(f"it has {seats} seats for {len(people)} people", "crew")
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Docks the vehicle and brings the people aboard, each with a seat in it."""
        done = super().apply(cfg)
        after = done.configuration
        new = tuple(self._aboard(after, p) for p in self._people(cfg))
        who = ", ".join(c.name for c in new)
        effects = (*done.effects, f"{who} come aboard") if new else done.effects
        return Outcome(after.with_(crew=after.crew + new), effects)

    def _people(self, cfg: Configuration) -> list[str]:
        if self.crew is not None:
            return self.crew
        return [y.person for y in cfg.station.stay if y.up == self.visit]

    def _aboard(self, cfg: Configuration, person: str) -> Aboard:
        stay = next((y for y in cfg.station.stay if y.person == person and y.up == self.visit), None)
        if stay is not None:
            flown = aboard(cfg.station, cfg.nodes, stay, max(self.at, stay.aboard_from.epoch))
            since = flown.aboard_since if self.origin == "flown" else self.at
            return replace(
                flown, seat=self.visit, seat_kind="seat", launched=min(flown.launched, self.at), aboard_since=since
            )
        p = next(x for x in cfg.station.person if x.id == person)
        home = home_of(cfg.nodes, cfg.station, p.agency, self.visit)
        return Aboard(p.id, p.name, p.agency, p.nationality, self.at, self.at, self.visit, "seat", home)
