"""Outlooks: nothing of the future in them, percentiles in order, the same members for the same seed."""

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError
from stationkeeper.core.time_arrays import utc_day_number
from stationkeeper.environment.outlook import (
    HISTORY_DAYS,
    WeatherPaths,
    analogue_members,
    as_known_on,
    continued,
    continued_members,
    msafe_members,
    smoothed,
)
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.environment.weather_files import newest_bulletin

DATE = Epoch.parse("2022-03-07T12:00:00Z")
DAY = int(utc_day_number(DATE)[0])
UNTIL = Epoch.parse("2025-03-07T00:00:00Z")


@pytest.fixture(scope="module")
def observed() -> SpaceWeather:
    return SpaceWeather.observed()


@pytest.fixture(scope="module")
def altered(observed: SpaceWeather) -> SpaceWeather:
    """The observed table with another future from the date on; its 81-day means before it are spoilt as well."""
    i = DAY - observed.first_day
    rng = np.random.default_rng(3)
    f107, f107a, ap = observed.f107.copy(), observed.f107a.copy(), observed.ap.copy()
    f107[i:] = rng.uniform(70.0, 250.0, len(f107) - i)
    f107a[i - 40 :] = 333.0
    ap[i:] = rng.integers(0, 200, ap[i:].shape)
    return SpaceWeather(
        observed.first_day, f107, f107a, ap, observed.kind, observed.source, observed.issued, observed.last_observed
    )


@pytest.fixture(scope="module")
def members() -> WeatherPaths:
    return msafe_members(DATE, 120, 4, UNTIL)


def test_nothing_of_the_future_leaks_into_any_outlook(observed: SpaceWeather, altered: SpaceWeather) -> None:
    assert as_known_on(DATE, 50, altered) == as_known_on(DATE, 50, observed)
    for make in (
        lambda table: msafe_members(DATE, 3, 1, UNTIL, table),
        lambda table: analogue_members(DATE, UNTIL, scale=True, observed=table),
    ):
        a, b = make(observed), make(altered)
        assert np.array_equal(a.f107, b.f107)
        assert np.array_equal(a.f107a, b.f107a)
        assert np.array_equal(a.ap, b.ap)


def test_a_change_before_the_date_is_seen(observed: SpaceWeather) -> None:
    """So the test above can fail."""
    i = DAY - observed.first_day
    f107 = observed.f107.copy()
    f107[i - 1] += 10.0
    other = SpaceWeather(
        observed.first_day, f107, observed.f107a, observed.ap, observed.kind, "", "", observed.last_observed
    )
    assert as_known_on(DATE, 50, other) != as_known_on(DATE, 50, observed)


def test_as_known_on_a_date(observed: SpaceWeather) -> None:
    known = as_known_on(DATE)
    i = DAY - known.first_day
    assert known.f107[i - 1] == observed.f107[i - 1]
    assert (known.ap[:i] == observed.ap[:i]).all()
    assert known.last_observed == "2022-03-06"
    assert known.issued == "2022-02"
    assert known.kind_at(DATE) == "PRD"
    assert known.kind_at(DATE.plus_days(60)) == "PRM"
    assert "as known on 2022-03-07" in known.age_statement(DATE)
    # the centred mean of the first unknown day: 40 known days, and 41 foretold ones
    assert known.f107a[i] == pytest.approx(known.f107[i - 40 : i + 41].mean())
    assert known.f107a[i - 40] == pytest.approx(known.f107[i - 80 : i + 1].mean())


def test_the_bulletin_of_a_month_is_known_in_the_next() -> None:
    assert newest_bulletin("2022-03").issued == "2022-02"
    assert as_known_on(Epoch.parse("2022-02-28T23:59:00Z")).issued == "2022-01"
    assert as_known_on(Epoch.parse("2022-03-01T00:00:00Z")).issued == "2022-02"
    assert newest_bulletin("1999-10").issued == "1999-08"  # that of September is damaged


def test_the_forecast_starts_at_the_last_day_and_ends_at_the_bulletin() -> None:
    known, bulletin = as_known_on(DATE), SpaceWeather.msfc("2022-02")
    i, j = DAY - known.first_day, DAY - bulletin.first_day
    assert known.f107[i] == pytest.approx(known.f107[i - 1], rel=0.1)
    assert known.f107[i + 1000] == pytest.approx(bulletin.f107[j + 1000], rel=0.005)


def test_percentiles_are_in_order() -> None:
    low, middle, high = (as_known_on(DATE, p).f107[DAY - as_known_on(DATE).first_day :] for p in (5, 50, 95))  # type: ignore[arg-type]
    assert (low <= middle).all()
    assert (middle <= high).all()


