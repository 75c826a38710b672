"""TOML: reading it with messages that show the line, finding the line of a key, writing text into it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from stationkeeper.core.epoch import When
from stationkeeper.core.errors import InputError, Problem, Refused

MAX_NESTING = 64
_LONG_KEY = re.compile(rf"""(?<![\w"'.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')\s?\.\s?){{{MAX_NESTING}}}""")
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|' r"'''.*?'''|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|#[^\n]*|[\[{\]}]", re.DOTALL
)  # fmt: skip
_ASSIGNMENT = re.compile(r"""\s*([A-Za-z0-9_.\-"']+)\s*=\s*(.*)""")


def _nesting(text: str) -> int:
    """Deepest run of opening brackets outside of text and comments, counted without recursion."""
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in "]}":
            depth = max(0, depth - 1)
    return deepest


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """TOML text to a dictionary. Raises InputError with the line and the value, never a RecursionError."""
    if _nesting(text) > MAX_NESTING or _LONG_KEY.search(text):
        raise InputError.one(where, "", "data nested too deeply", f"at most {MAX_NESTING} levels", "Remove brackets.")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as e:
        raise InputError([_toml_problem(text, where, str(e))]) from None


def _toml_problem(text: str, where: str, message: str) -> Problem:
    """What is wrong with a line of TOML: the line, its key, its value, and the likeliest cause."""
    m = re.search(r"line (\d+)", message)
    n = int(m[1]) if m else text.rstrip().count("\n") + 1 if "end of document" in message else 0
    if "integer string conversion" in message:
        digits = re.search(r"\d{4000}", text)
        n, message = text.count("\n", 0, digits.start()) + 1 if digits else 0, "a number of thousands of digits"
    lines = text.splitlines()
    line = lines[n - 1].strip() if 0 < n <= len(lines) else ""
    assignment = _ASSIGNMENT.match(line)
    key, value = (assignment[1], assignment[2]) if assignment else ("", line)
    reason = re.sub(r" \(at .*\)$", "", message)
    found, expected, remedy = value or "a text that ends too soon", f"valid TOML ({reason})", ""
    if "overwrite" in reason or "twice" in reason:
        found, expected, remedy = (
            f"{key or line} a second time",
            "every key and every table once",
            "Keep one of the two.",
        )
    elif re.match(r"\d{4}-\d", value):
        found, expected, remedy = _wrong_time(value)
    elif re.match(r"[+-]?[\d.]+\s*[A-Za-z]", value):
        found, expected, remedy = value, "a bare number", "The unit is in the key; text needs quotes."
    elif value.lower() in ("true", "false", "yes", "no", "on", "off"):
        expected = "true or false in small letters"
    elif re.match(r"[A-Za-z]", value) and assignment:
        expected, remedy = "a value", f'Text needs quotes: {key} = "{value}"'
    elif "nclosed" in reason or "ntermin" in reason or "end of document" in message or "Illegal character" in reason:
        remedy = "A bracket or a quote that was opened here or above is not closed."
    elif not assignment:
        remedy = "Every line is a key = value, a [table] or a # comment. Is it a TOML file?"
    return Problem(where, key, found, expected, remedy, n)


def _wrong_time(value: str) -> tuple[str, str, str]:
    try:
        When(value.split("#")[0].strip().replace(" ", "T"))
    except Refused as e:
        return e.found, e.expected, e.remedy
    except ValueError:
        return value, "a UTC time such as 2022-03-30T07:21:00Z", ""
    return value, "a UTC time such as 2022-03-30T07:21:00Z", "Times with second 60, and months, need quotes."


def line_of(text: str, key: str) -> int:
    """The line on which a key such as ``event[3].port`` stands, or the nearest key above it in the path; else 0."""
    counts: dict[str, int] = {}
    table, best, best_line, fence = "", "", 0, ""
    for n, line in enumerate(text.splitlines(), 1):
        if fence:
            fence = "" if fence in line else fence
            continue
        header = re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]", line)
        assignment = _ASSIGNMENT.match(line)
        if header:
            table = _full_name(header[2].replace('"', ""), counts, header[1] == "[[")
            here = table
        elif assignment:
            here = f"{table}.{assignment[1]}" if table else assignment[1]
            fence = next((q for q in ('"""', "'''") if assignment[2].count(q) == 1), "")
        else:
            continue
        if len(here) > len(best) and (key == here or key.startswith((f"{here}.", f"{here}["))):
            best, best_line = here, n
    return best_line


def _full_name(name: str, counts: dict[str, int], is_list: bool) -> str:
    """``event.crew`` in a header as ``event[3].crew``, counting the tables of lists so far."""
    full = ""
    parts = [p.strip() for p in name.split(".")]
    for i, part in enumerate(parts):
        full = f"{full}.{part}" if full else part
        if i == len(parts) - 1 and is_list:
            counts[full] = counts.get(full, -1) + 1
        if full in counts:
            full = f"{full}[{counts[full]}]"
    return full


def with_lines(problems: Iterable[Problem], text: str) -> list[Problem]:
    """The problems with the lines of the file that their keys stand on."""
    return [replace(p, line=p.line or line_of(text, p.key)) for p in problems]


def toml_string(text: str) -> str:
    """A TOML basic string, quotes included."""
    out = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{min(ord(c), 0xFFFD):04x}" for c in out) + '"'
