"""The random factor on density: the same bits in every form, and the statistics that it promises."""

import types

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.core.errors import InputError
from stationkeeper.environment import density_error
from stationkeeper.environment.density_error import (
    DensityError,
    cos_of_turns,
    exp_of,
    fit_weights,
    log_of,
    normal,
    splitmix64,
)

QUIET = np.full(1000, 4.0)
DAY = 8000


def compiled() -> dict[str, object]:
    """The scalar functions of the module, compiled without a change."""
    scope = dict(vars(density_error))
    for name in ("splitmix64", "log_of", "cos_of_turns", "exp_of", "normal", "sigma_of_ap", "next_state", "factor"):
        scope[name] = numba.njit(types.FunctionType(scope[name].__code__, scope, name))
    return scope


def test_the_compiled_recursion_gives_the_same_bits_as_numpy() -> None:
    f = compiled()
    model = DensityError()
    ap = np.random.default_rng(1).integers(0, 150, 400).astype(float)
    want = model.factors(7, [0, 1, 999_999], -50, ap)
    for row, member in zip(want, (0, 1, 999_999), strict=True):
        x, got = 0.0, []
        for i, a in enumerate(ap):
            n = f["normal"](np.uint64(7), np.uint64(member), np.int64(i - 50).astype(np.uint64))
            x = n if i == 0 else f["next_state"](x, n, model.phi)
            got.append(f["factor"](x, f["sigma_of_ap"](a, model.quiet_sigma, model.storm_sigma)))
        assert np.array_equal(row, got)


def test_python_scalars_give_the_same_bits_too() -> None:
    days = np.arange(50).astype(np.uint64)
    many = normal(np.full(50, 3, np.uint64), np.full(50, 4, np.uint64), days)
    with np.errstate(over="ignore"):
        alone = [float(normal(np.uint64(3), np.uint64(4), d)) for d in days]
    assert many.tolist() == alone


def test_splitmix64_is_the_published_one() -> None:
    """First three outputs from state 1234567, as printed in Rosetta Code's and Vigna's test of splitmix64."""
    golden = 0x9E3779B97F4A7C15
    states = np.array([(1234567 + k * golden) % 2**64 for k in range(3)], dtype=np.uint64)
    assert splitmix64(states).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@given(st.floats(2.0**-60, 1.4), st.floats(0.0, 1.0, exclude_max=True), st.floats(-4.9, 4.9))
def test_the_functions_are_those_of_the_library_to_1e_15(u: float, turns: float, y: float) -> None:
    assert log_of(u) == pytest.approx(np.log(u), rel=1e-15, abs=4e-16)
    assert cos_of_turns(turns) == pytest.approx(np.cos(2 * np.pi * turns), abs=1e-15)
    assert exp_of(y) == pytest.approx(np.exp(y), rel=1e-15)


def test_a_member_depends_on_nothing_but_itself() -> None:
    model = DensityError()
    many = model.factors(11, np.arange(40), DAY, QUIET[:60])
    assert np.array_equal(model.factors(11, [39, 3], DAY, QUIET[:60]), many[[39, 3]])
    assert np.array_equal(model.factors(11, [3], DAY, QUIET[:20])[0], many[3, :20])
    assert not np.array_equal(model.factors(12, [3], DAY, QUIET[:20])[0], many[3, :20])


def test_mean_spread_and_memory() -> None:
    """400 x 1000 values of which one in about 10 is independent: standard errors 0.0008 of the mean, 0.6 % of sigma."""
    model = DensityError()
    k = model.factors(5, np.arange(400), DAY, QUIET)
    assert k.mean() == pytest.approx(1.0, abs=0.002)
    assert k.std() == pytest.approx(model.quiet_sigma, rel=0.02)
    x = np.log(k)
    x -= x.mean()
    for lag in (1, 5, 15):
        measured = (x[:, lag:] * x[:, :-lag]).mean() / x.var()
        assert measured == pytest.approx(np.exp(-lag / model.correlation_days), abs=0.015)
    assert k[:, 0].std() == pytest.approx(model.quiet_sigma, rel=0.1)  # no spin-up


def test_two_members_are_not_alike() -> None:
    x = DensityError().factors(5, np.arange(2), DAY, np.full(20_000, 4.0))
    assert abs(np.corrcoef(x)[0, 1]) < 0.05


def test_storms_spread_more_and_keep_the_mean() -> None:
    ap = np.tile([4.0, 4.0, 80.0, 30.0], 400)
    k = DensityError().factors(5, np.arange(300), DAY, ap)
    assert k[:, 2::4].std() >= 0.25
    assert k[:, 3::4].std() >= 0.25
    assert k[:, 0::4].std() < 0.16
    assert k[:, 2::4].mean() == pytest.approx(1.0, abs=0.01)


@given(st.floats(0.0, 400.0), st.floats(0.0, 400.0))
def test_sigma_rises_with_ap(a: float, b: float) -> None:
    low, high = (density_error.sigma_of_ap(x, 0.15, 0.3) for x in sorted((a, b)))
    assert 0.15 <= low <= high <= 0.3


def test_a_bias_moves_the_mean() -> None:
    assert DensityError(bias=1.1).factors(1, np.arange(200), DAY, QUIET[:500]).mean() == pytest.approx(1.1, abs=0.01)


@pytest.mark.parametrize(
    "wrong",
    [{"quiet_sigma": -0.1}, {"storm_sigma": 0.1}, {"correlation_days": 0.0}, {"bias": float("nan")}],
)
def test_wrong_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        DensityError(**wrong)
    with pytest.raises(InputError, match="seed"):
        DensityError().factors(-1, [0], DAY, QUIET)


def test_a_walk_may_begin_later_and_on_different_days() -> None:
    model = DensityError()
    whole = model.states(5, [0, 1, 2], DAY, 30)
    # asked for from earlier days, the walk still begins on its day
    np.testing.assert_array_equal(model.states(5, [0, 1, 2], DAY - 10, 40, since=DAY)[:, 10:], whole)
    apart = model.states(5, [0, 1, 2], np.array([DAY, DAY - 3, DAY + 4]), 12, since=DAY)
    np.testing.assert_array_equal(apart[0], whole[0, :12])
    np.testing.assert_array_equal(apart[1, 3:], whole[1, :9])
    # begun four days late the third has lost four days of memory, and nothing else
    assert apart[2, 0] == normal(np.full(1, 5, np.uint64), np.full(1, 2, np.uint64), np.full(1, DAY + 4, np.uint64))[0]
    np.testing.assert_array_equal(
        model.factors(5, [0, 1, 2], DAY - 10, QUIET[:40], since=DAY)[:, 10:],
        model.factors(5, [0, 1, 2], DAY, QUIET[:30]),
    )


@given(st.floats(0.0, 5000.0), st.floats(0.2, 60.0))
def test_weights_are_those_of_a_fitted_line(start: float, days: float) -> None:
    first, weights = fit_weights(start, start + days)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0.0).all()
    # a rate that is another on each day gives the slope of least squares through evenly spaced levels
    t = np.linspace(start, start + days, 4_001)
    rates = np.cos(np.arange(len(weights)) ** 2.0)
    levels = np.interp(t, first + np.arange(len(weights) + 1), np.concatenate([[0.0], np.cumsum(rates)]))
    # 4,001 levels instead of all: 1e-3 of the largest rate, 1
    assert np.polyfit(t - t.mean(), levels, 1)[0] == pytest.approx(weights @ rates, abs=2e-3)
