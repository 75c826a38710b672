"""What comes down after a run: each part with its own area and mass, the Sun as the scenario says, words that say no more than is known."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.functions.landing import decay_m_s
from stationkeeper.functions.surroundings import drag_share
from stationkeeper.mission.answers import RISK_SOURCES, Evidence, answer_all
from stationkeeper.mission.conclude import known_sources, snapshot
from stationkeeper.mission.forecast import PART_DRAG_SPREAD, falling_of, outlook_of
from stationkeeper.mission.result import Answer, Flown, Forecast
from stationkeeper.reentry.outcome import ComingDown, Passing
from stationkeeper.scenario.load import load_scenario
from stationkeeper.scenario.schema import Outlook, Reentry, Scenario
from stationkeeper.scenario.walk import Happened, rehearse
from stationkeeper.station.configuration import Configuration, Stack
from stationkeeper.station.load import load_station

AREA = Range(3_000.0, 2_400.0, 3_900.0)
ALTITUDE_M = 410e3


@pytest.fixture(scope="module")
def detach() -> tuple[Scenario, list[Happened]]:
    scenario, station, _ = load_scenario("iss-2022-detach")
    return scenario, list(rehearse(scenario, station))


@pytest.fixture(scope="module")
def parted(detach: tuple[Scenario, list[Happened]]) -> Configuration:
    return next(h for h in detach[1] if h.outcome.separation).after


def around(cfg: Configuration) -> Surroundings:
    orbit = Orbit(cfg.epoch, 6_378_137.0 + ALTITUDE_M, math.radians(51.6), 1.0, 2.0, "test")
    return Surroundings(orbit, Range.exact(3e-12), AREA, "test")


def fallings(cfg: Configuration) -> Iterator[tuple[Stack, Any, tuple[str, ...]]]:
    there = around(cfg)
    position, velocity = there.orbit.states_gcrf([cfg.epoch])
    from stationkeeper.flight.state import StateVector

    state = StateVector(cfg.epoch, position[0], velocity[0])
    for stack in cfg.stacks():
        if stack.segments:
            yield stack, *falling_of(stack, state, there)


def test_each_part_falls_with_its_own_area_and_mass(parted: Configuration) -> None:
    parts = list(fallings(parted))
    assert len(parts) == 2
    # all that the parts meet of the air is what the whole met of it
    assert sum(f.best_cdam_m2_kg * s.mass_kg for s, f, _ in parts) == pytest.approx(AREA.best, rel=1e-9)
    for stack, falling, varied in parts:
        share = drag_share(stack)
        assert share is not None and 0.0 < share < 1.0
        assert falling.best_cdam_m2_kg == pytest.approx(share * AREA.best / stack.mass_kg)
        assert falling.cdam_m2_kg.high == pytest.approx(share * AREA.high * (1 + PART_DRAG_SPREAD) / stack.mass_kg)
        assert falling.cdam_m2_kg.low == pytest.approx(share * AREA.low * (1 - PART_DRAG_SPREAD) / stack.mass_kg)
        assert "never flown alone" in " ".join(varied)


def test_the_whole_station_has_no_spread_of_parts(detach: tuple[Scenario, list[Happened]]) -> None:
    whole = detach[1][0].after
    assert len(whole.stacks()) == 1
    (_, falling, varied) = next(fallings(whole))
    assert falling.cdam_m2_kg.high / falling.best_cdam_m2_kg == pytest.approx(AREA.high / AREA.best)
    assert "never flown alone" not in " ".join(varied)
    assert falling.attitude[-1].below_m is not None  # held until gyroscopes alone no longer hold it


def test_a_part_sinks_with_its_own_area(parted: Configuration) -> None:
    there = around(parted)
    whole = decay_m_s(there, sum(s.mass_kg for s in parted.stacks()))
    rates = [decay_m_s(there, s.mass_kg, drag_share(s)) for s in parted.stacks() if s.segments]
    assert whole is not None
    assert all(r is not None for r in rates)
    assert min(r for r in rates if r) < whole < max(r for r in rates if r)
    assert decay_m_s(there, 1e5, None) is None


def test_the_sun_is_that_of_the_scenario(detach: tuple[Scenario, list[Happened]]) -> None:
    scenario, start = detach[0], Epoch.parse("2022-07-04T00:00:00Z")
    table = SpaceWeather.fixed(f107=100.0, ap=5.0)

    def of(o: Outlook) -> tuple[SpaceWeather | None, Epoch | None]:
        return outlook_of(scenario.model_copy(update={"outlook": o}), start, table)

    assert of(Outlook()) == (None, None)
    assert of(Outlook(weather="fixed", f107_sfu=100.0, ap=5.0)) == (table, None)
    assert of(Outlook(weather="msfc", bulletin="2022-02")) == (None, Epoch.parse("2022-02-01T00:00:00Z"))
    assert of(Outlook(weather="msfc", bulletin="2022-02", percentile=95)) == (table, None)
    # a bulletin that is not out yet when the fall begins is flown as it is
    assert of(Outlook(weather="msfc", bulletin="2024-02")) == (table, None)


def test_the_number_of_members_has_limits() -> None:
    assert Reentry().members == 200
    for members in (0, 19, 5_001):
        with pytest.raises(ValueError, match="members"):
            Reentry(members=members)


def test_a_station_without_drag_is_refused(parted: Configuration) -> None:
    there = replace(around(parted), drag_area_cd_m2=None)
    with pytest.raises(InputError, match="drag area"):
        falling_of(parted.stacks()[0], None, there)  # type: ignore[arg-type]


# ---- the words of Q1 and Q8 -----------------------------------------------------------------------------------------


def down(start: Epoch, late: float | None = 400.0, **risk: Any) -> ComingDown:
    days = (90.0, 100.0, 150.0, 200.0, 300.0, late, late and 1.5 * late)
    heights = tuple(
        Passing(km, tuple(None if d is None else start.plus_days(s * d) for d in days))
        for km, s in ((330.0, 0.6), (220.0, 0.95), (120.0, 1.0))
    )
    told: dict[str, Any] = {
        "casualty_expectation": 0.07, "low": 0.02, "high": 0.15, "members": 200, "rule": 1e-4, "against_rule": "above",
        "probability_of_one": 0.065, "extrapolation": True, "statement": "0.07 casualties expected",
        "contributions": [{"what": w, "share_of_variance": s} for w, s in (("heating", 0.5), ("drag", 0.3), ("people", 0.2))],
        "pieces": {"statement": "18 % lands", "surviving_mass_share": [0.1, 0.2, 0.3], "count": [1, 2, 3], "start_kg": 4e5},
    } | risk  # fmt: skip
    return ComingDown(
        "part", start, start.plus_days(3_000.0), 200, 0 if late else 15, 51.6, 4e5, 400.0, (-51.8, 51.8), heights, None, None,
        ("nrlmsis21", 1.1), None, (), (), "", (), "", told, (("the Sun", 0.6), ("its drag", 0.4)), ("its drag",),
    )  # fmt: skip


def answers(
    detach: tuple[Scenario, list[Happened]], made: ComingDown, questions: tuple[str, ...] = ("Q1", "Q8")
) -> list[Answer]:
    scenario, log = detach
    end = log[-1].after
    forecasts = [Forecast(s.id, made, "the Sun as observed") for s in end.stacks() if s.segments]
    flown: list[Flown] = []
    e = Evidence(
        scenario.model_copy(update={"questions": list(questions)}), log, [snapshot(end, "start")], flown, forecasts
    )
    return list(answer_all(e))


def test_q1_and_q8_tell_the_same_dates(detach: tuple[Scenario, list[Happened]]) -> None:
    made = down(detach[0].end)
    by_stack: dict[str, list[Answer]] = {}
    for a in answers(detach, made):
        by_stack.setdefault(a.stack, []).append(a)
    assert len(by_stack) == 2
    for q1, q8 in by_stack.values():
        assert q1.value is not None and q8.value is not None
        assert (q1.value.value, q1.value.low, q1.value.high) == (q8.value.value, q8.value.low, q8.value.high)
        assert "between October 2022 and August 2023 (nine cases in ten; half of all by January 2023)" in q1.headline
        assert "between October 2022 and August 2023 (nine cases in ten; half of all by January 2023)" in q8.headline


def test_q8_names_bounds_rule_and_extrapolation_but_no_place(detach: tuple[Scenario, list[Happened]]) -> None:
    for a in answers(detach, down(detach[0].end), ("Q8",)):
        assert "0.070 casualties expected (90 %: 0.020 to 0.15)" in a.headline
        assert "at most 1 chance in 15 that anybody is hurt or killed (people live clustered" in a.headline
        assert a.headline.index("casualties expected") < a.headline.index("at most 1 chance")
        assert "1 in 10,000" in a.headline
        assert "extrapolation" in a.headline
        assert "anywhere between 51.8° north and south" in a.headline
        text = " ".join(a.chain)
        for said in (
            "50 %",
            "90 %",
            "99 %",
            "20 % of the remaining time",
            "NRLMSIS 2.1",
            "heating (50 %); drag (30 %); people (20 %)",
            "varied",
        ):
            assert said in text
        assert "the place" in a.not_modelled


def test_who_is_held_would_come_down_and_who_is_not_does(detach: tuple[Scenario, list[Happened]]) -> None:
    found = {a.stack: a for a in answers(detach, down(detach[0].end), ("Q8",))}
    assert found["ros"].verdict == "depends"
    assert found["ros"].headline.startswith("If nobody raised it any more, it would come down")
    assert found["usos"].verdict == "yes"
    assert found["usos"].headline.startswith("Nothing can raise it: it comes down by itself")


def test_a_policy_is_not_told_as_inability(detach: tuple[Scenario, list[Happened]]) -> None:
    scenario, log = detach
    policies = scenario.policies.model_copy(update={"reboost": "nobody", "hold": None})
    found = answers((scenario.model_copy(update={"policies": policies}), log), down(scenario.end), ("Q8",))
    assert all(a.headline.startswith("Nobody raises it in this scenario: it comes down") for a in found)


def test_what_the_risk_rests_on_has_a_title() -> None:
    for station in ("iss", "tiangong", "skylab"):
        known = known_sources(load_station(station))
        assert all(known[key].title for key in RISK_SOURCES)


def test_too_few_to_say_is_said(detach: tuple[Scenario, list[Happened]]) -> None:
    few = dict.fromkeys(("casualty_expectation", "low", "high", "probability_of_one"))
    made = down(detach[0].end, contributions=[], statement="Too few to say: 20 members, 20 hits", **few)
    for a in answers(detach, made, ("Q8",)):
        assert "Too few to say" in a.headline
        assert "casualties expected" not in a.headline


def test_members_still_up_leave_the_end_open(detach: tuple[Scenario, list[Happened]]) -> None:
    for a in answers(detach, down(detach[0].end, late=None)):
        assert "possibly after" in a.headline
        assert a.value is not None and a.value.high is None
