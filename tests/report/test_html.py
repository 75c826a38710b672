"""The report: complete in the order promised, one file, no network, harmless, accessible, no machine's talk."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.mission.result import Result, Value
from stationkeeper.report import figures, words
from stationkeeper.report.coastlines import coastlines
from stationkeeper.report.html import render_report, write_report

VOID = {"meta", "br", "col", "link", "img", "input", "hr", "base"}


class Page(HTMLParser):
    """Tags with attributes, visible text, and text of scripts, in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.text.append(data)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.text))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [a for t, a in self.tags if t == tag]


@pytest.fixture(scope="module")
def html(parting: Result) -> str:
    return render_report(parting)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    found = Page(html)
    assert found.open == []
    return found


def test_it_is_one_file_of_at_most_8_megabytes(parting: Result, html: str, tmp_path: Path) -> None:
    write_report(parting, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html
    assert (tmp_path / "report.html").stat().st_size <= 8_000_000
    assert html.startswith("<!DOCTYPE html>")


def test_the_same_result_gives_the_same_report(parting: Result, html: str) -> None:
    assert render_report(parting) == html


def test_nothing_is_asked_of_the_network(page: Page) -> None:
    for tag, attrs in page.tags:
        assert "src" not in attrs and "srcset" not in attrs and "data" not in attrs, tag
        assert tag not in ("link", "iframe", "img", "object", "embed", "base", "form")
        href = attrs.get("href")
        if href is not None:
            assert tag == "a" and href.startswith(("#", "https://")), href
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert (
        policy is not None and "default-src 'none'" in policy and "connect-src" not in policy and "http" not in policy
    )


def test_links_outside_stand_only_in_the_list_of_sources(html: str) -> None:
    before, after = html.split('<section id="sources"', 1)
    assert 'href="https://' not in before
    assert 'href="https://example.org/a"' in after


def test_an_address_that_is_no_address_is_no_link(page: Page) -> None:
    assert not any("javascript:" in (v or "") for _, attrs in page.tags for k, v in attrs.items() if k == "href")
    assert "javascript:alert(1)" in page.words


def test_hostile_text_stays_text(page: Page, html: str) -> None:
    assert "<script>alert(1)" not in html
    assert "<b>Ace</b>" not in html
    assert page.words.count("<script>alert(1)</script>") > 10
    kinds = [a.get("type") for a in page.all("script")]
    assert kinds.count(None) == 2  # the library and the page's own
    assert all(k == "application/json" for k in kinds if k is not None)


def test_every_link_inside_leads_somewhere_and_no_id_stands_twice(page: Page) -> None:
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    for a in page.all("a"):
        if (a.get("href") or "").startswith("#"):
            assert (a.get("href") or "")[1:] in ids


def test_headings_are_in_order(page: Page) -> None:
    levels = [int(t[1]) for t, _ in page.tags if re.fullmatch(r"h[1-6]", t)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_it_is_accessible(page: Page) -> None:
    assert page.all("html")[0].get("lang") == "en"
    assert all(a.get("scope") in ("col", "row") for a in page.all("th"))
    assert page.all("th")
    tables = len(page.all("table"))
    assert tables == len(page.all("caption")) > 5
    for tag, attrs in page.tags:
        if attrs.get("role") == "img":
            assert attrs.get("aria-label") or attrs.get("aria-labelledby"), tag
        if tag == "figure" and attrs.get("class") == "drawing":
            assert attrs.get("aria-label")


def test_the_parts_come_in_the_order_promised(html: str) -> None:
    marks = [
        "This scenario forces an event", "<h1>", 'class="headlines"', 'id="answers"', 'id="drawing"', 'id="figure-altitude"',
        '<section id="coming-down"', 'id="figure-funnel-0"', 'id="figure-windows"', 'id="figure-descent-map"', 'id="figure-latitudes-0"', 'id="figure-risk"', 'id="figure-functions"', '<section id="seats"', '<section id="providers"', '<section id="events"',
        'id="figure-track"', '<section id="mass"', '<section id="method"', '<section id="sources"', '<section id="cite"',
    ]  # fmt: skip
    places = [html.index(m) for m in marks]
    assert places == sorted(places)


def test_a_forced_event_is_said_first_with_ruling_reasons_steps_and_statements(page: Page) -> None:
    top = page.words.split("What if the joint opens?")[0]
    assert "This scenario forces an event that the evidence rules out as asked" in top
    for said in (
        "possible only after other steps",
        "it was made to stay closed",
        "Cut the cables",
        "A. Speaker",
        "3 February 2020",
    ):
        assert said in top


def test_an_event_that_did_not_happen_is_said_too(page: Page) -> None:
    assert "An event of this scenario did not happen" in page.words


def test_every_answer_is_there_with_its_reasons(parting: Result, page: Page) -> None:
    assert len(parting.answers) == 20
    for a in parting.answers:
        assert a.asks in page.words
        assert words.dated(a.headline) in page.words
        for link in a.chain:
            assert re.sub(r"\s+", " ", words.dated(link)) in page.words


def test_each_part_has_its_sentence_at_the_top(parting: Result, page: Page) -> None:
    top = page.words.split("The answers at a glance")[0]
    for stack in parting.end.stacks():
        best = next(a for a in parting.answers if a.stack == stack.id and a.verdict != "not_assessed")
        assert stack.name in top and words.dated(best.headline) in top


def test_no_sentence_at_the_top_stands_without_the_question_that_it_answers(parting: Result, page: Page) -> None:
    top = page.words.split("The answers at a glance")[0]
    for a in parting.answers:
        if a.verdict == "no":
            assert f"{a.asks} {words.dated(a.headline)}" in top


def test_both_drawings_are_there(html: str, page: Page) -> None:
    assert len(page.all("svg")) == 2
    assert "At the start: Outpost" in html and "At the end: Outpost" in html


def test_seats_say_who_is_short_and_what_a_lost_vehicle_means(parting: Result, page: Page) -> None:
    section = page.words.split("Seats home")[-1].split("Who provides what")[0]
    assert "If this vehicle is lost" in section
    assert "Ann <b>Ace</b>" in section
    assert "short" in section


def test_nothing_shows_python_or_missing_numbers(page: Page) -> None:
    shown = (
        page.words
        + " "
        + " ".join(str(v) for _, attrs in page.tags for k, v in attrs.items() if k in ("title", "aria-label"))
    )
    for bad in (
        r"\bnan\b",
        r"\bNaN\b",
        r"\bNone\b",
        r"\binf\b",
        r"Epoch\(",
        r"\{'",
        r"<object",
        r"\bTrue\b",
        r"\bFalse\b",
        r"np\.float",
        r"frozenset",
    ):
        assert re.search(bad, shown) is None, bad


def test_figures_hold_valid_json_without_nan(html: str) -> None:
    found = re.findall(
        r'<script type="application/json" class="plot-data" data-for="([^"]+)">(.*?)</script>', html, re.DOTALL
    )
    assert [k for k, _ in found] == [
        "figure-altitude",
        "figure-funnel-0",
        "figure-funnel-1",
        "figure-windows",
        "figure-descent-map",
        "figure-latitudes-0",
        "figure-risk",
        "figure-functions",
        "figure-margins",
        "figure-track",
        "figure-mass",
    ]
    for key, text in found:
        assert "<" not in text
        data = json.loads(text, parse_constant=lambda c: pytest.fail(f"{c} in a figure"))
        assert data["data"], key


def test_the_plotting_library_is_there_once(html: str) -> None:
    assert html.count("plotly.js v") == 1


def test_ledgers_and_manifest_are_shown(page: Page) -> None:
    for said in (
        "Mass and ledgers",
        "Largest gap of any entry",
        "parting-0123456789ab",
        "ab" * 32,
        "Drag",
        "from 0.8 to 1.2",
    ):
        assert said in page.words


# ---- figures --------------------------------------------------------------------------------------------------------


def test_a_track_is_cut_at_the_date_line() -> None:
    x, y = figures.split_at_date_line(np.array([170.0, -170.0, 175.0]), np.array([0.0, 10.0, 20.0]))
    assert x == [170.0, 180.0, None, -180.0, -170.0, -180.0, None, 180.0, 175.0]
    assert y[1] == y[3] == 5.0
    known = [v for v in x if v is not None]
    assert all(-180.0 <= v <= 180.0 for v in known)


def test_mean_altitude_is_averaged_but_never_across_a_burn(parting: Result) -> None:
    t, h = figures.daily(parting.flown[0].trajectory)
    assert len(t) <= figures.POINTS + 5
    assert h[0] == pytest.approx(401.0, abs=12.0) and h[-1] == pytest.approx(399.0, abs=12.0)


def test_spans_of_functions_cover_the_run_without_gaps(parting: Result) -> None:
    found = [x for x in figures.spans(parting) if x[:2] == ("station", "power")]
    assert found[0][3] == parting.scenario.start
    assert all(a[4] == b[3] for a, b in pairwise(found))
    assert all(a[2] != b[2] for a, b in pairwise(found))


def test_every_state_has_a_letter_and_a_hatch_of_its_own() -> None:
    assert len({v[1] for v in figures.STATES.values()}) == len({v[2] for v in figures.STATES.values()}) == 4


def test_coastlines_are_those_of_the_earth() -> None:
    lines = coastlines()
    points = np.concatenate(lines)
    assert len(lines) > 100
    assert points[:, 0].min() >= -180.001 and points[:, 0].max() <= 180.001
    assert points[:, 1].min() >= -90.0 and points[:, 1].min() < -70.0 and points[:, 1].max() < 84.0


# ---- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Value("2024-05-12", "2023-11-02", "2026-01-30", "utc", ""), "half of the cases by 12 May 2024; 90 % between 2 November 2023 and 30 January 2026"),
        (Value("2024-05-12", "2023-11-02", None, "utc", ""), "half of the cases by 12 May 2024; 90 % after 2 November 2023, the late end beyond the forecast"),
        (Value(None, None, None, "utc", ""), "later than the forecast reaches"),
        (Value(12.345, 10.0, 15.0, "m/s", ""), "12.3 m/s (between 10 and 15)"),
        (Value(float("nan"), None, None, "kg", ""), "not known"),
        (Value(-1, None, None, "seats", ""), "1 seat short"),
        (Value(-3, None, None, "seats", ""), "3 seats short"),
    ],
)  # fmt: skip
def test_values_are_written_for_people(value: Value, said: str) -> None:
    assert words.interval(value) == said


def test_numbers_have_sensible_digits() -> None:
    thin = "\N{NARROW NO-BREAK SPACE}"
    assert words.number(445_386.0) == f"445{thin}386"
    assert words.number(-0.5) == "\N{MINUS SIGN}0.50"
    assert words.number(None) == words.number(float("inf")) == "not known"
    assert words.tonnes(352_244.0) == "352.2 t"


def test_dates_in_sentences_are_written_out() -> None:
    assert words.dated("from 2022-03-30 it is one short") == "from 30 March 2022 it is one short"
    assert words.dated("at 2022-03-30T12:00:00Z, R-2022-13-01") == "at 2022-03-30T12:00:00Z, R-2022-13-01"
