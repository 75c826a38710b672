"""Command: which computers run this stack and what they command, how commands from the ground get there, and who is aboard.

Model: a main computer commands functions of its own segment (``commands`` in the data; none named: all of them), a backup one takes
over for any segment. What the main computers of the whole station command on the date is what there is to command: it is lost to
a stack without a working computer for it, wherever that computer went. Computers exchange commands along joints that carry
data, so the ground reaches each of them by every radio in the same net: with the halves joined, commands for one segment may come
in through the other's radios, and still go through the segment's own computers.
Neglected: the software that the segments share; re-hosting it is a step of opening the joint, not a rate. Equipment that takes
commands from its own receiver only (as Nauka did on the day it arrived). A piece of equipment that needs a
certain computer is a dependency of the station's data.
Validation status: checked against the ISS of 2022 and the silence of 2021-07-29 (validation/functions/test_communications.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from stationkeeper.functions.assessment import Assessment, Margin, Provider, Status, out_of_service, providers
from stationkeeper.functions.communications import allowed_gap_s, duration, percent
from stationkeeper.functions.contacts import Contacts, antennas, contacts_of
from stationkeeper.functions.surroundings import surroundings_of
from stationkeeper.station.configuration import Stack, names, present
from stationkeeper.station.schema import FUNCTIONS, Equipment

NOT_MODELLED = "how long either side flies on its own computers without the shared software is not known"
ALL = tuple(f for f in FUNCTIONS if f not in ("command", "crew_return"))
"""What a computer commands when its data name nothing; people fly a lifeboat themselves."""

PASSIVE = ("computer", "airlock", "docking")
"""Kinds of equipment that serve a function and take no commands from a computer, or are one."""


@dataclass(frozen=True, slots=True)
class Commanded:
    """A function of a segment, the computers of this stack that command it now, and those that did in the whole station.

    ``equipment``: what in this stack and segment serves the function and waits for those commands.
    """

    function: str
    segment: str
    computers: tuple[str, ...]
    built_for_it: tuple[str, ...]
    equipment: tuple[str, ...]

    @property
    def lost(self) -> bool:
        """Whether no working computer in the stack commands it."""
        return not self.computers


@dataclass(frozen=True, slots=True)
class Path:
    """How commands from the ground reach the computers of a segment.

    ``through``: other segments by whose radios they may come as well; ``contacts``: when, ``None`` where the orbit is not known.
    """

    segment: str
    through: tuple[str, ...]
    antennas: tuple[str, ...]
    contacts: Contacts | None


def missing_agencies(stack: Stack) -> list[str]:
    """Agencies of which somebody must be aboard to run a segment of this stack, and nobody is."""
    aboard = {c.agency for c in stack.crew}
    needed = [a for s in stack.configuration.station.segment if s.id in stack.segments for a in s.needs_aboard]
    return [a for a in dict.fromkeys(needed) if a not in aboard]


def command_table(stack: Stack) -> tuple[Commanded, ...]:
    """Every function of every segment that the station's main computers command on the date, and who does so in this stack."""
    station, epoch = stack.configuration.station, stack.configuration.epoch
    segment_of = {e.id: e.segment for e in station.element if present(e.joined, e.left, epoch)}
    working = {p.id: p.mode for p in providers(stack, "command") if p.works and p.mode in ("main", "backup")}
    built: dict[tuple[str, str], list[Equipment]] = {}
    able: dict[tuple[str, str], list[Equipment]] = {}
    for q in station.equipment:
        modes = {s.mode for s in q.services if s.function == "command"}
        if q.element not in segment_of or not present(q.installed, q.removed, epoch):
            continue
        for f in q.commands or ALL:
            if "main" in modes:
                built.setdefault((f, segment_of[q.element]), []).append(q)
            if q.id in working:
                key = (f, segment_of[q.element] if working[q.id] == "main" else "")
                able.setdefault(key, []).append(q)
    out = []
    for (f, segment), computers in built.items():
        now = able.get((f, segment), []) + able.get((f, ""), [])
        there = [p for p in providers(stack, f) if segment_of.get(p.place) == segment and p.mode != "dormant"]
        waiting = [p.name for p in there if p.kind not in PASSIVE]
        out.append(
            Commanded(
                f, segment, tuple(dict.fromkeys(q.name for q in now)), tuple(q.name for q in computers),
                tuple(dict.fromkeys(waiting)),
            )
        )  # fmt: skip
    return tuple(out)


def nets(stack: Stack) -> tuple[frozenset[str], ...]:
    """Segments of the stack whose computers can talk to each other: those joined by joints that carry data."""
    segment_of = {n.id: n.segment for n in stack.nodes if n.kind == "element"}
    groups = [{s} for s in stack.segments]
    for link in stack.configuration.links:
        if link.joint is None or "data" not in link.crosses or link.a not in segment_of or link.b not in segment_of:
            continue
        pair = {segment_of[link.a], segment_of[link.b]}
        touched = [g for g in groups if g & pair]
        groups = [g for g in groups if not g & pair] + [set().union(*touched)]
    return tuple(frozenset(g) for g in groups)


