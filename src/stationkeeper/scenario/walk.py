"""Walks events over configurations: rules each, applies what may happen, keeps a log. No flight here."""

from __future__ import annotations

from dataclasses import dataclass

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import Problem, plain
from stationkeeper.scenario.events import AbstractEvent
from stationkeeper.scenario.ruling import Outcome, Ruling
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.timeline import timeline
from stationkeeper.station.configuration import Configuration, Link, Node, configuration_at
from stationkeeper.station.schema import Station

BALANCE = "mass-balance"


@dataclass(frozen=True)
class Happened:
    """An event, its ruling, and what it did. ``forced``: it happened although the ruling forbids it."""

    event: AbstractEvent
    title: str
    ruling: Ruling
    applied: bool
    before: Configuration
    after: Configuration
    outcome: Outcome

    @property
    def forced(self) -> bool:
        """Whether it happened against its ruling."""
        return self.applied and not self.ruling.allows and self.event.origin == "scenario"

    @property
    def at(self) -> Epoch:
        """When."""
        return self.event.at


def happen(cfg: Configuration, event: AbstractEvent) -> Happened:
    """Rules an event in the configuration that it meets and applies it when it may or must happen.

    A flown event is applied unless it is ruled out: history is its own proof that the steps were done.
    """
    cfg = cfg.with_(epoch=event.at)
    ruling, title = event.rule(cfg), event.title(cfg)
    flown = event.origin == "flown" and ruling.verdict != "impossible"
    applied = not ruling.absent and (ruling.allows or flown or event.force)
    outcome = event.apply(cfg) if applied else Outcome(cfg)
    return Happened(event, title, ruling, applied, cfg, outcome.configuration, outcome)


def initial_configuration(scenario: Scenario, station: Station, stated_kg: float | None = None) -> Configuration:
    """The station at the start, its mass brought to the stated one by an entry of its own.

    ``stated_kg`` is that of an ephemeris's header, else ``initial.mass_kg``. The difference between it and the sum of
    the parts is booked as the body ``mass-balance`` inside the station's main element: shown, never smeared.
    """
    cfg = configuration_at(station, scenario.start)
    stated = scenario.initial.mass_kg if stated_kg is None else stated_kg
    return cfg if stated is None else balanced(cfg, stated)


def balanced(cfg: Configuration, stated_kg: float) -> Configuration:
    """The configuration with the body that makes up for a stated total mass."""
    gap = stated_kg - cfg.mass_kg
    host = cfg.nodes[cfg.station.station.main_element]
    node = Node(
        BALANCE, "Difference between the stated mass and the sum of the parts", "outfitting", host.owner, host.operator,
        host.segment, gap, gap, gap, host.centre_m, host.size_m,
    )  # fmt: skip
    link = Link(f"{BALANCE}-in", host.id, BALANCE, "inside", ("structure",))
    return cfg.with_(nodes={**cfg.nodes, BALANCE: node}, links=(*cfg.links, link))


def rehearse(scenario: Scenario, station: Station) -> list[Happened]:
    """All events of a scenario in order, without flight."""
    cfg, log = initial_configuration(scenario, station), []
    for event in timeline(scenario, station):
        done = happen(cfg, event)
        log.append(done)
        cfg = done.after
    return log


def problems(log: list[Happened], scenario: Scenario, where: str) -> list[Problem]:
    """Events of the scenario's own that cannot happen: a mistake of its author unless forced.

    What is possible only after steps is no mistake: the run says that it did not happen, and why.
    """
    own = [h for h in log if h.event.origin == "scenario"]
    order = sorted(range(len(own)), key=lambda i: (scenario.event[i].at, i))  # as the timeline does
    out = []
    for index, h in zip(order, own, strict=True):
        if h.applied or h.ruling.verdict != "impossible":
            continue
        remedy = (
            "Change it; force = true would not help."
            if h.ruling.absent
            else "Set force = true to see what would follow all the same."
        )
        for key, reason in h.ruling.against:
            path = f"event[{index}].{key}" if key else f"event[{index}]"
            found = plain(getattr(h.event, key)) if key else h.title
            out.append(Problem(where, path, found, f"what can happen on {h.at.date}, but {reason}", remedy))
    return out
