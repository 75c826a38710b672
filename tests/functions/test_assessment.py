"""Who serves a function, and when a provider counts."""

from stationkeeper.core.epoch import When
from stationkeeper.functions.assessment import partner_matrix, providers
from stationkeeper.station.configuration import PartnerState
from stationkeeper.station.schema import FUNCTIONS


def test_what_has_failed_is_listed_and_does_not_work(lacking) -> None:
    found = providers(lacking("gyroscope"), "attitude")
    assert [(p.works, p.reason) for p in found if p.kind == "gyroscope"] == [(False, "failed")]
    assert any(p.works for p in found)


def test_what_an_element_holds_fails_with_it(at) -> None:
    cfg = at("2022-03-07T00:00:00Z").with_(failed=frozenset({"zvezda"}))
    inside = [p for f in FUNCTIONS for p in providers(cfg.stacks()[0], f) if p.place == "zvezda"]
    assert inside
    assert not any(p.works for p in inside)


def test_a_partner_that_has_left_works_nothing(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    gone = cfg.with_(partners={**cfg.partners, "roscosmos": PartnerState("gone", cfg.epoch)})
    matrix = partner_matrix(gone.stacks()[0])
    # but for the lifeboat that is docked: its crew can fly it home all the same
    assert {f for f, row in matrix.items() if "roscosmos" in row} == {"crew_return"}
    assert "roscosmos" in partner_matrix(cfg.stacks()[0])["attitude"]
    left = {p.reason for p in providers(gone.stacks()[0], "attitude") if p.partner == "roscosmos"}
    assert left == {"its operator has left"}


def test_what_is_not_installed_yet_is_not_listed(iss, at) -> None:
    late = [q.model_copy(update={"installed": When("2022-06")}) if q.kind == "gyroscope" else q for q in iss.equipment]

    def gyroscopes(text: str) -> list[bool]:
        cfg = at(text).with_(station=iss.model_copy(update={"equipment": late}))
        return [p.works for p in providers(cfg.stacks()[0], "attitude") if p.kind == "gyroscope"]

    assert gyroscopes("2022-03-07T00:00:00Z") == []
    assert gyroscopes("2022-07-07T00:00:00Z") == [True]


def test_every_function_has_a_row(lacking) -> None:
    assert tuple(partner_matrix(lacking())) == FUNCTIONS