def command_paths(stack: Stack) -> tuple[Path, ...]:
    """For each segment of the stack in which a computer works, how and when commands from the ground reach it."""
    station = stack.configuration.station
    segment_of = {e.id: e.segment for e in station.element}
    run = {segment_of.get(p.place) for p in _computers(providers(stack, "command"))}
    radios = [p for p in providers(stack, "communications") if p.works and p.mode != "dormant"]
    around = surroundings_of(stack.configuration) if station.ground_site or station.relay else None
    out = []
    for net in nets(stack):
        able = {s: [p.id for p in radios if segment_of.get(p.place) == s] for s in net}
        heard = {s: antennas(stack, carries="command", radios=ids) for s, ids in able.items()}
        seen = antennas(stack, carries="command", radios=[i for ids in able.values() for i in ids])
        when = contacts_of(around.orbit, seen) if around is not None else None
        for s in (x for x in stack.segments if x in net and x in run):
            through = tuple(x for x in stack.segments if x != s and heard.get(x))
            out.append(Path(s, through, tuple(a.id for a in seen), when))
    return tuple(out)


def assess(stack: Stack) -> Assessment:
    """Lost without a computer; degraded when something has no computer, or nobody trained, or the halves are apart."""
    cfg = stack.configuration
    found = providers(stack, "command")
    work = _computers(found)
    if not work:
        return Assessment("command", stack.id, "lost", ("no main computer in it works",), found)
    mains = [p for p in work if p.mode == "main"]
    reasons = [f"it is run by {', '.join(dict.fromkeys(p.name for p in (mains or work)[:3]))}"]
    missing = missing_agencies(stack)
    if missing:
        who = ", ".join(names(missing, cfg.station))
        reasons.append(f"nobody of {who} is aboard, so a segment would be run from the ground only")
    table = command_table(stack)
    paths = command_paths(stack)
    unreached = [p for p in paths if p.contacts is not None and p.contacts.fraction.high == 0.0]
    reasons += _paths_in_words(stack, paths)
    broken = out_of_service(found)
    lost = [c for c in table if c.lost]
    reasons += [r for r in (broken, *_lost_in_words(stack, lost)) if r]
    there = {n.segment for n in cfg.nodes.values() if n.kind == "element"}
    apart = bool(there - set(stack.segments))
    if apart:
        reasons.append("the two segments' computers were built to exchange commands and data, and no longer can")
    backups = any(c.computers and not set(c.computers) & {p.name for p in mains} for c in table)
    status: Status = "degraded" if missing or apart or lost or unreached or backups or not mains else "nominal"
    figures = _margins(stack, table, paths)
    return Assessment(
        "command", stack.id, status, tuple(reasons), found, figures[0] if figures else None,
        NOT_MODELLED if apart else "", tuple(dict.fromkeys(s for p in work for s in p.source)), figures[1:],
    )  # fmt: skip


def _computers(found: Iterable[Provider]) -> list[Provider]:
    return [p for p in found if p.works and p.mode in ("main", "backup")]


def _paths_in_words(stack: Stack, paths: Iterable[Path]) -> list[str]:
    """One sentence for each net of segments that the ground does not reach without a long silence."""
    alike: dict[tuple[str, ...], list[Path]] = {}
    for p in paths:
        alike.setdefault(p.antennas, []).append(p)
    out = []
    for same in alike.values():
        c = same[0].contacts
        if c is None or c.longest_gap_s.best <= allowed_gap_s(stack):
            continue
        name = " and ".join(_segment(stack, p.segment) for p in same)
        if c.fraction.high == 0.0:
            out.append(f"{name}: no command from the ground gets there")
            continue
        share, gap = percent(c.fraction), duration(c.longest_gap_s)
        out.append(f"{name}: commands from the ground get there {share} of the time, with silences of up to {gap}")
    return out


def _lost_in_words(stack: Stack, lost: Iterable[Commanded]) -> list[str]:
    """What nothing commands any more, one sentence for each segment of which there is something in the stack."""
    by_segment: dict[str, list[Commanded]] = {}
    for c in lost:
        if c.equipment and c.segment in stack.segments:
            by_segment.setdefault(c.segment, []).append(c)
    out = []
    for segment, rows in by_segment.items():
        what = ", ".join(r.function.replace("_", " ") for r in rows)
        built = ", ".join(dict.fromkeys(n for r in rows for n in r.built_for_it))
        out.append(f"{_segment(stack, segment)}: no computer is left that commands its {what}; {built} did")
    return out


def _segment(stack: Stack, segment: str) -> str:
    return next((s.name for s in stack.configuration.station.segment if s.id == segment), segment)


def _margins(stack: Stack, table: tuple[Commanded, ...], paths: tuple[Path, ...]) -> tuple[Margin, ...]:
    out = []
    if table:
        there = sum(not c.lost for c in table)
        what = f"functions of segments that a computer in it commands, of {len(table)} in the whole station"
        out.append(Margin(there, there, there, "functions", what, "commanded"))
    for p in paths:
        if p.contacts is None:
            continue
        name, gap = _segment(stack, p.segment), p.contacts.longest_gap_s
        minutes = gap.scaled(1.0 / 60.0) if math.isfinite(gap.low) else gap
        share = f"share of the time in which commands from the ground reach {name}"
        out.append(Margin.of(p.contacts.fraction.scaled(100.0), "%", share, f"path_{p.segment}_share"))
        out.append(Margin.of(minutes, "min", f"longest silence for commands to {name}", f"path_{p.segment}_gap"))
    return tuple(out)
