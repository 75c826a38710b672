"""The section on coming down: what it says when the place is not known, when it is, when ends are open, and when no risk is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from stationkeeper.mission.result import Result
from stationkeeper.reentry.outcome import ComingDown, Passing, lands_words
from stationkeeper.report.coming_down import section, write_page
from stationkeeper.report.descent_figures import Part, edge, risk_figure


@pytest.fixture
def downs(parting: Result) -> list[ComingDown]:
    return [f.down for f in parting.forecasts]


def part(d: ComingDown) -> Part:
    return Part("part", d, "#1b4f8f")


def short(d: ComingDown) -> ComingDown:
    """The same with a window of hours."""
    middle = d.start.plus_days(2.0)
    dates = tuple(middle.plus_s(600.0 * k) for k in range(-3, 4))
    return replace(d, heights=(Passing(120.0, dates),))


def test_nothing_comes_down_without_parts() -> None:
    assert section([]) == {"parts": []}


def test_a_long_window_says_that_the_place_is_not_known(downs: list[ComingDown]) -> None:
    made = section([part(d) for d in downs])
    assert "the place is not known" in made["where"]
    assert "not the place" in made["map_caption"]
    assert "NOT a forecast of the place" in made["map"]["json"]
    assert len(made["latitudes"]) == 1  # both parts fly under one orbit


def test_a_short_window_names_places(downs: list[ComingDown]) -> None:
    made = section([part(short(downs[0]))])
    assert "about a revolution or less: places along the track can be told apart" in made["where"]
    assert "NOT a forecast" not in made["map"]["json"]
    assert all("UTC" in c for row in made["rows"] for c in row["cells"])


def test_open_ends_are_drawn_to_the_end_of_the_flight(downs: list[ComingDown]) -> None:
    late = downs[1]
    when, height = edge(late, 0.95)
    assert when[-1] == late.until
    assert height[-1] > 120.0
    when, height = edge(late, 0.5)
    assert height[-1] == 120.0
    made = section([part(late)])
    assert any("after" in c for row in made["rows"] for c in row["cells"])
    assert any("still up" in x for x in made["parts"][0]["facts"])


def test_every_figure_has_its_words(downs: list[ComingDown]) -> None:
    made = section([part(d) for d in downs])
    drawn = [
        made["windows"],
        made["map"],
        made["risk"],
        *(x["figure"] for x in made["latitudes"]),
        *(p["funnel"] for p in made["parts"]),
    ]
    assert all(len(f["words"]) > 40 for f in drawn)
    assert len({f["id"] for f in drawn}) == len(drawn)


def test_an_extrapolation_is_said_with_its_size(downs: list[ComingDown]) -> None:
    made = section([part(downs[0])])["parts"][0]
    assert made["extrapolation"]
    assert made["times_mir"] == "2.0"  # 270 t over the 135 t of Mir


def test_no_risk_is_no_figure_but_its_reason(downs: list[ComingDown]) -> None:
    d = replace(
        downs[0],
        risk={
            "casualty_expectation": None,
            "low": None,
            "high": None,
            "members": 0,
            "statement": "not assessed: because",
        },
    )
    assert risk_figure([part(d)]) is None
    made = section([part(d)])
    assert made["risk"] is None
    assert "not assessed: because" in made["parts"][0]["risk"]


def test_the_page_stands_alone(downs: list[ComingDown], tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_page("Coming <b>down</b>", downs[0], path)
    html = path.read_text(encoding="utf-8")
    assert "Coming &lt;b&gt;down&lt;/b&gt;" in html
    assert "<script>alert(1)" not in html.split("plotly.js v")[0]
    assert html.count("plotly.js v") == 1
    write_page("Coming <b>down</b>", downs[0], path)
    assert path.read_text(encoding="utf-8") == html


def test_a_window_of_some_revolutions_tells_no_minutes(downs: list[ComingDown]) -> None:
    d = downs[0]
    middle = d.start.plus_days(2.0)
    track = replace(
        d.track, below=((middle.plus_s(-600.0), "Chile"), (middle, "Pacific Ocean"), (middle.plus_s(900.0), "Chile"))
    )  # type: ignore[type-var]
    dates = tuple(middle.plus_s(7_200.0 * k) for k in range(-3, 4))
    made = section([part(replace(d, heights=(Passing(120.0, dates),), track=track))])
    assert "holds more than one revolution" in made["where"]
    assert "Chile (the 90 % window holds 5 revolutions: no minute can be told)" in made["where"]
    assert "NOT a forecast of the place: the window is longer than a revolution" in made["map"]["json"]
    near = replace(short(d), track=track)
    assert near.median is not None
    said = lands_words(near)
    assert said.index("Chile") < said.index("only if it comes later than the median") < said.rindex("Chile")


def test_few_members_tell_no_ends(downs: list[ComingDown]) -> None:
    few = replace(downs[0], members=50)
    made = section([part(few)])
    assert "99 %: too few to say (50 members)" in made["windows"]["words"]
    assert "nine in ten of only 50 cases" in made["parts"][0]["when"]
    assert few.as_dict()["entry"]["windows"][2] == {
        "share": 0.99,
        "enough_members": False,
        "from_utc": None,
        "to_utc": None,
    }
    one = section([part(replace(downs[0], members=1))])
    assert "too few to tell a window" in one["parts"][0]["when"]
    assert "nine" not in one["parts"][0]["when"]
    some = section([part(replace(short(downs[0]), members=50))])
    assert "too few to say (50 members)" in some["where"]
    assert some["latitudes"] == []


def test_a_mass_that_nobody_tells_and_the_weather_are_said(downs: list[ComingDown]) -> None:
    made = section([part(replace(downs[0], mass_kg=None, weather="as it happened up to 2026-01-01"))])["parts"][0]
    assert made["mass"] == "mass not known"
    assert made["weather"] == "Space weather: as it happened up to 2026-01-01."


def test_the_line_of_lost_control_is_drawn_only_where_a_phase_begins(downs: list[ComingDown]) -> None:
    assert "gyroscopes" not in section([part(downs[0])])["parts"][0]["funnel"]["json"]
    phase = {
        "kind": "tumbling",
        "below_km": [200.0, 240.0],
        "why": "gyroscopes hold no large station below about 220 km",
    }
    held = replace(downs[0], settings={"attitude": [phase]})
    assert "220 km: gyroscopes alone cannot hold it below" in section([part(held)])["parts"][0]["funnel"]["json"]
