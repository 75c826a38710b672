"""What becomes of a planned deorbit where a burn fails or is short; and when the last crew leaves.

The branches repeat the plan open loop: the later burns as planned, no new plan, no other vehicle that takes over. Mission
control would plan anew; what they show is how much time and which orbit it would then have. A body left in orbit is flown on
with the numerical engine; that date is good to 20 % of the time that remains, at best.
The pieces of a branch are a few members from one entry each, without the spread of the burn and the air.
Validation status: checked (tests/reentry/test_deorbit_branches.py).

References
----------
Pardini and Anselmo, on re-entry campaigns of the Inter-Agency Space Debris Coordination Committee: 20 %. Source key: pardini-anselmo-iadc.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_FLATTENING
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.flight.engines.numerical import ALTITUDE_FLOOR
from stationkeeper.flight.lifetime import lifetime
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.deorbit_burns import BurnFlown, Job, ellipse_m
from stationkeeper.reentry.deorbit_ground import Place, spread_m
from stationkeeper.reentry.deorbit_zone import on_land

SHORT: Final = 0.9
"""What a short burn gives of the planned one."""
_WAIT_DAYS: Final = 30.0
GRAZING_M: Final = 6_000_000.0
"""An entry that scatters its pieces farther chooses no place: the limit of the Aerospace Corporation's study of 2012 (R159)."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What happens where one burn fails or is short, the later ones flown as planned.

    Parameters
    ----------
    label : of the burn; share : of its duration that is flown, 0 for a failed burn.
    perigee_m, apogee_m : when the last burn of the branch is over; None where it is down before.
    hours_to_entry : to the first passing of 120 km, from the end of the last planned burn; None where it is still up after
        thirty days.
    controlled : whether it comes down on the pass after the last burn (within two hours), and 90 % of the mass within
        :data:`GRAZING_M` along the track. If not, the place cannot be foreseen.
    entry : when 120 km is first passed; None where that is more than thirty days away.
    middle, inside_ratio, on_land_ratio : the middle of the pieces, and the parts of them in the corridor and on land; None
        unless ``controlled``.
    in_corridor : whether the middle lies in the corridor; False unless ``controlled``.
    latitude_rad : it comes down between this latitude north and south.
    """

    label: str
    share: float
    perigee_m: float | None
    apogee_m: float | None
    hours_to_entry: float | None
    controlled: bool
    entry: Epoch | None
    middle: Place | None
    inside_ratio: float | None
    on_land_ratio: float | None
    in_corridor: bool
    latitude_rad: float


@dataclass(frozen=True, slots=True)
class CrewDates:
    """When the last crew leaves, in the free decay before the plan.

    Parameters
    ----------
    leave, leave_early, leave_late : when the height of leaving is passed; with the high and the low drag.
    last, last_early, last_late : the same for the height below which thrusters alone hold the attitude: the last date
        to leave, for after it a vehicle may not be able to.
    """

    leave: Epoch | None
    leave_early: Epoch | None
    leave_late: Epoch | None
    last: Epoch | None
    last_early: Epoch | None
    last_late: Epoch | None
    basis: str

    @property
    def days_between(self) -> Range | None:
        """Days from leaving to the last date, with the plan's drag, and the ends over its range; None where one is not reached."""
        pairs = ((self.leave, self.last), (self.leave_early, self.last_early), (self.leave_late, self.last_late))
        days = [b.days_since(a) for a, b in pairs if a is not None and b is not None]
        return Range(days[0], min(days), max(days)) if len(days) == len(pairs) else None


def branches_of(job: Job, start: StateVector, flown: tuple[BurnFlown, ...]) -> tuple[Branch, ...]:
    """Each burn failed, and each 10 % short."""
    out = []
    for k, b in enumerate(flown):
        for share in (0.0, SHORT):
            job.progress(f"branch: {b.burn.label} {'fails' if share == 0.0 else 'short'}")
            out.append(_branch(job, start, flown, k, share))
    return tuple(out)


def _branch(job: Job, start: StateVector, flown: tuple[BurnFlown, ...], which: int, share: float) -> Branch:
    burns = [b.burn for b in flown]
    end = burns[-1].end
    if share == 0.0:
        burns.pop(which)
    else:
        burns[which] = replace(burns[which], duration_s=share * burns[which].duration_s)
    flight = job.fly(start, job.mass_kg, end, tuple(burns))
    mass, controlled = flight.end_mass_kg, True
    ellipse: tuple[float | None, float | None] = (None, None)
    if flight.stopped == ALTITUDE_FLOOR:
        entry: StateVector | None = flight.end_state
    else:
        ellipse = ellipse_m(flight.end_state)
        entry = job.entry(flight.end_state, mass)
        if entry is None:
            controlled = False
            entry = job.entry(flight.end_state, mass, seconds=86_400.0 * _WAIT_DAYS)
    down = job.descent(entry, mass) if entry is not None and controlled else None
    if down is not None and spread_m(down.pieces) > GRAZING_M:
        down = None
    inside = land = None
    if down is not None:
        lands = np.isfinite(down.pieces.latitude_rad)
        latitude, longitude = down.pieces.latitude_rad[lands], down.pieces.longitude_rad[lands]
        hits = (job.plan.file.corridor.holds(latitude, longitude), on_land(latitude, longitude))
        inside, land = (float(np.average(x, weights=down.pieces.piece_count[lands])) for x in hits)
    i = start.inclination_rad
    return Branch(
        flown[which].burn.label, share, *ellipse, None if entry is None else (entry.epoch - end) / 3_600.0, down is not None,
        None if entry is None else entry.epoch, None if down is None else down.middle, inside, land,
        down is not None and bool(job.plan.file.corridor.holds(down.middle.latitude_rad, down.middle.longitude_rad)),
        math.atan(math.tan(min(i, math.pi - i)) / (1.0 - EARTH_FLATTENING) ** 2),
    )  # fmt: skip


def crew_dates(job: Job) -> CrewDates | None:
    """The free decay from the height of the plan's crew table, with the averaged engine and the ends of the drag."""
    c = job.plan.file.crew
    if c is None:
        return None
    job.progress("free decay for the crew's last dates")
    inclination = job.plan.state().inclination_rad
    state = MeanOrbit(c.from_, EARTH_EQUATORIAL_RADIUS_M + 1e3 * c.from_km, 0.0, 0.0, inclination, 0.0, 0.0).to_state()
    heights = (1e3 * c.leave_km, 1e3 * c.no_control_km)
    dates: list[list[Epoch | None]] = []
    for factor in (c.drag_factor, c.drag_factor_high, c.drag_factor_low):
        body = job.body(job.mass_kg).with_density_scale(job.density_factor * factor)
        life = lifetime(state, body, weather=job.weather, altitudes_m=heights)
        dates.append([life.crossing(h).mean_epoch or life.crossing(h).epoch for h in heights])
    (leave, last), (leave_early, last_early), (leave_late, last_late) = dates
    basis = (
        f"free decay from {c.from_km:g} km on {c.from_.date} with the plan's drag times {c.drag_factor:g} ({c.drag_factor_high:g} early, "
        f"{c.drag_factor_low:g} late); {c.leave_km:g} km is where the plan has the crew leave, below {c.no_control_km:g} km thrusters alone hold "
        "the attitude"
    )
    return CrewDates(leave, leave_early, leave_late, last, last_early, last_late, basis)


__all__ = ["SHORT", "Branch", "CrewDates", "branches_of", "crew_dates"]
