"""The whole road on real data: fit, show, predict, score; and the same numbers as from Python."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

import cutline


def test_fit_show_predict_score(cli: Callable, spector: Path, tmp_path: Path) -> None:
    saved = tmp_path / "m.json"
    fit = cli("fit", spector, "--target", "GRADE", "--out", saved, "--json")
    assert fit.code == 0, fit.err
    document = json.loads(fit.out)

    # Greene, Econometric Analysis, 7th ed. (2012), Table 17.1, logit column
    published = {"(intercept)": -13.021, "GPA": 2.826, "TUCE": 0.095, "PSI": 2.379}
    assert {row["term"]: round(row["coef"], 3) for row in document["terms"]} == published
    assert round(document["log_likelihood"], 4) == -12.8896

    model = cutline.fit(spector, "GRADE")
    for row in document["terms"]:
        term = row["term"]
        low, high = model.conf_int()[term]
        assert row == {
            "term": term,
            "coef": model.coef[term],
            "std_error": model.std_errors[term],
            "odds_ratio": model.odds_ratios[term],
            "ci_low": low,
            "ci_high": high,
            "z": model.z_values[term],
            "p": model.p_values[term],
        }
    assert document["aic"] == model.aic
    assert document["fingerprint"] == model.fingerprint

    show = cli("show", saved, "--json")
    assert (show.code, show.err, json.loads(show.out)) == (0, "", document)

    predict = cli("predict", saved, spector, "--keep", "PSI")
    assert (predict.code, predict.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(predict.out)))
    assert list(rows[0]) == ["row", "probability", "prediction", "PSI"]
    assert [int(row["row"]) for row in rows] == list(range(1, 33))
    probability = [float(row["probability"]) for row in rows]
    assert probability == model.predict_proba(spector).tolist()
    assert [row["prediction"] for row in rows] == ["1" if p >= 0.5 else "0" for p in probability]

    score = cli("score", saved, spector, "--json")
    assert (score.code, score.err) == (0, "")
    scores = json.loads(score.out)
    truth = [int(line.rsplit(",", 1)[1]) for line in spector.read_text().splitlines()[1:]]
    loss = -sum(math.log(p if y else 1 - p) for p, y in zip(probability, truth)) / 32
    assert scores["log_loss"] == pytest.approx(loss, rel=1e-12)
    hits = sum((p >= 0.5) == bool(y) for p, y in zip(probability, truth))
    assert scores["accuracy"] == hits / 32 == 26 / 32  # Greene's 2 x 2 table: 18 + 8 right
    assert [scores[f"{truth}_{called}"] for truth in ("true", "false") for called in ("negative", "positive")] == [
        18,
        8,
        3,
        3,
    ]


def test_the_report(cli: Callable, spector: Path) -> None:
    ran = cli("fit", spector, "--target", "GRADE")
    assert (ran.code, ran.err) == (0, "")
    for words in (str(spector), "32 read, 32 used, 0 dropped", "not saved; --out", "certificate", "2.8261"):
        assert words in ran.out
    assert not [line for line in ran.out.splitlines() if line != line.rstrip()], "no trailing blanks in a pipe"
    assert "\x1b" not in ran.out
    assert not set(ran.out) & set("─━│┃╭╰┏┗"), "no boxes in a pipe"


def test_show_says_what_fit_said(cli: Callable, spector: Path, tmp_path: Path) -> None:
    fit = cli("fit", spector, "--target", "GRADE", "--out", tmp_path / "m.json").out.splitlines()
    show = cli("show", tmp_path / "m.json").out.splitlines()
    own = ("data", "model")  # what only a fit knows: where the table was, where the model went
    assert [x.split() for x in show if x] == [x.split() for x in fit if x and not x.strip().startswith(own)]


def test_the_exam_scores(cli: Callable, exam_fit: tuple) -> None:
    """The deck's six pupils: separated, so Firth's penalty, loudly; a cut line at 57.5."""
    saved, ran = exam_fit
    assert ran.code == 0
    document = json.loads(ran.out)
    slope = next(row for row in document["terms"] if row["term"] == "점수")
    assert (document["penalty"], document["requested_penalty"]) == ("firth", "auto")
    assert document["positive"] == "합격"
    assert round(slope["coef"], 3) == 0.226
    assert round(slope["p"], 4) == 0.0495
    assert round(document["cut_line"]["value"], 6) == 57.5
    assert document["separation"]["terms"] == ["점수"]

    text = cli("show", saved).out
    for words in ("57.5", "delta", "Fieller", "unbounded", "separat", "no finite answer", "0.0495", "합격", "Firth"):
        assert words in text


def test_quiet_delivers_and_still_warns(cli: Callable, spector: Path, tmp_path: Path) -> None:
    lines = spector.read_text().splitlines()
    spector.write_text(
        "\n".join([lines[0] + ",twice", *(f"{line},{2 * float(line.split(',')[0])}" for line in lines[1:])])
    )
    ran = cli("fit", spector, "--target", "GRADE", "--quiet", "--out", tmp_path / "m.json")
    assert (ran.code, ran.out) == (0, "")
    assert (tmp_path / "m.json").exists()
    assert "twice" in ran.err
    assert all(line.startswith("cutline: warning: ") for line in ran.err.splitlines())


def test_options_reach_the_fit(cli: Callable, table: Callable[[str], Path], tmp_path: Path) -> None:
    rows = [(20 + i % 40, "abc"[i % 3], 1 + i % 2, int(i % 7 in (1, 2, 5))) for i in range(120)]
    text = "age|height, cm|w|y\n" + "".join(f"{a},5|{c}|{w}|{y}\n" for a, c, w, y in rows) + "?|a|1|0\n"
    argv = ["fit", table(text), "--target", "y", "--json", "--delimiter", "|", "--decimal", ",", "--na", "?,."]
    argv += ["--reference", "height, cm=b", "--weights", "w", "--positive", "0", "--penalty", "l2", "--C", "0.5"]
    argv += ["--no-intercept", "--conf-level", "0.9", "--features", '"height, cm",age', "--missing", "impute"]
    ran = cli(*argv)
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert [row["term"] for row in document["terms"]] == ["age", "height, cm[a]", "height, cm[c]"]
    assert {key: document[key] for key in ("positive", "penalty", "C", "intercept", "conf_level", "weights")} == {
        "positive": "0",
        "penalty": "l2",
        "C": 0.5,
        "intercept": False,
        "conf_level": 0.9,
        "weights": "w",
    }
    assert document["imputed"] == {"age": 1}
    assert document["reference_levels"] == {"height, cm": "b"}
    assert document["no_errors_reason"]
    assert all(row["std_error"] is None for row in document["terms"])


def test_standard_input(cli: Callable, spector: Path, model: Path) -> None:
    whole = cli("fit", spector, "--target", "GRADE", "--json")
    piped = cli("fit", "-", "--target", "GRADE", "--json", stdin=spector.read_bytes())
    assert piped.code == 0, piped.err
    assert json.loads(piped.out)["terms"] == json.loads(whole.out)["terms"]
    scored = cli("predict", model, "-", stdin=spector.read_bytes())
    assert (scored.code, scored.out) == (0, cli("predict", model, spector).out)
