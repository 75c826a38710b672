"""The result of a calibration: its ties to a density model, its interval, and its way to a file and back."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.flight.calibration.fit import DetectedBurn, DragFit

FIT = DragFit(
    cdam_m2_kg=0.0085,
    sigma_m2_kg=0.0015,
    low_m2_kg=0.0062,
    high_m2_kg=0.0116,
    density_model="nrlmsise00",
    weather="observed",
    start=Epoch.parse("2022-02-07T12:00:00Z"),
    end=Epoch.parse("2022-02-14T12:00:00.25Z"),
    data="the first states of 2 files",
    residual={"rms_along_track_m": 12.5},
    formal_sigma_m2_kg=1e-4,
    notes=("one", "two"),
)


def test_the_body_has_the_fitted_drag_at_any_mass() -> None:
    for mass_kg in (1.0, 445_386.0):
        body = FIT.body(mass_kg, "nrlmsise00")
        assert body.mass_kg == mass_kg
        assert body.drag_m2_kg == pytest.approx(0.0085, rel=1e-12)


def test_another_density_model_is_refused_with_both_names_and_a_way_out() -> None:
    with pytest.raises(InputError) as error:
        FIT.body(445_386.0, "nrlmsis21")
    text = str(error.value)
    assert "nrlmsis21" in text
    assert "nrlmsise00" in text
    assert "calibrate DATA --density nrlmsis21" in text


def test_there_and_back_through_json() -> None:
    assert DragFit.from_json(FIT.to_json()) == FIT
    assert json.loads(FIT.to_json())["schema"] == "stationkeeper.drag-fit/1"


def test_a_scaled_fit_keeps_its_relative_interval() -> None:
    twice = FIT.scaled(2.0)
    assert twice.cdam_m2_kg == 2.0 * FIT.cdam_m2_kg
    assert twice.high_m2_kg / twice.cdam_m2_kg == pytest.approx(FIT.high_m2_kg / FIT.cdam_m2_kg)
    assert (twice.start, twice.density_model, twice.notes) == (FIT.start, FIT.density_model, FIT.notes)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cdam_m2_kg": math.nan}, "cdam_m2_kg"),
        ({"cdam_m2_kg": 0.0, "low_m2_kg": 0.0}, "above 0"),
        ({"sigma_m2_kg": -1.0}, "sigma_m2_kg"),
        ({"low_m2_kg": 0.009}, "interval that holds the value"),
        ({"end": Epoch.parse("2022-02-01T00:00:00Z")}, "after 2022-02-07"),
    ],
)
def test_impossible_numbers_are_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        replace(FIT, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("schema", "other/1", "stationkeeper.drag-fit/1"),
        ("cdam_m2_kg", "0.0085", "finite number"),
        ("cdam_m2_kg", True, "finite number"),
        ("density_model", "", "text"),
        ("start", "2022-13-01T00:00:00Z", "UTC time"),
        ("residual", {"x": None}, "finite numbers"),
        ("notes", "one", "list of lines"),
    ],
)
def test_a_file_that_is_none_is_refused(key: str, value: object, says: str) -> None:
    values = {**FIT.to_dict(), key: value}
    with pytest.raises(InputError, match=says) as error:
        DragFit.from_json(json.dumps(values), "my-fit.json")
    assert "my-fit.json" in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "[" * 200_000], ids=["empty", "cut", "list", "text", "deep"])
def test_text_that_is_no_fit_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        DragFit.from_json(text, "my-fit.json")


def test_a_burn_as_plain_values() -> None:
    burn = DetectedBurn(FIT.start, None, None, 0.25, 440.0, 0.02, "jump")
    assert burn.to_dict() == {
        "start": "2022-02-07T12:00:00Z", "end": None, "duration_s": None, "delta_v_m_s": 0.25, "delta_a_m": 440.0,
        "sigma_m_s": 0.02, "method": "jump",
    }  # fmt: skip
