"""The model file: one JSON document that holds a model and no rows, exact, readable, and checked before it is believed.

What stands between a damaged file and a wrong probability, in this order: strict JSON (no NaN, no key twice), the
published schema (`model.schema.json`), the parts against each other, a checksum for each key, and two synthetic rows
with the log-odds they had when the file was written. A value edited by hand, the threshold too, is an error: a model
file is a record of a fit. A threshold is chosen at prediction, or with `dataclasses.replace(model, threshold=...)`.

Checksums find damage; they are no signature: whoever means harm can write new ones.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np

from cutline.errors import ModelFileError
from cutline.model import document, proof, schema
from cutline.model.value import Model

FORMAT = "cutline-model"
SCHEMA = 1
MAX_BYTES = 2**30
_AGAIN = "restore the file from a copy, or fit and save again"


def dumps(model: Model) -> str:
    """The text of a model file."""
    stored = model.test == "penalized likelihood"
    terms = [
        {"term": term, "coef": coef} | ({"p": p, "ci_low": low, "ci_high": high} if stored else {})
        for term, coef, p, (low, high) in zip(
            model.terms,
            document.plain(model.weights),
            document.plain(model.p) if stored else [None] * len(model.terms),
            document.plain(model.ci) if stored else [(None, None)] * len(model.terms),
        )
    ]
    cov = model.covariance
    if model.variances is not None:
        terms = [row | {"variance": v} for row, v in zip(terms, document.plain(model.variances))]
    body: dict[str, Any] = {
        "format": FORMAT,
        "schema": SCHEMA,
        "version": model.version,
        "plan": document.plain(model.plan.to_json()),
        "intercept": model.intercept,
        "terms": terms,
        # the lower triangle: a matrix that is not symmetric cannot be written down
        "covariance": None if cov is None else [document.plain(row[: i + 1]) for i, row in enumerate(cov)],
        "test": model.test,
        "no_errors_reason": model.no_errors_reason,
        "penalty": model.penalty,
        "requested_penalty": model.requested_penalty,
        "C": document.plain(model.C),
        "conf_level": document.plain(model.conf_level),
        "threshold": document.plain(model.threshold),
        "statistics": document.statistics_json(model.statistics),
        "rows": document.rows_json(model.rows),
        "certificate": document.certificate_json(model.certificate),
        "separation": document.separation_json(model.separation),
        "warnings": document.plain(model.warnings),
        "notes": document.plain(model.notes),
        "fingerprint": model.fingerprint,
        "settings": document.plain(model.settings),
        "checks": proof.synthetic_rows(model),
    }
    body["checksums"] = {key: proof.digest(value) for key, value in body.items()}
    text = _layout(body)
    if len(text) > MAX_BYTES:
        raise ModelFileError(
            f"a model file holds at most {MAX_BYTES:,} bytes, but this model takes {len(text):,}, nearly all of them "
            f"the covariance of {len(model.terms):,} terms; fit with fewer terms, or with an l2 penalty, which has none"
        )
    return text


def loads(text: str | bytes, origin: str = "the text") -> Model:
    """The model in the text of a model file; raises `ModelFileError` that names `origin` and the key."""
    try:
        return _read(_parse(text))
    except schema.SchemaError as found:
        raise ModelFileError(f"{origin}: {found}; {_AGAIN}") from None
    except ModelFileError as found:
        raise ModelFileError(f"{origin}: {found}") from None


def save(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model file: a new file in the same folder, flushed to disk, then renamed over `path`."""
    data = dumps(model).encode("utf-8")
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise ModelFileError(f"{path}: expected the name of a file, but this is none; name a file, as model.json")
    beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.tmp")
    try:
        with open(beside, "xb") as out:
            if target.exists():
                with contextlib.suppress(OSError):
                    os.chmod(beside, target.stat().st_mode & 0o7777)
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise ModelFileError(
            f"{path}: the model could not be written ({error.strerror or error}); name another place"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    _flush_folder(target.parent)


def load(path: str | os.PathLike[str]) -> Model:
    """Read a model file; raises `ModelFileError` that names the file and the key where it is not as it was written."""
    try:
        with open(path, "rb") as source:
            data = source.read(MAX_BYTES + 1)
    except OSError as error:
        raise ModelFileError(
            f"{path}: expected a model file, but it cannot be read ({error.strerror or error}); check the name"
        ) from None
    return loads(data, str(path))


# --- reading --------------------------------------------------------------------------------------------------------


def _parse(data: str | bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise ModelFileError(f"a model file holds at most {MAX_BYTES:,} bytes, but this is larger; {_AGAIN}")
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        if not text.strip():
            raise ModelFileError(f"expected a model, but the file is empty; {_AGAIN}")
        body = json.loads(
            text,
            object_pairs_hook=_no_key_twice,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except UnicodeDecodeError:
        raise ModelFileError(f"expected JSON in UTF-8, but other bytes came; {_AGAIN}") from None
    except json.JSONDecodeError as error:
        if (error.lineno, error.colno) == (1, 1) or "extra data" in error.msg.lower():
            raise ModelFileError("this is no JSON, and so no model file; name a file that fit saved") from None
        raise ModelFileError(
            f"expected a whole JSON document, but at line {error.lineno}, column {error.colno} it is cut short or "
            f"damaged ({error.msg}); {_AGAIN}"
        ) from None
    except RecursionError:
        raise ModelFileError(f"expected a model, but the JSON is nested too deeply; {_AGAIN}") from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ModelFileError(f'expected a model file ("format": "{FORMAT}"), but other JSON came; check the name')
    number = body.get("schema")
    if isinstance(number, int | float) and not isinstance(number, bool) and number > SCHEMA:
        raise ModelFileError(
            f"expected schema {SCHEMA}, but {number:g} came: the file was written by a newer Cutline "
            f"({body.get('version')}); upgrade with: pip install --upgrade cutline"
        )
    return body


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ModelFileError(f"expected every key once, but {twice!r} came twice; {_AGAIN}")
    return found


def _no_constant(name: str) -> None:
    raise ModelFileError(f"expected numbers that JSON knows, but {name} came; {_AGAIN}")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ModelFileError(f"expected numbers within float64, but {text[:40]} came; {_AGAIN}")
    return value


def _whole(text: str) -> int:
    if len(text) > 300:
        raise ModelFileError(f"expected numbers within float64, but {text[:40]} came; {_AGAIN}")
    return int(text)


def _read(body: dict[str, Any]) -> Model:
    published = schema.model_schema()
    schema.check(body, published, published)
    model = _assemble(body)
    sums = body.pop("checksums")
    for key, value in body.items():
        if sums.get(key) != proof.digest(value):
            raise ModelFileError(
                f"at {key!r}: expected what was written, but its checksum differs: it was changed or damaged "
                f"afterwards; {_AGAIN}"
            )
    proof.verify(model, body["checks"])
    return model


def _assemble(body: dict[str, Any]) -> Model:
    from cutline.table import Plan

    terms = body["terms"]
    stored = body["test"] == "penalized likelihood"
    wide = body["test"] == "wald" and body["covariance"] is None and any("variance" in row for row in terms)
    for i, row in enumerate(terms):
        for key, expected in (("p", stored), ("ci_low", stored), ("ci_high", stored), ("variance", wide)):
            if (key in row) != expected:
                what = "this key" if expected else "no such key"
                raise schema.SchemaError(f"terms[{i}].{key}", what, json.dumps(row.get(key)))
    coef = [row["coef"] for row in terms]
    try:
        return Model(
            plan=Plan.from_json(body["plan"]),
            intercept=body["intercept"],
            terms=tuple(row["term"] for row in terms),
            weights=_array(coef),
            covariance=None if body["covariance"] is None else _square(body["covariance"], len(terms)),
            variances=_array([row["variance"] for row in terms]) if wide else None,
            penalty=body["penalty"],
            requested_penalty=body["requested_penalty"],
            C=body["C"],
            conf_level=float(body["conf_level"]),
            test=body["test"],
            p=_array([row["p"] for row in terms]) if stored else None,
            ci=_ends(terms) if stored else None,
            no_errors_reason=body["no_errors_reason"],
            threshold=float(body["threshold"]),
            statistics=document.read_statistics(body["statistics"]),
            rows=document.read_rows(body["rows"]),
            certificate=document.read_certificate(body["certificate"]),
            separation=document.read_separation(body["separation"]),
            warnings=tuple(body["warnings"]),
            notes=tuple(body["notes"]),
            fingerprint=body["fingerprint"],
            settings=body["settings"],
            version=body["version"],
        )
    except ModelFileError as found:
        raise ModelFileError(f"at 'plan': {found}") from None
    except (ValueError, TypeError, OverflowError) as found:
        raise ModelFileError(f"at {found}; {_AGAIN}") from None


def _array(values: list[float | None]) -> np.ndarray:
    return np.array([math.nan if v is None else v for v in values], dtype=np.float64)


def _ends(terms: list[dict[str, Any]]) -> np.ndarray:
    """Profile intervals (t, 2): null is an end at infinity."""
    low = [-math.inf if row["ci_low"] is None else row["ci_low"] for row in terms]
    high = [math.inf if row["ci_high"] is None else row["ci_high"] for row in terms]
    return np.array([low, high], dtype=np.float64).T


def _square(triangle: list[list[float | None]], t: int) -> np.ndarray:
    if [len(row) for row in triangle] != list(range(1, t + 1)):
        raise schema.SchemaError("covariance", f"a lower triangle of {t} rows of 1 to {t} numbers", "another shape")
    square = np.full((t, t), np.nan)
    for i, row in enumerate(triangle):
        square[i, : i + 1] = square[: i + 1, i] = _array(row)
    return square


# --- writing --------------------------------------------------------------------------------------------------------


def _layout(body: dict[str, Any]) -> str:
    """JSON with a line for each key and for each entry of a list of lists or objects: readable, and diffs are short."""
    lines = []
    for key, value in body.items():
        nested = isinstance(value, list) and value and isinstance(value[0], list | dict)
        text = "[\n  " + ",\n  ".join(map(_compact, value)) + "\n ]" if nested else _compact(value)
        lines.append(f" {_compact(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _flush_folder(folder: Path) -> None:
    """Make the rename itself last, where the system can flush a folder."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
