"""Torques, their balance, and rigid bodies that turn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.functions import torques

N = 1.13e-3
BODY = np.diag([1.4e8, 0.9e8, 2.1e8])
LVLH = (0.0, 0.0, 0.0)
SMALL = st.floats(-0.2, 0.2)
ANGLE = st.floats(-1.0, 1.0)


def test_principal_axes_along_lvlh_need_no_torque() -> None:
    assert np.allclose(torques.gravity_torque_nm(BODY, LVLH, N), 0.0)
    assert torques.equilibrium(BODY, np.zeros(3), 0.0, N) == pytest.approx(LVLH)


def test_pitch_torque_is_the_textbook_one() -> None:
    theta = math.radians(10.0)
    got = torques.gravity_torque_nm(BODY, (0.0, theta, 0.0), N)
    assert got == pytest.approx([0.0, 1.5 * N**2 * (2.1e8 - 1.4e8) * math.sin(2.0 * theta), 0.0], abs=1e-9)


def test_air_above_the_centre_of_mass_lifts_the_nose() -> None:
    # z is to the nadir: above is negative
    assert torques.air_torque_nm(1.0, np.array([0.0, 0.0, -2.0]), LVLH) == pytest.approx([0.0, 2.0, 0.0])
    tea = torques.equilibrium(BODY, np.array([0.0, 0.0, -2.0]), 5.0, N)
    assert tea is not None
    # gravity pushes a pitch on (the largest inertia points down), so the balance lies where it pushes down
    assert tea[1] == pytest.approx(-10.0 / (3.0 * N**2 * 0.7e8), rel=0.02)


@given(ANGLE, ANGLE, ANGLE)
def test_an_attitude_is_a_rotation(roll: float, pitch: float, yaw: float) -> None:
    c = torques.attitude_matrix((roll, pitch, yaw))
    assert np.allclose(c @ c.T, np.eye(3))
    assert np.linalg.det(c) == pytest.approx(1.0)


@given(SMALL, SMALL, SMALL)
def test_a_turned_body_balances_where_its_axes_lie_along_lvlh(roll: float, pitch: float, yaw: float) -> None:
    c = torques.attitude_matrix((roll, pitch, yaw))
    got = torques.equilibrium(c @ BODY @ c.T, np.zeros(3), 0.0, N)
    assert got == pytest.approx((roll, pitch, yaw), abs=1e-6)


@given(SMALL, SMALL, SMALL, st.floats(0.0, 20.0), st.tuples(*[st.floats(-5, 5)] * 3))
def test_whatever_is_called_a_balance_is_one(
    roll: float, pitch: float, yaw: float, force: float, arm: tuple[float, float, float]
) -> None:
    c = torques.attitude_matrix((roll, pitch, yaw))
    inertia, arm_m = c @ BODY @ c.T, np.array(arm)
    tea = torques.equilibrium(inertia, arm_m, force, N)
    if tea is not None:
        left = torques.gravity_torque_nm(inertia, tea, N) + torques.air_torque_nm(force, arm_m, tea)
        assert np.abs(left).max() < 1e-6 * N**2 * np.trace(inertia)
        assert max(abs(a) for a in tea) <= torques.LARGEST_RAD


def test_air_that_outweighs_gravity_has_no_balance() -> None:
    assert torques.equilibrium(BODY, np.array([0.0, 0.0, -2.0]), 1e4, N) is None


def test_a_sphere_balances_anywhere() -> None:
    assert torques.equilibrium(np.eye(3) * 1e4, np.zeros(3), 0.0, N) is not None


def test_growth_is_that_of_pitch_and_gravity_can_hold_a_body_upright() -> None:
    assert torques.growth_rate_rad_s(BODY, N) == pytest.approx(N * math.sqrt(3.0 * 0.7 / 0.9), rel=1e-9)
    # long axis down, largest inertia across the orbit plane: the stable case
    assert torques.growth_rate_rad_s(np.diag([2.0e8, 2.1e8, 0.3e8]), N) == 0.0


def test_a_steady_torque_turns_as_the_textbook_says() -> None:
    push = torques.Push(0.0, 100.0, (0.0, 0.0, 10.0), (-20.0, 0.0, 0.0))
    assert push.torque_nm == pytest.approx([0.0, 200.0, 0.0])
    t = torques.turn(BODY, [push], 200.0)
    rate = 200.0 * 100.0 / 0.9e8
    assert t.peak_rate_rad_s == pytest.approx(rate, rel=1e-9)
    assert t.total_rad == pytest.approx(0.5 * rate * 100.0 + rate * 100.0, rel=1e-9)


@settings(max_examples=25)
@given(st.tuples(*[st.floats(-0.02, 0.02)] * 3))
def test_free_rotation_keeps_energy_and_momentum(rate: tuple[float, float, float]) -> None:
    t = torques.turn(BODY, [], 300.0, rate)
    momentum = np.linalg.norm(t.rates_rad_s @ BODY, axis=1)
    energy = np.einsum("ij,jk,ik->i", t.rates_rad_s, BODY, t.rates_rad_s)
    assert np.allclose(momentum, momentum[0], rtol=1e-9, atol=1e-6)
    assert np.allclose(energy, energy[0], rtol=1e-9, atol=1e-6)
