"""The fall of single bodies: against closed forms and an independent integrator."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stationkeeper.core.constants import EARTH_ROTATION_RATE_RAD_S, GM_EARTH_M3_S2
from stationkeeper.reentry import ballistic
from stationkeeper.reentry.ballistic import (
    DKR_W_M2,
    Falling,
    fall,
    height_above_ellipsoid_m,
    stagnation_heat_w_m2,
    standard_density_kg_m3,
    terminal_speed_m_s,
)


def falling(n: int, beta: float, stop_m: float = 0.0, **changes: float) -> Falling:
    x = np.tile(np.array([[6_378_137.0 + 110_000.0], [0.0], [0.0]]), n)
    v = np.tile(np.array([[-150.0], [5000.0], [5500.0]]), n)
    one = np.ones(n)
    b = Falling(
        x, v, beta * one, one, one, 0.0 * one, 0.0 * one, 0.5 * one, 0.0 * one, 900.0 * one, 867.0 * one, 386e3 * one,
        0.3 * one, np.ones(n, dtype=np.bool_), one, stop_m * one, 0.1 * one,
    )  # fmt: skip
    for k, value in changes.items():
        setattr(b, k, value * one)
    return b


@pytest.mark.parametrize(
    ("height_km", "density"),
    # US Standard Atmosphere 1976, table I
    [(0, 1.2250), (11, 0.36480), (20, 0.088910), (50, 1.0269e-3), (80, 1.8458e-5), (100, 5.604e-7), (200, 2.541e-10)],
)
def test_the_standard_atmosphere(height_km: float, density: float) -> None:
    # the table is read between rows of 250 m; 0.1 % is its rounding
    assert standard_density_kg_m3(1e3 * height_km) == pytest.approx(density, rel=1e-3)


def test_heating_is_detra_kemp_riddell_below_and_free_molecular_above() -> None:
    assert stagnation_heat_w_m2(1.225, 7924.8, 1.0) == pytest.approx(DKR_W_M2, rel=1e-3)  # the thin limit is far away
    assert stagnation_heat_w_m2(1e-3, 7000.0, 0.25) == pytest.approx(
        2.0 * float(stagnation_heat_w_m2(1e-3, 7000.0, 1.0)), rel=1e-2
    )
    assert stagnation_heat_w_m2(1e-9, 7800.0, 1.0) == pytest.approx(0.5e-9 * 7800.0**3, rel=0.01)


def inertial_flight(beta: float, stop_m: float) -> tuple[np.ndarray, float]:
    """The same flight by Runge-Kutta of order 4 at 0.25 s in the inertial frame; Earth-fixed place and speed at the end."""
    w = np.array([0.0, 0.0, EARTH_ROTATION_RATE_RAD_S])
    r = np.array([6_378_137.0 + 110_000.0, 0.0, 0.0])
    v = np.array([-150.0, 5000.0, 5500.0]) + np.cross(w, r)

    def rate(s: np.ndarray) -> np.ndarray:
        air = s[3:] - np.cross(w, s[:3])
        rho = float(standard_density_kg_m3(height_above_ellipsoid_m(s[:3, None]))[0])
        pull = -GM_EARTH_M3_S2 / np.linalg.norm(s[:3]) ** 3 * s[:3]
        return np.concatenate([s[3:], pull - 0.5 * rho * np.linalg.norm(air) / beta * air])

    s, t, dt = np.concatenate([r, v]), 0.0, 0.25
    while height_above_ellipsoid_m(s[:3, None])[0] > stop_m:
        a = rate(s)
        b = rate(s + 0.5 * dt * a)
        c = rate(s + 0.5 * dt * b)
        s = s + dt / 6.0 * (a + 2.0 * b + 2.0 * c + rate(s + dt * c))
        t += dt
    turn = EARTH_ROTATION_RATE_RAD_S * t
    fixed = np.array([[math.cos(turn), math.sin(turn), 0], [-math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    return fixed @ s[:3], float(np.linalg.norm(s[3:] - np.cross(w, s[:3])))


def test_the_flight_agrees_with_an_inertial_integrator() -> None:
    place, speed = inertial_flight(150.0, 45_000.0)
    f = fall(falling(1, 150.0, 45_000.0))
    # 3 km over some 1,500 km of path: second-order steps of 6 % of the speed; far below the spread by unknown drag
    assert np.linalg.norm(f.position_m[:, 0] - place) < 3_000.0
    assert float(np.linalg.norm(f.velocity_m_s[:, 0])) == pytest.approx(speed, rel=0.02)


def test_more_heat_leaves_less_and_none_leaves_all() -> None:
    b = falling(4, 50.0)
    b.heat_factor = np.array([0.0, 0.05, 0.15, 3.0])
    f = fall(b)
    assert f.mass_kg[0] == pytest.approx(50.0)
    assert np.all(np.diff(f.mass_kg) <= 0.0)
    assert f.mass_kg[-1] == 0.0
    assert f.reached.all()


def test_terminal_speed() -> None:
    one = np.ones(1)
    v = float(terminal_speed_m_s(10.0 * one, 0.1 * one, one)[0])
    assert 0.5 * 1.225 * v**2 * 0.1 == pytest.approx(10.0 * 9.80665)


def test_a_plate_is_gone_when_it_has_melted_to_its_share() -> None:
    b = falling(3, 50.0)
    b.heat_factor = np.full(3, 0.12)
    whole = fall(b)
    kept = float(whole.mass_kg[0]) / 50.0
    assert 0.15 < kept < 0.85  # partly molten, or the test says nothing
    b.gone_ratio = np.array([kept - 0.05, kept + 0.05, 0.99])
    assert (fall(b).mass_kg > 0.0).tolist() == [True, False, False]


def test_shorter_steps_change_little(monkeypatch: pytest.MonkeyPatch) -> None:
    b = falling(40, 60.0)
    b.heat_factor = np.linspace(0.02, 0.2, 40)
    usual = fall(b)
    monkeypatch.setattr(ballistic, "_PIECES", tuple(x / 8.0 for x in ballistic._PIECES))
    fine = fall(b)
    # 1 % of the mass, and half a per cent of some 1,500 km of path: far below what unknown drag does
    assert np.abs(usual.mass_kg - fine.mass_kg).max() < 0.6
    assert np.linalg.norm(usual.position_m - fine.position_m, axis=0).max() < 8_000.0


def test_a_body_that_rises_again_is_flown_until_it_comes_down_or_is_let_go() -> None:
    b = falling(2, 300.0)
    b.position_m[0] += 10_000.0
    b.velocity_m_s = np.array([[30.0, 60.0], [5300.0, 5900.0], [5200.0, 5900.0]])  # circular, and far above it
    f = fall(b)
    assert f.reached.tolist() == [True, False]
    assert f.height_m[1] > ballistic.TOP_M
    assert f.time_s[0] > 1_000.0
