"""Finite burns and the rocket equation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.flight.burns import FiniteBurn

AT = Epoch.parse("2022-02-26T01:37:00Z")


@given(
    st.floats(0.05, 60.0),
    st.floats(1e3, 5e5),
    st.floats(200.0, 330.0),
    st.floats(100.0, 6_000.0),
    st.sampled_from([1, -1]),
)
def test_delta_v_there_and_back(dv: float, mass: float, isp: float, thrust: float, sign: int) -> None:
    burn = FiniteBurn.from_delta_v(AT, sign * dv, mass, isp, thrust_n=thrust)
    assert burn.delta_v_m_s(mass) == pytest.approx(sign * dv, rel=1e-9)
    same = FiniteBurn.from_delta_v(AT, sign * dv, mass, isp, duration_s=burn.duration_s)
    assert same.thrust_n == pytest.approx(thrust, rel=1e-9)
    assert same.propellant_kg == pytest.approx(mass * (1.0 - math.exp(-dv / (9.80665 * isp))), rel=1e-6)


def test_progress_ms18_reboost_of_february_2022() -> None:
    """526.8 s for 0.8 m/s (NASA's ephemeris): about 0.69 kN, what the eight engines of a Progress give."""
    burn = FiniteBurn.from_delta_v(AT, 0.775, 452_370.0, 300.0, duration_s=526.784)
    assert 500.0 < burn.thrust_n < 1_100.0
    assert burn.propellant_kg == pytest.approx(119.1, abs=0.2)
    assert burn.end - burn.start == pytest.approx(526.784)


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"delta_v_m_s": 1.0, "thrust_n": 1.0, "duration_s": 1.0}, "exactly one of the two"),
        ({"delta_v_m_s": 1.0}, "exactly one of the two"),
        ({"delta_v_m_s": 0.0, "thrust_n": 1.0}, "other than 0"),
        ({"delta_v_m_s": math.nan, "thrust_n": 1.0}, "other than 0"),
        ({"delta_v_m_s": 1.0, "thrust_n": -1.0}, "above 0"),
        ({"delta_v_m_s": 1.0, "duration_s": 0.0}, "above 0"),
        ({"delta_v_m_s": 1.0, "thrust_n": 1.0, "mass_kg": 0.0}, "mass_kg"),
        ({"delta_v_m_s": 1.0, "thrust_n": 1.0, "specific_impulse_s": math.inf}, "specific_impulse_s"),
    ],
)
def test_what_is_no_burn_is_refused(given_: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        FiniteBurn.from_delta_v(AT, **{"mass_kg": 1e5, "specific_impulse_s": 300.0, **given_})  # type: ignore[arg-type]


def test_sign_and_propellant_are_checked() -> None:
    with pytest.raises(InputError, match=r"\+1 \(along"):
        FiniteBurn(AT, 10.0, 10.0, 300.0, sign=2)
    with pytest.raises(InputError, match="less than the mass"):
        FiniteBurn(AT, 1e6, 1e4, 300.0).delta_v_m_s(1_000.0)


def test_a_direction_is_kept_as_a_unit_vector_and_a_wrong_one_refused() -> None:
    start = Epoch.parse("2022-02-26T00:00:00Z")
    burn = FiniteBurn.from_delta_v(start, -1.0, 1_000.0, 300.0, duration_s=10.0, direction=(3.0, 0.0, 4.0), frame="RTN")
    assert burn.direction == (0.6, 0.0, 0.8)
    assert burn.sign == -1
    for wrong in ({"direction": (0.0, 0.0, 0.0)}, {"direction": (1.0, math.nan, 0.0)}, {"frame": "LVLH"}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            FiniteBurn(start, 10.0, 10.0, 300.0, **wrong)  # type: ignore[arg-type]


def test_the_power_of_a_thrust_is_its_part_along_the_velocity() -> None:
    start = Epoch.parse("2022-02-26T00:00:00Z")
    r, v = np.array([7e6, 0.0, 0.0]), np.array([100.0, 7_000.0, 1_000.0])
    speed = float(np.linalg.norm(v))
    along = {
        ((0.0, 1.0, 0.0), "NTW"): speed,
        ((1.0, 0.0, 0.0), "NTW"): 0.0,
        ((1.0, 0.0, 0.0), "RTN"): 100.0,
        ((0.0, 0.0, 1.0), "RTN"): 0.0,
        ((0.0, 1.0, 0.0), "GCRF"): 7_000.0,
    }
    for (direction, frame), expected in along.items():
        for sign in (1, -1):
            burn = FiniteBurn(start, 10.0, 10.0, 300.0, sign, direction=direction, frame=frame)  # type: ignore[arg-type]
            assert burn.along_velocity(r, v)[0] == pytest.approx(sign * expected, abs=1e-9)
