"""What may be lost from a station, and the station without it: a partner, a vehicle, an element, equipment, a joint.

Model: a partner that is gone runs nothing any more and its docked vehicles cannot be used; a lost vehicle or element stays where it is
as dead mass, and nobody draws on its tanks and stores; lost equipment has failed; a lost joint has opened. Neglected: people who
were in what is lost.
Validation status: checked (tests/mission/test_losses.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from stationkeeper.core.errors import InputError, choice
from stationkeeper.functions import assess_all
from stationkeeper.station.configuration import Configuration, PartnerState, Stack, present, type_of

ThingKind = Literal["partner", "vehicle", "element", "equipment", "joint"]
RANK = ("nominal", "degraded", "lost")


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be lost. ``likelihood``: class 1 (happens by plan) to 5 (never happened), see ``LIKELIHOOD``."""

    id: str
    name: str
    kind: ThingKind
    likelihood: int


LIKELIHOOD = {
    1: "vehicles leave by plan, and have failed",
    2: "single units have failed often",
    3: "all spares of a set would have to fail, or a partner leaves that has announced it",
    4: "a partner leaves that has not announced it",
    5: "a whole module stops, or a joint opens",
}
"""Order of magnitude only, an assumption of this project: it sorts cut sets of one size, and no number is drawn from it."""


def things(cfg: Configuration) -> dict[str, Thing]:
    """Everything that can be lost at an instant, by id: partners that run something there, then bodies, equipment, joints."""
    station, out = cfg.station, {}
    there = {e.id: e for e in station.element if e.id in cfg.nodes}
    gear = [q for q in station.equipment if q.element in there and present(q.installed, q.removed, cfg.epoch)]
    runs = {q.operator or there[q.element].operator for q in gear} | {e.operator for e in there.values()}
    runs |= {type_of(station, d.vehicle).operator for d in cfg.docked}
    for p in station.partner:
        if p.id in runs:
            announced = cfg.partners[p.id].state in ("announced", "notified")
            out[p.id] = Thing(p.id, p.short, "partner", 3 if announced else 4)
    for d in cfg.docked:
        out.setdefault(d.visit, Thing(d.visit, d.name, "vehicle", 1))
    for q in gear:
        spare = q.needed is not None and q.count > q.needed
        out.setdefault(q.id, Thing(q.id, q.name, "equipment", 3 if spare else 2))
    for e in there.values():
        out.setdefault(e.id, Thing(e.id, e.name, "element", 5))
    for x in cfg.links:
        if x.joint is not None:
            out.setdefault(x.id, Thing(x.id, x.joint.name or x.id, "joint", 5))
    return out


def find(cfg: Configuration, word: str, where: str = "--without") -> tuple[Thing, ...]:
    """What a word means: an id, a name or short name in any case, or a vehicle type for all docked ones of it.

    Raises
    ------
    InputError
        When nothing there has that name.
    """
    known = things(cfg)
    if word in known:
        return (known[word],)
    small = word.strip().casefold()
    named = [t for t in known.values() if small in (t.id.casefold(), t.name.casefold())]
    full = {p.name.casefold(): p.id for p in cfg.station.partner}
    if not named and full.get(small) in known:
        named = [known[full[small]]]
    if named:
        return (named[0],)
    kinds = {v.id for v in cfg.station.vehicle if small in (v.id.casefold(), v.name.casefold())}
    docked = tuple(known[d.visit] for d in cfg.docked if d.vehicle in kinds)
    if docked:
        return docked
    words = [*known, *(t.name for t in known.values())]
    expected = f"a partner, vehicle, element, piece of equipment or joint that is there on {cfg.epoch.date}"
    near = choice(word, words, "they")
    remedy = near if near.startswith("did you") else "'stationkeeper station show' lists them."
    raise InputError.one(where, "", f"'{word}'", expected, remedy[0].upper() + remedy[1:])


def without(cfg: Configuration, lost: Iterable[Thing]) -> Configuration:
    """The configuration as if some things were lost; one more loss never gives anything back."""
    by_kind: dict[str, set[str]] = {}
    for t in lost:
        by_kind.setdefault(t.kind, set()).add(t.id)
    if not by_kind:
        return cfg
    partners, vehicles = by_kind.get("partner", set()), by_kind.get("vehicle", set())
    failed = vehicles | by_kind.get("element", set()) | by_kind.get("equipment", set())
    dead = failed | {q.id for q in cfg.station.equipment if q.element in failed}
    dead |= {x.id for x in cfg.station.store if x.element in failed}
    open_ = by_kind.get("joint", set())
    gone = PartnerState("gone", cfg.epoch)
    return cfg.with_(
        partners={k: gone if k in partners else v for k, v in cfg.partners.items()},
        docked=tuple(
            replace(d, state="lost")
            if d.visit in vehicles or type_of(cfg.station, d.vehicle).operator in partners
            else d
            for d in cfg.docked
        ),
        failed=cfg.failed | failed,
        links=tuple(x for x in cfg.links if x.id not in open_) if open_ else cfg.links,
        tanks=tuple(t for t in cfg.tanks if t.id not in dead and t.node not in dead),
        stores=tuple(x for x in cfg.stores if x.id not in dead and x.node not in dead),
    )


def without_partner(cfg: Configuration, partner: str) -> Configuration:
    """The configuration as if a partner operated nothing any more and its docked vehicles could not be used."""
    return without(cfg, [Thing(partner, partner, "partner", 4)])


def losses_without(stack: Stack, partner: str) -> dict[str, tuple[str, str]]:
    """Functions of a stack that get worse without a partner: function -> (status now, status then)."""
    then = same_stack(stack, without_partner(stack.configuration, partner))
    now, after = assess_all(stack), assess_all(then)
    return {f: (now[f].status, after[f].status) for f in now if worse(now[f].status, after[f].status)}


def same_stack(stack: Stack, cfg: Configuration) -> Stack:
    """The same bodies in another configuration in which no joint differs."""
    return Stack(cfg, stack.members, stack.siblings)


def worse(before: str, after: str) -> bool:
    """Whether a status is worse than another; what was not assessed is neither."""
    return before in RANK and after in RANK and RANK.index(after) > RANK.index(before)
