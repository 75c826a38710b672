"""The drawing of a station: complete, without overlaps, the same every time, and harmless."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.mission.result import Result
from stationkeeper.report.drawing_panel import WIDTH
from stationkeeper.report.station_drawing import draw_station
from stationkeeper.report.svg import Rect, text_width
from stationkeeper.station.configuration import Configuration, configuration_at
from stationkeeper.station.load import load_station, packaged_stations
from stationkeeper.station.schema import Station

SVG = "{http://www.w3.org/2000/svg}"
ISS_DATES = (
    "2021-11-01T00:00:00Z",
    "2022-02-24T00:00:00Z",
    "2022-05-22T00:00:00Z",
    "2022-12-20T00:00:00Z",
    "2023-03-20T00:00:00Z",
)


def parse(svg: str) -> ET.Element:
    """The drawing as a tree; it is our own text."""
    return ET.fromstring(svg)  # noqa: S314


def words(svg: str) -> str:
    """All that the drawing says, without its description."""
    return " ".join(t.text or "" for t in parse(svg).iter(f"{SVG}text"))


def label_boxes(svg: str) -> list[list[tuple[str, Rect]]]:
    """Boxes of the names, in drawing units, one list per view."""
    views = []
    for view in parse(svg).iter(f"{SVG}g"):
        if view.get("class") != "view":
            continue
        dx, dy = (float(x) for x in re.findall(r"-?[\d.]+", view.get("transform", "")))
        boxes = []
        for g in view.iter(f"{SVG}g"):
            if g.get("class") == "name":
                x, y, w, h = (float(v) for v in g.get("data-box", "").split())
                boxes.append((g.get("data-of", ""), Rect(x + dx, y + dy, w, h)))
        views.append(boxes)
    return views


def cut(cfg: Configuration, joint: str) -> Configuration:
    """A configuration with one joint open."""
    return cfg.with_(links=tuple(x for x in cfg.links if x.id != joint))


def drawings(outpost: Station) -> dict[str, str]:
    """Drawings of all packaged stations on several dates, whole and apart, and of the small one."""
    iss = load_station("iss")
    out = {d: draw_station(configuration_at(iss, Epoch.parse(d))) for d in ISS_DATES}
    whole = configuration_at(iss, Epoch.parse(ISS_DATES[1]))
    later = configuration_at(iss, Epoch.parse(ISS_DATES[3]))
    out["apart"] = draw_station(cut(later, "zarya-pma-1"), before=whole)
    out["three parts"] = draw_station(cut(cut(whole, "zarya-pma-1"), "zvezda-nauka"))
    for name in packaged_stations():
        station = load_station(name)
        middle = Epoch((station.station.covers_from.epoch.tai_us + station.station.covers_until.epoch.tai_us) // 2)
        out[name] = draw_station(configuration_at(station, middle))
    small = configuration_at(outpost, Epoch.parse("2020-02-10T00:00:00Z"))
    out["small"] = draw_station(small)
    out["small apart"] = draw_station(cut(small, "core-lab"), before=small)
    return out


@pytest.fixture(scope="module")
def drawn(outpost: Station) -> dict[str, str]:
    """All of them."""
    return drawings(outpost)


def test_every_element_vehicle_and_owner_is_named(at) -> None:  # type: ignore[no-untyped-def]
    cfg = at("2022-02-24T00:00:00Z")
    svg = draw_station(cfg)
    named = {key for view in label_boxes(svg) for key, _ in view}
    assert {n.id for n in cfg.nodes.values() if n.kind != "outfitting"} <= named
    said = words(svg)
    for short in ("NASA", "Roscosmos", "ESA", "JAXA", "CSA", "SpaceX", "Northrop"):
        assert short in said
    for name in ("Zvezda", "Zarya", "run by Roscosmos", "Columbus", "Prichal", "24 February 2022", "7 people"):
        assert name in said
    for name in ("Crew-3", "Endurance", "Soyuz MS-19", "Progress MS-19"):
        assert name in said


def test_no_two_names_overlap_in_any_drawing(drawn: dict[str, str]) -> None:
    count = 0
    for title, svg in drawn.items():
        for view in label_boxes(svg):
            count += len(view)
            for (a, box_a), (b, box_b) in combinations(view, 2):
                assert not box_a.overlaps(box_b), f"{title}: {a} and {b}"
    assert count > 300


def test_names_stay_inside_the_sheet(drawn: dict[str, str]) -> None:
    for title, svg in drawn.items():
        height = float(parse(svg).get("viewBox", "").split()[3])
        for view in label_boxes(svg):
            for key, box in view:
                assert box.x >= 0 and box.right <= WIDTH and box.y >= 0 and box.bottom <= height, f"{title}: {key}"


def lines_of_type(root: ET.Element, dx: float = 0.0) -> list[tuple[str, float, float]]:
    """Every line of type with its left and right end on the sheet."""
    out = []
    for e in root:
        x = dx
        moved = re.match(r"translate\((-?[\d.]+)", e.get("transform", ""))
        if moved:
            x += float(moved[1])
        if e.tag == f"{SVG}text":
            at, length = float(e.get("x", "0")) + dx, float(e.get("textLength", "0"))
            left = at - {"start": 0.0, "middle": length / 2, "end": length}[e.get("text-anchor", "start")]
            out.append((e.text or "", left, left + length))
        out += lines_of_type(e, x)
    return out


def test_no_line_of_type_leaves_the_sheet(drawn: dict[str, str]) -> None:
    for title, svg in drawn.items():
        for said, left, right in lines_of_type(parse(svg)):
            assert left >= 0 and right <= WIDTH, f"{title}: {said}"


def test_the_views_do_not_overlap(drawn: dict[str, str]) -> None:
    for title, svg in drawn.items():
        views = [[b for _, b in view] for view in label_boxes(svg) if view]
        for one, other in combinations(views, 2):
            assert not any(a.overlaps(b) for a in one for b in other), title


def test_the_same_station_gives_the_same_drawing(outpost: Station, drawn: dict[str, str]) -> None:
    assert drawings(outpost) == drawn


def test_an_open_joint_is_shown_as_a_gap_with_its_kind(at) -> None:  # type: ignore[no-untyped-def]
    cfg = at("2022-03-29T00:00:00Z")
    svg = draw_station(cut(cfg, "zarya-pma-1"), before=cfg)
    said = words(svg)
    assert "open joint" in said
    assert "APAS-95" in said
    assert "Russian Orbital Segment" in said and "US Orbital Segment" in said
    assert 'stroke="#b00020"' in svg
    assert "open joint" not in words(draw_station(cfg))


def test_each_stack_says_its_mass_and_people(at) -> None:  # type: ignore[no-untyped-def]
    cfg = cut(at("2022-03-29T00:00:00Z"), "zarya-pma-1")
    said = words(draw_station(cfg))
    for stack in cfg.stacks():
        assert f"{stack.mass_kg / 1000:.0f} t (" in said
        assert f"{len(stack.crew)} people" in said


def test_a_stack_beside_the_centre_plane_says_its_mass_and_people_too(outpost: Station) -> None:
    cfg = cut(configuration_at(outpost, Epoch.parse("2020-02-10T00:00:00Z")), "core-lab")
    said = words(draw_station(cfg))
    assert "Laboratory and what is attached" in said
    assert "10 t (9 to 11 t)" in said and "nobody aboard" in said


def test_an_unsafe_vehicle_is_marked_in_words(at) -> None:  # type: ignore[no-untyped-def]
    assert "not safe for return" in words(draw_station(at("2022-12-20T00:00:00Z")))
    assert "not safe for return" not in words(draw_station(at("2022-02-24T00:00:00Z")))


def test_what_left_and_what_arrived_is_said(at) -> None:  # type: ignore[no-untyped-def]
    said = words(draw_station(at("2022-04-05T00:00:00Z"), before=at("2022-03-29T00:00:00Z")))
    assert "Since 29 March 2022: left: Soyuz MS-19" in said
    assert "has left" in said


def test_owners_differ_by_pattern_and_not_only_by_colour(at) -> None:  # type: ignore[no-untyped-def]
    root = parse(draw_station(at("2022-02-24T00:00:00Z")))
    strokes = []
    for p in root.iter(f"{SVG}pattern"):
        lines = p.find(f"{SVG}path")
        strokes.append((p.get("width"), lines.get("d") if lines is not None else ""))
    assert len(strokes) >= 8
    assert len(set(strokes[:8])) == 8


def test_patterns_stay_the_same_when_an_owner_leaves(at) -> None:  # type: ignore[no-untyped-def]
    def tiles(svg: str) -> list[bytes]:
        return [ET.tostring(c) for p in parse(svg).iter(f"{SVG}pattern") for c in p]

    assert tiles(draw_station(at("2022-02-24T00:00:00Z"))) == tiles(draw_station(at("2022-12-20T00:00:00Z")))


def test_hostile_names_stay_text(outpost: Station, parting: Result) -> None:
    cfg = configuration_at(outpost, Epoch.parse("2020-02-10T00:00:00Z"))
    svg = draw_station(cfg, title="<script>alert(2)</script>")
    tags = {e.tag.removeprefix(SVG) for e in parse(svg).iter()}
    assert "script" not in tags
    assert "alert(2)" in words(svg)
    assert tags <= {"svg", "title", "desc", "defs", "pattern", "rect", "path", "g", "text", "circle"}
    assert "<script" not in draw_station(parting.end, before=parting.start)


def test_nothing_outside_the_file_is_asked_for(drawn: dict[str, str]) -> None:
    for svg in drawn.values():
        assert svg.count("http") == 1  # the name space
        assert "url(#" in svg and "url(http" not in svg
        assert "href" not in svg and "font-face" not in svg


def test_ids_of_two_drawings_differ_so_that_both_fit_one_page(drawn: dict[str, str]) -> None:
    seen: dict[str, str] = {}
    for title, svg in drawn.items():
        for ident in re.findall(r'\bid="([^"]+)"', svg):
            assert seen.setdefault(ident, title) == title or drawn[seen[ident]] == svg, ident


def test_type_is_large_enough_for_print_at_17_cm(drawn: dict[str, str]) -> None:
    for svg in drawn.values():
        sizes = [float(t.get("font-size", "0")) for t in parse(svg).iter(f"{SVG}text")]
        assert min(sizes) * 170 / WIDTH / 25.4 * 72 >= 6.0  # points


def test_width_of_type_is_that_of_helvetica() -> None:
    assert text_width("Zvezda", 1000) == pytest.approx(611 + 500 + 556 + 500 + 556 + 556)
    assert text_width("", 16) == 0
