"""A planned deorbit: from the hold orbit through a series of burns into an ocean corridor, and what happens where a burn fails.

:func:`fly_plan` is the door. The burns are flown and aimed in :mod:`stationkeeper.reentry.deorbit_burns`, the pieces come down in
:mod:`stationkeeper.reentry.deorbit_ground` (their middle) and :mod:`stationkeeper.reentry.deorbit_zone` (all of them, with their spread), failed and short burns
and the crew's dates are in :mod:`stationkeeper.reentry.deorbit_branches`; each says its model and what it neglects. Validation status: checked
against Mir's deorbit of 2001 and NASA's profile of August 2022 (validation/planned_deorbits).

References
----------
NASA, request for information on a deorbit vehicle (August 2022), as reported. Source key: R118.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError
from stationkeeper.core.ranges import Range
from stationkeeper.flight.engines.numerical import Flight
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.deorbit_branches import Branch, CrewDates, branches_of, crew_dates
from stationkeeper.reentry.deorbit_burns import BurnFlown, Job
from stationkeeper.reentry.deorbit_ground import ENTRY_M, Descent, Entry, Place, distance_m
from stationkeeper.reentry.deorbit_zone import Before, Zone, zone_of
from stationkeeper.reentry.plan import SOFT_M_S2, Plan

_FAR_M: Final = 500_000.0


@dataclass(frozen=True, slots=True)
class Propellant:
    """What a vehicle burns in the plan, and what it has; best value and the ends of the plan's ranges."""

    vehicle: str
    need_kg: Range
    aboard_kg: Range

    @property
    def margin_kg(self) -> float:
        """Aboard less need, best values; negative where it lacks."""
        return self.aboard_kg.best - self.need_kg.best

    @property
    def verdict(self) -> Literal["enough", "not enough", "open"]:
        """``open`` where the ranges of need and of what is aboard overlap."""
        if self.need_kg.high <= self.aboard_kg.low:
            return "enough"
        return "not enough" if self.need_kg.low > self.aboard_kg.high else "open"


@dataclass(frozen=True, eq=False)
class Deorbit:
    """A flown plan.

    Parameters
    ----------
    delta_v_m_s : sum of the burns.
    propellant : by vehicle, in the plan's order.
    descent : from 120 km; None where it does not come down on the pass after the last burn.
    zone : where the pieces fall, over all members; None as above, or where it was not asked for.
    in_corridor : whether heel, middle and toe of the zone (without one: the middle) lie in the corridor.
    miss_m : distance of the middle from the aim; None without an aim.
    parts_kg : mass of the parts that break up.
    """

    plan: Plan
    burns: tuple[BurnFlown, ...]
    delta_v_m_s: float
    propellant: tuple[Propellant, ...]
    descent: Descent | None
    zone: Zone | None
    in_corridor: bool
    miss_m: float | None
    parts_kg: float
    branches: tuple[Branch, ...]
    crew: CrewDates | None
    notes: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def middle(self) -> Place | None:
        """The middle of the landing mass, from the zone where there is one."""
        if self.zone is not None:
            return self.zone.middle
        return None if self.descent is None else self.descent.middle


def fly_plan(
    plan: Plan,
    *,
    zone: bool = True,
    branches: bool = True,
    crew: bool = True,
    members: int | None = None,
    seed: int = 0,
    density_factor: float = 1.0,
    progress: Callable[[str], None] = lambda _: None,
) -> Deorbit:
    """Fly a plan: its burns, its descent, the branches where a burn fails or is short, and the crew's last dates.

    Parameters
    ----------
    zone, branches, crew : whether to reckon these too.
    members, seed : of the zone; members from the plan where left out.
    density_factor : on the air density of the whole flight.

    Raises
    ------
    InputError
        For a burn that has no time to be flown or asks for a height that it is already below, a plan that comes down before
        its last burn, or whose aimed last burn does not bring it down, and dates that the data do not reach; with key and line.
    """
    f = plan.file
    pieces, parts_kg = plan.parts()
    mass = f.station.mass_kg.best
    job = Job(plan, plan.weather(), density_factor, mass, f.station.cdam_m2_kg.best * mass, pieces, progress)
    start = plan.state()
    with _within_data(plan, f"{'orbit' if f.orbit else 'elements'}.epoch", plan.epoch):
        flown, before, flight = _burns(job, start)
        state, mass = flight.end_state, flight.end_mass_kg
        entry = job.entry(state, mass)
        down = None if entry is None else job.descent(entry, mass)
        found = None
        if zone and down is not None:
            progress("pieces of the break-up")
            found = zone_of(job, before, down.entry, parts_kg, members=members or f.dispersion.members, seed=seed)
        failures = branches_of(job, start, flown) if branches else ()
    leaving = None
    if crew and f.crew is not None:
        with _within_data(plan, "crew.from", f.crew.from_):
            leaving = crew_dates(job)
    propellant = tuple(
        Propellant(
            v.id, Range.total(kg for b in flown for i, kg in b.propellant_kg if i == v.id), Range.of(v.propellant_kg)
        )
        for v in f.vehicle
    )
    places = [] if down is None else [down.middle] if found is None else [found.heel, found.middle, found.toe]
    inside = bool(places) and all(bool(f.corridor.holds(p.latitude_rad, p.longitude_rad)) for p in places)
    miss = _miss(plan, state, places)
    settings = {
        **flight.settings, "corridor": f.corridor.name, "density_factor": density_factor, "footprint": "pieces of the break-up",
        "entry_spread": "linear in the thrust of the last burn and in the air after its ignition", "seed": seed,
    }  # fmt: skip
    return Deorbit(
        plan, flown, math.fsum(b.delta_v_m_s for b in flown), propellant, down, found, inside, miss, parts_kg,
        failures, leaving,
        _notes(plan, propellant, down, miss, parts_kg, zone and down is not None and found is None), settings,
    )  # fmt: skip


