"""Losses in time, cut sets over a real station, and what would help."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.functions import BUILT_IN
from stationkeeper.mission.dependence import Study, additions, cut_sets, study, study_json, unfold
from stationkeeper.mission.losses import find, same_stack, things, without
from stationkeeper.station.configuration import Configuration, configuration_at
from stationkeeper.station.load import load_station

DATE = "2022-03-07T12:00:00Z"
HUT = Path(__file__).parent.parent / "hut.toml"


@pytest.fixture(scope="module")
def apart(at: Callable[[str], Configuration]) -> Study:
    """The joint between the segments has opened."""
    return study(at(DATE), ["zarya-pma-1"], most=0)


def test_after_the_cut_the_us_side_points_for_hours_to_weeks_and_then_loses_power(apart: Study) -> None:
    us = next(x for x in apart.stacks if x.stack.id == "usos")
    attitude = next(x for x in us.losses if x.function == "attitude")
    assert (attitude.before, attitude.after) == ("nominal", "degraded")
    assert attitude.worse_h is not None and attitude.worse_h.best == 0.0
    assert attitude.lost_h is not None and attitude.lost_h.best > 0.0
    # the arrays of a tumbling station do not face the Sun, so power gets worse when the gyroscopes are full, not before
    power = next(x for x in us.losses if x.function == "power")
    assert power.worse_h == attitude.lost_h
    late = next(s for s in us.stages if s.after_h == attitude.lost_h.best)
    assert late.assessments["attitude"].status == "lost"
    assert "ku-band" in late.stopped and "attitude" in late.stopped["ku-band"]


def test_after_the_cut_the_russian_side_keeps_its_engines(apart: Study) -> None:
    ru = next(x for x in apart.stacks if x.stack.id == "ros")
    after = {x.function: x.after for x in ru.losses}
    assert after["reboost"] == "nominal" and after["attitude"] == "degraded" and after["power"] == "degraded"
    assert [n.of for n in ru.graph.needs if not n.met and n.timed_by == "communications"] == ["ros"]


def test_stages_come_in_order_and_end(apart: Study) -> None:
    for x in apart.stacks:
        for stages in unfold(x.stack).values():
            times = [s.after_h for s in stages]
            assert times[0] == 0.0
            assert times == sorted(set(times))


def test_a_whole_station_loses_nothing_because_of_nothing(at: Callable[[str], Configuration]) -> None:
    found = study(at(DATE), most=0)
    assert found.lost == ()
    assert not any(x.hit for s in found.stacks for x in s.losses)


@pytest.mark.parametrize("function", ["crew_return", "command"])
def test_cut_sets_are_minimal_and_all_there(at: Callable[[str], Configuration], function: str) -> None:
    """Against every pair of a handful of things, and every found set without each of its members."""
    stack = at(DATE).stacks()[0]
    known = things(stack.configuration)

    def ends(ids: frozenset[str]) -> bool:
        return (
            BUILT_IN[function](same_stack(stack, without(stack.configuration, [known[i] for i in ids]))).status
            == "lost"
        )

    found = cut_sets(stack, function, 2)
    assert found.complete and found.sets
    sets = {frozenset(t.id for t in c) for c in found.sets}
    for c in sets:
        assert ends(c)
        assert not any(ends(c - {x}) for x in c)
    some = ["nasa", "roscosmos", "spacex", "crew-3", "soyuz-ms-19", "cc-mdm", "dms-r", "zvezda", "destiny"]
    for pair in combinations(some, 2):
        lost = frozenset(pair)
        if ends(lost) and not any(ends(lost - {x}) for x in lost):
            assert lost in sets, pair


def test_small_and_likely_sets_come_first(at: Callable[[str], Configuration]) -> None:
    found = cut_sets(at(DATE).stacks()[0], "crew_return", 2)
    assert [t.id for t in found.sets[0]] == ["crew-3", "soyuz-ms-19"]
    keys = [(len(c), max(t.likelihood for t in c)) for c in found.sets]
    assert keys == sorted(keys)


def test_what_is_lost_already_needs_no_further_loss(at: Callable[[str], Configuration]) -> None:
    cfg = at(DATE)
    gone = without(cfg, [t for w in ("roscosmos", "spacex") for t in find(cfg, w)])
    assert cut_sets(gone.stacks()[0], "crew_return", 2).sets == ((),)


def test_after_the_leak_of_soyuz_ms_22_another_soyuz_is_what_helps(at: Callable[[str], Configuration]) -> None:
    """It was sent empty on 24 February 2023 (MS-23). No other ship had a free port that it fits."""
    cfg = at("2022-12-20T12:00:00Z")
    found = additions(cfg, cfg, cfg.stacks()[0], "crew_return", [])
    assert [a.text for a in found] == ["one Soyuz MS at Prichal nadir"]
    assert "3 seats short before, none after" in found[0].note


def test_a_failed_unit_is_repaired_and_a_lost_ship_replaced(at: Callable[[str], Configuration]) -> None:
    found = study(at(DATE), ["dms-r", "progress-ms-18"], most=0)
    texts = {(a.function, a.text) for s in found.stacks for a in s.additions}
    assert ("command", "Zvezda's central computers (DMS-R) repaired") in texts
    only_ship = study(at(DATE), ["progress-ms-18"], most=0)
    assert {a.text for s in only_ship.stacks for a in s.additions if a.function == "reboost"} == {
        "one Progress MS at Zvezda aft"
    }


def test_nobody_who_has_left_sends_anything(at: Callable[[str], Configuration]) -> None:
    found = study(at(DATE), ["roscosmos"], most=0)
    assert not [a for s in found.stacks for a in s.additions if "Progress" in a.text or "Soyuz" in a.text]


def test_the_json_is_json_for_every_kind_of_station(at: Callable[[str], Configuration], apart: Study) -> None:
    import json

    hut = configuration_at(load_station(str(HUT)), Epoch.parse("2020-04-01T00:00:00Z"))
    for s in (apart, study(hut, most=2), study(hut, ["soyuz-1"], most=1), study(hut, ["core-lab"], most=1)):
        text = json.dumps(study_json(s), allow_nan=False)
        assert json.loads(text)["schema"] == "stationkeeper.dependence/1"


@pytest.mark.parametrize(("words", "functions"), [(["nothing-like-it"], []), ([], ["pointing"])])
def test_wrong_words_are_refused(
    at: Callable[[str], Configuration], words: list[str], functions: list[str]
) -> None:  # fmt: skip
    with pytest.raises(InputError):
        study(at(DATE), words, most=0, functions=functions)


LOSABLE = ("roscosmos", "spacex", "crew-3", "progress-ms-18", "dms-r", "cmg", "cc-mdm", "zvezda", "ku-band", "array-1a")


@settings(max_examples=12)
@given(lost=st.sets(st.sampled_from(LOSABLE), max_size=3), more=st.sampled_from(LOSABLE))
def test_losing_more_never_makes_command_or_crew_return_better(lost: set[str], more: str) -> None:
    cfg = configuration_at(load_station("iss"), Epoch.parse(DATE))
    known = things(cfg)
    rank = ("nominal", "degraded", "lost").index
    for f in ("command", "crew_return", "communications"):
        few, many = (
            BUILT_IN[f](without(cfg, [known[x] for x in sorted(ids)]).stacks()[0]).status
            for ids in (lost, lost | {more})
        )
        assert rank(many) >= rank(few)
