"""Walking events: what is applied, what is forced, what is reported."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.toml import parse_toml
from stationkeeper.core.validation import validate
from stationkeeper.scenario.events import CrewReturn, Detach, Dock, Undock
from stationkeeper.scenario.load import load_scenario
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.walk import BALANCE, happen, initial_configuration, problems, rehearse
from stationkeeper.station.configuration import Configuration
from stationkeeper.station.load import load_station

At = Callable[[str], Configuration]
BASE = (
    (Path(__file__).parent.parent / "broken" / "scenario-event-outside-the-horizon.toml")
    .read_text(encoding="utf-8")
    .split("[[event]]")[0]
)
DAY = Epoch.parse("2022-03-07T00:00:00Z")


def scenario(text: str) -> Scenario:
    return validate(Scenario, parse_toml(BASE + text, "x.toml"), "x.toml")


def test_what_needs_steps_waits_unless_forced(at: At) -> None:
    cfg = at("2022-03-06T00:00:00Z")
    waits = happen(cfg, Detach(kind="detach", at=DAY, joint="zarya-pma-1"))
    assert (waits.applied, waits.forced, waits.after.links) == (False, False, cfg.links)
    forced = happen(cfg, Detach(kind="detach", at=DAY, joint="zarya-pma-1", force=True))
    assert (forced.applied, forced.forced) == (True, True)


def test_what_is_not_there_cannot_be_forced(at: At) -> None:
    h = happen(at("2022-03-06T00:00:00Z"), Undock(kind="undock", at=DAY, visit="soyuz-ms-22", force=True))
    assert (h.applied, h.ruling.absent) == (False, True)


def test_history_is_its_own_proof(at: At) -> None:
    cfg = at("2022-03-06T00:00:00Z")
    crew = ["shkaplerov", "dubrov", "chari"]  # whose liner is in another ship: a step that must come first
    own = happen(cfg, CrewReturn(kind="crew_return", at=DAY, visit="soyuz-ms-19", crew=crew))
    assert (own.ruling.verdict, own.applied) == ("possible_after_steps", False)
    flown = happen(cfg, CrewReturn(kind="crew_return", at=DAY, visit="soyuz-ms-19", crew=crew, origin="flown"))
    assert (flown.applied, flown.forced) == (True, False)


def test_who_loses_a_ship_loses_the_seat(at: At) -> None:
    cfg = at("2022-03-06T00:00:00Z")
    h = happen(cfg, Undock(kind="undock", at=DAY, visit="soyuz-ms-19"))
    assert {c.person for c in h.after.crew if c.seat is None} == {"shkaplerov", "dubrov", "vande-hei"}
    assert h.ruling.breaks


def test_a_mass_given_for_a_flown_ship_is_used(at: At) -> None:
    cfg = at("2022-03-06T00:00:00Z")
    keys = {"kind": "dock", "at": DAY, "visit": "soyuz-ms-21", "port": "prichal-nadir"}
    h = happen(cfg, Dock(**keys, mass_kg=6_000.0))
    assert h.after.nodes["soyuz-ms-21"].mass_kg == 6_000.0
    odd = happen(cfg, Dock(**keys, vehicle="progress-ms"))
    assert [k for k, _ in odd.ruling.against] == ["vehicle"]


def test_the_stated_mass_is_booked_as_a_body_of_its_own() -> None:
    s = scenario("")
    iss = load_station("iss")
    stated = s.model_copy(update={"initial": s.initial.model_copy(update={"mass_kg": 450_000.0})})
    assert BALANCE not in initial_configuration(s, iss).nodes
    cfg = initial_configuration(stated, iss)
    assert cfg.mass_kg == pytest.approx(450_000.0, rel=1e-12)
    assert cfg.nodes[BALANCE].mass_kg == pytest.approx(450_000.0 - initial_configuration(s, iss).mass_kg)


def test_a_problem_names_its_own_event() -> None:
    """Events out of order, two of them alike: the index is that of the file."""
    s = scenario(
        '[[event]]\nkind = "undock"\nat = 2022-03-20T00:00:00Z\nvisit = "a"\n'
        '[[event]]\nkind = "undock"\nat = 2022-03-07T00:00:00Z\nvisit = "progress-ms-18"\n'
        '[[event]]\nkind = "undock"\nat = 2022-03-07T00:00:00Z\nvisit = "b"\n'
    )
    found = problems(rehearse(s, load_station("iss")), s, "x.toml")
    assert [(p.key, p.found) for p in found] == [("event[2].visit", "'b'"), ("event[0].visit", "'a'")]


def test_every_reason_against_an_event_is_a_problem() -> None:
    s = scenario(
        '[[event]]\nkind = "crew_launch"\nat = 2022-03-07T00:00:00Z\nvisit = "new"\nvehicle = "soyuz-ms"\n'
        'port = "poisk-zenith"\ncrew = ["chari", "nobody", "dubrov", "dubrov"]\n'
    )
    found = problems(rehearse(s, load_station("iss")), s, "x.toml")
    assert [p.key for p in found] == ["event[0].port"] + ["event[0].crew"] * 5


@pytest.mark.parametrize("name", ["iss-2022-detach", "iss-2022-left-behind", "iss-2022-no-reboost"])
def test_a_packaged_scenario_can_be_rehearsed(name: str) -> None:
    s, station, _ = load_scenario(name)
    log = rehearse(s, station)
    assert [h.at for h in log] == sorted(h.at for h in log)
    assert all(a.after is b.before or a.after.nodes == b.before.nodes for a, b in pairwise(log))
