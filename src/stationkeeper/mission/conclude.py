"""From what was flown to a result: snapshots, ledgers, answers, sources. No flight, no clock, no disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from stationkeeper.core.orbit import Surroundings
from stationkeeper.functions import assess_all
from stationkeeper.functions.crew_return import seat_table
from stationkeeper.mission.answers import Evidence, answer_all
from stationkeeper.mission.fly import Record
from stationkeeper.mission.ledgers import book
from stationkeeper.mission.legs import seen_from
from stationkeeper.mission.result import Lived, Result, Snapshot
from stationkeeper.reentry.people import casualty_table
from stationkeeper.reentry.pieces import breakup_table
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.walk import Happened
from stationkeeper.station.configuration import Configuration
from stationkeeper.station.schema import Source, Station

TIME = "time"
"""Cause of a snapshot between events."""


def conclude(
    scenario: Scenario, station: Station, path: Path, record: Record, manifest: Mapping[str, object]
) -> Result:
    """A result from a record. Raises ConservationError where a ledger does not close."""
    snapshots = _snapshots(scenario, record)
    ledger = book(record.happened, record.lived)
    evidence = Evidence(scenario, record.happened, snapshots, record.flown, record.forecasts)
    answers = answer_all(evidence)
    sources = dict.fromkeys(
        [*scenario.source, *scenario.initial.source, *scenario.flight.density_scale.source]
        + [s for h in record.happened for s in (*h.event.source, *h.ruling.source)]
        + [s for a in answers for s in a.source]
        + list(_mass_sources(record.start))
    )
    return Result(
        scenario, path, station, record.start, record.happened, record.lived, snapshots, record.flown, record.forecasts,
        ledger, answers, tuple(sources), _warnings(scenario, station, record), manifest,
    )  # fmt: skip


def snapshot(cfg: Configuration, cause: str, around: Mapping[str, Surroundings] | None = None) -> Snapshot:
    """A configuration with all its functions assessed, each stack in its own surroundings, and its seats counted."""
    stacks = [seen_from(cfg, s, around or {}) for s in cfg.stacks()]
    return Snapshot(cfg.epoch, cause, cfg, {s.id: assess_all(s) for s in stacks}, {s.id: seat_table(s) for s in stacks})


def _snapshots(scenario: Scenario, record: Record) -> tuple[Snapshot, ...]:
    """At the start, after each leg and each event, and at the end: the surroundings are those of the last leg before."""
    out = [snapshot(record.start, "start")]
    steps = [(x.leg.end, 0, x) for x in record.lived] + [(h.at, 1, h) for h in record.happened if h.applied]
    around: Mapping[str, Surroundings] = {}
    for at, _, x in sorted(steps, key=lambda s: s[:2]):
        if isinstance(x, Lived):
            around = x.leg.around
            out.append(snapshot(x.after, TIME, around))
        else:
            out.append(snapshot(x.after.with_(epoch=at), x.title, around))
    last = out[-1].configuration.with_(epoch=scenario.end)
    return (*out, snapshot(last, "end of the run", around))


def _mass_sources(cfg: Configuration) -> Iterable[str]:
    for e in cfg.station.element:
        if e.id in cfg.nodes:
            yield from e.mass_kg.source
    for o in cfg.station.outfitting:
        yield from o.mass_kg.source


def _warnings(scenario: Scenario, station: Station, record: Record) -> tuple[str, ...]:
    out = list(record.notes)
    h = station.station
    if scenario.start < h.covers_from.span()[0] or scenario.end > h.covers_until.span()[1]:
        out.append(f"the station's visits and crew are complete only from {h.covers_from} to {h.covers_until}")
    skipped = [x for x in record.happened if x.event.origin == "flown" and not x.applied]
    out += [f"{x.at.date}: {x.title} was flown but cannot happen here: {_why(x)}" for x in skipped]
    unsure = [x for x in record.happened if x.event.origin == "flown" and x.applied and x.ruling.verdict == "not_known"]
    out += [
        f"{x.at.date}: {x.title} as flown, although it is not known whether it could happen here: {_why(x)}"
        for x in unsure
    ]
    last = record.weather.last_observed
    if last and scenario.end.date > last:
        out.append(f"space weather after {last} is predicted, not observed")
    if scenario.flight.density_scale.confidence == "assumed":
        out.append("the density scale is assumed, not fitted to tracking")
    return tuple(dict.fromkeys(out))


def _why(h: Happened) -> str:
    return h.ruling.reasons[-1] if h.ruling.reasons else h.ruling.plain


def known_sources(station: Station) -> dict[str, Source]:
    """All sources that an answer may cite by key: of the tables of re-entry, and of the station, which come first."""
    tables = (*breakup_table().source, *casualty_table().source)
    return {s.key: s for s in (*tables, *station.source)}


def used_sources(result: Result) -> Sequence[tuple[str, str]]:
    """Key and full title of every source that a run used, in order of first use."""
    known = known_sources(result.station)
    out = []
    for key in result.sources:
        s = known.get(key)
        if s is None:
            out.append((key, key))
        else:
            out.append((key, ", ".join(x for x in (s.title, s.publisher, s.where) if x)))
    return out
