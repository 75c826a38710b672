"""Instants and vague dates."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch, When


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2022-02-11T12:00:00", "no time zone"),
        ("2022-13-01T00:00:00Z", "month 13"),
        ("2022-02-30T00:00:00Z", "day 30"),
        ("2022-02-11T24:00:00Z", "hours from 00 to 23"),
        ("2022-02-11T12:00:60Z", "no leap second"),
        ("2016-12-31T22:59:60Z", "no leap second"),
        ("yesterday", "not a time"),
        ("1957-10-04T19:28:34Z", "1972"),
    ],
)
def test_what_is_no_time_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Epoch.parse(text)


def test_the_leap_second_of_2016_is_an_instant_of_its_own() -> None:
    before, leap, after = (
        Epoch.parse(t) for t in ("2016-12-31T23:59:59Z", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z")
    )
    assert leap - before == 1.0
    assert after - leap == 1.0
    assert leap.isoformat() == "2016-12-31T23:59:60Z"


def test_moscow_time_is_three_hours_ahead() -> None:
    assert Epoch.parse("2022-03-30T14:28:03+03:00") == Epoch.parse("2022-03-30T11:28:03Z")


@given(st.datetimes(min_value=datetime(1972, 1, 1), max_value=datetime(2040, 1, 1)))  # noqa: DTZ001
def test_text_round_trips(moment: datetime) -> None:
    e = Epoch.from_datetime(moment.replace(tzinfo=UTC))
    assert Epoch.parse(e.isoformat(6)) == e
    assert e.to_datetime() == moment.replace(tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1972, 7, 2), max_value=datetime(2026, 12, 1)))  # noqa: DTZ001
def test_tai_agrees_with_astropy(moment: datetime) -> None:
    time = pytest.importorskip("astropy.time")
    e = Epoch.from_datetime(moment.replace(tzinfo=UTC))
    a = time.Time(moment, scale="utc").tai
    jd1, jd2 = e.tai_jd()
    assert abs((a.jd1 - jd1) + (a.jd2 - jd2)) * 86_400 < 1e-5


def test_vague_dates_keep_their_precision() -> None:
    assert When("2023-01").precision == "month"
    assert When("2022-03-28?").doubtful
    assert When("2022-03-28").epoch.date == "2022-03-28"
    assert When("2022-03-30T07:21Z").epoch == Epoch.parse("2022-03-30T07:21:00Z")
    with pytest.raises(ValueError, match="month 14"):
        When("2022-14")