def test_a_burst_on_the_last_day_is_not_forecast_from() -> None:
    """239.5 sfu on 2022-03-31, between 151 and 149: a radio burst."""
    known = as_known_on(Epoch.parse("2022-04-01T00:00:00Z"))
    i = int(utc_day_number(Epoch.parse("2022-04-01T00:00:00Z"))[0]) - known.first_day
    assert known.f107[i - 1] < 160.0
    assert known.f107[i] < 160.0


def test_a_date_before_the_first_bulletin_is_refused() -> None:
    with pytest.raises(InputError, match="from 1999-05 on"):
        as_known_on(Epoch.parse("1999-04-30T00:00:00Z"))
    with pytest.raises(DataAgeError, match="observed days before"):
        as_known_on(DATE, 50, SpaceWeather.fixed())


def test_a_date_after_the_last_observed_day(observed: SpaceWeather) -> None:
    known = as_known_on(observed.end.plus_days(300.0))
    assert known.last_observed == observed.last_observed
    assert (known.kind[: len(known.kind) - 6000] != "PRM").all()


def test_what_was_observed_is_continued_by_the_newest_bulletin(observed: SpaceWeather) -> None:
    table = continued()
    n = len(observed.f107)
    assert np.array_equal(table.f107[:n], observed.f107)
    assert table.kind_at(observed.end) == "PRM"
    assert table.issued == newest_bulletin().issued


def test_a_member_depends_on_seed_and_number_only(members: WeatherPaths) -> None:
    few = msafe_members(DATE, 3, 4, UNTIL)
    assert np.array_equal(few.f107, members.f107[:3])
    assert np.array_equal(few.ap, members.ap[:3])
    assert few.member(2).digest == members.member(2).digest
    assert msafe_members(DATE, 1, 5, UNTIL).member(0).digest != members.member(0).digest


def test_members_spread_as_the_bulletin_says(members: WeatherPaths) -> None:
    """Two years ahead: 5, 50 and 95 % of 120 members' 81-day means against February 2022's row of March 2024."""
    i = int(utc_day_number(Epoch.parse("2024-03-15T00:00:00Z"))[0]) - members.first_day
    bulletin = newest_bulletin("2022-03")
    row = int((np.datetime64("2024-03") - bulletin.months[0]).astype(int))
    got = np.percentile(members.f107a[:, i], [5, 50, 95])
    assert (
        np.abs(got - bulletin.f107[row]).max() < 25.0
    )  # sampling error of the 5 and 95 % of 120 members, and rotation
    assert members.ap[:, i - 180 : i + 180].mean() == pytest.approx(bulletin.ap[row, 1], rel=0.15)


def test_members_have_storms_and_rotations_and_whole_ap(members: WeatherPaths) -> None:
    assert members.ap.dtype == np.uint16
    assert members.ap.max() > 100
    ahead = members.f107[:, HISTORY_DAYS + 60 :]
    wiggle = np.std(np.log(ahead[:, ::1] / members.f107a[:, HISTORY_DAYS + 60 :]))
    assert 0.04 < wiggle < 0.15  # observed since 1957: 0.12, at higher activity
    assert np.array_equal(members.f107[0, :HISTORY_DAYS], members.f107[5, :HISTORY_DAYS])
    assert members.known_days == HISTORY_DAYS


def test_a_member_can_be_flown(members: WeatherPaths) -> None:
    table = members.member(7)
    assert table.last_observed == "2022-03-06"
    assert table.indices_at(DATE).ap.shape == (1, 7)
    assert table.kind_at(DATE) == "PRD"
    assert "member 7" in table.source
    assert table.between(DATE, UNTIL).end >= UNTIL


def test_paths_from_tables_are_the_tables() -> None:
    tables = [SpaceWeather.msfc("2022-02", p) for p in (5, 50, 95)]
    paths = WeatherPaths.from_tables([*tables, SpaceWeather.fixed(100.0, 8.0)])
    assert len(paths) == 4
    assert paths.known_days == 0
    assert paths.member(1).f107 == pytest.approx(tables[1].f107, rel=1e-6)
    assert (paths.member(1).ap == tables[1].ap).all()
    known = WeatherPaths.from_tables([as_known_on(DATE), as_known_on(DATE, 95)])
    assert known.first_day + known.known_days == DAY
    for bad in (
        [],
        [SpaceWeather.fixed(first="2000-01-01", last="2000-12-31"), SpaceWeather.fixed(first="2001-01-01")],
    ):
        with pytest.raises(InputError):
            WeatherPaths.from_tables(bad)


