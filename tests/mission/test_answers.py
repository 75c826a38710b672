"""Answers read from rehearsed scenarios, without flight."""

import pytest

from stationkeeper.mission.answers import Evidence, answer_all
from stationkeeper.mission.conclude import snapshot
from stationkeeper.mission.ledgers import book
from stationkeeper.mission.losses import losses_without
from stationkeeper.scenario.load import load_scenario, packaged_scenarios
from stationkeeper.scenario.walk import initial_configuration, rehearse


def evidence(name: str) -> Evidence:
    scenario, station, _ = load_scenario(name)
    log = rehearse(scenario, station)
    start = initial_configuration(scenario, station)
    snapshots = [snapshot(start, "start")] + [snapshot(h.after, h.title) for h in log if h.applied]
    return Evidence(scenario, log, snapshots, (), ())


@pytest.mark.parametrize("name", packaged_scenarios())
def test_every_ledger_of_every_packaged_scenario_closes(name: str) -> None:
    e = evidence(name)
    rows = book(e.happened)
    assert {r.ledger for r in rows} >= {"mass", "people"}
    assert all(abs(r.gap) <= 1e-9 * max(1.0, abs(r.closing)) for r in rows)


def test_the_one_left_behind_is_named() -> None:
    a = next(a for a in answer_all(evidence("iss-2022-left-behind")) if a.question == "Q5")
    assert a.verdict == "no"
    assert a.headline == "No: from 2022-03-30 it is one seat short (Mark Vande Hei)."


def test_the_leak_leaves_three_without_a_safe_seat() -> None:
    a = next(a for a in answer_all(evidence("iss-2022-ms22-leak")) if a.question == "Q5")
    assert a.verdict == "no"
    assert "2022-12-1" in a.headline
    assert all(name in a.headline for name in ("Prokopyev", "Petelin", "Rubio"))


def test_the_baseline_has_a_seat_for_everyone() -> None:
    a = next(a for a in answer_all(evidence("iss-2022-baseline")) if a.question == "Q5")
    assert a.verdict == "depends"
    assert a.headline.startswith("Now, yes: a seat for each of the 7 people")


def test_both_sides_of_the_cut_lose_something() -> None:
    answers = {(a.stack, a.question): a for a in answer_all(evidence("iss-2022-detach"))}
    assert answers["usos", "Q1"].verdict in ("no", "not_assessed")
    assert "no thrusters" in answers["usos", "Q2"].headline
    assert "is lacking" in answers["ros", "Q3"].headline
    assert answers["usos", "Q7"].verdict == "depends"
    assert answers["usos", "Q10"].verdict == "not_assessed"
    assert answers["usos", "Q10"].not_modelled


def test_without_roscosmos_the_station_of_march_2022_loses_its_main_engines(at) -> None:
    stack = at("2022-03-07T00:00:00Z").stacks()[0]
    assert losses_without(stack, "roscosmos")["reboost"][1] in ("degraded", "lost")
    assert losses_without(stack, "roscosmos")["attitude"][1] == "degraded"
    assert {"power", "command", "attitude"} <= set(losses_without(stack, "nasa"))
