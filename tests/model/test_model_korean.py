"""The library's sentences in Korean: every one of a summary, every usual fault of a table, and nothing made up."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pytest

import cutline
from cutline.errors import CutlineError
from cutline.model import korean as catalog
from cutline.model.korean import korean, particles

SOURCE = Path(catalog.__file__).parent.parent
SENTENCES = catalog.NAMES | catalog.SUMMARY | catalog.WARNINGS | catalog.ERRORS
KEPT = {"Firth", "Fieller", "Wald", "AIC", "BIC", "AUC", "newton", "fisher-scoring", "auto", "none", "csv", "CSV", "UTF-"}  # fmt: skip


def _pieces() -> list[str]:
    found = []
    for path in SOURCE.rglob("*.py"):
        if path.name != "korean.py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return found


def test_every_sentence_is_one_the_library_says() -> None:
    # were the English to change, its Korean would never be found again: so each clause must stand somewhere
    text = "\n".join(_pieces()).lower()
    clauses = {
        clause.strip(" '\"")
        for english in SENTENCES
        for piece, *_ in Formatter().parse(english.lower())
        for clause in re.split(r"[.,;:()%]", piece)
    }
    assert [clause for clause in clauses if clause not in text] == []


def test_a_translation_names_only_places_of_its_sentence() -> None:
    for english, words in SENTENCES.items():
        here, there = ({name for _, name, *_ in Formatter().parse(text) if name} for text in (english, words))
        assert there <= here, english
        assert all(f"{{{name}}}" in words for name in here if name.startswith("_") and name not in ("_remedy",)), (
            english
        )


def test_longer_sentences_come_before_those_they_contain() -> None:
    stop = "The Newton decrement fell to the tolerance"
    said = f"{stop}. Gradient 1e-08, Newton decrement 2e-07 (tolerance 1e-06), no bound on the loss; newton, 5 passes over 6 rows."
    assert korean(said).startswith("뉴턴 감소량이 기준 아래로 내려갔습니다. 기울기 1e-08,")


def _english(text: str, names: set[str]) -> set[str]:
    return set(re.findall(r"[A-Za-z][A-Za-z-]{2,}", text)) - KEPT - names


NOISE = np.random.default_rng(0)
X, Z = NOISE.normal(size=(2, 60)).tolist()
Y = [int(a + b > 0) for a, b in zip(X, NOISE.normal(size=60))]
CLASS = [("가", "나", "다")[i % 3] for i in range(60)]
HOLES = [None, *X[1:]]


@pytest.mark.parametrize(
    ("table", "options"),
    [
        ({"점수": [45, 50, 55, 60, 65, 70], "결과": list("NNNYYY")}, {}),
        ({"점수": [1, 2, 3, 3, 4, 5], "결과": [0, 0, 0, 1, 1, 1]}, {}),
        ({"반": list("aaabbbb"), "결과": [0, 0, 0, 1, 1, 0, 1]}, {}),
        ({"반": list("aaabbbb"), "결과": [1, 0, 1, 1, 1, 1, 1]}, {}),
        ({"반": list("aaabbbb"), "결과": [0, 0, 0, 1, 1, 1, 1]}, {}),
        ({"가": [0, 1, 0, 3, 1, 4], "나": [3, 0, 2, 1, 4, 1], "결과": [0, 0, 0, 1, 1, 1]}, {}),
        ({"가": HOLES, "나": Z, "다": [2 * z for z in Z], "라": [1.0] * 60, "반": CLASS, "결과": Y}, {}),
        ({"가": HOLES, "반": [None, *CLASS[1:]], "결과": Y}, {}),
        ({"가": HOLES, "반": [None, *CLASS[1:]], "결과": Y}, {"missing": "impute"}),
        ({"가": X, "결과": Y}, {"penalty": "l2"}),
        ({"가": X, "무게": Z, "결과": Y}, {"penalty": "none", "features": ["가"]}),
    ],
)  # fmt: skip
def test_a_korean_summary_is_korean_throughout(table: dict[str, Any], options: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cutline.fit(table, target="결과", **options)
    said = model.summary(lang="ko")
    assert _english(said, {"N", "Y"}) == set(), said
    assert not re.search(r"[{}]|\.\.|\(는\)|\(가\)|\(를\)", said)
    # the numbers are the same ones, in the same order in the table
    rows = [line.split()[1:] for line in model.summary().splitlines() if line.startswith("(intercept)")]
    assert [line.split()[1:] for line in said.splitlines() if line.startswith("(절편)")] == rows


@pytest.mark.parametrize(
    ("contents", "options", "words"),
    [
        ("", {}, "빈 파일"),
        ("점수,결과\n", {}, "열 이름만 있고"),
        ("45,0\n50,1\n", {}, "1번째 줄: 열 이름이 있어야"),
        ("우리 반 성적\n점수,결과\n45,합격\n50,불합격\n", {}, "제목인 듯합니다"),
        (",점수,결과\n1,45,합격\n2,50,불합격\n", {}, "1번째 열에 이름이 없습니다"),
        ("점수,점수,결과\n1,2,0\n3,4,1\n", {}, "'점수'가 여러 번"),
        ("점수,결과\n45,합격\n50,불합격,x\n55,불합격\n", {}, "3번째 줄: 2칸이어야 하는데 3칸"),
        ('점수,결과\n45,"합격\n50,불합격\n', {}, "따옴표가 열리고"),
        ("PK\x03\x04 sheet", {}, "엑셀 파일"),
        ("점수,결과\n45,합격\n50,합격\n", {}, "값이 두 가지여야 하는데 1가지뿐"),
        ("점수,결과\n45,합격\n50,불합격\n55,보류\n", {}, "'보류' 1개(4번째 줄부터)"),
        ("점수,결과\n45,합격\n오십,불합격\n55,불합격\n60,합격\n", {"features": ["점수"]}, "3번째 줄, '점수' 열: '오십'은 수가 아닌데"),
        ('점수,결과\n"1,200",합격\n900,불합격\n800,합격\n', {"features": ["점수"]}, "천 단위를 끊는 쉼표"),
        ("값,결과\n3000원,합격\n900,불합격\n800,합격\n", {"features": ["값"]}, "돈의 단위"),
        ("이름,결과\n" + "".join(f"{a}{b},{i % 2}\n" for i, (a, b) in enumerate(zip("김이박최정강조윤임한오서", "가나다라마바사아자차카타"))), {"features": ["이름"]}, "이름표처럼"),
        ("점수,결과\n,합격\n,불합격\n,합격\n", {"features": ["점수"]}, "'점수' 열"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said_in_korean(
    tmp_path: Path, contents: str, options: dict[str, Any], words: str
) -> None:
    path = tmp_path / "성적.csv"
    path.write_text(contents, encoding="utf-8")
    with pytest.raises(CutlineError) as refused:
        cutline.fit(str(path), target="결과", **options)
    said = korean(str(refused.value)).replace(str(path), "성적.csv")
    assert words in said
    assert _english(said, set()) == set(), said


def test_a_sentence_without_korean_stays_as_it_is() -> None:
    for text in ("an unheard-of sentence; with a part", "a: b", "x is y. z."):
        assert korean(text) == text


def test_particles_fit_the_letter_before_them() -> None:
    said = particles(
        "점수이(가) 반이(가) '반'을(를) 3은(는) 2은(는) x1과(와) 서울(으)로 반(으)로 7(으)로 5(으)로 (값)은(는)"
    )
    assert said == "점수가 반이 '반'을 3은 2는 x1과 서울로 반으로 7로 5로 (값)은"


def test_a_column_may_be_called_as_the_library_calls_something() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cutline.fit({"x": X, "exact": np.abs(Z), "결과": Y}, target="결과", weights="exact")
    assert re.search(r"^가중치 열 +exact$", model.summary(lang="ko"), re.MULTILINE)
