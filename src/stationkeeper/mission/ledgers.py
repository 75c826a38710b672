"""Books mass, propellant and people over the events of a run. Every ledger closes or the run is FAILED.

Opening and closing balances are read from the configurations; additions and removals from what the event did. The two
are counted apart, so a body lost or doubled on the way cannot hide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.core.errors import ConservationError
from stationkeeper.mission.result import LedgerRow, Lived
from stationkeeper.scenario.walk import Happened

COUNTERS = ("crew-days", "energy", "carbon dioxide")
RELATIVE_TOLERANCE = 1e-9
"""A ledger of some 5e5 kg in double precision sums to about 1e-10 kg: this leaves room for thousands of events."""


def book(happened: Iterable[Happened], lived: Iterable[Lived] = ()) -> tuple[LedgerRow, ...]:
    """Ledger rows of all legs and applied events in order. Raises ConservationError where one does not close."""
    rows = [r for h in happened if h.applied for r in (_mass(h), *_propellant(h), *_goods(h), _people(h)) if _moves(r)]
    rows += [r for x in lived for r in x.rows if _moves(r)]
    rows.sort(key=lambda r: r.at)
    for r in rows:
        if abs(r.gap) > RELATIVE_TOLERANCE * max(1.0, abs(r.opening), abs(r.closing)):
            raise ConservationError(r.ledger, r.cause, r.gap, r.unit)
    return tuple(_running(rows))


def _running(rows: Iterable[LedgerRow]) -> Iterable[LedgerRow]:
    """Ledgers that only count up carry their total on from leg to leg."""
    total: dict[tuple[str, str], float] = {}
    for r in rows:
        key = (r.ledger, r.account)
        if r.ledger in COUNTERS:
            base = total.get(key, 0.0)
            r = replace(r, opening=r.opening + base, closing=r.closing + base)
            total[key] = r.closing
        yield r


def _moves(r: LedgerRow) -> bool:
    return bool(r.added or r.removed or abs(r.gap) > 0)


def _burned_kg(h: Happened) -> float:
    """Propellant that left the station through the engine, by the rocket equation, from the mass before."""
    push = h.outcome.push
    if push is None:
        return 0.0
    mass = h.before.stack_of(h.before.body_of(push.by)).mass_kg
    return mass * -math.expm1(-abs(push.delta_v_m_s) / (push.specific_impulse_s * STANDARD_GRAVITY_M_S2))


def _mass(h: Happened) -> LedgerRow:
    came = math.fsum(n.mass_kg for k, n in h.after.nodes.items() if k not in h.before.nodes)
    came -= h.outcome.moved_kg
    went = math.fsum(n.mass_kg for k, n in h.before.nodes.items() if k not in h.after.nodes)
    return LedgerRow(
        h.at, "mass", "all bodies", h.event.id, h.before.mass_kg, came, went + _burned_kg(h), h.after.mass_kg, "kg"
    )


def _propellant(h: Happened) -> list[LedgerRow]:
    """One row for each tank: what came and left in it, and what the event says that it gave."""
    before = {t.id: t for t in h.before.tanks}
    after = {t.id: t for t in h.after.tanks}
    given = dict(h.outcome.taken)
    out = []
    for k in dict.fromkeys((*before, *after)):
        t = before.get(k) or after[k]
        opening, closing = (x[k].content_kg if k in x else 0.0 for x in (before, after))
        came = after[k].content_kg if k not in before else 0.0
        went = before[k].content_kg if k not in after else given.get(k, 0.0)
        out.append(
            LedgerRow(h.at, "propellant", f"{t.name} ({t.owner})", h.event.id, opening, came, went, closing, "kg")
        )
    return out


def _goods(h: Happened) -> list[LedgerRow]:
    """One row for each good that came or went with a vehicle or a part."""
    before, after = {s.id: s for s in h.before.stores}, {s.id: s for s in h.after.stores}
    out = []
    for good in dict.fromkeys(s.good for s in (*before.values(), *after.values())):
        opening, closing = (math.fsum(s.content_kg for s in x.values() if s.good == good) for x in (before, after))
        came = math.fsum(s.content_kg for k, s in after.items() if s.good == good and k not in before)
        went = math.fsum(s.content_kg for k, s in before.items() if s.good == good and k not in after)
        out.append(
            LedgerRow(h.at, good.replace("_", " "), "all stores", h.event.id, opening, came, went, closing, "kg")
        )
    return out


def _people(h: Happened) -> LedgerRow:
    before, after = {c.person for c in h.before.crew}, {c.person for c in h.after.crew}
    twice = len(h.after.crew) - len(after)
    return LedgerRow(
        h.at, "people", "aboard", h.event.id, len(h.before.crew), len(after - before), len(before - after) - twice,
        len(h.after.crew), "people",
    )  # fmt: skip
