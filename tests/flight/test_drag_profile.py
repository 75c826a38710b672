"""Drag that changes in time."""

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.flight.drag_profile import DragProfile

START = Epoch.parse("2022-02-24T00:00:00Z")


def test_the_factor_holds_from_its_step_on_and_is_one_before_the_first() -> None:
    profile = DragProfile.steps([START.plus_days(1.0), START.plus_days(2.0)], [2.0, 0.5])
    day = [round(START.plus_days(d).tai_us) for d in (0.0, 1.0, 1.5, 2.0, 9.0)]
    assert [profile.factor_at(t) for t in day] == [1.0, 2.0, 2.0, 0.5, 0.5]
    assert [profile.factor_before(t) for t in day] == [1.0, 1.0, 2.0, 2.0, 0.5]
    assert profile.next_step(day[0], day[4]) == day[1]
    assert profile.next_step(day[1], day[4]) == day[3]
    assert profile.next_step(day[4], day[0]) == day[3]
    assert profile.next_step(day[3], day[4]) == day[4]


def test_daily_factors_have_the_mean_and_the_spread_that_are_asked_for() -> None:
    """20,000 days, correlated over 2 days: some 5,000 independent values, so 1 % is 3 standard errors or more."""
    profile = DragProfile.daily(START, 20_000, 0.15, 2.0, np.random.default_rng(5))
    assert profile.factor.mean() == pytest.approx(1.0, abs=0.01)
    assert profile.factor.std() == pytest.approx(0.15, rel=0.05)
    x = np.log(profile.factor)
    assert np.corrcoef(x[:-1], x[1:])[0, 1] == pytest.approx(np.exp(-0.5), abs=0.03)
    assert (DragProfile.daily(START, 5, 0.0, 2.0, np.random.default_rng(5)).factor == 1.0).all()


def test_profiles_without_meaning_are_refused() -> None:
    for times, factor in (([0.0, 0.0], [1.0, 1.0]), ([0.0], [1.0, 1.0]), ([0.0], [-1.0]), ([0.0], [np.nan])):
        with pytest.raises(InputError):
            DragProfile.steps([START.plus_days(t) for t in times], factor)
    with pytest.raises(InputError, match="sigma"):
        DragProfile.daily(START, 5, -1.0, 2.0, np.random.default_rng(5))
