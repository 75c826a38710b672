"""Propellant: which tank feeds which engine, and that a burn never takes what is not there."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.functions.propellant import UNCOVERED, by_owner, supplies, take, within_reach
from stationkeeper.station.configuration import Configuration, PartnerState, Stack, configuration_at
from stationkeeper.station.load import load_station

ISS = load_station("iss")
ON = configuration_at(ISS, Epoch.parse("2022-03-07T00:00:00Z"))
CONSUMERS = ("progress-ms-18", "progress-ms-19", "cygnus-ng-17", "zvezda-main-engines", "soyuz-ms-19", "nobody")


def _without(cfg: Configuration, *joints: str) -> Configuration:
    return cfg.with_(links=tuple(x for x in cfg.links if x.id not in joints))


def _of(cfg: Configuration, body: str) -> Stack:
    return cfg.stack_of(body)


def _ids(stack: Stack, consumer: str) -> list[str]:
    return [s.tank.id for s in supplies(stack, consumer)]


def test_a_progress_empties_its_own_tank_first_then_the_nearest() -> None:
    """As the Progress of November 2004, which went on with propellant of Zvezda (OOS-2004-11)."""
    order = _ids(ON.stacks()[0], "progress-ms-18")
    assert order[:2] == ["progress-ms-18-propellant", "zvezda-tanks"]
    assert set(order) == {
        "progress-ms-18-propellant", "zvezda-tanks", "zarya-tanks", "nauka-tanks", "progress-ms-19-propellant",
    }  # fmt: skip


def test_propellant_of_zarya_reaches_zvezda_across_their_joint_only() -> None:
    way = next(s for s in supplies(ON.stacks()[0], "zvezda-main-engines") if s.tank.id == "zarya-tanks")
    assert way.lines == ("zvezda-zarya",)
    assert way.place == "zarya"
    cut = _of(_without(ON, "zvezda-zarya"), "zvezda")
    assert "zarya-tanks" not in _ids(cut, "zvezda-main-engines")
    assert "nauka-tanks" in _ids(cut, "zvezda-main-engines")


def test_nothing_crosses_to_the_us_side() -> None:
    assert _ids(ON.stacks()[0], "cygnus-ng-17") == ["cygnus-ng-17-propellant"]
    us = _of(_without(ON, "zarya-pma-1"), "unity")
    assert _ids(us, "cygnus-ng-17") == ["cygnus-ng-17-propellant"]
    assert _ids(us, "progress-ms-18") == []


def test_a_crew_ship_at_a_refuelling_port_takes_none() -> None:
    assert _ids(ON.stacks()[0], "soyuz-ms-19") == []


@pytest.mark.parametrize("failed", ["zarya-tanks", "zarya"])
def test_a_failed_tank_or_module_gives_nothing(failed: str) -> None:
    stack = ON.with_(failed=frozenset({failed})).stacks()[0]
    assert "zarya-tanks" not in _ids(stack, "zvezda-main-engines")


def test_a_failed_module_closes_the_lines_through_it() -> None:
    stack = ON.with_(failed=frozenset({"poisk"})).stacks()[0]
    assert "progress-ms-19-propellant" not in _ids(stack, "zvezda-main-engines")


def test_a_partner_that_left_gives_nothing() -> None:
    gone = {**ON.partners, "roscosmos": PartnerState("gone", ON.epoch)}
    assert _ids(ON.with_(partners=gone).stacks()[0], "zvezda-main-engines") == []


def test_taking_follows_the_order_and_says_what_is_not_covered() -> None:
    stack = ON.stacks()[0]
    assert take(stack, 100.0, "progress-ms-18") == (("progress-ms-18-propellant", 100.0),)
    assert take(stack, 600.0, "progress-ms-18") == (
        ("progress-ms-18-propellant", 560.0),
        ("zvezda-tanks", pytest.approx(40.0)),
    )
    assert take(stack, 350.0, "cygnus-ng-17") == (("cygnus-ng-17-propellant", 300.0), (UNCOVERED, 50.0))
    assert take(stack, 5.0, "nobody") == ((UNCOVERED, 5.0),)
    assert take(stack, 0.0, "progress-ms-18") == ()


@pytest.mark.parametrize("kg", [-1.0, math.nan, math.inf])
def test_no_burn_takes_less_than_nothing(kg: float) -> None:
    with pytest.raises(InputError, match="at least zero"):
        take(ON.stacks()[0], kg, "progress-ms-18")


@given(kg=st.floats(0.0, 1e4), by=st.sampled_from(CONSUMERS), joint=st.sampled_from([x.id for x in ON.links]))
def test_what_is_taken_adds_up_and_no_tank_goes_below_empty(kg: float, by: str, joint: str) -> None:
    for stack in _without(ON, joint).stacks():
        taken = take(stack, kg, by)
        tanks = {t.id: t.content_kg for t in stack.tanks}
        assert math.fsum(x for _, x in taken) == pytest.approx(kg, abs=1e-6)
        assert len({i for i, _ in taken}) == len(taken)
        assert all(0.0 < x <= tanks[i] for i, x in taken if i != UNCOVERED)


@given(joint=st.sampled_from([x.id for x in ON.links]), by=st.sampled_from(CONSUMERS))
def test_opening_a_joint_never_brings_a_tank_into_reach(joint: str, by: str) -> None:
    before = set(_ids(ON.stacks()[0], by))
    for stack in _without(ON, joint).stacks():
        assert set(_ids(stack, by)) <= before


def test_a_shared_tank_counts_once() -> None:
    stack = ON.stacks()[0]
    both = within_reach(stack, ["progress-ms-18", "zvezda-main-engines"])
    assert both.best == pytest.approx(within_reach(stack, ["zvezda-main-engines"]).best)


def test_propellant_by_owner_covers_all_tanks() -> None:
    owned = by_owner(ON.stacks()[0])
    assert set(owned) == {"roscosmos", "northrop-grumman"}
    assert math.fsum(r.best for r in owned.values()) == pytest.approx(sum(t.content_kg for t in ON.tanks))


def test_without_tanks_there_is_nothing_and_no_error() -> None:
    skylab = configuration_at(load_station("skylab"), Epoch.parse("1974-01-15T00:00:00Z"))
    assert take(skylab.stacks()[0], 10.0, "sl-4") == ((UNCOVERED, 10.0),)
