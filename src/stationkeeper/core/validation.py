"""Checking data against a model: what pydantic finds, in words, with the path and the line in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from stationkeeper.core.errors import InputError, Problem, Refused, nearest, plain
from stationkeeper.core.files import read_text
from stationkeeper.core.toml import MAX_NESTING, parse_toml, with_lines

M = TypeVar("M", bound=BaseModel)

_EXPECTED = {
    "float_type": "a number", "int_type": "a whole number", "int_from_float": "a whole number",
    "bool_type": "true or false", "string_type": "text in quotes", "list_type": "a list in brackets",
    "dict_type": "a table", "model_type": "a table", "model_attributes_type": "a table",
    "finite_number": "a finite number", "union_tag_not_found": "this key, which is required",
}  # fmt: skip
_UNIT = re.compile(
    r"_(?:kg|g|t|lb|km|m|cm|mm|ft|mi|nmi|km_s|m_s|cm_s|km_h|ft_s|mph|s|min|h|hour|day|year|deg|rad|n|kn|w|kw|sfu)\d?$"
)


def read_model(path: Path, model: type[M]) -> M:
    """A TOML file checked against a model. Raises InputError with every problem found, each with its line."""
    text = read_text(path)
    data = parse_toml(text, str(path))
    try:
        return validate(model, data, str(path))
    except InputError as e:
        raise InputError(with_lines(e.problems, text)) from None


def validate(model: type[M], data: Mapping[str, Any], where: str) -> M:
    """Check data against a model. Raises InputError with every problem found."""
    wrong = _wrong_schema(model, data, where)
    if wrong:
        raise InputError([wrong])
    try:
        return model.model_validate(data)
    except ValidationError as e:
        raise InputError(problems_of(e, where, model, data)) from None
    except RecursionError:
        raise InputError.one(where, "", "data nested too deeply", f"at most {MAX_NESTING} levels", "") from None


def _wrong_schema(model: type[BaseModel], data: Mapping[str, Any], where: str) -> Problem | None:
    """A file of another kind or version: the one thing to say about it."""
    declared = next((get_args(f.annotation)[0] for f in model.model_fields.values() if f.alias == "schema"), None)
    found = data.get("schema")
    if declared is None or found == declared:
        return None
    expected = f"'{declared}'"
    if found is None:
        return Problem(where, "schema", "nothing", expected, f"Add the first line: schema = {expected}")
    kind, _, version = str(found).partition("/")
    if kind == declared.partition("/")[0] and version.isdigit():
        return Problem(
            where, "schema", plain(found), expected, "This version reads only that format; is a newer one out?"
        )
    return Problem(where, "schema", plain(found), expected, "This is a file of another kind.")


def problems_of(error: ValidationError, where: str, model: type[BaseModel], data: Mapping[str, Any]) -> list[Problem]:
    """Pydantic's findings as problems with a path, what was expected and the nearest valid key."""
    found = [_problem(e, where, model, data) for e in error.errors(include_url=False)]
    return list(dict.fromkeys(found))


def key_path(loc: Iterable[int | str]) -> str:
    """``("event", 3, "port")`` as ``event[3].port``."""
    out = ""
    for part in loc:
        out += f"[{part}]" if isinstance(part, int) else (f".{part}" if out else str(part))
    return out


def _in_file(loc: Sequence[int | str], data: Any, missing: bool) -> list[int | str]:
    """The path as it stands in the file: without the tags of unions, which are no keys."""
    out: list[int | str] = []
    for i, part in enumerate(loc):
        if (
            isinstance(part, str)
            and not (isinstance(data, dict) and part in data)
            and not (missing and i == len(loc) - 1)
        ):
            continue
        out.append(part)
        if isinstance(part, str):
            data = data.get(part) if isinstance(data, dict) else None
        else:
            data = data[part] if isinstance(data, (list, tuple)) and part < len(data) else None
    return out


