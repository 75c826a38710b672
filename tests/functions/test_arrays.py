"""Arrays: cells and age, shadows of others, pointing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.functions import arrays
from stationkeeper.functions.arrays import MODES, TUMBLING, Sunlight
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import load_station

ISS = load_station("iss")
ELEMENTS = {e.id: e for e in ISS.element}
EQUIPMENT = {q.id: q for q in ISS.equipment}


def light(beta_deg: float, shadow: float = 0.3) -> Sunlight:
    return Sunlight(math.radians(beta_deg), Range.exact(shadow), 5_570.0, 1.0, "test")


def test_sun_slicer_against_its_integral() -> None:
    for shadow in (0.0, 0.2, 0.387, 0.5):
        half = math.pi * (1.0 - shadow)
        by_hand = (
            2.0 - math.sin(half)
        ) / half  # of |cos| from noon to the edge of the shadow, which lies past 90 degrees
        assert arrays.slicer_factor(0.0, shadow) == pytest.approx(by_hand, rel=1e-5)
    assert arrays.slicer_factor(math.pi / 2.0, 0.0) == 1.0


def test_a_wing_fades_with_age_and_distance() -> None:
    wing = EQUIPMENT["array-2b"]
    at = [Epoch.parse(f"{y}-06-15T00:00:00Z") for y in (2001, 2022)]
    new, old = (arrays.in_the_sun_kw(wing, ELEMENTS[wing.element], t, 1.0) for t in at)
    assert new is not None and old is not None
    assert old.best / new.best == pytest.approx(0.992**21, rel=1e-3)
    assert old.low / new.low < old.best / new.best < old.high / new.high
    near = arrays.in_the_sun_kw(wing, ELEMENTS[wing.element], at[1], 0.983)
    assert near is not None and near.best / old.best == pytest.approx(0.983**-2)


def test_an_output_stands_in_for_cells_and_an_average_for_neither() -> None:
    front, folded = EQUIPMENT["roll-out-array-2b"], EQUIPMENT["zarya-arrays"]
    t = Epoch.parse("2021-06-20T00:00:00Z")
    got = arrays.in_the_sun_kw(front, ELEMENTS[front.element], t, 1.0)
    assert got is not None and got.best == pytest.approx(20.0, rel=1e-3)
    assert arrays.in_the_sun_kw(folded, ELEMENTS[folded.element], t, 1.0) is None


def test_what_stands_in_front_covers() -> None:
    wing, front = EQUIPMENT["array-2b"], EQUIPMENT["roll-out-array-2b"]
    assert arrays.uncovered(wing, []) == Range.exact(1.0)
    assert arrays.uncovered(wing, [front]).best == 0.5
    assert arrays.uncovered(EQUIPMENT["array-1a"], [front]) == Range.exact(1.0)
    bare = front.model_copy(update={"figures": {}})
    assert arrays.uncovered(wing, [bare]) == Range(0.5, 0.0, 1.0), "how much is not known: anything"


def test_pointing() -> None:
    assert arrays.pointing(light(40.0), 2, "sun-tracking", False) == Range.exact(1.0)
    one = arrays.pointing(light(40.0), 1, "sun-tracking", False)
    assert one.best == one.low == pytest.approx(math.cos(math.radians(40.0)))
    assert arrays.pointing(light(75.0), 1, "sun-tracking", False).best == 0.5, "turned towards the Sun"
    assert arrays.pointing(light(0.0), 2, "sun-tracking", True) == TUMBLING
    unknown = arrays.pointing(Sunlight(None, arrays.UNKNOWN_SHADOW, 5_400.0, 1.0, ""), 1, "sun-slicer", False)
    assert unknown.low < unknown.best < unknown.high


def test_tumbling_is_the_mean_over_all_directions() -> None:
    steps = [(k + 0.5) / 20_000 for k in range(20_000)]
    over_the_sphere = sum(max(0.0, 2.0 * u - 1.0) for u in steps) / len(steps)  # cosines are even over the sphere
    over_a_turn = sum(max(0.0, math.cos(2.0 * math.pi * u)) for u in steps) / len(steps)
    assert TUMBLING.best == pytest.approx(over_the_sphere, rel=1e-4)
    assert TUMBLING.high == pytest.approx(over_a_turn, rel=1e-4)


def test_no_orbit_in_the_data_is_said() -> None:
    cfg = configuration_at(ISS.model_copy(update={"orbit": []}), Epoch.parse("2022-03-07T00:00:00Z"))
    got = arrays.sunlight_of(cfg)
    assert got.beta_rad is None
    assert got.shadow == arrays.UNKNOWN_SHADOW
    assert "no orbit" in got.basis


@given(
    beta=st.floats(-89.0, 89.0), shadow=st.floats(0.0, 0.42), axes=st.sampled_from([1, 2]), mode=st.sampled_from(list(MODES)),
    tumbling=st.booleans(),
)  # fmt: skip
def test_no_pointing_gives_more_than_all(
    beta: float, shadow: float, axes: int, mode: arrays.TrackingMode, tumbling: bool
) -> None:
    r = arrays.pointing(light(beta, shadow), axes, mode, tumbling)
    held = arrays.pointing(light(beta, shadow), axes, mode, False)
    assert 0.0 <= r.low <= r.best <= r.high <= 1.0
    assert r.best <= held.best and r.low <= held.low and r.high <= held.high
