"""Nothing that the command line does uses the network.

Two guards. Every Python process of a run, children included, loads an audit hook that writes down and refuses
each attempt to reach an address or to look up a name. And where the system allows it (Linux with user
namespaces), the run has no network at all, so that compiled code, which the hook does not see, cannot have
used it either.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

# Python imports a module of this name at start, before anything else.
GUARD = """
import os, sys, socket

def refuse(event, args):
    sends = event in ("socket.connect", "socket.sendto", "socket.sendmsg")
    reaches = sends and args[0].family != getattr(socket, "AF_UNIX", None)
    if reaches or event in ("socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"):
        with open(os.environ["STATIONKEEPER_TEST_ATTEMPTS"], "a") as out:
            out.write(f"{event} {args!r}\\n")
        raise OSError("the network is off in this test")

sys.addaudithook(refuse)
"""
ONE_DAY = """
schema = "stationkeeper.scenario/1"
id = "one-day"
title = "One quiet day"
question = "Does a run need the network?"
station = "iss"
start = 2022-02-24T00:00:00Z
end = 2022-02-25T00:00:00Z

[initial]
kind = "state"
epoch = 2022-02-24T00:00:00Z
frame = "GCRF"
position_km = [6795.0, 0.0, 0.0]
velocity_km_s = [0.0, 4.7563, 6.0067]
drag_area_m2 = 1500.0
drag_coefficient = 2.0

[policies]
traffic = "frozen"
reboost = "nobody"

[flight.density_scale]
value = 1.0
low = 0.8
high = 1.2
source = ["own-assumption"]
as_of = "2022-02-24"
confidence = "assumed"
"""
START = "import sys; from stationkeeper.cli.main import main; sys.argv[0] = 'stationkeeper'; sys.exit(main())"


@cache
def _without_network() -> list[str]:
    """The command that runs another without any network, or nothing where the system does not allow it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    command = [unshare, "--map-root-user", "--net"]
    works = subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0
    return command if works else []


def _python(tmp_path: Path, code: str, *arguments: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run Python code behind both guards; what it printed, and what it tried to reach."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    attempts = tmp_path / "attempts.txt"
    attempts.touch()
    done = subprocess.run(
        [*_without_network(), sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "guard"), "STATIONKEEPER_TEST_ATTEMPTS": str(attempts)},
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    return done, attempts.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)",
        "import socket; socket.getaddrinfo('example.org', 80)",
    ],
)
def test_the_guard_sees_an_attempt(tmp_path: Path, code: str) -> None:
    done, attempts = _python(tmp_path, code)
    assert done.returncode != 0
    assert attempts


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["scenarios"], id="scenarios"),
        pytest.param(["station", "show", "iss", "--at", "2022-02-24"], id="station-show"),
    ],
)
def test_a_question_needs_no_network(tmp_path: Path, arguments: list[str]) -> None:
    done, attempts = _python(tmp_path, START, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert not attempts, attempts


def test_a_run_needs_no_network(tmp_path: Path) -> None:
    (tmp_path / "one-day.toml").write_text(ONE_DAY, encoding="utf-8")
    done, attempts = _python(tmp_path, START, "run", "one-day.toml", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").is_dir()
    assert not attempts, attempts
