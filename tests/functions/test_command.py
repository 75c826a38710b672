"""Command: computers and what they command, the way of commands from the ground, and people who know the segment."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.functions import command
from stationkeeper.functions.command import command_paths, command_table, nets
from stationkeeper.station.configuration import Configuration, PartnerState, configuration_at
from stationkeeper.station.load import read_station
from stationkeeper.station.schema import Equipment, Station

HUT = Path(__file__).parents[1] / "hut.toml"
STATUS = {"nominal": 0, "degraded": 1, "lost": 2}


def test_the_whole_station_is_commanded(lacking) -> None:
    a = command.assess(lacking())
    assert a.status == "nominal"
    assert command.missing_agencies(lacking()) == []
    assert a.figure("path_usos_gap").value == a.figure("path_ros_gap").value == 0.0
    assert a.figure("commanded").value == len(command_table(lacking()))


def test_without_computers_it_is_lost(lacking) -> None:
    assert command.assess(lacking("computer")).status == "lost"


def test_a_segment_without_its_people_is_poorer(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    stack = cfg.with_(crew=tuple(c for c in cfg.crew if c.agency != "roscosmos")).stacks()[0]
    assert command.missing_agencies(stack) == ["roscosmos"]
    a = command.assess(stack)
    assert a.status == "degraded"
    assert "nobody of Roscosmos is aboard" in a.reasons[1]


def test_the_halves_miss_each_other(halves) -> None:
    us, ru = (command.assess(s) for s in halves)
    assert [us.status, ru.status] == ["degraded", "degraded"]
    assert us.figure("path_usos_share").value == 100.0
    # the ground reaches the Russian computers over Russian sites alone
    assert ru.figure("path_ros_share").value == pytest.approx(10.0, abs=2.0)
    assert ru.figure("path_ros_gap").value > 60.0
    assert us.figure("commanded").value + ru.figure("commanded").value == len(command_table(halves[0]))


def test_us_commands_to_russian_engines_go_through_zvezdas_computers(lacking) -> None:
    (engines,) = [c for c in command_table(lacking()) if c.function == "reboost"]
    assert engines.segment == "ros"
    assert engines.computers == ("Zvezda's central computers (DMS-R)",)
    assert "Zvezda's two main engines" in engines.equipment
    path = next(p for p in command_paths(lacking()) if p.segment == "ros")
    assert path.through == ("usos",)
    assert {"tdrs-east", "shchyolkovo"} <= set(path.antennas)


@pytest.mark.parametrize(
    ("gone", "kept", "words"),
    [
        (
            "dms-r",
            "usos",
            "no computer is left that commands its reboost, attitude, power, life support, communications",
        ),
        ("cc-mdm", "ros", "no computer is left that commands its attitude, power, life support, communications"),
    ],
)
def test_what_a_segments_computers_take_with_them(lacking, gone: str, kept: str, words: str) -> None:
    stack = lacking().configuration.with_(failed=frozenset({gone})).stacks()[0]
    a = command.assess(stack)
    assert a.status == "degraded"
    assert words in a.reasons[-1]
    assert {c.segment for c in command_table(stack) if not c.lost} == {kept}


def test_cut_between_zvezda_and_zarya_the_rest_of_the_russian_segment_has_no_computer(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    us = next(
        s
        for s in cfg.with_(links=tuple(x for x in cfg.links if x.id != "zvezda-zarya")).stacks()
        if "destiny" in s.members
    )
    assert "ros" in us.segments
    assert any("Russian Orbital Segment: no computer is left" in r for r in command.assess(us).reasons)
    assert [p.segment for p in command_paths(us)] == ["usos"]


def test_a_joint_that_carries_no_data_parts_the_nets(at, iss: Station) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    mute = tuple(
        x if x.id != "zarya-pma-1" else type(x)(x.id, x.a, x.b, x.kind, ("structure",), x.joint) for x in cfg.links
    )
    assert [len(nets(c.stacks()[0])) for c in (cfg, cfg.with_(links=mute))] == [1, 2]
    ru = next(p for p in command_paths(cfg.with_(links=mute).stacks()[0]) if p.segment == "ros")
    assert ru.through == ()
    assert ru.contacts is not None
    assert ru.contacts.longest_gap_s.best > 3600.0


def test_no_command_gets_through_without_a_command_radio(lacking) -> None:
    cfg = lacking().configuration.with_(failed=frozenset({"regul", "s-band"}))
    a = command.assess(cfg.stacks()[0])
    assert a.status == "degraded"
    assert any("no command from the ground gets there" in r for r in a.reasons)


# ---- other stations -----------------------------------------------------------------------------------------------------


def computer(id_: str, element: str, mode: str) -> Equipment:
    return Equipment.model_validate(
        {
            "id": id_, "name": id_, "element": element, "kind": "computer", "source": ["ASM"],
            "services": [{"function": "command", "role": "commands", "mode": mode, "source": ["ASM"]}],
        }
    )  # fmt: skip


def hut(*computers: Equipment, failed: frozenset[str] = frozenset()) -> Configuration:
    station = read_station(HUT).model_copy(update={"equipment": list(computers)})
    return configuration_at(station, Epoch.parse("2020-07-10T00:00:00Z")).with_(failed=failed)


def test_a_station_without_orbit_or_antennas_is_judged_by_its_computers() -> None:
    assert command.assess(hut().stacks()[0]).status == "lost"
    a = command.assess(hut(computer("one", "core", "main")).stacks()[0])
    assert a.status == "nominal"
    assert [m.key for m in (a.margin, *a.figures)] == ["commanded"]
    assert {c.function for c in command_table(hut(computer("one", "core", "main")).stacks()[0])} == set(command.ALL)


def test_a_backup_computer_takes_over_and_that_is_poorer() -> None:
    both = (computer("one", "core", "main"), computer("two", "lab", "backup"))
    assert command.assess(hut(*both).stacks()[0]).status == "nominal"
    a = command.assess(hut(*both, failed=frozenset({"one"})).stacks()[0])
    assert a.status == "degraded"
    assert a.reasons[0] == "it is run by two"
    assert command.assess(hut(*both, failed=frozenset({"one", "two"})).stacks()[0]).status == "lost"


def test_a_vehicle_on_its_own_does_not_crash(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    free = cfg.with_(links=tuple(x for x in cfg.links if "crew-3" not in (x.a, x.b)))
    assert command.assess(next(s for s in free.stacks() if s.members == ("crew-3",))).status == "lost"


LOSSES = ("nasa", "roscosmos", "cc-mdm", "dms-r", "s-band", "regul", "zvezda", "destiny", "zarya-pma-1", "zvezda-zarya")


@settings(max_examples=40)
@given(more=st.sets(st.sampled_from(LOSSES)), keep=st.sets(st.sampled_from(LOSSES)))
def test_a_loss_never_helps(iss: Station, more: set[str], keep: set[str]) -> None:
    """Failures, partners that leave and joints that open: for the part that holds Zvezda, and that which holds Destiny."""
    cfg = configuration_at(iss, Epoch.parse("2022-03-07T00:00:00Z"))

    def worst(what: set[str], element: str) -> int:
        gone = {p: PartnerState("gone", cfg.epoch) for p in what if p in cfg.partners}
        left = cfg.with_(
            partners={**cfg.partners, **gone},
            failed=frozenset(what - set(cfg.partners)),
            links=tuple(x for x in cfg.links if x.id not in what),
        )
        return STATUS[command.assess(left.stack_of(element)).status]

    for element in ("zvezda", "destiny"):
        assert worst(more, element) >= worst(more & keep, element)
