"""Books mass, propellant and people over the events of a run. Every ledger closes or the run is FAILED.

Opening and closing balances are read from the configurations; additions and removals from what the event did. The two
are counted apart, so a body lost or doubled on the way cannot hide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.core.errors import ConservationError
from stationkeeper.mission.result import LedgerRow
from stationkeeper.scenario.walk import Happened

RELATIVE_TOLERANCE = 1e-9
"""A ledger of some 5e5 kg in double precision sums to about 1e-10 kg: this leaves room for thousands of events."""


def book(happened: Iterable[Happened]) -> tuple[LedgerRow, ...]:
    """Ledger rows of all applied events. Raises ConservationError where one does not close."""
    rows = [r for h in happened if h.applied for r in (_mass(h), *_propellant(h), _people(h)) if _moves(r)]
    for r in rows:
        if abs(r.gap) > RELATIVE_TOLERANCE * max(1.0, abs(r.opening), abs(r.closing)):
            raise ConservationError(r.ledger, r.cause, r.gap, r.unit)
    return tuple(rows)


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
    """One row for all tanks together: what came in vehicles, what left in vehicles, what was burned from tanks."""
    before = {t.id: t for t in h.before.tanks}
    after = {t.id: t for t in h.after.tanks}
    came = math.fsum(t.content_kg for k, t in after.items() if k not in before)
    went = math.fsum(t.content_kg for k, t in before.items() if k not in after)
    opening, closing = (math.fsum(t.content_kg for t in x.values()) for x in (before, after))
    burned = _burned_kg(h)
    # what no tank covers is taken from the vehicle's own mass and shown as an effect of the event
    covered = min(burned, opening + came - went - closing) if burned else 0.0
    return [LedgerRow(h.at, "propellant", "all tanks", h.event.id, opening, came, went + covered, closing, "kg")]


def _people(h: Happened) -> LedgerRow:
    before, after = {c.person for c in h.before.crew}, {c.person for c in h.after.crew}
    twice = len(h.after.crew) - len(after)
    return LedgerRow(
        h.at, "people", "aboard", h.event.id, len(h.before.crew), len(after - before), len(before - after) - twice,
        len(h.after.crew), "people",
    )  # fmt: skip
