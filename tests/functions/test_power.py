"""Power: arrays of its own, and what used to come across a joint."""

from stationkeeper.functions import power


def test_the_whole_station_feeds_itself(lacking) -> None:
    stack = lacking()
    assert power.assess(stack).status == "nominal"
    assert power.lost_feeds(stack) == []


def test_without_arrays_there_is_none(lacking) -> None:
    a = power.assess(lacking("array"))
    assert a.status == "lost"
    assert a.working == () or all(p.kind != "array" for p in a.working)


def test_the_russian_half_loses_what_came_across(halves) -> None:
    us, ru = halves
    assert power.assess(us).status == "nominal"
    a = power.assess(ru)
    assert a.status == "degraded"
    assert power.lost_feeds(ru)
    assert power.lost_feeds(ru)[0] in a.reasons[1]
