"""Tables of solar and geomagnetic indices."""

from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError
from stationkeeper.environment.space_weather import SpaceWeather

DAY = Epoch.parse("2022-02-24T13:30:00Z")


@pytest.fixture(scope="module")
def observed() -> SpaceWeather:
    return SpaceWeather.observed()


def test_indices_of_the_day_of_the_invasion(observed: SpaceWeather) -> None:
    """Against the lines of SW-All.csv for 21 to 24 February 2022, typed in."""
    got = observed.indices_at(DAY)
    row = int((np.datetime64("2022-02-24") - np.datetime64("2000-01-01")).astype(int)) - observed.first_day
    flat = observed.ap[row - 3 : row + 1].ravel()
    now = 3 * 8 + 4  # 12 to 15 h
    assert got.f107[0] == observed.f107[row - 1]
    assert got.f107a[0] == observed.f107a[row]
    assert got.ap[0, 1:5].tolist() == flat[[now, now - 1, now - 2, now - 3]].tolist()
    assert got.ap[0, 5] == flat[now - 11 : now - 3].mean()
    assert got.ap[0, 6] == flat[now - 19 : now - 11].mean()
    assert observed.kind_at(DAY) == "OBS"
    assert "measured" in observed.age_statement(DAY)


def test_indices_change_at_the_three_hour_marks(observed: SpaceWeather) -> None:
    mark = Epoch.parse("2022-02-24T03:00:00Z")
    before, at = observed.indices_at([mark.plus_s(-1e-6), mark]).ap
    assert before[1] == at[2]


def test_beyond_the_table_is_an_error_that_names_its_end(observed: SpaceWeather) -> None:
    with pytest.raises(DataAgeError, match="choose an outlook"):
        observed.indices_at(observed.end)
    assert observed.indices_at(observed.end.plus_s(-1.0)).f107.shape == (1,)
    with pytest.raises(DataAgeError):
        observed.indices_at(observed.start.plus_s(-1.0))
    assert observed.kind_at(observed.end) == "END"


def test_rows_without_ap_are_not_taken(observed: SpaceWeather) -> None:
    assert "PRM" not in set(observed.kind)
    assert observed.last_observed < str(observed.end.date)
    assert observed.kind_at(observed.end.plus_days(-1.0)) == "PRD"


def test_msfc_bulletins_are_constant_over_a_month() -> None:
    """104.7 and 102.5 sfu are printed in NASA's trajectory pages of February and March 2016."""
    for bulletin, flux in (("2016-02", 104.7), ("2016-03", 102.5)):
        table = SpaceWeather.msfc(bulletin)
        first, last = (Epoch.parse(f"{bulletin}-{d}T12:00:00Z") for d in ("05", "27"))
        assert table.indices_at([first, last]).f107.tolist() == [flux, flux]
    table = SpaceWeather.msfc("2022-02")
    assert table.kind_at(DAY) == "PRM"
    assert table.last_observed == ""
    low, high = (SpaceWeather.msfc("2022-02", p).indices_at(DAY.plus_days(700)).f107[0] for p in (5, 95))
    assert low < table.indices_at(DAY.plus_days(700)).f107[0] < high


def test_whole_ap_slots_keep_the_mean_of_a_bulletin() -> None:
    february = slice(*(int(d) - SpaceWeather.msfc("2022-02").first_day for d in (8067, 8095)))
    ap = SpaceWeather.msfc("2022-02").ap[february]
    assert ap.mean() == pytest.approx(8.8, abs=0.01)
    assert set(np.unique(ap)) == {8.0, 9.0}


@pytest.mark.parametrize("bulletin", ["2022", "2022-13", "1998-01", "2022-2"])
def test_a_bulletin_that_is_not_there_is_refused(bulletin: str) -> None:
    with pytest.raises(InputError, match="month of issue"):
        SpaceWeather.msfc(bulletin)


def test_a_damaged_bulletin_is_refused_and_named() -> None:
    with pytest.raises(InputError, match=r"mar1999.*order broken at 2018-03"):
        SpaceWeather.msfc("1999-03")


def test_a_wrong_percentile_is_refused() -> None:
    with pytest.raises(InputError, match="5, 50 or 95"):
        SpaceWeather.msfc("2022-02", 42)  # type: ignore[arg-type]


def test_fixed_indices() -> None:
    table = SpaceWeather.fixed(102.0, 8.5)
    got = table.indices_at(DAY)
    assert (got.f107[0], got.f107a[0]) == (102.0, 102.0)
    assert got.ap[0, 5] == 8.5
    assert table == SpaceWeather.fixed(102.0, 8.5)
    assert table != SpaceWeather.fixed(102.0, 9.0)
    assert len({table, SpaceWeather.fixed(102.0, 8.5)}) == 1


@pytest.mark.parametrize(("f107", "ap"), [(0.0, 4.0), (float("nan"), 4.0), (150.0, -1.0), (150.0, 401.0)])
def test_indices_out_of_range_are_refused(f107: float, ap: float) -> None:
    with pytest.raises(InputError, match="expected"):
        SpaceWeather.fixed(f107, ap)


def test_as_known_on_a_day_nothing_of_the_future_leaks_in(observed: SpaceWeather) -> None:
    outlook = SpaceWeather.msfc("2022-02")
    known = observed.as_known(DAY, outlook)
    row = 8090 - observed.first_day  # 2022-02-24
    assert known.f107[row] == outlook.indices_at(DAY).f107a[0]
    assert known.f107[row - 1] == observed.f107[row - 1]
    # 41 measured days to the 23rd, then the bulletin: 5 days of February, 31 of March, 4 of April
    foretold = [99.1] * 5 + [101.5] * 31 + [104.2] * 4
    assert known.f107a[row - 1] == pytest.approx(np.mean([*observed.f107[row - 41 : row], *foretold]))
    assert known.f107a[row - 41] == observed.f107a[row - 41]
    assert known.last_observed == "2022-02-23"
    assert observed.then(outlook, DAY).f107a[row - 1] == observed.f107a[row - 1]


def test_csv_can_be_read_again_and_is_the_same_table(observed: SpaceWeather, tmp_path: Path) -> None:
    window = observed.between(DAY, DAY.plus_days(30))
    file = tmp_path / "sw.csv"
    file.write_bytes(window.to_celestrak_csv())
    assert SpaceWeather.read_celestrak(file).digest == window.digest


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.replace("2022-02-25", "2022-02-27"), "one row for each day"),
        (lambda t: t.replace("F10.7_OBS,", "FLUX,"), "F10.7_OBS missing"),
        (lambda t: t.replace("2022-02-25,", "2022-02-31,"), "a date and ten numbers"),
        (lambda t: "\n".join([t.splitlines()[0]]), "no row"),
    ],
)
def test_a_damaged_table_is_refused(observed: SpaceWeather, tmp_path: Path, change, says: str) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "sw.csv"
    text = observed.between(DAY, DAY.plus_days(5)).to_celestrak_csv().decode()
    file.write_text(change(text))
    with pytest.raises(InputError, match=says):
        SpaceWeather.read_celestrak(file)


def test_a_table_cannot_be_changed(observed: SpaceWeather) -> None:
    with pytest.raises(ValueError, match="read-only"):
        observed.f107[0] = 0.0
