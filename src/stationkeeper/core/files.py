"""Reading files that people wrote: one door, one kind of message.

Every reader of text in the project goes through :func:`read_toml`, so that a missing, huge, binary, empty or
endlessly nested file gives the same clear message everywhere.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from stationkeeper.core.errors import InputError, Problem

MAX_BYTES = 4_000_000
MAX_NESTING = 64

M = TypeVar("M", bound=BaseModel)


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """The text of a UTF-8 file. Raises InputError when it is missing, too large, empty or not text."""
    where = str(path)
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError.one(where, "", "a folder", "a file", "Name a file inside it.")
        if size > max_bytes:
            raise InputError.one(where, "", f"{size} bytes", f"at most {max_bytes} bytes", "Is it the right file?")
        raw = path.read_bytes()
    except OSError as e:
        raise InputError.one(where, "", e.strerror or str(e), "a file that can be read", "Check the name.") from None
    if not raw.strip():
        raise InputError.one(where, "", "an empty file", "TOML text", "Start from a packaged scenario.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise InputError.one(
            where, "", f"byte 0x{raw[e.start]:02x} at offset {e.start}", "UTF-8 text", "This looks like a binary file."
        ) from None
    if "\x00" in text:
        raise InputError.one(where, "", "a zero byte", "UTF-8 text", "This looks like a binary file.")
    return text


def _nesting(text: str) -> int:
    """Deepest run of opening brackets outside quotes, counted line by line without recursion."""
    depth = deepest = 0
    quote = ""
    for ch in text:
        if quote:
            quote = "" if ch in (quote, "\n") else quote
        elif ch in "\"'":
            quote = ch
        elif ch in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif ch in "]}":
            depth = max(0, depth - 1)
    return deepest


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """TOML text to a dictionary. Raises InputError with line and column, never a RecursionError."""
    if _nesting(text) > MAX_NESTING:
        raise InputError.one(where, "", "brackets nested too deeply", f"at most {MAX_NESTING} levels", "Remove them.")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as e:
        raise InputError.one(where, _line_key(text, str(e)), str(e), "valid TOML 1.0", _toml_hint(str(e))) from None


def _line_key(text: str, message: str) -> str:
    """The key on the line that a TOML message points to, so that a reader finds it at once."""
    m = re.search(r"line (\d+)", message)
    if not m:
        return ""
    lines = text.splitlines()
    n = int(m[1])
    line = lines[n - 1] if 0 < n <= len(lines) else ""
    key = re.match(r"\s*([A-Za-z0-9_.\-\"]+)\s*=", line)
    return f"line {n}" + (f", key '{key[1]}'" if key else "")


def _toml_hint(message: str) -> str:
    if "overwrite" in message.lower():
        return "The key stands twice; keep one."
    if "date" in message.lower():
        return "Write times like 2022-03-30T07:21:00Z; months run to 12, seconds to 59."
    return "Text needs quotes, lists need commas."


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dictionary; see :func:`read_text` and :func:`parse_toml` for what is refused."""
    return parse_toml(read_text(path), str(path))


def problems_of(error: ValidationError, where: str, model: type[BaseModel] | None = None) -> list[Problem]:
    """Pydantic's findings as problems with a path, what was expected and the nearest valid key."""
    return [_problem(e, where, model) for e in error.errors(include_url=False)]


def key_path(loc: Iterable[int | str]) -> str:
    """``("event", 3, "port")`` as ``event[3].port``."""
    out = ""
    for part in loc:
        out += f"[{part}]" if isinstance(part, int) else (f".{part}" if out else str(part))
    return out


def _problem(e: Mapping[str, Any], where: str, model: type[BaseModel] | None) -> Problem:
    # the tag of a discriminated union stands in the path and would confuse a reader
    loc = [p for p in e["loc"] if not (isinstance(p, str) and p.startswith("function-"))]
    key = key_path(loc)
    found, kind, remedy = e.get("input"), str(e["type"]), ""
    expected = str(e["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(loc[-1]), _all_keys(model), 1) if model else []
        return Problem(
            where, key, f"unknown key '{loc[-1]}'", "only known keys",
            f"Did you mean '{near[0]}'?" if near else "Remove it, or see the reference of the format.",
        )  # fmt: skip
    if kind == "missing":
        return Problem(where, key, "nothing", "this key, which is required", "Add it.")
    if kind == "finite_number":
        expected = "a finite number"
    elif kind in ("float_type", "int_type"):
        expected = "a number" if kind == "float_type" else "a whole number"
        remedy = "Write the bare number; the unit is in the key." if isinstance(found, str) else ""
    elif kind in ("literal_error", "union_tag_invalid"):
        allowed = re.findall(r"'([^']+)'", expected.split("expected", 1)[-1] if kind == "union_tag_invalid" else expected)
        near = difflib.get_close_matches(_tag(found), allowed, 1)
        expected = f"one of {', '.join(allowed)}" if allowed else expected
        remedy = f"Did you mean '{near[0]}'?" if near else ""
        found = _tag(found)
    elif "has no time zone" in expected or "is not a time" in expected or "is not a date" in expected:
        expected, remedy = "a UTC time such as 2022-03-30T07:21:00Z", expected.split(";")[-1].strip().capitalize() + "."
    return Problem(where, key, _short(found), expected, remedy)


def _tag(found: Any) -> str:
    return str(found.get("kind", "nothing")) if isinstance(found, dict) else str(found)


def _short(found: Any) -> str:
    text = "a table" if isinstance(found, dict) else f"a list of {len(found)}" if isinstance(found, list) else str(found)
    return text if len(text) <= 80 else text[:77] + "..."


def _all_keys(model: type[BaseModel]) -> list[str]:
    schema = model.model_json_schema(by_alias=True)
    keys: set[str] = set(schema.get("properties", {}))
    for d in schema.get("$defs", {}).values():
        keys |= set(d.get("properties", {}))
    return sorted(keys)


def validate(model: type[M], data: Mapping[str, Any], where: str) -> M:
    """Check data against a model. Raises InputError with every problem found."""
    try:
        return model.model_validate(data)
    except ValidationError as e:
        raise InputError(problems_of(e, where, model)) from None
    except RecursionError:
        raise InputError.one(where, "", "data nested too deeply", f"at most {MAX_NESTING} levels", "") from None
