"""Command: computers, and people who know the segment."""

from stationkeeper.functions import command


def test_the_whole_station_is_commanded(lacking) -> None:
    assert command.assess(lacking()).status == "nominal"
    assert command.missing_agencies(lacking()) == []


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
    assert [command.assess(s).status for s in halves] == ["degraded", "degraded"]
