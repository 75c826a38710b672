"""Bodies."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.core.errors import InputError
from stationkeeper.flight.body import Body


def test_drag_product() -> None:
    body = Body(1000.0, 10.0, 2.2, density_scale=0.5)
    assert body.drag_m2_kg == pytest.approx(0.011)
    assert body.with_mass(500.0).drag_m2_kg == pytest.approx(0.022)
    assert body.with_density_scale(1.0).drag_m2_kg == pytest.approx(0.022)
    assert Body(1000.0, 1.0, 2.0, radiation_area_m2=20.0).radiation_m2_kg == pytest.approx(0.03)


@given(st.sampled_from([0.0, -1.0, math.nan, math.inf, -math.inf]))
def test_what_is_no_body_is_refused_with_all_its_problems(bad: float) -> None:
    with pytest.raises(InputError) as caught:
        Body(bad, -1.0, bad, bad)
    assert [p.key for p in caught.value.problems] == ["mass_kg", "drag_area_m2", "drag_coefficient", "density_scale"]
