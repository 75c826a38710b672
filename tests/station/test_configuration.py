"""The station at an instant: what is there, what holds it together, who is aboard."""

import math
from pathlib import Path

import pytest

from stationkeeper.core.epoch import Epoch, When
from stationkeeper.station.configuration import Configuration, configuration_at, present, seats_of
from stationkeeper.station.load import read_station

HUT = read_station(Path(__file__).parent.parent / "hut.toml")


def on(day: str) -> Configuration:
    return configuration_at(HUT, Epoch.parse(f"{day}T00:00:00Z"))


@pytest.mark.parametrize(
    ("day", "bodies", "people"),
    [
        ("2019-12-01", [], []),
        ("2020-01-15", ["core"], []),
        ("2020-02-15", ["core", "lab"], []),
        ("2020-04-10", ["core", "lab", "soyuz-1"], ["First Person"]),
        ("2020-06-15", ["core", "lab"], []),
        ("2020-08-01", ["core", "lab", "progress-1"], []),
        ("2030-01-01", ["core", "lab"], []),
    ],
)
def test_things_come_and_go_on_their_dates(day: str, bodies: list[str], people: list[str]) -> None:
    cfg = on(day)
    assert list(cfg.nodes) == bodies
    assert [c.name for c in cfg.crew] == people
    assert len(cfg.stacks()) == (1 if bodies else 0)


def test_the_mass_is_the_sum() -> None:
    cfg = on("2020-04-10")
    assert cfg.mass_kg == pytest.approx(20_000 + 10_000 + cfg.nodes["soyuz-1"].mass_kg)
    low, high = cfg.stacks()[0].mass_bounds_kg
    assert low < cfg.mass_kg < high


def test_a_vehicle_touches_its_port_and_points_outwards() -> None:
    cfg = on("2020-04-10")
    soyuz, core = cfg.nodes["soyuz-1"], cfg.nodes["core"]
    assert core.centre_m[0] - soyuz.centre_m[0] == pytest.approx(0.5 * core.size_m[0] + 0.5 * soyuz.size_m[0])
    assert cfg.at_port("core-aft") == cfg.vehicle("soyuz-1")
    assert cfg.links[-1].port == "core-aft"


def test_an_open_joint_makes_two_parts() -> None:
    cfg = on("2020-04-10")
    apart = cfg.with_(links=tuple(x for x in cfg.links if x.joint is None))
    first, second = apart.stacks()
    assert (first.members, second.members) == (("core", "soyuz-1"), ("lab",))
    assert first.mass_kg + second.mass_kg == pytest.approx(cfg.mass_kg)
    assert len({first.id, second.id}) == 2
    assert apart.stack_of("soyuz-1") == first
    assert [c.name for c in first.crew] == ["First Person"]
    assert cfg.stacks()[0].id == "station"


def test_a_copy_knows_its_own_parts() -> None:
    cfg = on("2020-04-10")
    assert len(cfg.stacks()) == 1
    assert len(cfg.with_(links=()).stacks()) == 3
    assert len(cfg.stacks()) == 1


def test_seats_are_those_of_the_visit_or_of_its_type() -> None:
    assert seats_of(HUT, "soyuz-1") == 3
    test_flight = HUT.model_copy(update={"visit": [v.model_copy(update={"seats": 0}) for v in HUT.visit]})
    assert seats_of(test_flight, "soyuz-1") == 0


@pytest.mark.parametrize(
    ("since", "until", "there"),
    [
        (None, None, True),
        ("2020-01-01", None, True),
        ("2020-12-31", None, False),
        (None, "2020-03-31", False),
        (None, "2020-12-31", True),
    ],
)
def test_a_span_of_vague_dates(since: str | None, until: str | None, there: bool) -> None:
    at = Epoch.parse("2020-06-01T00:00:00Z")
    assert present(When(since) if since else None, When(until) if until else None, at) is there


def test_a_place_home_is_the_last_that_began(at) -> None:
    seats = {c.person: c.seat for c in at("2022-03-07T00:00:00Z").crew}
    assert seats["vande-hei"] == "soyuz-ms-19"
    assert set(seats.values()) == {"soyuz-ms-19", "crew-3"}


def test_propellant_is_part_of_the_body_that_holds_it(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    for node in {t.node for t in cfg.tanks}:
        assert math.fsum(t.high_kg for t in cfg.tanks if t.node == node) < cfg.nodes[node].mass_kg