def _burns(job: Job, start: StateVector) -> tuple[tuple[BurnFlown, ...], Before, Flight]:
    """All burns; the last with the state before it, and the flight to its cut-off."""
    state, mass = start, job.mass_kg
    flown: list[BurnFlown] = []
    tables = job.plan.file.burn
    for k, table in enumerate(tables):
        job.progress(f"burn {k + 1} of {len(tables)}")
        earliest = state.epoch.plus_s(3_600.0 * table.after_hours)
        if k == len(tables) - 1 and job.plan.file.corridor.aim_longitude_deg is not None:
            burn, flight = job.aimed(table, state, mass, earliest)
        else:
            burn, flight = job.solve(table, state, mass, job.centre(table, state, mass, earliest))
        flown.append(job.report(burn, table, flight))
        before = Before(state, mass, burn)
        state, mass = flight.end_state, flight.end_mass_kg
    return tuple(flown), before, flight


@contextmanager
def _within_data(plan: Plan, key: str, found: Epoch) -> Iterator[None]:
    """A flight that runs out of data is refused with the key and the line of the date it begins with."""
    try:
        yield
    except (DataAgeError, InputError) as e:
        if isinstance(e, InputError) and e.problems[0].where == str(plan.path):
            raise  # it names its own key
        raise plan.refusal(
            key, str(found), "a date that the data of this installation reach", f"{str(e).rstrip('.')}."
        ) from None


def _miss(plan: Plan, state: StateVector, places: list[Place]) -> float | None:
    """Distance of the middle from the aim: along the track by argument of latitude, and across by longitude."""
    c = plan.file.corridor
    if not places or c.aim_argument_of_latitude_deg is None or c.aim_longitude_deg is None:
        return None
    middle = places[len(places) // 2]
    latitude = math.asin(math.sin(state.inclination_rad) * math.sin(math.radians(c.aim_argument_of_latitude_deg)))
    return distance_m((latitude, math.radians(c.aim_longitude_deg)), (middle.latitude_rad, middle.longitude_rad))


def _notes(
    plan: Plan,
    propellant: tuple[Propellant, ...],
    down: Descent | None,
    miss: float | None,
    parts_kg: float,
    lost: bool,
) -> tuple[str, ...]:
    notes = [plan.file.note.strip()] if plan.file.note.strip() else []
    for p in propellant:
        if p.margin_kg < 0.0:
            how = "the plan cannot be flown as it stands"
            how = how if p.verdict == "not enough" else "it fits only where both ranges are stretched"
            notes.append(
                f"{p.vehicle} needs {p.need_kg.best:,.0f} kg and has {p.aboard_kg.best:,.0f} kg, {-p.margin_kg:,.0f} kg too little: {how}"
            )
    open_ = [p.vehicle for p in propellant if p.margin_kg >= 0.0 and p.verdict == "open"]
    if open_:
        notes.append(
            f"whether the propellant of {', '.join(open_)} suffices is open: the best values fit, but the ranges of need (mass, "
            "specific impulse) and of what is aboard overlap"
        )
    if miss is not None and miss > _FAR_M:
        notes.append(
            f"no track within the window passes nearer to the aim than {miss / 1e3:,.0f} km: begin earlier or later"
        )
    if down is None:
        notes.append("after the last burn it does not come down on the same pass")
    if lost:
        notes.append(
            "with a last burn off by one standard deviation it does not come down on the same pass: no zone can be given"
        )
    for b in plan.file.burn:
        push = plan.acceleration_m_s2(b)
        if push > SOFT_M_S2:
            notes.append(
                f"'{b.label}' pushes with {push:.2f} m/s2, and Mir was brought down with 0.02 m/s2: not plausible for a station with "
                "its solar arrays"
            )
    mass = Range.of(plan.file.station.mass_kg)
    if not mass.low <= parts_kg <= mass.high:
        notes.append(
            f"the parts that break up weigh {parts_kg / 1e3:,.0f} t, outside the range of the plan's mass ({mass.low / 1e3:,.0f} to "
            f"{mass.high / 1e3:,.0f} t)"
        )
    return tuple(notes)


__all__ = [
    "ENTRY_M", "Branch", "BurnFlown", "CrewDates", "Deorbit", "Descent", "Entry", "Place", "Propellant", "Zone", "distance_m", "fly_plan",
]  # fmt: skip
