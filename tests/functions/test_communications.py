"""Communications: a main radio, a reserve, or none."""

from stationkeeper.functions import communications


def test_main_radios_reach_the_ground(lacking) -> None:
    a = communications.assess(lacking())
    assert a.status == "nominal"
    assert "contact times" in a.not_modelled


def test_without_radios_it_is_mute(lacking) -> None:
    assert communications.assess(lacking("radio")).status == "lost"


def test_reserves_alone_are_poorer(lacking, iss) -> None:
    stack = lacking()
    backup = [
        q.model_copy(update={"services": [s.model_copy(update={"mode": "backup"}) for s in q.services]})
        if q.kind == "radio"
        else q
        for q in iss.equipment
    ]
    cfg = stack.configuration.with_(station=iss.model_copy(update={"equipment": backup}))
    assert communications.assess(cfg.stacks()[0]).status == "degraded"


def test_both_halves_keep_radios(halves) -> None:
    assert [communications.assess(s).status for s in halves] == ["nominal", "nominal"]
