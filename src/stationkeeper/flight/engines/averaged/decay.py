"""How one orbit sinks, for a few bodies and outlooks at once, every step kept: for reports and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError, OutOfRangeError
from stationkeeper.core.time_arrays import TimesUs
from stationkeeper.environment.atmosphere.msis import DensityModel
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.engines.averaged import Ensemble, Of, fly_members
from stationkeeper.flight.engines.averaged.members import Members
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MemberDecay:
    """The history of one member.

    Parameters
    ----------
    times_tai_us : (n,) step times.
    mean_altitude_m : (n,) mean semi-major axis less 6,378,137 m.
    lowest_height_m : (n,) lowest geodetic height over the orbit.
    eccentricity : (n,) mean.
    stopped : ``"altitude floor"``, or ``None`` when it was still up at the end.
    """

    times_tai_us: TimesUs
    mean_altitude_m: Floats
    lowest_height_m: Floats
    eccentricity: Floats
    stopped: Literal["altitude floor"] | None

    @property
    def end(self) -> Epoch:
        """Last instant: the floor, or the end of the run."""
        return Epoch(int(self.times_tai_us[-1]))

    def crossing(self, altitude_m: float, of: Of = "mean") -> Epoch | None:
        """When the mean altitude (or the lowest height) first falls below a value; None if it does not in this run."""
        values = self.mean_altitude_m if of == "mean" else self.lowest_height_m
        below = np.flatnonzero(values <= altitude_m)
        if len(below) == 0:
            return None
        k = int(below[0])
        if k == 0:
            return Epoch(int(self.times_tai_us[0]))
        part = (values[k - 1] - altitude_m) / (values[k - 1] - values[k])
        t = self.times_tai_us
        return Epoch(int(t[k - 1] + round(float(part) * int(t[k] - t[k - 1]))))

    def mean_altitude_at_m(self, epoch: Epoch) -> float:
        """Mean altitude at an instant, linear between steps. Raises ``OutOfRangeError`` outside the run."""
        t = self.times_tai_us
        if not t[0] <= epoch.tai_us <= t[-1]:
            raise OutOfRangeError(
                f"altitude at {epoch} is asked for; this member runs from {Epoch(int(t[0]))} to {self.end}"
            )
        return float(np.interp(epoch.tai_us, t, self.mean_altitude_m))


@dataclass(frozen=True, eq=False)
class Decay:
    """The members of one run, in the order given, and what they were flown with."""

    members: tuple[MemberDecay, ...]
    ensemble: Ensemble
    settings: dict[str, Any] = field(default_factory=dict)

    def crossing(self, altitude_m: float, of: Of = "mean") -> tuple[Epoch | None, ...]:
        """For each member, when it first falls below an altitude (see :meth:`MemberDecay.crossing`)."""
        return tuple(m.crossing(altitude_m, of) for m in self.members)


def decay(
    start: StateVector | MeanOrbit,
    bodies: Body | Sequence[Body],
    until: Epoch,
    *,
    weather: SpaceWeather | Sequence[SpaceWeather],
    model: DensityModel = "nrlmsise00",
    floor_m: float = 120_000.0,
) -> Decay:
    """Sink one orbit for several bodies and outlooks of space weather at once.

    Parameters
    ----------
    start : an osculating state, GCRF, whose mean elements are then fitted (0.3 s), or mean elements; near-circular.
    bodies : one for each member, or one for all.
    until : end of the run, after the start.
    weather : one table for each member, or one for all.
    floor_m : lowest geodetic height over the orbit at which a member stops, 90 km or more.

    Raises
    ------
    InputError
        For counts that do not fit together, settings out of range, and a body whose Cd was fitted with another model.
    OutOfRangeError
        For an orbit that is not near-circular, or starts below the floor.
    DataAgeError
        When a member is still up where its space weather ends.
    """
    listed = [bodies] if isinstance(bodies, Body) else list(bodies)
    tables = [weather] if isinstance(weather, SpaceWeather) else list(weather)
    count = max(len(listed), len(tables))
    if not listed or not tables or {len(listed), len(tables)} - {1, count}:
        raise InputError.one(
            "decay", "bodies, weather", f"{len(listed)} and {len(tables)}", "one for all, or the same number of both"
        )
    for body in listed:
        body.check_model(model)
    orbit = start if isinstance(start, MeanOrbit) else MeanOrbit.fitted(start)
    members = Members.of(
        orbit, np.broadcast_to([b.drag_m2_kg for b in listed], (count,)), mass_kg=[b.mass_kg for b in listed] * (count // len(listed)),
        path=np.arange(count) if len(tables) > 1 else 0,
    )  # fmt: skip
    slots = round(until.days_since(orbit.epoch)) + 1_500
    # tables of different lengths: what counts is whether a member outlives its own
    flown = fly_members(
        members, until, weather=tables, model=model, altitudes_m=(), floor_m=floor_m, history_slots=slots, burn_slots=0
    )
    if (flown.status == "weather ended").any():
        raise DataAgeError(
            f"a member is still up when its space weather ends on {Epoch(int(flown.end_tai_us[np.argmax(flown.status == 'weather ended')])).date}; "
            "choose an outlook that reaches further"
        )
    if (flown.status == "out of range").any():
        raise OutOfRangeError("an orbit leaves the heights of the density expansion, 80 to 800 km: fly it numerically")
    histories = []
    for k in range(count):
        rows = flown.history[k][~np.isnan(flown.history[k, :, 0])]
        down: Literal["altitude floor"] | None = "altitude floor" if flown.status[k] == "altitude floor" else None
        histories.append(MemberDecay(rows[:, 0].astype(np.int64), rows[:, 1], rows[:, 2], rows[:, 3], down))
    settings = flown.settings | {
        "drag_m2_kg": members.drag_m2_kg.tolist(),
        "space_weather": sorted({w.age_statement(until) for w in tables}),
    }
    return Decay(tuple(histories), flown, settings)