def _problem(e: Mapping[str, Any], where: str, model: type[BaseModel], data: Mapping[str, Any]) -> Problem:
    loc, kind, found, ctx = e["loc"], str(e["type"]), e.get("input"), e.get("ctx", {})
    path = _in_file(loc, data, kind == "missing")
    key, remedy = key_path(path), ""
    refused = ctx.get("error")
    if isinstance(refused, Refused):
        return Problem(
            where,
            key_path([*path, refused.key]) if refused.key else key,
            refused.found,
            refused.expected,
            refused.remedy,
        )
    if kind == "extra_forbidden":
        return _unknown_key(where, key, str(loc[-1]), _keys_at(model, loc[:-1]))
    if kind == "missing":
        return Problem(where, key, "nothing", "this key, which is required", "Add it.")
    expected = _EXPECTED.get(kind) or str(e["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    if kind in ("float_type", "int_type") and isinstance(found, str):
        remedy = "Write the bare number; the unit is in the key." if re.match(r"[+-]?\d", found) else ""
    elif kind in ("model_type", "model_attributes_type"):
        needed = [k for n in _nodes_at(model, loc) for k in n.get("required", [])]
        expected = f"a table with {', '.join(needed)}" if needed else expected
    elif kind.startswith(("greater_than", "less_than")):
        expected = _range(model, loc) or expected
    elif kind in ("too_long", "too_short", "string_too_long", "string_too_short"):
        size, what = (
            len(found) if isinstance(found, (str, list)) else 0,
            "characters" if isinstance(found, str) else "entries",
        )
        bound = f"at most {ctx['max_length']}" if "max_length" in ctx else f"at least {ctx['min_length']}"
        return Problem(where, key, f"{size} {what}", bound, "")
    elif kind == "literal_error":
        allowed = re.findall(r"'([^']+)'", expected) or re.findall(r"\d+", expected)
        expected, remedy = f"one of {', '.join(allowed)}", nearest(str(found), allowed)
    elif kind.startswith("union_tag"):
        allowed = _tags_at(model, loc)
        tag = found.get("kind") if isinstance(found, dict) else None
        key, expected = f"{key}.kind", f"one of {', '.join(allowed)}"
        return Problem(where, key, "nothing" if tag is None else plain(tag), expected, nearest(str(tag), allowed))
    return Problem(where, key, plain(found), expected, remedy)


def _unknown_key(where: str, key: str, name: str, known: Sequence[str]) -> Problem:
    """A key that the format does not have; one that differs in its unit alone is the likeliest to be meant."""
    stem = _UNIT.sub("", name)
    same = [k for k in known if _UNIT.sub("", k) == stem]
    if same:
        remedy = f"Did you mean '{same[0]}'? Convert the number to that unit."
    else:
        remedy = nearest(name, known) or "Remove it."
    return Problem(where, key, f"the unknown key '{name}'", f"one of {', '.join(known)}", remedy)


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


def _open(node: Mapping[str, Any], root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """A node of a JSON Schema with its references and alternatives resolved."""
    if "$ref" in node:
        return _open(root["$defs"][node["$ref"].rsplit("/", 1)[-1]], root)
    choices = node.get("anyOf") or node.get("oneOf")
    return [n for c in choices for n in _open(c, root)] if choices else [node]


def _nodes_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[Mapping[str, Any]]:
    """The nodes of a model's JSON Schema that a path leads to; the tag of a union picks one alternative."""
    root = _schema(model)
    nodes = _open(root, root)
    for part in loc:
        below: list[Mapping[str, Any]] = []
        for n in nodes:
            properties = n.get("properties", {})
            if isinstance(part, int):
                child = n.get("items") or (n.get("prefixItems") or [None])[0]
            else:
                child = properties.get(part) or n.get("additionalProperties")
            if properties.get("kind", {}).get("const") == part:
                below.append(n)
            elif isinstance(child, dict):
                below += _open(child, root)
        nodes = below
    return nodes


def _keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    return sorted({k for n in _nodes_at(model, loc) for k in n.get("properties", {})})


def _tags_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    return [n["properties"]["kind"]["const"] for n in _nodes_at(model, loc) if "kind" in n.get("properties", {})]


def _range(model: type[BaseModel], loc: Sequence[int | str]) -> str:
    """The range of a number in words, from the bounds of its field."""
    for n in _nodes_at(model, loc):
        bounds = [
            f"{words} {_number(n[key])}"
            for key, words in (
                ("exclusiveMinimum", "above"), ("minimum", "at least"), ("exclusiveMaximum", "below"), ("maximum", "at most"),
            )
            if key in n
        ]  # fmt: skip
        if bounds:
            return f"a number {' and '.join(bounds)}".replace("number at", "number of at")
    return ""


def _number(x: float) -> str:
    return f"{x:,.0f}" if x == int(x) else f"{x:g}"
