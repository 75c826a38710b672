"""Reading text that people wrote, and writing files without losing any: one door, one kind of message."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from stationkeeper.core.errors import InputError, nearest

MAX_BYTES = 1_000_000


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """The text of a UTF-8 file. Raises InputError when it is missing, too large, empty or not text."""
    where = str(path)
    try:
        kind = path.stat()
        if stat.S_ISDIR(kind.st_mode):
            raise InputError.one(where, "", "a folder", "a file", "Name a file inside it.")
        if not stat.S_ISREG(kind.st_mode):
            raise InputError.one(where, "", "a pipe or a device", "a file", "Write it to a file first.")
        if kind.st_size > max_bytes:
            size = f"{kind.st_size} bytes"
            raise InputError.one(where, "", size, f"at most {max_bytes} bytes", "Is it the right file?")
        raw = path.read_bytes()
    except OSError as e:
        raise InputError.one(where, "", e.strerror or str(e), "a file that can be read", "Check the name.") from None
    except ValueError as e:
        raise InputError.one("file", "", f"the name {where!r} ({e})", "the name of a file", "Check the name.") from None
    if not raw.strip():
        raise InputError.one(where, "", "an empty file", "TOML text", "Start from a packaged scenario.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError.one(where, "", "UTF-16 text", "UTF-8 text", "Save it anew with the encoding UTF-8.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        raise InputError.one(
            where, "", f"byte 0x{raw[e.start]:02x} at offset {e.start}", "UTF-8 text",
            "This is a binary file, or text to be saved anew with the encoding UTF-8.", line,
        ) from None  # fmt: skip
    if "\x00" in text:
        raise InputError.one(where, "", "a zero byte", "UTF-8 text", "This is a binary file.")
    return text


def named_file(name: str | Path, folder: Path, packaged: Sequence[str], key: str, kind: str) -> Path:
    """The TOML file of a packaged name, or of a path. Raises InputError, under ``key``, for a name that is neither; ``kind`` is "a case file"."""
    path = Path(name)
    if str(name) in packaged:
        return folder / f"{name}.toml"
    try:
        if path.suffix == ".toml" or path.exists():
            return path
    except (OSError, ValueError):
        pass  # no name of a file at all
    remedy = f"{nearest(str(name), packaged)} Or give the path of {kind}.".strip()
    raise InputError.one(key, "", f"'{name}'", f"one of {', '.join(packaged)}", remedy)


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file that is written whole or not at all: what stood there before stays until the new one is on disk.

    Gives the path to write to, beside the one that is meant, and puts it in its place at the end.
    """
    if path.exists() and not path.is_file():  # a device such as /dev/stdout cannot be replaced
        yield path
        return
    path = path.resolve()
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield part
        with part.open("rb+") as f:
            os.fsync(f.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