def test_members_behind_all_observed_days(observed: SpaceWeather) -> None:
    start, until = Epoch.parse("2022-03-07T00:00:00Z"), observed.end.plus_days(400.0)
    paths = continued_members(2, 0, start, until, observed)
    last = Epoch.parse(observed.last_observed + "T12:00:00Z")
    # up to 40 days before the end the 81-day mean is the observed one as well
    for day in (start, start.plus_days(500.0), last.plus_days(-60.0)):
        table, member = (w.indices_at([day]) for w in (observed, paths.member(1)))
        assert float(member.f107[0]) == pytest.approx(float(table.f107[0]), abs=0.05)
        assert float(member.f107a[0]) == pytest.approx(float(table.f107a[0]), abs=1.0)
        np.testing.assert_array_equal(member.ap, table.ap)
    later = last.plus_days(200.0)
    a, b = (float(paths.member(k).indices_at([later]).f107[0]) for k in (0, 1))
    assert a != b
    assert paths.known_days == int(utc_day_number(last)[0]) + 1 - paths.first_day
    recent = continued_members(2, 0, last, until, observed)
    assert len(recent.f107[0]) < len(paths.f107[0])
    np.testing.assert_array_equal(recent.f107, paths.f107[:, -recent.f107.shape[1] :])
    assert paths.source == recent.source


def test_past_cycles_are_the_observed_days_from_the_same_phase(observed: SpaceWeather) -> None:
    paths = analogue_members(DATE, UNTIL)
    assert [label[:11] for label in paths.labels] == [f"as cycle {c}" for c in (20, 21, 22, 23, 24)]
    # 2022-03-07 is 813 days after 2019-12-15; cycle 24 began on 2008-12-15: 2011-03-08
    i = int(utc_day_number(Epoch.parse("2011-03-08T00:00:00Z"))[0]) - observed.first_day
    assert paths.f107[4, HISTORY_DAYS : HISTORY_DAYS + 100] == pytest.approx(observed.f107[i : i + 100], rel=1e-6)
    assert (paths.ap[4, HISTORY_DAYS : HISTORY_DAYS + 100] == observed.ap[i : i + 100]).all()
    assert "2011-03-08" in paths.labels[4]


def test_the_minimum_of_a_cycle_is_known_a_year_later() -> None:
    at = Epoch.parse("2020-06-01T00:00:00Z")
    assert "the phase of cycle 24" in analogue_members(at, at.plus_days(300)).source
    later = Epoch.parse("2021-01-01T00:00:00Z")
    assert "the phase of cycle 25" in analogue_members(later, later.plus_days(300)).source


@pytest.mark.parametrize("cycles", [[19], [25], [3], []])
def test_cycles_without_a_record_are_refused(cycles: list[int]) -> None:
    with pytest.raises(InputError, match="cycles whose record holds"):
        analogue_members(DATE, UNTIL, cycles)


def test_impossible_outlooks_are_refused() -> None:
    with pytest.raises(InputError, match="at least one member"):
        msafe_members(DATE, 0, 1, UNTIL)
    with pytest.raises(InputError, match="after 2022-03-07"):
        msafe_members(DATE, 1, 1, DATE.plus_days(-3))
    with pytest.raises(DataAgeError, match="bulletin of 2022-02 ends"):
        msafe_members(DATE, 1, 1, Epoch.parse("2060-01-01T00:00:00Z"))


def test_the_daily_smoothing_is_the_13_month_mean() -> None:
    """A straight line stays itself; one day's spike is spread evenly over a year."""
    line = np.linspace(70.0, 200.0, 1500)
    assert smoothed(line)[300:-300] == pytest.approx(line[300:-300], rel=2e-3)
    spike = np.zeros(1001)
    spike[500] = 365.0
    assert smoothed(spike)[500] == pytest.approx(1.0)


def test_the_near_term_forecast_is_worth_what_is_said(observed: SpaceWeather) -> None:
    """A part of scripts/measure_outlook_error.py: 27 dates of 2011-2024. All 500 of them: 8 % against 16, and 13 against 16."""
    truth = observed.without_bursts()
    errors = []
    for k in range(27):
        date = Epoch.parse("2011-07-05T00:00:00Z").plus_days(180.0 * k)
        day = int(utc_day_number(date)[0])
        known, bulletin = as_known_on(date), SpaceWeather.msfc(newest_bulletin(date.date[:7]).issued)
        now, *others = (t.f107[day - t.first_day :][:27] for t in (truth, known, bulletin))
        errors.append([np.log(f / now) for f in others])
    ours, theirs = (np.sqrt(np.mean(np.array(errors)[:, i] ** 2, axis=0)) for i in (0, 1))
    assert ours[:3].mean() < 0.10
    assert ours[:3].mean() < 0.7 * theirs[:3].mean()
    assert ours[7:].mean() < theirs[7:].mean()
