"""Crew return: seats against people."""

from dataclasses import replace

from stationkeeper.functions import crew_return


def test_seven_people_and_seven_seats(lacking) -> None:
    t = crew_return.seat_table(lacking())
    assert (t.people, t.seats, t.short, t.without) == (7, 7, 0, ())
    assert {v: short for v, _, short, _ in t.if_lost} == {"soyuz-ms-19": 3, "crew-3": 4}
    assert crew_return.assess(lacking()).status == "nominal"


def test_without_a_soyuz_three_are_short(lacking) -> None:
    stack = lacking(vehicles=("soyuz-ms-19",))
    a = crew_return.assess(stack)
    assert a.status == "degraded"
    assert a.margin is not None
    assert a.margin.value == -3
    assert "Mark Vande Hei" in a.reasons[-1]


def test_without_any_ship_crew_return_is_lost(lacking) -> None:
    assert crew_return.assess(lacking(vehicles=("soyuz-ms-19", "crew-3"))).status == "lost"


def test_a_free_seat_in_another_ship_takes_a_move(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    crew = tuple(replace(c, seat=None) if c.person == "chari" else c for c in cfg.crew)
    a = crew_return.assess(cfg.with_(crew=crew).stacks()[0])
    assert a.status == "degraded"
    assert "another vehicle's free seat" in a.reasons[-1]


def test_an_emergency_place_is_no_seat(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    crew = tuple(replace(c, seat="crew-3", seat_kind="emergency") if c.person == "vande-hei" else c for c in cfg.crew)
    stack = cfg.with_(crew=crew).stacks()[0]
    assert next(v for v in crew_return.seat_table(stack).vehicles if v.visit == "crew-3").emergency_holders == (
        "Mark Vande Hei",
    )
    a = crew_return.assess(stack)
    assert a.status == "degraded"
    assert "emergency place" in a.reasons[-1]


def test_nobody_needs_no_seat(at) -> None:
    cfg = at("2022-03-07T00:00:00Z").with_(crew=())
    a = crew_return.assess(cfg.stacks()[0])
    assert (a.status, a.reasons) == ("nominal", ("nobody is aboard it",))
