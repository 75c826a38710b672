"""Feeds mutated files to the readers and reports whatever is neither valid nor refused with a message.

    python scripts/fuzz.py --count 20000 --seed 1

Scenarios are loaded and rehearsed, stations are loaded and looked at on some dates, ephemerides are read. Good is: the
file is valid, or an InputError names the file in a few printable lines, within two seconds. Anything else is printed,
and the file that did it is kept. Exit code 1 when something was found.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
import time
import tomllib
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import ccsds_ndm

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.toml import parse_toml, toml_string
from stationkeeper.core.validation import validate
from stationkeeper.functions import assess_all
from stationkeeper.scenario.from_oem import scenario_text
from stationkeeper.scenario.load import FOLDER, load_scenario
from stationkeeper.scenario.schema import Scenario
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.describe import as_dict, as_text
from stationkeeper.station.load import DATA, read_station

TESTS = Path(__file__).resolve().parent.parent / "tests"
SECONDS = 2.0
NAIVE = datetime(2022, 3, 30, 7, 21)  # noqa: DTZ001  (what a reader must refuse)
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**63, -(2**63), 10**30, 0.0, -0.0, 1e-300, 1e300, -1e300, math.nan, math.inf, -math.inf,
    "", " ", "x", "0.4 m/s", "nan", "2022-13-01T00:00:00Z", "2022-03-30T07:21:00", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59Z",
    "2016-12-31T23:59:60Z", "2022-03-30T07:21:00+23:59", "1972-01-01", "2999-12", "\x00", "a\nb", "\x1b[31m", "\u202e", "\U0001f6f0",
    "../../../etc/passwd", "iss", "skylab", "zarya", "soyuz-ms-19", "progress-ms-18", "cygnus", "a" * 300, "zarya-pma-1", "chari",
    [], [[]], [1, 2], [1, 2, 3], [0.0, 0.0, 0.0], ["a", "a"], {}, {"value": 1.0}, {"kind": "undock"}, {"a": {"b": {"c": []}}},
    datetime(2022, 3, 30, 7, 21, tzinfo=UTC), NAIVE, datetime(1, 1, 1, tzinfo=UTC), NAIVE.date(), NAIVE.time(),
)  # fmt: skip
EVENTS: tuple[dict[str, Any], ...] = (
    {"kind": "dock", "visit": "new", "vehicle": "progress-ms", "port": "prichal-nadir"},
    {"kind": "crew_launch", "visit": "new-crew", "vehicle": "soyuz-ms", "port": "prichal-nadir", "crew": ["artemyev"]},
    {"kind": "crew_return", "visit": "soyuz-ms-19", "crew": ["shkaplerov", "dubrov"], "force": True},
    {"kind": "undock", "visit": "progress-ms-18"},
    {"kind": "relocate", "visit": "soyuz-ms-19", "port": "prichal-nadir"},
    {"kind": "reboost", "by": "progress-ms-18", "delta_v_m_s": 0.5, "duration_s": 300.0},
    {"kind": "skip_reboost", "until": "2022-05-01T00:00:00Z"},
    {"kind": "detach", "joint": "zarya-pma-1", "force": True, "crew": {"vande-hei": "destiny"}},
    {"kind": "partner_withdraws", "partner": "roscosmos", "stage": "effective", "force": True},
    {"kind": "vehicle_lost", "visit": "soyuz-ms-19", "state": "lost", "text": "hit"},
    {
        "kind": "delivery",
        "from_tank": "progress-ms-18-propellant",
        "to_tank": "progress-ms-19-propellant",
        "propellant_kg": 10.0,
    },
    {"kind": "launch_site_closed", "site": "Baikonur"},
    {"kind": "function_failed", "what": "zvezda"},
    {"kind": "assign_seat", "person": "chari", "visit": "soyuz-ms-19"},
)


# ---- mutations ------------------------------------------------------------------------------------------------------


def toml(value: Any) -> str:
    """A value as inline TOML."""
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml_string(k)} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def mutate_tree(text: str, rng: random.Random) -> str:
    """Drops, doubles or replaces keys and values of a TOML file; adds an event here and there."""
    data = tomllib.loads(text)
    for _ in range(rng.randint(1, 3)):
        if "scenario" in str(data.get("schema")) and rng.random() < 0.4:
            event = dict(rng.choice(EVENTS)) | {"at": f"2022-0{rng.randint(1, 5)}-{rng.randint(1, 30):02d}T00:00:00Z"}
            if isinstance(data.setdefault("event", []), list):
                data["event"].append(event)
        node: Any = data
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = rng.choice(keys)
            if isinstance(node[key], (dict, list)) and rng.random() < 0.7:
                node = node[key]
                continue
            _change(node, key, rng)
            break
    return "\n".join(f"{toml_string(k)} = {toml(v)}" for k, v in data.items() if v is not None) + "\n"


def _change(node: Any, key: Any, rng: random.Random) -> None:
    choice = rng.random()
    if choice < 0.2:
        del node[key]
    elif choice < 0.3 and isinstance(node, list):
        node.append(node[key])
    elif choice < 0.4 and isinstance(node, dict):
        node[_typo(str(key), rng)] = node.pop(key)
    elif choice < 0.6 and isinstance(node[key], (int, float)) and not isinstance(node[key], bool):
        node[key] = node[key] * rng.choice((-1, 0, 0.5, 1.01, 2, 1000, 1e-3))
    elif choice < 0.7 and isinstance(node[key], str):
        node[key] = _typo(node[key], rng)
    else:
        value = rng.choice(NASTY)
        node[key] = 0 if value is None else value


def _typo(word: str, rng: random.Random) -> str:
    i = rng.randrange(len(word) + 1)
    return word[:i] + rng.choice(("", "x", "_", "-", "0", "é")) + word[i + rng.randint(0, 2) :]


def mutate_text(text: str, rng: random.Random) -> str | bytes:
    """Drops, doubles, swaps, cuts and splices lines; flips and inserts bytes."""
    lines = text.splitlines()
    for _ in range(rng.randint(1, 4)):
        i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
        move = rng.randrange(7)
        if move == 0:
            lines[i] = ""
        elif move == 1:
            lines.insert(j, lines[i])
        elif move == 2:
            lines[i], lines[j] = lines[j], lines[i]
        elif move == 3 and "=" in lines[i]:
            value = rng.choice(NASTY)
            lines[i] = (
                lines[i].split("=")[0]
                + "= "
                + (toml(value) if rng.random() < 0.7 and value is not None else str(value))
            )
        elif move == 4 and lines[i]:
            k = rng.randrange(len(lines[i]))
            lines[i] = lines[i][:k] + rng.choice("[]{}\"'=.,#\\0e+-TZ \t\x00\ud7ff") + lines[i][k + rng.randint(0, 1) :]
        elif move == 5:
            lines[i] = _typo(lines[i], rng)
        elif move == 6 and rng.random() < 0.2:
            lines = lines[: i + 1]
    out = "\n".join(lines)
    if rng.random() < 0.1:
        raw = bytearray(out.encode("utf-8", "replace"))
        for _ in range(rng.randint(1, 5)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        return bytes(raw)
    return out


# ---- what is tried --------------------------------------------------------------------------------------------------


def scenario(path: Path) -> None:
    """Load and rehearse."""
    load_scenario(str(path))


def station(path: Path) -> None:
    """Load, and look at it on dates inside and outside its span."""
    read = read_station(path)
    for text in ("1973-12-01", "2020-04-10", "2030-01-01"):
        cfg = configuration_at(read, Epoch.parse(f"{text}T00:00:00Z"))
        as_dict(cfg)
        as_text(cfg)
        for s in cfg.stacks():
            assess_all(s)


def ephemeris(path: Path) -> None:
    """Turn into a scenario, which then has to be one."""
    text, _ = scenario_text(path, "iss", path.name)
    validate(Scenario, parse_toml(text, "the scenario made of it"), "the scenario made of it")


@cache
def seeds() -> list[tuple[str, str, Callable[[Path], None]]]:
    """Good files to start from: file name, text, and what reads it."""
    found = [("fuzz.toml", p.read_text(encoding="utf-8"), scenario) for p in sorted(FOLDER.glob("*.toml"))]
    found += [
        ("fuzz.toml", p.read_text(encoding="utf-8"), station)
        for p in (TESTS / "hut.toml", DATA / "stations" / "skylab.toml")
    ]
    text = (TESTS / "good.oem").read_text(encoding="utf-8")
    xml = str(ccsds_ndm.from_str(text).to_str("xml")).replace("><", ">\n<")
    return [*found, ("fuzz.oem", text, ephemeris), ("fuzz.xml", xml, ephemeris)]


def try_one(seed: int, folder: Path) -> tuple[str, str, Path]:
    """One mutated file: ``valid``, ``refused``, or what went wrong, in words, with the file."""
    rng = random.Random(seed)  # noqa: S311  (no secret)
    name, text, read = rng.choice(seeds())
    changed: str | bytes = mutate_text(text, rng)
    if name.endswith(".toml") and rng.random() < 0.6:
        changed = mutate_tree(text, rng)
    path = folder / name
    path.write_bytes(changed if isinstance(changed, bytes) else changed.encode("utf-8", "replace"))
    start = time.process_time()
    try:
        read(path)
        said = "valid"
    except InputError as e:
        text = str(e)
        good = (
            len(text.splitlines()) <= 12
            and len(text) < 8_000
            and all(x.isprintable() for x in text.splitlines())
            and e.problems
        )
        said = "refused" if good else f"a poor message: {text[:500]!r}"
    except Exception:  # noqa: BLE001  (to find any is the point)
        said = traceback.format_exc(limit=-4)
    seconds = time.process_time() - start
    return read.__name__, said if seconds <= SECONDS else f"{seconds:.1f} s ({said[:40]})", path


def main() -> int:
    """Try many, print the sum, keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=2_000, help="files to try")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; the n-th file comes from seed + n")
    parser.add_argument("--keep", type=Path, default=Path("runs/fuzz"), help="folder for the files that did it")
    options = parser.parse_args()
    warnings.simplefilter("error")
    sums: Counter[str] = Counter()
    found: Counter[str] = Counter()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seed, options.seed + options.count):
            kind, said, path = try_one(seed, Path(folder))
            sums[f"{kind}: {said if said in ('valid', 'refused') else 'FOUND'}"] += 1
            if said in ("valid", "refused"):
                continue
            found[said.splitlines()[-1]] += 1
            if found[said.splitlines()[-1]] <= 3:
                options.keep.mkdir(parents=True, exist_ok=True)
                kept = options.keep / f"{seed}{path.suffix}"
                kept.write_bytes(path.read_bytes())
                print(f"seed {seed}, kept as {kept}:\n{said}")
    print(
        f"{options.count} files in {time.perf_counter() - start:.0f} s: "
        + ", ".join(f"{k} {n}" for k, n in sorted(sums.items()))
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
