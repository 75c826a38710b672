"""The one orbit that all contenders fly, and how a contender reports: one line of JSON on its standard output.

The file knows none of the programs, so that it can be loaded beside each of them.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

os.environ["SATKIT_OFFLINE"] = "1"  # before satkit is loaded: it would fetch files

POSITION_M: Final = (6_795_000.0, 0.0, 0.0)
_SPEED_M_S: Final = math.sqrt(3.986004418e14 / 6_795_000.0)
_INCLINATION_RAD: Final = math.radians(51.64)
VELOCITY_M_S: Final = (0.0, _SPEED_M_S * math.cos(_INCLINATION_RAD), _SPEED_M_S * math.sin(_INCLINATION_RAD))
START: Final = "2022-02-24T00:00:00Z"
TT_MINUS_UTC_S: Final = 37.0 + 32.184
DRAG_M2_KG: Final = 0.004
LIFETIME_RADIUS_M: Final = 6_378_137.0 + 415_000.0
"""Start of the lifetime case: circular, 415 km above the equatorial radius, the same inclination and day."""

Answer = dict[str, Any]


def seconds_of(work: Callable[[], Any], repeats: int = 1) -> tuple[float, Any]:
    """Shortest wall time of so many calls, in seconds, and what the last one gave."""
    best, out = math.inf, None
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        out = work()
        best = min(best, time.perf_counter() - start)
    return best, out


def peak_mib() -> float:
    """Largest resident memory of this process so far; 0 where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (2**20 if sys.platform == "darwin" else 2**10)


def versions(*names: str) -> dict[str, str]:
    """Installed versions of packages."""
    out = {}
    for name in names:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = "not installed"
    return out


def distance_m(a: Sequence[float], b: Sequence[float]) -> float:
    """Between two positions."""
    return math.dist([float(x) for x in a], [float(x) for x in b])


def data_of(package: str, *parts: str) -> Path:
    """A file of an installed data package."""
    import importlib.util

    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"the package {package} is not installed here: run `make bench`")
    return Path(spec.origin).parent.joinpath(*parts)


def main(contenders: Mapping[str, Callable[[argparse.Namespace], Answer]], parser: argparse.ArgumentParser) -> None:
    """Run the contender that the command line names and print its answer as the last line of the output."""
    parser.add_argument("contender", choices=sorted(contenders))
    arguments = parser.parse_args()
    begin = time.perf_counter()
    answer = contenders[arguments.contender](arguments)
    answer.setdefault("process_s", time.perf_counter() - begin)
    answer.setdefault("peak_mib", peak_mib())
    print(json.dumps(answer))
