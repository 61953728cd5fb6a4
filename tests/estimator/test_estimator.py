"""scikit-learn's own checks, and its own answers."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from cutline import CutlineWarning, LogisticRegression


# without a penalty many of the checks' tiny data are separated, and rightly said to be
@pytest.mark.filterwarnings("ignore::cutline.CutlineWarning")
@parametrize_with_checks([LogisticRegression(), LogisticRegression(solver="lbfgs"), LogisticRegression(penalty=None)])
def test_scikit_learns_checks(estimator, check) -> None:
    check(estimator)


def cancer() -> tuple[np.ndarray, np.ndarray]:
    return load_breast_cancer(return_X_y=True)


@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
@pytest.mark.parametrize("intercept", [True, False])
def test_coefficients_are_scikit_learns(C: float, solver: str, intercept: bool) -> None:
    x, y = cancer()
    x = StandardScaler().fit_transform(x)
    theirs = Reference(C=C, solver="newton-cholesky", tol=1e-10, max_iter=1000, fit_intercept=intercept).fit(x, y)
    ours = LogisticRegression(C=C, solver=solver, tol=1e-9, fit_intercept=intercept).fit(x, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6, atol=1e-6 * np.abs(theirs.coef_).max())
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-6)
    np.testing.assert_allclose(ours.predict_proba(x), theirs.predict_proba(x), atol=1e-7)
    assert (ours.predict(x) == theirs.predict(x)).all()
    assert ours.certificate_.bound is not None
    assert ours.certificate_.decrement <= 1e-9


def test_weights_classes_and_sparse_rows_agree_with_scikit_learn() -> None:
    x, y = make_classification(400, 6, weights=[0.8], random_state=3)
    words = np.array(["ham", "spam"])[y]
    sample_weight = np.random.default_rng(0).uniform(0, 3, 400)
    for given in (x, scipy.sparse.csr_matrix(x), scipy.sparse.csc_array(x)):
        for class_weight in (None, "balanced", {"ham": 1.0, "spam": 5.0}):
            theirs = Reference(solver="newton-cholesky", tol=1e-10, class_weight=class_weight)
            theirs.fit(x, words, sample_weight)
            ours = LogisticRegression(class_weight=class_weight, tol=1e-9).fit(given, words, sample_weight)
            np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)
            assert list(ours.classes_) == ["ham", "spam"]


def test_float32_agrees_with_float64() -> None:
    x, y = make_classification(2_000, 8, random_state=1)
    wide = LogisticRegression().fit(x, y)
    narrow = LogisticRegression().fit(x.astype(np.float32), y)
    np.testing.assert_allclose(narrow.coef_, wide.coef_, rtol=1e-5)


def test_no_penalty_is_maximum_likelihood_and_infinity_is_no_penalty() -> None:
    x, y = make_classification(300, 4, n_redundant=0, random_state=5, class_sep=0.3)
    theirs = Reference(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(x, y)
    for ours in (LogisticRegression(penalty=None), LogisticRegression(C=np.inf)):
        np.testing.assert_allclose(ours.fit(x, y).coef_, theirs.coef_, rtol=1e-6)


def test_separated_classes_without_a_penalty_are_said() -> None:
    scores = pd.DataFrame({"score": [45, 50, 55, 60, 65, 70]})
    with pytest.warns(CutlineWarning, match="score separates the classes"):
        LogisticRegression(penalty=None).fit(scores, [0, 0, 0, 1, 1, 1])


def test_it_lives_in_pipelines_searches_and_pickles() -> None:
    x, y = cancer()
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [0.1, 1]}, cv=3
    )
    search.fit(x, y)
    assert search.best_score_ > 0.95
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(x), search.predict_proba(x))
    assert clone(search.best_estimator_[-1]).get_params() == search.best_estimator_[-1].get_params()


def test_a_call_written_for_scikit_learn_needs_another_import_only() -> None:
    import inspect

    theirs = inspect.signature(Reference.__init__).parameters
    assert set(theirs) <= set(inspect.signature(LogisticRegression.__init__).parameters)
    x, y = make_classification(300, 5, random_state=0)
    call = {
        "C": 0.5,
        "solver": "liblinear",
        "max_iter": 1_000,
        "n_jobs": 1,
        "verbose": 0,
        "dual": False,
        "random_state": 3,
    }
    ours, same = LogisticRegression(**call).fit(x, y), LogisticRegression(C=0.5).fit(x, y)
    np.testing.assert_allclose(ours.coef_, same.coef_, rtol=1e-9)


def test_ties_go_to_the_first_class_as_in_scikit_learn() -> None:
    model = LogisticRegression().fit([[-1.0], [1.0]], [0, 1])
    assert model.predict([[0.0]]) == [0]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"penalty": "l1"}, "penalty"),
        ({"l1_ratio": 0.5}, "l1_ratio"),
        ({"C": 0}, "C"),
        ({"tol": -1}, "tol"),
        ({"solver": "magic"}, "solver"),
        ({"max_iter": 0}, "max_iter"),
    ],
)
def test_parameters_out_of_range_are_named(settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=f"{words}: expected"):
        LogisticRegression(**settings).fit([[0.0], [1.0]], [0, 1])


def test_the_same_data_give_the_same_bits() -> None:
    x, y = make_classification(3_000, 12, random_state=2)
    a, b = (LogisticRegression().fit(x, y) for _ in range(2))
    assert np.array_equal(a.coef_, b.coef_)
