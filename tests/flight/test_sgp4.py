"""Mean elements and SGP4."""

import math

import numpy as np
import pytest
from sgp4.api import Satrec

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import EngineError, InputError
from stationkeeper.flight.engines.sgp4 import NOTE, MeanElements, osculating_state, state_at

# Vallado's verification case 00005 (AIAA 2006-6753): TEME at 0 and 360 minutes, km and km/s, typed in.
LINES = (
    "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753",
    "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
)
AT_0 = (7022.46529266, -1400.08296755, 0.03995155)
AT_360 = (-7154.03120202, -3783.17682504, -3536.19412294)
DEG = math.pi / 180.0
CASE = MeanElements(
    "VANGUARD 1",
    5,
    "1958-002B",
    Epoch.parse("2000-06-27T18:50:19.733568Z"),
    10.82419157 * math.tau / 86_400.0,
    0.1859667,
    34.2682 * DEG,
    348.7242 * DEG,
    331.7664 * DEG,
    19.3264 * DEG,
    0.28098e-4,
)


def test_vallados_case_in_teme() -> None:
    satellite = CASE._satrec()
    for minutes, expected in ((0.0, AT_0), (360.0, AT_360)):
        _, position, _ = satellite.sgp4_tsince(minutes)
        assert position == pytest.approx(expected, abs=1e-6)


def test_positions_are_those_of_the_sgp4_package_turned_to_gcrf() -> None:
    theirs = Satrec.twoline2rv(*LINES)
    times = [CASE.epoch.plus_s(60.0 * m) for m in (0, 360, 1440)]
    position, velocity = state_at(CASE, times)
    for k, minutes in enumerate((0.0, 360.0, 1440.0)):
        _, r, v = theirs.sgp4_tsince(minutes)
        assert np.linalg.norm(position[k]) == pytest.approx(1e3 * np.linalg.norm(r), abs=0.01)
        assert np.linalg.norm(velocity[k]) == pytest.approx(1e3 * np.linalg.norm(v), abs=1e-4)
    assert osculating_state(CASE, times[1]).position_gcrf_m == pytest.approx(position[1])
    assert "kilometre" in NOTE


def test_a_set_that_has_decayed_is_an_error_in_words() -> None:
    falling = MeanElements("X", 1, "", CASE.epoch, 16.4 * math.tau / 86_400.0, 0.001, 0.9, 0.0, 0.0, 0.0, 0.01)
    with pytest.raises(EngineError, match="SGP4 cannot carry element set 1"):
        state_at(falling, CASE.epoch.plus_days(200.0))


def test_elements_out_of_range_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        MeanElements("X", 1, "", CASE.epoch, 0.0, 1.5, 4.0, 0.0, math.nan, 0.0, 0.0)
    keys = {p.key for p in caught.value.problems}
    assert keys == {"mean_motion_rad_s", "eccentricity", "inclination_rad", "argument_of_perigee_rad"}
