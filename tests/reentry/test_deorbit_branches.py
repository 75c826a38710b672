"""Failed and short burns, and that no branch says something false."""

from __future__ import annotations

import math

import pytest

from stationkeeper.reentry.deorbit import Deorbit, fly_plan
from stationkeeper.reentry.deorbit_branches import crew_dates
from stationkeeper.reentry.deorbit_burns import Job
from stationkeeper.reentry.plan import load_plan


@pytest.fixture(scope="module")
def mir() -> Deorbit:
    """Mir with its branches, without its footprint."""
    return fly_plan(load_plan("mir-2001"), zone=False, crew=False)


def test_every_burn_fails_once_and_is_short_once(mir: Deorbit) -> None:
    labels = [b.burn.label for b in mir.burns]
    assert [(b.label, b.share) for b in mir.branches] == [(name, s) for name in labels for s in (0.0, 0.9)]


def test_no_branch_contradicts_itself(mir: Deorbit) -> None:
    box = mir.plan.file.corridor
    for b in mir.branches:
        assert b.controlled == (b.middle is not None) == (b.inside_ratio is not None)
        if b.controlled:
            assert b.middle is not None and b.entry is not None and b.hours_to_entry is not None
            assert b.hours_to_entry <= 2.0 and b.middle.epoch > b.entry
            assert b.in_corridor == bool(box.holds(b.middle.latitude_rad, b.middle.longitude_rad))
        else:
            assert not b.in_corridor
        if b.perigee_m is not None and b.apogee_m is not None:
            assert b.perigee_m <= b.apogee_m
        # mission control's inclination of 51.63 degrees, seen from the ellipsoid's horizon
        assert math.degrees(b.latitude_rad) == pytest.approx(51.82, abs=0.05)


def test_a_failed_last_burn_leaves_it_up_and_a_short_one_falls_later(mir: Deorbit) -> None:
    failed, short = mir.branches[-2:]
    assert not failed.controlled and not failed.in_corridor and failed.middle is None
    assert failed.perigee_m is not None and failed.hours_to_entry is not None and failed.hours_to_entry > 6.0
    # it stays on the orbit that the second burn left, less what the air takes in three hours
    assert failed.perigee_m == pytest.approx(mir.burns[1].perigee_m, abs=5e3)
    assert short.controlled and short.entry is not None and mir.descent is not None
    assert short.entry > mir.descent.entry.epoch


def test_the_crew_leaves_before_its_last_date_and_earlier_with_more_drag() -> None:
    plan = load_plan("iss-2022-rfi")
    mass = plan.file.station.mass_kg.best
    area = plan.file.station.cdam_m2_kg.best * mass
    found = crew_dates(Job(plan, plan.weather(), 1.0, mass, area, (), lambda _: None))
    assert found is not None
    dates = [found.leave_early, found.leave, found.leave_late, found.last_early, found.last, found.last_late]
    assert all(d is not None for d in dates)
    early, mid, late, last_early, last, last_late = dates
    assert early < mid < late and last_early < last < last_late and mid < last  # type: ignore[operator]
    between = found.days_between
    assert between is not None and between.best == pytest.approx(last.days_since(mid))  # type: ignore[union-attr, arg-type]
    # more drag shortens the time between too: the ends are those of the high and of the low drag
    assert between.low == pytest.approx(last_early.days_since(early))  # type: ignore[union-attr, arg-type]
    assert between.high == pytest.approx(last_late.days_since(late))  # type: ignore[union-attr, arg-type]
    assert "330 km" in found.basis and "220 km" in found.basis
