"""Arrays of instants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.time_arrays import (
    epochs_of,
    from_utc_datetime64,
    tai_minus_utc_us,
    tai_us,
    tt_jd,
    utc_datetime64,
    utc_day_number,
    utc_mjd,
    utc_seconds_of_day,
)


@given(st.integers(-800_000_000_000_000, 900_000_000_000_000))
def test_utc_agrees_with_a_single_epoch_to_the_microsecond(us: int) -> None:
    text = Epoch(us).isoformat(6)
    if ":60." not in text:
        assert np.datetime_as_string(utc_datetime64(Epoch(us)))[0] + "Z" == text
        assert from_utc_datetime64(utc_datetime64(Epoch(us)))[0] == us


def test_a_leap_second_is_given_as_the_second_before_it() -> None:
    at = [Epoch.parse(t) for t in ("2016-12-31T23:59:59.5Z", "2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00Z")]
    before, leap, after = utc_datetime64(at)
    assert before == leap
    assert after == np.datetime64("2017-01-01T00:00:00")
    assert tai_minus_utc_us(at).tolist() == [36_000_000, 36_000_000, 37_000_000]
    assert utc_day_number(at).tolist() == [6209, 6209, 6210]
    assert utc_seconds_of_day(at)[1] == 86_399.5


def test_julian_dates() -> None:
    noon = Epoch.parse("2000-01-01T11:58:55.816Z")  # 12 h TT
    assert sum(float(x[0]) for x in tt_jd(noon)) == 2_451_545.0
    assert utc_mjd(Epoch.parse("2022-02-24T06:00:00Z"))[0] == 59_634.25


def test_times_of_every_accepted_kind_are_the_same() -> None:
    epochs = [Epoch(5), Epoch(7)]
    array = np.array([5, 7], dtype=np.int64)
    assert tai_us(epochs).tolist() == tai_us(array).tolist() == [5, 7]
    assert epochs_of(array) == (Epoch(5), Epoch(7))
    assert tai_us([]).shape == (0,)


def test_floating_point_seconds_are_refused() -> None:
    with pytest.raises(TypeError, match="float64"):
        tai_us(np.array([1.0]))  # type: ignore[arg-type]
