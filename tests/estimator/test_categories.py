"""Frames as they are: the optimum of a one-hot without one, whatever library the frame is of."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from cutline import CutlineWarning, LogisticRegression
from cutline.faces.estimator.door import enter

CITIES = ["Seoul", "Busan", "Jeju", "Daegu"]


def rides(n: int = 400, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers and categories in mixed order; every level has both classes."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "city": rng.choice(CITIES, n),
            "age": rng.integers(18, 80, n),
            "size": pd.Categorical(rng.choice(["S", "M", "L"], n), categories=["S", "M", "L", "XL"], ordered=True),
            "fare": rng.normal(10, 3, n),
            "member": rng.random(n) < 0.4,
        }
    )
    effect = frame["city"].map({"Seoul": 1.0, "Busan": -0.5, "Jeju": 0.3, "Daegu": 0.0}).to_numpy()
    eta = effect + 0.02 * (frame["age"] - 50) + 0.1 * (frame["fare"] - 10) - 0.7 * frame["member"]
    return frame, (eta + rng.logistic(size=n) > 0).to_numpy().astype(int)


def one_hot(frame: pd.DataFrame, drop: str | None) -> tuple[np.ndarray, list[str]]:
    """scikit-learn's one-hot of each category column, in the frame's order."""
    parts, names = [], []
    for name, column in frame.items():
        if pd.api.types.is_numeric_dtype(column):  # booleans too
            parts.append(column.to_numpy(dtype=float)[:, None])
            names.append(name)
            continue
        levels = sorted(column.unique())
        if isinstance(column.dtype, pd.CategoricalDtype):
            levels = [level for level in column.cat.categories if (column == level).any()]
        encoder = OneHotEncoder(categories=[np.array(levels)], drop=drop, sparse_output=False)
        parts.append(encoder.fit_transform(column.to_numpy()[:, None]))
        names += [f"{name}={level}" for level in levels[0 if drop is None else 1 :]]
    return np.hstack(parts), names


def as_polars(frame: pd.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(
        {
            name: pl.Series(name, column.tolist(), dtype=pl.Enum(list(column.cat.categories)))
            if isinstance(column.dtype, pd.CategoricalDtype)
            else pl.Series(name, column.tolist())
            for name, column in frame.items()
        }
    )


def as_text_types(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({"city": "string", "member": "boolean", "age": "Int32", "fare": "Float64"})


KINDS: dict[str, Any] = {
    "pandas": lambda frame: frame,
    "pandas, object": lambda frame: frame.astype({"city": object, "member": object}),
    "pandas, nullable": as_text_types,
    "pandas, categories": lambda frame: frame.astype({"city": "category"}),
    "polars": as_polars,
    "polars, Categorical": lambda frame: as_polars(frame).with_columns(pl.col("city").cast(pl.Categorical)),
    "polars, in chunks": lambda frame: pl.concat([as_polars(frame[:150]), as_polars(frame[150:])], rechunk=False),
    "pyarrow": lambda frame: as_polars(frame).to_arrow(),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize(("penalty", "C", "drop"), [("l2", 0.7, None), (None, np.inf, "first")])
def test_the_optimum_is_of_a_one_hot(kind: str, intercept: bool, penalty: Any, C: float, drop: str | None) -> None:
    frame, y = rides()
    x, names = one_hot(frame, drop)
    theirs = Reference(C=C, solver="newton-cholesky", tol=1e-10, fit_intercept=intercept).fit(x, y)
    given = KINDS[kind](frame)
    ours = LogisticRegression(penalty, C=min(C, 1e9), tol=1e-9, fit_intercept=intercept).fit(given, y)
    assert ours.coef_names_.tolist() == names == ours.get_feature_names_out().tolist()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(given), theirs.predict_proba(x), atol=1e-6)
    assert ours.n_features_in_ == 5
    assert ours.feature_names_in_.tolist() == ["city", "age", "size", "fare", "member"]


def test_every_kind_of_frame_gives_the_same_bits_and_predicts_any_other() -> None:
    frame, y = rides()
    first = LogisticRegression().fit(frame, y)
    expected = first.decision_function(frame)
    for make in KINDS.values():
        given = make(frame)
        np.testing.assert_array_equal(LogisticRegression().fit(given, y).coef_, first.coef_)
        np.testing.assert_array_equal(first.decision_function(given), expected)


def test_the_levels_are_those_that_occur_in_their_order() -> None:
    size = pd.Categorical(["S", "L", "M", "L", "S", "M"] * 2, categories=["S", "M", "L", "XL"])
    frame = pd.DataFrame({"size": size, "zone": pd.Categorical([3, 1, 3, 1, 1, 3] * 2)})
    y = [0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0]
    ridge = LogisticRegression().fit(frame, y)
    assert ridge.coef_names_.tolist() == ["size=S", "size=M", "size=L", "zone=1", "zone=3"]
    plain = LogisticRegression(penalty=None).fit(frame, y)
    assert plain.coef_names_.tolist() == ["size=M", "size=L", "zone=3"]


@pytest.mark.parametrize("dtype", [bool, object, "boolean", "bool[pyarrow]"])
def test_booleans_are_numbers_as_to_scikit_learn(dtype: Any) -> None:
    """Of frames that are encoded already: a changed import changes neither coefficients nor predictions."""
    frame, y = rides()
    dummies = pd.get_dummies(frame, columns=["city", "size"], drop_first=True)
    flags = list(dummies.select_dtypes(bool))
    assert len(flags) > 3
    given = dummies.astype(dict.fromkeys(flags, dtype))
    theirs = Reference(solver="newton-cholesky", tol=1e-10).fit(given, y)
    for form in (given, pa.Table.from_pandas(given)):
        ours = LogisticRegression(tol=1e-9).fit(form, y)
        assert ours.coef_names_.tolist() == list(given.columns)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(ours.predict_proba(form), theirs.predict_proba(given), atol=1e-6)
    asked = LogisticRegression().fit(frame[["fare", "member"]].astype({"member": "category"}), y)
    assert asked.coef_names_.tolist() == ["fare", "member=False", "member=True"]
    with pytest.raises(ValueError, match="'fare': expected numbers, as in fit, got category"):
        ours.predict(dummies.assign(fare=pd.Categorical(dummies["age"] > 40)))


def test_polars_categorical_is_sorted_for_its_own_order_is_an_accident() -> None:
    y = [0, 1, 1, 0]
    pl.Series(["zz", "b", "a"], dtype=pl.Categorical)  # the process has met these words in this order
    frame = pl.DataFrame({"c": pl.Series(["b", "a", "b", "a"], dtype=pl.Categorical)})
    assert LogisticRegression().fit(frame, y).coef_names_.tolist() == ["c=a", "c=b"]
    declared = frame.with_columns(pl.col("c").cast(pl.Enum(["b", "a", "unused"])))
    assert LogisticRegression().fit(declared, y).coef_names_.tolist() == ["c=b", "c=a"]


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 1.0, 1: 3.0}])
def test_weights_with_categories(class_weight: Any) -> None:
    frame, y = rides()
    weight = np.random.default_rng(5).uniform(0, 3, len(y))
    weight[::7] = 0
    x, _ = one_hot(frame, None)
    theirs = Reference(solver="newton-cholesky", class_weight=class_weight, tol=1e-10).fit(x, y, weight)
    for given in (frame, as_polars(frame)):
        ours = LogisticRegression(class_weight=class_weight, tol=1e-9).fit(given, y, weight)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=1e-6)


def test_two_thousand_levels_reach_the_optimum() -> None:
    rng = np.random.default_rng(2)
    n, k = 20_000, 2_000
    level, x = np.concatenate([np.arange(k), rng.integers(0, k, n - k)]), rng.normal(size=n)
    y = (x + rng.normal(size=k)[level] + rng.logistic(size=n) > 0).astype(int)
    frame = pd.DataFrame({"shop": pd.Categorical.from_codes(level, [f"s{i:04}" for i in range(k)]), "x": x})
    model = LogisticRegression(tol=1e-8).fit(frame, y)
    # the objective is strictly convex: where its gradient is zero is the optimum
    short = model.predict_proba(frame)[:, 1] - y
    np.testing.assert_allclose(np.bincount(level, short) + model.coef_[0, :k], 0, atol=1e-6)
    assert abs(short @ x + model.coef_[0, k]) < 1e-6
    assert abs(short.sum()) < 1e-6


@pytest.mark.parametrize("penalty", ["l2", None])
@pytest.mark.filterwarnings("ignore:constant or exactly collinear")
def test_a_factor_of_one_level_changes_nothing(penalty: Any) -> None:
    frame, y = rides()
    alone = LogisticRegression(penalty).fit(frame, y)
    given = frame.assign(country="KR")[["country", *frame.columns]]
    model = LogisticRegression(penalty).fit(given, y)
    np.testing.assert_allclose(model.predict_proba(given), alone.predict_proba(frame), atol=1e-9)
    assert ("country=KR" in model.coef_names_) == (penalty == "l2")


def test_categories_alone_and_numbers_alone() -> None:
    frame, y = rides()
    model = LogisticRegression(penalty=None, tol=1e-9).fit(frame[["city"]], y)
    shares = pd.Series(y).groupby(frame["city"].to_numpy()).mean()  # a saturated model: the fit is the share
    np.testing.assert_allclose(model.predict_proba(frame[["city"]])[:, 1], shares[frame["city"]], atol=1e-8)

    numbers = frame[["age", "fare"]]
    by_array = LogisticRegression().fit(numbers.to_numpy(dtype=float), y)
    for given in (numbers, numbers.astype(object), as_polars(numbers), numbers.astype({"age": "Int64"})):
        model = LogisticRegression().fit(given, y)
        np.testing.assert_allclose(model.coef_, by_array.coef_, rtol=1e-12)
        assert model.coef_names_.tolist() == ["age", "fare"]
        with pytest.warns(UserWarning, match="does not have valid feature names"):
            np.testing.assert_allclose(
                model.predict_proba(numbers.to_numpy()), by_array.predict_proba(numbers.to_numpy(float))
            )


def test_numbers_in_one_block_are_not_copied() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=["a", "b", "c"])
    frame.insert(1, "city", ["x", "y"] * 25)
    entered = enter(LogisticRegression(), frame, np.arange(50) % 2, True)
    assert np.shares_memory(entered.x.numpy(), frame["c"].to_numpy())
    narrow = enter(LogisticRegression(), frame.astype(dict.fromkeys("abc", np.float32)), np.arange(50) % 2, True)
    assert narrow.x.numpy().dtype == np.float32


@pytest.mark.parametrize("make", [KINDS["pandas"], KINDS["pandas, categories"], as_polars])
def test_a_level_the_fit_has_not_seen_is_named(make: Any) -> None:
    frame, y = rides()
    model = LogisticRegression().fit(make(frame), y)
    new = frame.copy()
    new.loc[7, "city"] = "Gwangju"
    with pytest.raises(ValueError, match=r"(?s)'city': expected one of the 4 levels.*'Gwangju' in row 7 \(1 rows"):
        model.predict(make(new))
    unused = frame.assign(size=pd.Categorical(["XL"] * len(frame), categories=["S", "M", "L", "XL"]))
    with pytest.raises(ValueError, match=r"'size'.*got 'XL'"):
        model.predict_proba(make(unused))


MISSING = [
    (pd.DataFrame({"a": [1.0, 2, np.nan, 4], "c": list("xyxy")}), "NaN.*'a'.*1 of 4 rows .the first: 2. has none"),
    (pd.DataFrame({"a": pd.array([1, None, 3, None], "Int64"), "c": list("xyxy")}), "NaN.*'a'.*2 of 4 rows"),
    (pd.DataFrame({"a": [1.0, 2, np.inf, 4], "c": list("xyxy")}), "infinity.*'a'"),
    (pd.DataFrame({"a": [1.0, 2, np.nan, 4], "b": [1.0, 2, 3, 4]}), "Input X contains NaN.*'a'"),
    (pd.DataFrame({"a": [1.0, 2, 3, 4], "c": ["x", None, "x", "y"]}), "missing.*'c'.*1 of 4 rows .the first: 1."),
    (pd.DataFrame({"c": pd.Categorical(["x", None, "x", "y"])}), "missing.*'c'"),
    (pd.DataFrame({"c": pd.array([True, None, False, True], "boolean")}), "NaN.*'c'.*1 of 4"),
    (pd.DataFrame({"c": pd.Series([True, None, False, True], dtype=object)}), "NaN.*'c'.*1 of 4"),
    (pl.DataFrame({"c": [True, None, False, True]}), "NaN.*'c'.*1 of 4"),
    (pl.DataFrame({"a": [1, None, 3, 4], "c": list("xyxy")}), "NaN.*'a'"),
    (pl.DataFrame({"a": [1, 2, 3, 4], "c": ["x", None, "x", "y"]}), "missing.*'c'"),
    (pl.DataFrame({"c": pl.Series(["x", None, "x", "y"], dtype=pl.Categorical)}), "missing.*'c'"),
    (pl.DataFrame({"c": [None] * 4}), "missing.*'c'.*4 of 4"),
    (pa.table({"c": pa.DictionaryArray.from_arrays([0, 1, 0, 1], pa.array(["x", None]))}), "missing.*'c'.*2 of 4"),
]


@pytest.mark.parametrize(("frame", "words"), MISSING)
def test_what_is_missing_is_named(frame: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"(?s){words}"):
        LogisticRegression().fit(frame, [0, 1, 1, 0])


def test_what_is_missing_in_a_prediction_is_named() -> None:
    frame, y = rides()
    model = LogisticRegression().fit(frame, y)
    with pytest.raises(ValueError, match=r"(?s)contains NaN.*'fare'"):
        model.predict(frame.assign(fare=np.nan))
    with pytest.raises(ValueError, match=r"(?s)missing values.*'city'"):
        model.predict(frame.assign(city=None))


REFUSED = [
    ({"when": pd.to_datetime(["2020-01-01"] * 4)}, "'when'.*datetime64"),
    ({"c": ["a", 1, "b", 2]}, "'c'.*mixed-integer"),
    ({"c": pd.Categorical([1 + 2j, 1, 1, 1]).codes * 1j}, "'c'.*complex"),
]


@pytest.mark.parametrize(("columns", "words"), REFUSED)
def test_columns_that_are_neither_are_refused_with_a_remedy(columns: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LogisticRegression().fit(pd.DataFrame(columns), [0, 1, 1, 0])
    with pytest.raises(ValueError, match=r"'when'.*timestamp.*days since"):
        LogisticRegression().fit(pl.from_pandas(pd.DataFrame(REFUSED[0][0])), [0, 1, 1, 0])


def test_a_prediction_wants_the_columns_of_the_fit() -> None:
    frame, y = rides()
    model = LogisticRegression().fit(frame, y)
    for given in (frame, as_polars(frame)):
        with pytest.raises(ValueError, match=r"(?s)seen at fit time, yet now missing.*fare"):
            model.predict(given[["city", "age", "size", "member"]])
        with pytest.raises(ValueError, match="must be in the same order"):
            model.predict(given[["age", "city", "size", "fare", "member"]])
    with pytest.raises(ValueError, match=r"(?s)unseen at fit time.*extra"):
        model.predict(frame.assign(extra=1))
    with pytest.raises(ValueError, match=r"expected a data frame.*'city' holds categories, got ndarray"):
        model.predict(frame.to_numpy())
    with pytest.raises(ValueError, match="'age': expected numbers, as in fit, got"):
        model.predict(frame.assign(age=frame["age"].astype(str)))
    with pytest.raises(ValueError, match="'age': expected numbers, as in fit, got"):
        model.predict(as_polars(frame).with_columns(pl.col("age").cast(pl.String)))


def test_it_lives_in_pipelines_searches_and_pickles() -> None:
    frame, y = rides()
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=3).fit(frame, y)
    assert cross_val_score(clone(search.best_estimator_), frame, y, cv=3).mean() > 0.5
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(frame), search.predict_proba(frame))
    assert again.coef_names_.tolist() == search.best_estimator_.coef_names_.tolist()
    keep = make_column_transformer(("passthrough", ["city", "fare"]), verbose_feature_names_out=False)
    pipe = make_pipeline(keep.set_output(transform="pandas"), LogisticRegression()).fit(frame, y)
    assert pipe[-1].coef_names_[:2].tolist() == ["city=Busan", "city=Daegu"]
    assert pipe.score(frame, y) > 0.5


def test_names_scikit_learn_does_not_know() -> None:
    frame = pd.DataFrame({0: [1.0, 2, 3, 4], 1: list("abab")})
    model = LogisticRegression().fit(frame, [0, 1, 1, 0])
    assert model.coef_names_.tolist() == ["x0", "x1=a", "x1=b"]
    assert not hasattr(model, "feature_names_in_")
    with pytest.raises(TypeError, match="Feature names are only supported"):
        LogisticRegression().fit(frame.rename(columns={0: "a"}), [0, 1, 1, 0])
    with pytest.raises(ValueError, match="expecting 2 features"):
        model.predict(frame[[0]])


def test_empty_frames_and_lengths_that_disagree_have_scikit_learns_words() -> None:
    frame, y = rides(20)
    with pytest.raises(ValueError, match=r"0 sample|no samples|minimum of 1"):
        LogisticRegression().fit(frame[["age"]][:0], y[:0])
    for given in (frame, as_polars(frame)):
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            LogisticRegression().fit(given, y[:-1])
    with pytest.raises(ValueError, match="y to be passed"):
        LogisticRegression().fit(frame, None)


def test_labels_of_every_kind() -> None:
    frame, y = rides(100)
    expected = LogisticRegression().fit(frame, y)
    words = np.array(["ham", "spam"])[y]
    for given in (words.tolist(), pd.Series(words), pd.Series(words, dtype="category"), pl.Series(words)):
        model = LogisticRegression().fit(frame, given)
        np.testing.assert_array_equal(model.coef_, expected.coef_)
        assert model.classes_.tolist() == ["ham", "spam"]
        assert set(model.predict(frame)) <= {"ham", "spam"}


def test_sparse_columns_of_pandas_are_scikit_learns_own_way() -> None:
    rng = np.random.default_rng(0)
    dense = pd.DataFrame((rng.random((60, 3)) < 0.3).astype(float), columns=["a", "b", "c"])
    y = rng.integers(0, 2, 60)
    model = LogisticRegression(tol=1e-9).fit(dense.astype(pd.SparseDtype(float, 0.0)), y)
    np.testing.assert_allclose(model.coef_, LogisticRegression(tol=1e-9).fit(dense, y).coef_, atol=1e-9)
    assert model.coef_names_.tolist() == ["a", "b", "c"]


def test_collinear_levels_are_named_in_the_frames_order() -> None:
    frame, y = rides()
    twice = frame[["city", "fare"]].assign(town=frame["city"])
    with pytest.warns(CutlineWarning, match="coefficient of 0: town=Daegu, town=Jeju, town=Seoul"):
        LogisticRegression(penalty=None).fit(twice, y)
