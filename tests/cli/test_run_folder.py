"""A run folder that was damaged is refused by name; one that is whole can be cited, reported and exported."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stationkeeper.cli.main import call

GOOD = (Path(__file__).parent.parent / "broken" / "scenario-event-outside-the-horizon.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three hours."""
    folder = tmp_path_factory.mktemp("flown")
    text = GOOD.split("[[event]]")[0].replace("end = 2022-04-10T00", "end = 2022-02-24T03")
    (folder / "short.toml").write_text(
        text + "\n[flight]\ngravity_degree = 4\n\n[reentry]\nmembers = 20\n", encoding="utf-8"
    )
    assert call(["run", str(folder / "short.toml"), "--out", str(folder / "run")]) == 0
    return folder / "run"


@pytest.fixture
def run(flown: Path, tmp_path: Path) -> Path:
    """A copy of it to be damaged."""
    return Path(shutil.copytree(flown, tmp_path / "run"))


def refused(folder: Path, *words: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    for command in (["cite"], ["report"], ["export", "--to", "csv", "--out", str(folder / "new" / "x.csv")]):
        assert call([command[0], str(folder), *command[1:]]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "Traceback" not in err
        assert not [w for w in words if w not in err], err
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert not (folder / "new").exists()


def test_a_flipped_bit_is_named(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(1)  # noqa: S311  (no secret)
    for path in sorted(p for p in run.rglob("*") if p.is_file() and p.suffix != ".html"):
        whole = path.read_bytes()
        damaged = bytearray(whole)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        if path.name != "manifest.json":  # of which a bit in a name or a text may not matter
            refused(run, path.name, capsys=capsys)
        path.unlink()
        refused(run, path.name, capsys=capsys)
        path.write_bytes(whole)
    assert call(["cite", str(run)]) == 0


def _without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda m: {k: v for k, v in m.items() if k != key}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda _: {}, "schema"),
        (lambda m: [m], "a JSON object"),
        (lambda m: {**m, "schema": "stationkeeper.manifest/9"}, "manifest/9"),
        (lambda m: {**m, "files": 3}, "files"),
        (lambda m: {**m, "files": {}}, "no flight.json"),
        (lambda m: {**m, "files": {**m["files"], "../../../outside": "0"}}, "outside"),
        (_without("run"), "run: found 'nothing'"),
        (_without("versions"), "versions: found 'nothing'"),
        (_without("environment"), "environment: found 'nothing'"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(
    change: Callable[[dict[str, Any]], Any], says: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = run / "manifest.json"
    path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
    refused(run, "manifest.json" if says != "outside" else "", says, capsys=capsys)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '"text"', "NaN", "\x00"])
def test_a_manifest_that_is_no_json_is_refused(text: str, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run / "manifest.json").write_text(text, encoding="utf-8")
    refused(run, "manifest.json", "Run the scenario again", capsys=capsys)


def test_a_whole_run_is_cited_and_exported(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["cite", str(run), "--json"]) == 0
    cited = json.loads(capsys.readouterr().out)
    assert cited["schema"] == "stationkeeper.cite/1"
    assert cited["sources"]
    for kind in ("csv", "oem", "czml", "netcdf", "svg"):
        assert call(["export", str(run), "--to", kind, "--out", str(run / "made" / f"x.{kind}")]) == 0
    assert {p.name for p in (run / "made").iterdir()} == {"x.csv", "x.oem", "x.czml", "x.netcdf", "x.svg"}
    assert call(["compare", str(run), str(run / "made" / "x.oem"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.split("\n", 5)[-1])
    assert max(abs(x) for x in found["along_track_m"]) < 1.0
    assert call(["export", str(run), "--to", "csv", "--stack", "moon", "--out", str(run / "x.csv")]) == 2
    assert "--stack: found 'moon'; expected one of station" in capsys.readouterr().err
    assert not (run / "x.csv").exists()
