"""``stationkeeper deorbit``: its text, its JSON, what it refuses, and that the words of a branch are true of it."""

import json
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationkeeper.cli.deorbit import _NAMES, _hits, _misses, _of_what, branch_words
from stationkeeper.cli.main import call
from stationkeeper.core.epoch import Epoch
from stationkeeper.reentry.deorbit import Branch, Place
from stationkeeper.reentry.plan import load_plan, packaged_plans

AT = Epoch.parse("2022-08-20T04:00:00Z")


def test_mir_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["deorbit", "mir-2001", "--no-branches", "--members", "40", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "stationkeeper.deorbit-result/1"
    assert found["delta_v_m_s"] == pytest.approx(47.7, abs=0.01)
    assert [b["delta_v_m_s"] for b in found["burns"]] == pytest.approx([9.3, 10.4, 28.0], abs=1e-3)
    assert found["descent"]["entry"]["height_km"] == 120.0
    assert found["branches"] == [] and found["crew"] is None
    assert found["propellant"][0]["enough"] is True and found["propellant"][0]["verdict"] == "open"
    f = found["footprint"]
    assert f["members"] == 40 and f["land_within"] == [] and f["extrapolation"] is False
    assert "middle" not in found["descent"] and "middle" not in f  # two middles, each named for what it is
    assert found["descent"]["middle_nominal_entry"] != f["middle_all_members"]
    assert found["mass"]["brought_down_kg"] == {"best": 135e3, "low": 130e3, "high": 140e3}
    assert found["mass"]["parts_kg"] == 135e3 and found["mass"]["parts_of"] == "mir"
    # 40 S 160 W with its 1,500 km, as mission control gave it
    assert 0.0 < found["published"][0]["km_from_middle"] < 1_500.0
    assert found["corridor"]["middle_inside"] is True
    assert f["share_of_pieces_in_corridor"] + f["share_of_pieces_outside_corridor"] == pytest.approx(1.0)


def test_mir_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["deorbit", "mir-2001", "--members", "40"]) == 0
    out = capsys.readouterr().out
    for words in (
        "third burn",
        "entry at 120 km",
        "3 burns, 47.7 m/s in all",
        "footprint",
        "nobody can choose the place",
    ):
        assert words in out
    assert max(len(line) for line in out.splitlines()) <= 125


def test_a_miss_leads(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["deorbit", "mir-2001", "--density-factor", "10", "--no-branches"]
    for more, how in (
        (["--members", "20"], "in 20 trials not one piece strikes in it"),
        (["--no-footprint"], "the middle of the pieces lies outside it"),
    ):
        assert call([*command, *more]) == 0
        verdict = " ".join(capsys.readouterr().out.split("\n\n")[1].split())
        assert verdict.startswith("3 burns, 47.7 m/s in all, miss the corridor (South Pacific")
        assert how in verdict and "bring" not in verdict


def test_the_pieces_say_which_mass_they_belong_to() -> None:
    words = _of_what(SimpleNamespace(plan=load_plan("iss-usdv"), parts_kg=453_780.0))  # type: ignore[arg-type]
    assert words == (
        "the pieces are those of 'iss' on 2022-08-20 with the ships then docked, without the deorbit vehicle: 454 t; "
        "the burns bring down 450 t (440 to 480 t)"
    )


@pytest.mark.parametrize(
    ("part", "words"), [(0.0, "not one piece strikes"), (0.31, "31 % of the pieces strike"), (0.6, "")]
)
def test_a_zone_misses_where_most_pieces_fall_outside(part: float, words: str) -> None:
    z = SimpleNamespace(inside_ratio=part, members=50)
    missed = _misses(SimpleNamespace(zone=z, in_corridor=False))  # type: ignore[arg-type]
    assert missed == (f"in 50 trials {words} in it" if words else "")
    if not missed:
        assert _hits(z, "sea").endswith("60 % of the pieces strike in the corridor (sea), the rest outside it")  # type: ignore[arg-type]


def test_the_help_names_the_packaged_plans() -> None:
    assert ", ".join(packaged_plans()) == _NAMES


hours = st.none() | st.floats(0.2, 700.0)
share = st.floats(0.0, 1.0)


@given(hours, st.booleans(), st.booleans(), share, st.sampled_from([0.0, 0.9]))
def test_the_words_of_a_branch_are_true_of_it(
    to_entry: float | None, controlled: bool, inside: bool, part: float, flown: float
) -> None:
    controlled = controlled and to_entry is not None and to_entry <= 2.0
    b = Branch(
        "last burn", flown, 145e3, 200e3, to_entry, controlled, AT, Place(AT, -0.9, -2.2) if controlled else None,
        part if controlled else None, 0.0 if controlled else None, controlled and inside, math.radians(51.8),
    )  # fmt: skip
    words = branch_words(b)
    assert ("in the corridor" in words) == b.in_corridor
    assert ("outside the corridor" in words) == (controlled and not inside)
    assert ("nobody can choose the place" in words) == (not controlled)
    assert ("51.8 N and 51.8 S" in words) == (not controlled)
    assert ("still up after thirty days" in words) == (to_entry is None)
    assert ("+/- 20 %" in words) == (not controlled and to_entry is not None and to_entry >= 2.0)
    if controlled and 0.0 < part < 1.0:
        assert "; 100 % of them" not in words and "; 0 % of them" not in words


@pytest.mark.parametrize("argument", ["no-such-plan", "no-such-plan.toml"])
def test_what_is_no_plan_is_refused(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["deorbit", argument]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error:") and "Traceback" not in err


def test_a_file_of_another_kind_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "case.toml"
    path.write_text('schema = "stationkeeper.case/1"\nname = "x"\n', encoding="utf-8")
    assert call(["deorbit", str(path)]) == 2
    assert "stationkeeper.deorbit/1" in capsys.readouterr().err
