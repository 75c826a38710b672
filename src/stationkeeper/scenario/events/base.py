"""What all events share: their date, whether they are forced, and the two things that each must do."""

from __future__ import annotations

from abc import abstractmethod

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from stationkeeper.core.errors import choice
from stationkeeper.core.model import Model, UtcTime
from stationkeeper.functions import assess_all
from stationkeeper.functions.command import missing_agencies
from stationkeeper.functions.crew_return import seat_table
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration
from stationkeeper.station.schema import Visit


class AbstractEvent(Model):
    """Something that happens on a date.

    ``rule`` judges it in the configuration that it meets; ``apply`` returns a new configuration and effects. Neither
    changes anything in place. ``origin`` is ``flown`` for events that the station's own history brings.
    """

    at: UtcTime
    id: str = Field(default="", max_length=64, description="name of the event in results; made up when left out")
    force: bool = Field(default=False, description="let it happen although the ruling forbids it")
    note: str = ""
    source: list[str] = Field(default_factory=list)
    origin: SkipJsonSchema[str] = Field(default="scenario", pattern="^(scenario|flown|policy)$")

    @abstractmethod
    def rule(self, cfg: Configuration) -> Ruling:
        """Whether it can happen, what must precede it, what it breaks."""

    @abstractmethod
    def apply(self, cfg: Configuration) -> Outcome:
        """The configuration after it, with effects in plain words."""

    @abstractmethod
    def title(self, cfg: Configuration) -> str:
        """One line for people: what happens."""


def find_visit(cfg: Configuration, visit_id: str) -> Visit | None:
    """The visit of that id in the station's data, if any."""
    return next((v for v in cfg.station.visit if v.id == visit_id), None)


def name_of(cfg: Configuration, visit_id: str) -> str:
    """Name of a vehicle or equipment for people, or the id itself."""
    visit = find_visit(cfg, visit_id)
    if visit:
        return visit.name
    q = next((x for x in cfg.station.equipment if x.id == visit_id), None)
    return q.name if q else visit_id


def changed_functions(before: Configuration, after: Configuration) -> list[str]:
    """Functions whose state an event changes, stack by stack, in words; both configurations have the same stacks."""
    out: list[str] = []
    for old, new in zip(before.stacks(), after.stacks(), strict=True):
        a, b = assess_all(old), assess_all(new)
        out += [
            f"{f.replace('_', ' ')} of {new.name}: {a[f].status} -> {b[f].status}"
            for f in a
            if a[f].status != b[f].status
        ]
    return out


def require_docked(r: RulingBuilder, cfg: Configuration, visit_id: str) -> bool:
    """Rule out what needs a docked vehicle that is not there; whether it is there."""
    if cfg.vehicle(visit_id) is None:
        # a known vehicle that is elsewhere is no misspelling
        there = choice("" if find_visit(cfg, visit_id) else visit_id, [d.visit for d in cfg.docked], "vehicles there")
        r.absent(f"{name_of(cfg, visit_id)} is not docked at that time; {there}", "visit")
        return False
    return True


def require_operator(r: RulingBuilder, cfg: Configuration, partner: str, what: str) -> None:
    """Rule out what needs a partner that has left."""
    if cfg.partners[partner].state == "gone":
        name = next(p.name for p in cfg.station.partner if p.id == partner)
        r.never(f"{name} has left the partnership and does not fly {what}")


def crew_rules(r: RulingBuilder, before: Configuration, after: Configuration) -> None:
    """Which of the partners' crew rules an event breaks: a seat for everyone, and somebody to run each segment."""
    rules = {x.kind: x for x in before.station.rule}
    short_before = sum(seat_table(s).short for s in before.stacks())
    for stack in after.stacks():
        t = seat_table(stack)
        rule = rules.get("lifeboat")
        if t.short > 0 and t.short > short_before and rule:
            who = ", ".join(t.without) or "one of the crew"
            r.breaks(
                f"{t.short} of {t.people} people in {stack.name} would have no seat home ({who}): breaks the rule that "
                f"{rule.text[0].lower()}{rule.text[1:]}",
                tuple(rule.source),
            )
        mix = rules.get("crew-mix")
        lost = [a for a in missing_agencies(stack) if any(c.agency == a for c in before.crew)] if stack.crew else []
        if mix and lost:
            short = [p.short for p in before.station.partner if p.id in lost]
            r.breaks(f"nobody of {', '.join(short)} would be left in {stack.name}: {mix.text}", tuple(mix.source))
