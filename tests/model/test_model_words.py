"""The model in words: what is said, and that it lines up in any script."""

from __future__ import annotations

import dataclasses
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_cases import admissions, firth, mixed, model, one_number, plan
from rich.cells import cell_len

from cutline.model import words
from cutline.table import Numeric

SAID = """\
Logistic regression: the probability that admit is 1

rows              403 read, 400 used, 3 dropped (missing result: 1, missing gre: 2)
positive label    1 (the other: 0)
penalty           none: maximum likelihood (asked for: auto)

term         coefficient  odds ratio  std. error     95% low   95% high       p
-------------------------------------------------------------------------------
(intercept)      -3.9900    0.018500      1.1400     -6.2242    -1.7557  0.0005
gre            0.0022640      1.0023   0.0010940  0.00011980  0.0044082  0.0385
gpa              0.80404      2.2345     0.33182     0.15368     1.4544  0.0154
rank[2]         -0.67544     0.50893     0.31649     -1.2958  -0.055134  0.0328
rank[3]          -1.3402     0.26179     0.34531     -2.0170   -0.66342  0.0001
rank[4]          -1.5515     0.21194     0.41783     -2.3704   -0.73253  0.0002

reference levels  rank = 1
intervals         95%, Wald
log-likelihood    -229.2587 (null model -249.9883)
deviance          458.5175 on 394 df (null 499.9765 on 399)
LR against null   chi2 41.4590 on 5 df, p < 0.0001
AIC, BIC          470.5175, 494.4663 (BIC with n = 400)
McFadden R2       0.0829
AUC               0.6928
certificate       The gradient is zero to the tolerance asked for. Gradient 3.1e-12, Newton
                  decrement 4.2e-09 (tolerance 1e-06), loss above its minimum by at most 8.8e-18
                  (exact); newton, 6 passes over 400 rows.
"""


def test_the_whole_of_it():
    assert admissions().summary() == SAID


def test_firth_says_its_method_its_cut_line_and_its_warnings():
    text = " ".join(firth().summary().split())
    assert "penalty Firth's (penalized likelihood) (asked for: auto)" in text
    assert "separation complete, by score: see the warning" in text
    assert "95%, profile penalized likelihood; p by penalized likelihood ratio" in text
    assert "cut line score = 57.522, where p = 0.5; 95% delta interval" in text
    assert "Fieller's interval is unbounded" in text
    assert "penalized log-likelihood -3.2500 deviance" in text
    assert "LR against null chi2 3.8600 on 1 df, p = 0.0495 of penalized likelihoods" in text
    assert "warning: score separates the classes" in text
    assert "note: positive label: 'pass'" in text
    assert words.report(firth()).rows[0][4:] == ("-inf", "0.50000", "0.0600")


def test_a_bounded_fieller_stands_beside_the_delta_interval():
    text = " ".join(one_number().summary().split())
    assert "95% delta interval 49.626 to 65.418; Fieller's 41.266 to 121.58" in text


def test_l2_names_the_reason_and_aliased_terms_keep_their_row():
    text = " ".join(one_number(cov=None).summary().split())
    assert "intervals none: a penalty biases the coefficients" in text
    assert "l2, C = 1" in text
    assert "LR, AIC, BIC none: a penalty has no degrees of freedom to count" in text
    assert words.report(mixed()).rows[4] == ("twice", "-", "-", "-", "-", "-", "-")


def test_rejected_and_imputed_are_said():
    m = admissions()
    m = dataclasses.replace(m, rows=dataclasses.replace(m.rows, rejected=2, imputed={"gre": 3}))
    text = m.summary()
    assert "2 lines could not be read" in text
    assert "3 values (gre: 3)" in text


def test_an_estimated_auc_and_an_estimated_bound_are_said():
    m = admissions()
    certificate = dataclasses.replace(m.certificate, bound_kind="estimate")
    m = dataclasses.replace(m, certificate=certificate, statistics=dataclasses.replace(m.statistics, auc_error=1e-5))
    text = " ".join(m.summary().split())
    assert "0.6928 (from a histogram, within 1e-05)" in text
    assert "at most 8.8e-18 (an estimate)" in text
    bare = dataclasses.replace(certificate, bound=None, bound_kind="none")
    assert "no bound on the loss" in words.certificate_words(bare)


def test_korean_columns_line_up():
    lines = mixed().summary().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("term "))
    block = lines[start : start + 7]
    assert len({cell_len(line) for line in block}) == 1  # rich's own count of cells
    assert len({len(line) for line in block}) > 1  # counted in letters they would not
    assert block[2].startswith("(intercept) ")
    assert block[4].startswith("반[가]       ")


def test_decomposed_hangul_is_composed():
    name = unicodedata.normalize("NFD", "점수")
    m = model(plan(Numeric(name)), [0.0, 1.0], np.eye(2))
    assert "점수" in m.summary()
    assert words.cells(name) == 4 == words.cells("점수")


def test_a_name_cannot_break_the_table():
    m = model(plan(Numeric("two\nlines\x1b[31m")), [0.0, 1.0], np.eye(2))
    assert r"two\nlines\x1b[31m" in m.summary()


def test_long_facts_wrap_within_the_width():
    m = admissions(warnings=("긴 경고 문장 " * 40,))
    long = [line for line in m.summary().splitlines() if cell_len(line) > words.WIDTH]
    assert long == []


@given(st.text(st.characters(categories=("Lu", "Ll", "Lo", "Nd", "Po"), exclude_characters="\u00ad"), max_size=12))
def test_cells_agree_with_rich_for_letters(text):
    text = unicodedata.normalize("NFC", text)
    text = "".join(c for c in text if ord(c) < 0x3130 or 0xAC00 <= ord(c) <= 0xD7A3 or 0x4E00 <= ord(c) <= 0x9FFF)
    assert words.cells(text) == cell_len(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), (float("nan"), "-"), (0.0, "0"), (-0.0, "0"), (57.5, "57.500"), (0.002264, "0.0022640"),
        (-13.123456, "-13.123"), (123456.78, "123456.8"), (1e12, "1.0000e+12"), (2.5e-7, "2.5000e-07"),
        (float("inf"), "inf"), (float("-inf"), "-inf"),
    ],
)  # fmt: skip
def test_numbers_as_text(value, text):
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("p", "cell", "word"),
    [(0.0495, "0.0495", "= 0.0495"), (3e-9, "<0.0001", "< 0.0001"), (1.0, "1.0000", "= 1.0000"), (None, "-", "-")],
)
def test_p_as_text(p, cell, word):
    assert words.p_text(p) == cell
    assert words.p_text(p, word=True) == word


def test_percent():
    assert [words.percent(x) for x in (0.95, 0.9, 0.999, 0.683)] == ["95%", "90%", "99.9%", "68.3%"]
