"""The user's own, newer data files: where they lie, what they are, and that they are whole.

A folder holds ``snapshots.json`` and, for each data set, one file in a folder named after its digest. It is the folder
named by the environment variable STATIONKEEPER_DATA, else ``stationkeeper`` in the platform's folder for a user's
data. Where there is none, the packaged files are used. The folder is looked at when something is first asked for, never on import; a
process keeps what it has read until :func:`changed` is called. Nothing is replaced before all of the new is on disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from stationkeeper.core.errors import InputError
from stationkeeper.core.files import read_text, whole

VARIABLE: Final = "STATIONKEEPER_DATA"
INDEX: Final = "snapshots.json"
_SCHEMA: Final = "stationkeeper.snapshots/1"
_RESET: Final = "'stationkeeper data reset' goes back to the packaged data."
_STORED = re.compile(r"([a-z0-9-]+)/[0-9a-f]{16}/[\w.-]+")
_forget: list[Callable[[], None]] = []


@dataclass(frozen=True)
class UserFile:
    """A file that the user brought in.

    Parameters
    ----------
    kind : the data set that it replaces, such as ``earth-orientation`` or ``msafe-2026-05``.
    file : its path below the folder, with ``/``.
    sha256 : digest of what is stored.
    origin : name of the file as the user gave it.
    taken_in : UTC date of the update, YYYY-MM-DD.
    last_measured : its last measured day, or the month of issue.
    note : what was changed on the way in; may be empty.
    """

    kind: str
    file: str
    sha256: str
    origin: str
    taken_in: str
    last_measured: str
    note: str = ""

    @property
    def label(self) -> str:
        """How a report names it."""
        return f"user's file {self.origin}, taken in {self.taken_in}, SHA-256 {self.sha256[:12]}"


def folder() -> Path | None:
    """The folder of the user's data, whether or not it exists; None where the machine names no home."""
    named = os.environ.get(VARIABLE, "").strip()
    if named:
        return Path(named)
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Application Support"
        else:
            base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    except RuntimeError:
        return None
    return base / "stationkeeper"


@lru_cache(maxsize=1)
def entries() -> dict[str, UserFile]:
    """The user's files by kind; empty where there are none. Raises ``InputError`` for a damaged index."""
    root = folder()
    index = root / INDEX if root else None
    try:
        if index is None or not index.exists():
            return {}
    except OSError:  # a folder that may not be looked into
        return {}
    text = read_text(index)
    try:
        data = json.loads(text)
        if data["schema"] != _SCHEMA:
            raise ValueError(f"schema {data['schema']}")
        found = [UserFile(**{k: str(v) for k, v in f.items()}) for f in data["files"]]
        for f in found:
            m = _STORED.fullmatch(f.file)
            if m is None or m[1] != f.kind:
                raise ValueError(f"file {f.file}")
    except (ValueError, TypeError, KeyError, AttributeError) as e:
        raise InputError.one(str(index), "", f"{type(e).__name__}: {e}", f"an index {_SCHEMA}", _RESET) from None
    return {f.kind: f for f in found}


def path_of(file: UserFile) -> Path:
    """Where a user's file lies. Raises ``InputError`` where it is gone or is not what was taken in."""
    root = folder() or Path()
    path = root / file.file
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as e:
        reason = getattr(e, "strerror", None) or str(e)
        raise InputError.one(str(path), "", reason, "the file that an update stored", _RESET) from None
    if hashlib.sha256(raw).hexdigest() != file.sha256:
        raise InputError.one(str(path), "", "other contents", "the file that an update stored", _RESET)
    return path


def current(kind: str) -> tuple[Path, UserFile] | None:
    """The user's file of a kind, checked against its digest; None where the packaged one is in use."""
    file = entries().get(kind)
    return (path_of(file), file) if file else None


def on_change(forget: Callable[[], None]) -> None:
    """Register what is to be forgotten when the files change: the ``cache_clear`` of a loader."""
    _forget.append(forget)


def changed() -> None:
    """Make this process read everything anew: after an update, or when STATIONKEEPER_DATA was set anew."""
    entries.cache_clear()
    for forget in _forget:
        forget()


def install(files: Sequence[tuple[UserFile, bytes]]) -> None:
    """Store files and make them the current ones, all or none.

    Raises
    ------
    InputError
        Where no folder can be named or written to.
    """
    root = folder()
    if root is None:
        raise InputError.one(VARIABLE, "", "no home folder on this machine", "a folder for data", f"Set {VARIABLE}.")
    before = entries()
    try:
        for file, raw in files:
            target = root / file.file
            target.parent.mkdir(parents=True, exist_ok=True)
            with whole(target) as part:
                part.write_bytes(raw)
        kept = {**before, **{f.kind: f for f, _ in files}}
        data = {"schema": _SCHEMA, "files": [asdict(kept[k]) for k in sorted(kept)]}
        with whole(root / INDEX) as part:
            part.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8", newline="\n")
    except OSError as e:
        raise InputError.one(
            str(e.filename or root), "", e.strerror or str(e), "a folder that can be written to",
            f"Nothing was changed. Set {VARIABLE} to a folder of yours.",
        ) from None  # fmt: skip
    wanted = {f.file for f in kept.values()}
    _remove(root, (f for f in before.values() if f.file not in wanted))
    changed()


def reset() -> tuple[str, ...]:
    """Go back to the packaged data; gives the kinds that were the user's own (none where the index was damaged)."""
    root = folder()
    try:
        before = entries()
    except InputError:
        before = {}
    if root is not None:
        try:
            (root / INDEX).unlink(missing_ok=True)
        except OSError as e:
            raise InputError.one(
                str(root / INDEX), "", e.strerror or str(e), "a file that can be removed", "Remove it by hand."
            ) from None
        _remove(root, before.values())
    changed()
    return tuple(before)


def _remove(root: Path, files: Iterable[UserFile]) -> None:
    """Remove stored files that no index names any more, and their folders; what cannot be removed is left."""
    for file in files:
        path = root / file.file
        with contextlib.suppress(OSError):
            path.unlink()
            path.parent.rmdir()
            path.parent.parent.rmdir()


__all__ = [
    "INDEX", "VARIABLE", "UserFile", "changed", "current", "entries", "folder", "install", "on_change",
    "path_of", "reset",
]  # fmt: skip
