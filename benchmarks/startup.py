"""From the start of the process to the first leg in flight, caches warm: what a user waits for at every run."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from case import Answer, main, versions

ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""Python's compiled modules are one of the caches."""
COMMAND = str(Path(sys.executable).with_name("stationkeeper"))


def ours(a: argparse.Namespace) -> Answer:
    """``stationkeeper run``: until it says that it flies, and until the first leg is flown; then it is ended."""
    rows: list[Answer] = []
    with tempfile.TemporaryDirectory() as folder:
        _watch(a.scenario, Path(folder) / "warm")  # the first start fills the caches and is not counted
        for k in range(a.repeats):
            flying, flown = _watch(a.scenario, Path(folder) / str(k))
            rows.append(
                {"name": "stationkeeper run", "setting": f"{a.scenario}: until the first leg flies", "seconds": flying}
            )
            rows.append(
                {
                    "name": "stationkeeper run",
                    "setting": f"{a.scenario}: until the first leg is flown",
                    "seconds": flown,
                }
            )
    for command in (["--help"], ["lifetime"]):
        line = [COMMAND, *command]
        if command == ["lifetime"] and subprocess.run([*line, "--help"], capture_output=True, check=False).returncode:
            continue  # no such command in this version
        for k in range(a.repeats + 1):
            begin = time.perf_counter()
            subprocess.run(line, capture_output=True, check=False, env=ENVIRONMENT)
            if k:
                seconds = time.perf_counter() - begin
                rows.append({"name": f"stationkeeper {command[0]}", "setting": "whole process", "seconds": seconds})
    return {"rows": rows, "versions": versions("stationkeeper")}


def _watch(scenario: str, folder: Path) -> tuple[float, float]:
    """Seconds to the first progress line about a flight, and to the line after it."""
    line = [COMMAND, "run", scenario, "--out", str(folder)]
    begin = time.perf_counter()
    flying = None
    with subprocess.Popen(
        line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        for text in process.stderr or ():
            now = time.perf_counter() - begin
            if flying is not None:
                process.terminate()
                return flying, now
            if "flying" in text:
                flying = now
    raise SystemExit(f"`stationkeeper run {scenario}` ended without flying")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="iss-2022-baseline")
    parser.add_argument("--repeats", type=int, default=2)
    main({"ours": ours}, parser)
