"""The model file: exact round trips, and every kind of damage named."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import stat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cases import BINARY, COUNT, admissions, firth, mixed, model, one_number, plan, wide

from cutline.errors import ModelFileError
from cutline.model import dumps, file, load, loads, proof, schema
from cutline.table import Category, Label, Numeric

MODELS = {
    "admissions": admissions(),
    "firth": firth(),
    "mixed": mixed(),
    "wide": wide(),
    "l2": one_number(cov=None),
    "no intercept": model(plan(Numeric("a"), label=COUNT, trials="n"), [1.0], np.eye(1), intercept=False),
    "intercept only": model(plan(), [0.25], np.eye(1)),
}


def same(a, b):
    """Equal in every bit of every number."""
    for name in ("weights", "covariance", "variances", "p", "ci"):
        x, y = getattr(a, name), getattr(b, name)
        assert (x is None) == (y is None)
        assert x is None or x.tobytes() == y.tobytes()
    for f in dataclasses.fields(a):
        if f.name not in ("weights", "covariance", "variances", "p", "ci"):
            assert repr(getattr(a, f.name)) == repr(getattr(b, f.name)), f.name
    assert dumps(a) == dumps(b)


# --- round trips ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_round_trip(name, tmp_path):
    path = tmp_path / "모델.json"
    MODELS[name].save(path)
    same(load(path), MODELS[name])
    same(load(str(path)), MODELS[name])


names = st.text(min_size=1, max_size=8)
finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def models(draw):
    columns = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    label, *columns = columns
    fields = []
    for name in columns:
        if draw(st.booleans()):
            fields.append(Numeric(name, draw(st.none() | finite)))
        else:
            levels = tuple(sorted(draw(st.lists(names, min_size=1, max_size=4, unique=True))))
            fields.append(Category(name, levels, draw(st.sampled_from(levels))))
    p = plan(*fields, label=Label(label, "binary", "0", "1"))
    intercept = draw(st.booleans())
    t = len(p.terms()) + intercept
    numbers = st.lists(finite | st.just(np.nan), min_size=t, max_size=t)
    weights = np.array(draw(numbers), dtype=float)
    half = np.array(draw(st.lists(st.floats(-1e100, 1e100), min_size=t * t, max_size=t * t))).reshape(t, t)
    cov = half @ half.T
    if draw(st.booleans()):
        return model(p, weights, intercept=intercept, threshold=draw(st.floats(0, 1)))
    if draw(st.booleans()):
        return model(
            p, weights, cov, intercept=intercept, warnings=tuple(draw(st.lists(st.text(max_size=5), max_size=2)))
        )
    ends = st.lists(st.floats(allow_nan=False), min_size=2 * t, max_size=2 * t)
    ci = np.sort(np.array(draw(ends)).reshape(t, 2), axis=1)
    # null is an end at infinity, so low ends never lie at +inf nor high ends at -inf
    ci = np.column_stack([np.minimum(ci[:, 0], 1e308), np.maximum(ci[:, 1], -1e308)])
    ps = np.array(draw(st.lists(st.floats(0, 1), min_size=t, max_size=t)), dtype=float)
    return model(p, weights, cov, intercept=intercept, penalty="firth", test="penalized likelihood", p=ps, ci=ci)


@settings(max_examples=60, deadline=None)
@given(models())
def test_every_model_round_trips_in_every_bit(m):
    with np.errstate(all="ignore"):
        same(loads(dumps(m)), m)


def test_the_same_model_gives_the_same_bytes():
    assert dumps(mixed()) == dumps(mixed())


def test_certificate_numbers_that_are_none_survive():
    m = mixed()
    certificate = dataclasses.replace(m.certificate, decrement=float("nan"), bound=None, bound_kind="none")
    statistics = dataclasses.replace(m.statistics, auc=None, auc_error=float("nan"), mcfadden_r2=None)
    m = dataclasses.replace(m, certificate=certificate, statistics=statistics)
    same(loads(dumps(m)), m)


def test_numpy_scalars_are_written_as_numbers():
    m = admissions()
    statistics = dataclasses.replace(m.statistics, n_rows=np.int64(400), auc=np.float64(0.6928))
    m = dataclasses.replace(
        m, statistics=statistics, settings={"seed": np.int64(3), "epochs": (1, 2), "path": "\udcff"}
    )
    back = loads(dumps(m))
    assert (back.statistics.n_rows, back.statistics.auc) == (400, 0.6928)
    assert back.settings == {"seed": 3, "epochs": [1, 2], "path": "\\udcff"}


def test_a_large_seed_and_a_large_matrix():
    p = plan(*(Numeric(f"x{i}") for i in range(120)))
    a = np.random.default_rng(0).normal(size=(121, 121))
    m = model(p, np.linspace(-1, 1, 121), a @ a.T, settings={"seed": 2**64 - 1})
    same(loads(dumps(m)), m)


@pytest.mark.parametrize("name", MODELS)
def test_it_says_what_it_holds_and_no_more(name):
    body = json.loads(dumps(MODELS[name]))
    assert set(body) == set(schema.model_schema()["properties"])
    assert body["format"] == "cutline-model"
    assert body["schema"] == 1
    assert [row["term"] for row in body["terms"]] == list(MODELS[name].terms)


def test_it_is_readable_and_diffable():
    lines = dumps(mixed()).splitlines()
    assert '  {"term": "반[가]", "coef": 1.0},' in lines
    assert len(lines) < 60


# --- the schema -----------------------------------------------------------------------------------------------------


def test_the_schema_uses_only_words_the_reader_knows():
    def walk(node):
        assert set(node) <= schema.WORDS, set(node) - schema.WORDS
        for key in ("properties", "$defs"):
            for child in node.get(key, {}).values():
                walk(child)
        for key in ("items", "additionalProperties"):
            if isinstance(node.get(key), dict):
                walk(node[key])

    walk(schema.model_schema())


def test_every_key_required_is_described():
    def walk(node):
        assert set(node.get("required", ())) <= set(node.get("properties", {}))
        for child in [*node.get("properties", {}).values(), *node.get("$defs", {}).values()]:
            walk(child)

    walk(schema.model_schema())


@pytest.mark.parametrize("name", MODELS)
def test_saved_models_are_valid(name):
    published = schema.model_schema()
    schema.check(json.loads(dumps(MODELS[name])), published, published)


@pytest.mark.parametrize(
    ("value", "node", "said"),
    [
        (True, {"type": "integer"}, "a whole number, but true"),
        (1.5, {"type": "integer"}, "a whole number, but 1.5"),
        (False, {"type": "number"}, "a number, but false"),
        (None, {"type": ["number", "string"]}, "a number or a text, but null"),
        ("x", {"const": "y"}, '"y", but "x"'),
        (2, {"enum": [1, None]}, "one of 1, null, but 2"),
        ("xyz", {"pattern": "^[0-9]+$"}, "a text that matches"),
        (0, {"minimum": 1}, "at least 1"),
        (2, {"maximum": 1}, "at most 1"),
        (0, {"exclusiveMinimum": 0}, "more than 0"),
        (1, {"exclusiveMaximum": 1}, "less than 1"),
        ([1], {"minItems": 2}, "at least 2 entries"),
        ([1, "x"], {"items": {"type": "integer"}}, r"at '\[1\]'"),
        ([1.0, "x"], {"items": {"type": ["number", "null"]}}, r"at '\[1\]'"),
        ({"a": {"b": 1}}, {"properties": {"a": {"required": ["c"]}}}, r"at 'a\.c': expected this key"),
        ({"a": 1}, {"additionalProperties": False}, "at 'a': expected no such key"),
        ({"a": 1}, {"additionalProperties": {"type": "string"}}, "at 'a': expected a text"),
        ([], {"type": "object"}, "an object, but a list of 0"),
    ],
)
def test_the_reader_of_schemas_refuses(value, node, said):
    with pytest.raises(schema.SchemaError, match=said):
        schema.check(value, node, node)


# --- damage ---------------------------------------------------------------------------------------------------------


def resigned(body):
    """The text of a damaged body whose checksums were written anew: what a careful hand leaves behind."""
    body["checksums"] = {k: proof.digest(v) for k, v in body.items() if k != "checksums"}
    return json.dumps(body)


def refused(text, said, tmp_path):
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelFileError, match=said) as caught:
        load(path)
    assert "broken.json" in str(caught.value)
    return str(caught.value)


KEYS = tuple(schema.model_schema()["properties"])


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_key_is_named(key, tmp_path):
    body = json.loads(dumps(mixed()))
    del body[key]
    refused(json.dumps(body), key, tmp_path)


@pytest.mark.parametrize("key", KEYS)
def test_a_value_of_a_wrong_type_is_named(key, tmp_path):
    body = json.loads(dumps(mixed()))
    body[key] = [[["wrong"]]]
    refused(resigned(body) if key != "checksums" else json.dumps(body), key, tmp_path)


@pytest.mark.parametrize("key", [k for k in KEYS if k not in ("format", "schema", "checksums")])
def test_an_edit_by_hand_is_named(key, tmp_path):
    body = json.loads(dumps(mixed()))
    other = json.loads(dumps(firth()))
    body[key] = other[key] if body[key] != other[key] else "edited"
    said = refused(json.dumps(body), key.replace("(", r"\("), tmp_path)
    assert "restore the file" in said


def test_a_variance_stands_exactly_where_there_is_no_covariance_of_a_wald_test(tmp_path):
    body = json.loads(dumps(wide()))
    assert [row["variance"] for row in body["terms"]] == [4, 3, 2, 1, None]
    del body["terms"][1]["variance"]
    refused(resigned(body), r"terms\[1\].variance.*this key", tmp_path)
    body = json.loads(dumps(mixed()))
    body["terms"][1]["variance"] = 3.0
    refused(resigned(body), r"terms\[1\].variance.*no such key", tmp_path)
    body = json.loads(dumps(wide()))
    body["terms"][1]["variance"] = -3.0
    refused(resigned(body), r"terms\[1\].variance", tmp_path)


def test_a_threshold_edited_by_hand_is_an_error(tmp_path):
    body = json.loads(dumps(mixed()))
    body["threshold"] = 0.3
    refused(json.dumps(body), "at 'threshold': .*checksum differs", tmp_path)
    same(loads(dumps(dataclasses.replace(mixed(), threshold=0.3))), mixed(threshold=0.3))


def edit(path, value):
    def change(body):
        node = body
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edit(["covariance", 0, 0], -4.0), "covariance.*'.intercept.' is negative"),
        (edit(["covariance", 1, 0], None), "covariance: expected finite"),
        (edit(["covariance", 2], [1.0, 2.0]), "covariance.*lower triangle of 5 rows"),
        (edit(["covariance"], [[1.0]]), "covariance.*lower triangle of 5 rows"),
        (edit(["covariance", 1, 0], "x"), r"covariance\[1\]\[0\].*a number or null, but \"x\""),
        (edit(["covariance"], None), "test: "),
        (edit(["terms", 1, "term"], "age"), "terms: expected the plan's 5 terms"),
        (edit(["terms", 1, "coef"], "x"), r"terms\[1\]\.coef.*a number or null"),
        (edit(["terms", 1, "coef"], True), r"terms\[1\]\.coef.*a number or null, but true"),
        (edit(["terms", 1, "p"], 0.5), r"terms\[1\]\.p.*no such key"),
        (edit(["terms", 1, "weight"], 0.5), r"terms\[1\]\.weight.*no such key"),
        (edit(["terms"], []), "covariance.*lower triangle of 0 rows"),
        (edit(["intercept"], False), "terms: expected the plan's 4 terms"),
        (edit(["plan"], {}), "plan"),
        (edit(["threshold"], 1.5), "threshold.*at most 1"),
        (edit(["conf_level"], 95), "conf_level.*less than 1"),
        (edit(["C"], 0), "C.*more than 0"),
        (edit(["test"], "bayes"), "test.*one of"),
        (edit(["rows", "dropped", "missing gre"], -1), r"rows\.dropped\.missing gre.*at least 0"),
        (edit(["rows", "used"], 4.5), r"rows\.used.*a whole number"),
        (edit(["statistics", "lr_test", "df"], 0.5), r"statistics\.lr_test\.df"),
        (edit(["certificate", "stop"], None), r"certificate\.stop.*a text"),
        (edit(["separation"], {"kind": "partly"}), r"separation\.terms.*this key"),
        (edit(["schema"], "1"), "schema.*a whole number"),
        (edit(["schema"], True), "schema.*a whole number, but true"),
        (edit(["schema"], 0), "schema.*1, but 0"),
        (edit(["checks", 0, "log_odds"], 7.0), r"checks\[0\].*computes 0\.5; do not use"),
        (edit(["checks", 1, "row"], {}), r"checks\[1\]"),
        (edit(["checks"], []), "checks.*at least 2"),
        (edit(["extra"], 1), "'extra': expected no such key"),
    ],
)
def test_damage_below_a_valid_checksum_is_named(change, said, tmp_path):
    body = json.loads(dumps(mixed()))
    change(body)
    refused(resigned(body), said, tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("p", 1.5, r"terms\[1\]\.p.*at most 1"),
        ("p", None, "p: expected numbers from 0 to 1"),
        ("ci_low", 10.0, "ci: "),
        ("ci_low", ..., r"terms\[1\]\.ci_low.*this key"),
    ],
)
def test_damaged_profile_intervals_are_named(key, value, said, tmp_path):
    body = json.loads(dumps(firth()))
    body["terms"][1]["ci_high"] = 1.0
    if value is ...:
        del body["terms"][1][key]
    else:
        body["terms"][1][key] = value
    refused(resigned(body), said, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("score,result\n45,fail\n", "no model file"),
        ("[1, 2]", "other JSON came"),
        ('"cutline-model"', "other JSON came"),
        ("{}", "other JSON came"),
        ('{"format": "cutline-data"}', "other JSON came"),
        ('{"format": "cutline-model", "schema": 2, "version": "9.1.0"}', r"newer Cutline \(9\.1\.0\); upgrade"),
        ('{"format": "cutline-model", "format": "cutline-model"}', "'format' came twice"),
        ('{"format": "cutline-model", "threshold": NaN}', "NaN came"),
        ('{"format": "cutline-model", "threshold": -Infinity}', "-Infinity came"),
        ('{"format": "cutline-model", "threshold": 1e999}', "1e999 came"),
        ('{"format": "cutline-model", "threshold": 1' + "0" * 400 + "}", "within float64"),
        ("[" * 200_000, "nested too deeply|cut short"),
        ('{"format": "cutline-model", "schema": [' + "[" * 200_000, "nested too deeply|cut short"),
    ],
    ids=lambda v: v[:30] if isinstance(v, str) else None,
)
def test_what_is_no_model_is_said(text, said, tmp_path):
    refused(text, said, tmp_path)


@pytest.mark.parametrize("data", [b"\x80\x04\x95", b"\xff\xfe{\x00}\x00", dumps(mixed()).encode("cp949")])
def test_bytes_that_are_no_utf8_are_said(data, tmp_path):
    path = tmp_path / "broken.json"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=r"broken\.json: expected JSON in UTF-8"):
        load(path)


def test_a_file_cut_short_anywhere_is_refused():
    data = dumps(firth()).encode()
    for end in [*range(0, len(data) - 2, 37), len(data) - 3, len(data) - 2]:
        with pytest.raises(ModelFileError):
            loads(data[:end])
    same(loads(data[:-1]), firth())  # only the last newline is missing


WHOLE = dumps(firth()).encode()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_one_wrong_byte_never_changes_a_model_in_silence(at, byte):
    data = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    try:
        back = loads(data)
    except ModelFileError:
        return
    same(back, firth())


def test_another_layout_of_the_same_json_is_the_same_model():
    body = json.loads(dumps(mixed()))
    same(loads(json.dumps(body, indent=4)), mixed())
    assert loads(json.dumps(body, sort_keys=True)).coef == mixed().coef
    same(loads(b"\xef\xbb\xbf" + json.dumps(body).encode().replace(b", ", b",\r\n")), mixed())
    # a tool that writes 1.0 as 1, as JavaScript does
    same(loads(dumps(mixed()).replace(": 2.0", ": 2").replace("[4.0]", "[4]")), mixed())


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "m.json"
    mixed().save(path)
    monkeypatch.setattr(file, "MAX_BYTES", 100)
    with pytest.raises(ModelFileError, match=r"m\.json: .*at most 100 bytes"):
        load(path)
    with pytest.raises(ModelFileError, match="the covariance of 5 terms"):
        dumps(mixed())


# --- the disk -------------------------------------------------------------------------------------------------------


def test_a_missing_file_and_a_folder_are_said(tmp_path):
    with pytest.raises(ModelFileError, match=r"nothing\.json: .*cannot be read"):
        load(tmp_path / "nothing.json")
    with pytest.raises(ModelFileError, match="cannot be read"):
        load(tmp_path)
    with pytest.raises(ModelFileError, match="this is none"):
        mixed().save(tmp_path)
    with pytest.raises(ModelFileError, match="could not be written"):
        mixed().save(tmp_path / "no" / "m.json")


def test_a_device_is_not_replaced_by_a_file():
    with pytest.raises(ModelFileError, match="this is none"):
        mixed().save(os.devnull)
    assert not os.path.isfile(os.devnull)


def test_a_failure_halfway_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "m.json"
    mixed().save(path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelFileError, match="No space left"):
        firth().save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["m.json"]


def test_saving_keeps_the_mode_and_follows_a_link(tmp_path):
    path, link = tmp_path / "m.json", tmp_path / "link.json"
    mixed().save(path)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o640)
    link.symlink_to(path)
    firth().save(link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    same(load(path), firth())
    assert sorted(os.listdir(tmp_path)) == ["link.json", "m.json"]


def test_no_rows_are_in_the_file():
    # the synthetic rows hold fractions of small whole numbers and levels the plan names anyway
    body = json.loads(dumps(mixed()))
    assert [check["row"] for check in body["checks"]] == [
        {"나이": 0.0, "반": "나", "twice": 0.0, "exposure": 0.0},
        {"나이": 1 / 3, "twice": 2 / 3, "반": "다", "exposure": 1.0},
    ]
    # 0.5 + (-0.25) / 3 + 2 + 1 of the offset; the aliased number counts nothing
    assert [check["log_odds"] for check in body["checks"]] == pytest.approx([0.5, 3.5 - 0.25 / 3], rel=1e-15)


def test_copies_and_pickles_are_the_same_model():
    import pickle

    same(copy.deepcopy(mixed()), mixed())
    same(pickle.loads(pickle.dumps(firth())), firth())
    assert BINARY.positive == "pass"
