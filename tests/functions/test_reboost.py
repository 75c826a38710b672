"""Reboost: who may raise the orbit on a date, and with how much propellant."""

import pytest

from stationkeeper.functions import reboost
from stationkeeper.station.configuration import PartnerState

DOCKED = ("soyuz-ms-19", "progress-ms-18", "progress-ms-19", "crew-3", "cygnus-ng-17")


def test_progress_and_zvezda_can(lacking) -> None:
    stack = lacking()
    shown = {p.id for p in reboost.pushers(stack) if p.shown}
    assert {"progress-ms-18", "progress-ms-19", "zvezda-main-engines"} <= shown
    assert not shown & {"soyuz-ms-19", "crew-3"}
    assert reboost.assess(stack).status == "nominal"


def test_what_never_pushed_is_listed_but_not_shown(lacking) -> None:
    assert any(not p.shown for p in reboost.pushers(lacking()))


def test_without_engines_it_only_sinks(lacking) -> None:
    a = reboost.assess(lacking("engine", vehicles=DOCKED))
    assert a.status == "lost"
    assert "the air lowers it" in a.reasons[0]


def test_the_us_half_cannot_aim_what_cygnus_pushes(halves) -> None:
    us, ru = halves
    a = reboost.assess(us)
    assert a.status == "degraded"
    assert "never been done" in a.reasons[1]
    assert reboost.assess(ru).status == "nominal"


def test_the_tanks_add_up(lacking) -> None:
    stack = lacking()
    best, low, high = reboost.propellant_kg(stack)
    assert low <= best <= high
    assert best == pytest.approx(sum(t.content_kg for t in stack.tanks))
    margin = reboost.assess(stack).margin
    assert margin is not None
    assert (margin.value, margin.low, margin.high, margin.unit) == (best, low, high, "kg")


def test_a_partner_that_left_pushes_no_more(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    gone = cfg.with_(partners={**cfg.partners, "roscosmos": PartnerState("gone", cfg.epoch)})
    assert all(p.partner != "roscosmos" for p in reboost.pushers(gone.stacks()[0]))
