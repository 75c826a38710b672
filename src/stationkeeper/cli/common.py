"""What commands share: dates, JSON, progress."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import typer

from stationkeeper.core.epoch import Epoch, When
from stationkeeper.core.errors import InputError, Refused


def parse_when(text: str, where: str) -> Epoch:
    """A date or time from the command line; a bare day means its noon, UTC, as vague dates act at their middle."""
    try:
        if "T" in text:
            return Epoch.parse(text)
        when = When(text)
        return Epoch.parse(f"{text.rstrip('?').strip()}T12:00:00Z") if when.precision == "day" else when.epoch
    except Refused as e:
        raise InputError.one(where, "", e.found, e.expected, e.remedy) from None


def print_json(data: Any) -> None:
    """JSON to stdout; a number that is not finite is an error of ours."""
    typer.echo(json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False))


def progress(text: str) -> None:
    """A line of progress on stderr: overwritten on a terminal, plain lines elsewhere."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
    else:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def progress_done() -> None:
    """Clears the line of progress on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()


def writable(path: Path) -> Path:
    """A path for a file whose folder exists or can be made. Raises InputError otherwise."""
    if path.is_dir():
        raise InputError.one(str(path), "", "a folder", "the name of a file to write", "Add a name to it.")
    if path.parent.exists() and not path.parent.is_dir():
        raise InputError.one(str(path.parent), "", "a file", "a folder", "Choose another path.")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def writable_folder(path: Path) -> Path:
    """A path for a folder that is there or can be made, and written into. Raises InputError otherwise."""
    there = next(p for p in (path, *path.absolute().parents) if p.exists())
    if not there.is_dir():
        raise InputError.one(
            str(path), "", f"a file at {there}" if there != path else "a file", "a folder", "Choose another name."
        )
    if not os.access(there, os.W_OK):
        raise InputError.one(
            str(path), "", f"{there}, where nothing may be written", "a folder of yours", "Choose another name."
        )
    return path
