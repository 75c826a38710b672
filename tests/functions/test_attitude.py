"""Attitude: gyroscopes to hold, thrusters to unload them."""

from stationkeeper.functions import attitude

DOCKED = ("soyuz-ms-19", "progress-ms-18", "progress-ms-19", "crew-3", "cygnus-ng-17")


def test_gyroscopes_and_thrusters_make_it_whole(lacking) -> None:
    a = attitude.assess(lacking())
    assert (a.status, a.not_modelled) == ("nominal", "")


def test_gyroscopes_alone_fill_up(lacking) -> None:
    stack = lacking("thruster", "engine", vehicles=DOCKED)
    assert attitude.thrusters(stack) == []
    a = attitude.assess(stack)
    assert a.status == "degraded"
    assert "until they are full" in a.reasons[0]
    assert "number of days" in a.not_modelled


def test_thrusters_alone_burn_propellant(lacking) -> None:
    a = attitude.assess(lacking("gyroscope"))
    assert a.status == "degraded"
    assert "burn propellant" in a.reasons[0]


def test_too_few_gyroscopes_are_none(lacking, iss) -> None:
    gyro = next(q for q in iss.equipment if q.kind == "gyroscope")
    assert gyro.needed is not None
    stack = lacking()
    poorer = iss.model_copy(
        update={"equipment": [q.model_copy(update={"count": q.needed - 1}) if q is gyro else q for q in iss.equipment]}
    )
    assert attitude.gyroscopes(stack)
    assert attitude.gyroscopes(stack.configuration.with_(station=poorer).stacks()[0]) == []


def test_with_neither_it_tumbles(lacking) -> None:
    a = attitude.assess(lacking("gyroscope", "thruster", "engine", vehicles=DOCKED))
    assert a.status == "lost"
    assert "tumbles" in a.reasons[0]


def test_each_half_keeps_one_of_the_two(halves) -> None:
    us, ru = halves
    assert attitude.gyroscopes(us)
    assert not attitude.thrusters(us)
    assert attitude.thrusters(ru)
    assert not attitude.gyroscopes(ru)
