"""The drawing of who needs whom: complete, inside the sheet, without overlaps, the same every time, and harmless."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import combinations

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.mission.dependence import Study, matrix, study
from stationkeeper.report.graph_drawing import WIDTH, draw_graph
from stationkeeper.report.svg import Rect
from stationkeeper.station.configuration import Configuration, configuration_at
from stationkeeper.station.schema import FUNCTIONS, Station

SVG = "{http://www.w3.org/2000/svg}"
DATE = "2022-03-07T12:00:00Z"


def parse(svg: str) -> ET.Element:
    """The drawing as a tree; it is our own text."""
    return ET.fromstring(svg)  # noqa: S314


def words(svg: str) -> str:
    return " ".join(t.text or "" for t in parse(svg).iter(f"{SVG}text"))


def boxes(svg: str) -> list[tuple[str, Rect]]:
    out = []
    for g in parse(svg).iter(f"{SVG}g"):
        if g.get("class") == "part":
            r = g.find(f"{SVG}rect")
            assert r is not None
            x, y, w, h = (float(r.get(k, "0")) for k in ("x", "y", "width", "height"))
            out.append((g.get("data-of", ""), Rect(x, y, w, h)))
    return out


@pytest.fixture(scope="module")
def studies(at: Callable[[str], Configuration], outpost: Station) -> dict[str, Study]:
    """The ISS whole, without a partner, and apart; and a small station with hostile names."""
    cfg = at(DATE)
    small = configuration_at(outpost, Epoch.parse("2020-02-10T00:00:00Z"))
    return {
        "whole": study(cfg, most=0),
        "without": study(cfg, ["roscosmos"], most=0),
        "apart": study(cfg, ["zarya-pma-1"], most=0),
        "small": study(small, most=0),
        "small apart": study(small, ["hub-core"], most=0),
    }


@pytest.fixture(scope="module")
def drawn(studies: dict[str, Study]) -> dict[str, str]:
    return {k: draw_graph(s) for k, s in studies.items()}


def test_every_provider_that_is_in_use_has_a_box(studies: dict[str, Study], drawn: dict[str, str]) -> None:
    for title, s in studies.items():
        shown = {i for ids, _ in boxes(drawn[title]) for i in ids.split()}
        wanted = {p.id for x in s.stacks for row in matrix(x.stack).values() for ps in row.values() for p in ps}
        assert shown == wanted, title


def test_no_box_overlaps_another_or_leaves_the_sheet(drawn: dict[str, str]) -> None:
    for title, svg in drawn.items():
        height = float(parse(svg).get("viewBox", "").split()[3])
        found = boxes(svg)
        for a, r in found:
            assert r.x >= 0 and r.right <= WIDTH and r.y >= 0 and r.bottom <= height, f"{title}: {a}"
        for (a, r), (b, q) in combinations(found, 2):
            assert not r.overlaps(q), f"{title}: {a} and {b}"


def test_every_line_of_type_stays_on_the_sheet_and_in_its_box(drawn: dict[str, str]) -> None:
    for title, svg in drawn.items():
        for t in parse(svg).iter(f"{SVG}text"):
            length, x = float(t.get("textLength", "0")), float(t.get("x", "0"))
            left = x - {"start": 0.0, "middle": length / 2, "end": length}[t.get("text-anchor", "start")]
            assert left >= 0 and left + length <= WIDTH, f"{title}: {t.text}"
        for g in parse(svg).iter(f"{SVG}g"):
            r = g.find(f"{SVG}rect")
            for t in g.findall(f"{SVG}text"):
                assert r is not None
                right = float(r.get("x", "0")) + float(r.get("width", "0"))
                assert float(t.get("x", "0")) + float(t.get("textLength", "0")) <= right + 0.5, f"{title}: {t.text}"


def test_every_number_at_a_box_stands_in_the_list(drawn: dict[str, str]) -> None:
    for title, svg in drawn.items():
        numbers = [t.text for t in parse(svg).iter(f"{SVG}text") if (t.text or "").isdigit()]
        for k in set(numbers):
            assert numbers.count(k) >= 2, f"{title}: {k}"


def test_it_says_what_is_lost_and_when(drawn: dict[str, str]) -> None:
    said = words(drawn["apart"])
    assert "US Orbital Segment" in said and "Russian Orbital Segment" in said
    assert "NOT MET" in said and "somebody's thrusters must take the momentum out" in said
    assert "lost after" in said
    assert "NOT MET" not in words(drawn["whole"]) and "lost after" not in words(drawn["whole"])
    assert "its operator has left" in words(drawn["without"])
    for f in FUNCTIONS:
        assert f.replace("_", " ").capitalize() in said


def test_the_same_study_gives_the_same_drawing(studies: dict[str, Study], drawn: dict[str, str]) -> None:
    assert {k: draw_graph(s) for k, s in studies.items()} == drawn


def test_hostile_names_stay_text_and_nothing_is_fetched(drawn: dict[str, str]) -> None:
    for svg in drawn.values():
        tags = {e.tag.removeprefix(SVG) for e in parse(svg).iter()}
        assert tags <= {"svg", "title", "rect", "path", "g", "text", "circle"}
        assert svg.count("http") == 1 and "href" not in svg and "url(" not in svg
    assert "<script" not in drawn["small"]
    assert "alert(1)" in words(drawn["small"])


def test_type_is_large_enough_for_print_at_17_cm(drawn: dict[str, str]) -> None:
    for svg in drawn.values():
        sizes = [float(s) for s in re.findall(r'font-size="([\d.]+)"', svg)]
        assert min(sizes) * 170 / WIDTH / 25.4 * 72 >= 6.0  # points
