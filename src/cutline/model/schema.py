"""A reader of JSON Schema, as much of it as `model.schema.json` says: the published schema is what `load` enforces.

Draft 2020-12; the words understood are those in `WORDS`, and a test holds the schema to them.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

WORDS = frozenset(
    (
        *("$schema", "$id", "$defs", "$ref", "title", "description", "type", "const", "enum", "pattern"),
        *("properties", "required", "additionalProperties", "items", "minItems"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    )
)
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}
_SAID = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "null": "null",
    "integer": "a whole number",
    "number": "a number",
}


class SchemaError(Exception):
    """A document departs from its schema: where, what was expected, what came."""

    def __init__(self, path: str, expected: str, came: str) -> None:
        super().__init__(f"at {path!r}: expected {expected}, but {came} came")


@cache
def model_schema() -> dict[str, Any]:
    """The published schema of a model file."""
    return json.loads(files("cutline.model").joinpath("model.schema.json").read_text(encoding="utf-8"))


def check(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "") -> None:
    """Hold `value` to `schema`; raises `SchemaError` naming the first key that departs from it."""
    if "$ref" in schema:
        check(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, path)
        return
    kinds = schema.get("type")
    if kinds is not None:
        kinds = [kinds] if isinstance(kinds, str) else kinds
        if not any(_is(value, kind) for kind in kinds):
            raise SchemaError(path, " or ".join(_SAID[kind] for kind in kinds), _short(value))
    if "const" in schema and value != schema["const"]:
        raise SchemaError(path, json.dumps(schema["const"]), _short(value))
    if "enum" in schema and value not in schema["enum"]:
        raise SchemaError(path, "one of " + ", ".join(map(json.dumps, schema["enum"])), _short(value))
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        raise SchemaError(path, f"a text that matches {schema['pattern']}", _short(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        _range(value, schema, path)
    elif isinstance(value, dict):
        _object(value, schema, root, path)
    elif isinstance(value, list):
        _array(value, schema, root, path)


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _range(value: float, schema: dict[str, Any], path: str) -> None:
    if "minimum" in schema and value < schema["minimum"]:
        raise SchemaError(path, f"at least {schema['minimum']}", _short(value))
    if "maximum" in schema and value > schema["maximum"]:
        raise SchemaError(path, f"at most {schema['maximum']}", _short(value))
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        raise SchemaError(path, f"more than {schema['exclusiveMinimum']}", _short(value))
    if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
        raise SchemaError(path, f"less than {schema['exclusiveMaximum']}", _short(value))


def _object(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], path: str) -> None:
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key in schema.get("required", ()):
        if key not in value:
            raise SchemaError(_join(path, key), "this key", "nothing")
    for key, item in value.items():
        if key in known:
            check(item, known[key], root, _join(path, key))
        elif rest is False:
            raise SchemaError(_join(path, key), "no such key", _short(item))
        elif rest is not True:
            check(item, rest, root, _join(path, key))


def _array(value: list[Any], schema: dict[str, Any], root: dict[str, Any], path: str) -> None:
    if len(value) < schema.get("minItems", 0):
        raise SchemaError(path, f"at least {schema['minItems']} entries", str(len(value)))
    items = schema.get("items", {})
    # a covariance holds millions of numbers: one look at the set of types instead of one call a number
    if items == {"type": ["number", "null"]} and {*map(type, value)} <= {float, int, type(None)}:
        return
    for i, item in enumerate(value):
        check(item, items, root, f"{path}[{i}]")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return f"{_SAID['object' if isinstance(value, dict) else 'array']} of {len(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
