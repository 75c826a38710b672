"""A person's place home moves to another vehicle."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from stationkeeper.core.errors import choice
from stationkeeper.scenario.events.base import AbstractEvent, name_of, require_docked
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration, seats_of, type_of


class AssignSeat(AbstractEvent):
    """Somebody's seat liner, or an emergency place, is moved to another docked vehicle."""

    kind: Literal["assign_seat"]
    person: str
    visit: str
    place: Literal["seat", "emergency"] = "seat"

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        c = cfg.person(self.person)
        what = "a seat" if self.place == "seat" else "an emergency place"
        return f"{c.name if c else self.person} gets {what} in {name_of(cfg, self.visit)}"

    def rule(self, cfg: Configuration) -> Ruling:
        """Person and vehicle must be there, in one stack, with a place free; an emergency place is a last resort."""
        r = RulingBuilder()
        c = cfg.person(self.person)
        if c is None:
            aboard = [x.person for x in cfg.crew]
            r.absent(
                f"{self.person} is not aboard at that time; {choice(self.person, aboard, 'people aboard')}", "person"
            )
        if not require_docked(r, cfg, self.visit) or c is None:
            return r.build()
        if c.location not in cfg.stack_of(self.visit).members:
            r.never(f"{c.name} is in another part of the station", (), "visit")
        docked = next(d for d in cfg.docked if d.visit == self.visit)
        kind = type_of(cfg.station, docked.vehicle)
        taken = [x for x in cfg.crew if x.seat == self.visit and x.seat_kind == self.place and x.person != self.person]
        places = seats_of(cfg.station, self.visit) if self.place == "seat" else kind.extra_seats
        if len(taken) >= places:
            what = "seat" if self.place == "seat" else "emergency place"
            r.absent(
                f"all {places} {what}s in {docked.name} are taken" if places else f"{docked.name} has no {what}",
                "visit",
            )
        if self.place == "emergency":
            r.good(f"an emergency place: {kind.extra_seats_note}", tuple(kind.source))
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Moves the place; the old one is free."""
        crew = tuple(
            replace(c, seat=self.visit, seat_kind=self.place) if c.person == self.person else c for c in cfg.crew
        )
        return Outcome(cfg.with_(epoch=self.at, crew=crew))
