"""From a scenario and a history to one list of events."""

from pathlib import Path
from typing import Any

import pytest

from stationkeeper.core.toml import parse_toml
from stationkeeper.core.validation import validate
from stationkeeper.scenario.events import AbstractEvent, CrewReturn, Dock, Reboost
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.timeline import timeline
from stationkeeper.station.load import load_station

BASE = (
    (Path(__file__).parent.parent / "broken" / "scenario-event-outside-the-horizon.toml")
    .read_text(encoding="utf-8")
    .split("[[event]]")[0]
)


def scenario(*events: str, **policies: Any) -> Scenario:
    """Six weeks from 24 February 2022 with these policies and events."""
    data = parse_toml(BASE + "\n".join(f"[[event]]\n{e}" for e in events), "x.toml")
    data["policies"] = policies
    return validate(Scenario, data, "x.toml")


def flown(s: Scenario) -> list[AbstractEvent]:
    return timeline(s, load_station("iss"))


def test_the_history_comes_in_order_and_within_the_horizon() -> None:
    events = flown(scenario())
    assert [e.at for e in events] == sorted(e.at for e in events)
    assert {e.origin for e in events} == {"flown"}
    kinds = {getattr(e, "visit", ""): type(e).__name__ for e in events}
    assert kinds["soyuz-ms-21"] == "CrewLaunch"
    assert kinds["soyuz-ms-19"] == "CrewReturn"
    assert any(isinstance(e, Reboost) for e in events)


def test_frozen_traffic_keeps_only_burns() -> None:
    assert {type(e) for e in flown(scenario(traffic="frozen"))} == {Reboost}
    assert flown(scenario(traffic="frozen", reboost="nobody")) == []


def test_nobody_raises_it_from_a_date_on() -> None:
    def burns(**policies: Any) -> list[str]:
        return [e.burn for e in flown(scenario(**policies)) if isinstance(e, Reboost)]

    everything = burns()
    assert len(everything) >= 2
    late = burns(reboost="nobody", reboost_from="2022-03-07T00:00:00Z")
    assert late == everything[: len(late)]
    assert 0 < len(late) < len(everything)
    assert burns(reboost_by=["progress-ms"]) == burns(reboost_by=["roscosmos"]) == everything
    assert burns(reboost_by=["cygnus"]) == []


@pytest.mark.parametrize(("day", "departures"), [("2022-03-30", 1), ("2022-04-01", 1), ("2022-03-10", 2)])
def test_an_own_departure_stands_for_the_flown_one_within_three_days(day: str, departures: int) -> None:
    own = f'kind = "crew_return"\nat = {day}T07:21:00Z\nvisit = "soyuz-ms-19"\ncrew = ["shkaplerov", "dubrov"]'
    leaving = [e for e in flown(scenario(own)) if isinstance(e, CrewReturn) and e.visit == "soyuz-ms-19"]
    assert len(leaving) == departures


def test_a_burn_that_is_skipped_falls_out() -> None:
    burns = [e for e in flown(scenario()) if isinstance(e, Reboost)]
    one = flown(scenario(f'kind = "skip_reboost"\nat = 2022-02-25T00:00:00Z\nburn = "{burns[0].burn}"'))
    assert [e.burn for e in one if isinstance(e, Reboost)] == [b.burn for b in burns[1:]]
    until = flown(scenario('kind = "skip_reboost"\nat = 2022-02-25T00:00:00Z\nuntil = 2022-04-10T00:00:00Z'))
    assert not [e for e in until if isinstance(e, Reboost)]


def test_every_event_has_a_name_of_its_own() -> None:
    twice = 'kind = "undock"\nat = 2022-03-07T00:00:00Z\nvisit = "progress-ms-18"'
    names = [e.id for e in flown(scenario(twice, twice, twice, f'{twice}\nid = "2022-03-07-undock-2"'))]
    assert len(set(names)) == len(names)
    assert names.count("2022-03-07-undock") == 1


def test_on_a_tie_the_scenario_comes_first() -> None:
    flown_dock = next(e for e in flown(scenario()) if isinstance(e, Dock))
    own = f'kind = "undock"\nat = {flown_dock.at}\nvisit = "progress-ms-18"'
    tied = [e for e in flown(scenario(own)) if e.at == flown_dock.at]
    assert [e.origin for e in tied] == ["scenario", "flown"]
