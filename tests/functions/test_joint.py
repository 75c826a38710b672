"""The work on a joint: who owns it, what crosses, which steps, how long, and who says what."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.functions.joint import maintenance
from stationkeeper.station.configuration import Configuration

DATE = "2022-03-07T00:00:00Z"


def test_the_joint_between_the_segments(at: Callable[[str], Configuration]) -> None:
    w = maintenance(at(DATE), "zarya-pma-1")
    assert w.parts and w.ruling == "not_designed"
    assert w.in_place_days / 365.25 == pytest.approx(23.25, abs=0.01)  # December 1998 to March 2022
    assert w.owners == ("nasa", "roscosmos")
    zarya, pma = w.sides
    assert (zarya.owner, zarya.operator) == ("nasa", "roscosmos")
    assert any("Russian suits" in x for x in zarya.airlocks) and any("Canadarm2 (CSA)" in x for x in pma.arms)
    assert {c.what for c in w.crosses} == {"structure", "power", "air", "data", "crew"}
    assert w.spacewalks == Range(8.5, 2.0, 15.0)
    assert w.assumed and "assumptions" in w.in_words
    held = {v.view for v in w.views if v.view}
    assert held == {"it was not designed for it", "cannot be done", "possible with much work", "possible"}
    assert {n.of for n in w.cut} >= {"cmg", "ros"}


def test_time_runs_from_the_longest_step_alone_to_one_after_another(at: Callable[[str], Configuration]) -> None:
    w = maintenance(at(DATE), "zarya-pma-1")
    spans = [s.span_day for s in w.steps if s.span_day is not None]
    assert w.span_day is not None
    assert w.span_day.low == max(r.low for r in spans)
    assert w.span_day.high == pytest.approx(sum(r.high for r in spans))
    assert w.span_day.low < w.span_day.best < w.span_day.high


def test_hours_of_work_are_count_times_hours_for_one(at: Callable[[str], Configuration]) -> None:
    walk = next(s for s in maintenance(at(DATE), "zarya-pma-1").steps if s.kind == "spacewalk")
    assert walk.count is not None and walk.each_h is not None and walk.work_h is not None
    assert walk.work_h.low == walk.count.low * walk.each_h.low
    assert walk.work_h.high == walk.count.high * walk.each_h.high
    assert walk.by == ("nasa", "roscosmos")


def test_steps_that_are_done_are_left_out(at: Callable[[str], Configuration]) -> None:
    whole, rest = (maintenance(at(DATE), "zarya-pma-1", done) for done in ((), ("agreement", "software", "spacewalk")))
    assert len(rest.steps) == len(whole.steps) - 3
    assert rest.spacewalks is None
    assert rest.span_day is not None and whole.span_day is not None
    assert rest.span_day.high < whole.span_day.high


def test_a_joint_of_which_nobody_said_how_long_says_nothing(at: Callable[[str], Configuration]) -> None:
    w = maintenance(at(DATE), "unity-destiny")
    assert (w.span_day, w.spacewalks, w.in_words) == (None, None, "")
    assert w.parts


def test_every_joint_can_be_asked_about(at: Callable[[str], Configuration]) -> None:
    cfg = at(DATE)
    for link in cfg.links:
        if link.joint is not None:
            w = maintenance(cfg, link.id)
            assert len(w.sides) == 2 and w.crosses
            for s in w.steps:
                assert s.text and s.source


def test_an_unknown_joint_is_named_with_the_nearest_one(at: Callable[[str], Configuration]) -> None:
    with pytest.raises(InputError, match="Did you mean 'zarya-pma-1'"):
        maintenance(at(DATE), "zarya-pma1")


def test_the_ruling_on_a_detachment_says_what_the_work_takes(at: Callable[[str], Configuration]) -> None:
    from stationkeeper.scenario.events.detach import Detach

    cfg = at(DATE)
    event = Detach(kind="detach", at=cfg.epoch, joint="zarya-pma-1")
    assert any("2 to 15 spacewalks" in r and "days from the decision" in r for r in event.rule(cfg).reasons)
