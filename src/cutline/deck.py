"""The deck's own numbers: the little data sets every lesson, figure and test starts from.

Each set is a pair of tuples, so that it cannot change by accident: `numpy.array(EXAM_SCORES)`,
`torch.tensor(SIX_POINTS)` and `{"score": EXAM_SCORES, "result": EXAM_RESULTS}` all take them as they are.
"""

from __future__ import annotations

from typing import Final

EXAM_SCORES: Final[tuple[float, ...]] = (45.0, 50.0, 55.0, 60.0, 65.0, 70.0)
"""Six pupils' exam scores (점수), in points. The cut line was never published."""

EXAM_RESULTS: Final[tuple[str, ...]] = ("불합격", "불합격", "불합격", "합격", "합격", "합격")
"""What became of them: 불합격 (fail) or 합격 (pass)."""

EXAM_PASSED: Final[tuple[float, ...]] = (0.0, 0.0, 0.0, 1.0, 1.0, 1.0)
"""The same results as numbers: 1 is a pass."""

EXAM_CENTER: Final[float] = 57.5
"""The mean score. Scores less this number are the centered scores of the cost figures."""

EXAM_W: Final[float] = 0.22578249771270725
EXAM_B: Final[float] = -12.982493618480667
"""Firth's answer on the exam scores (W per point, and b). Every cut between 55 and 60 is perfect, so plain
maximum likelihood has no answer: W would grow without end. Firth's cut line, -b/W, is the mean score."""

SIX_POINTS: Final[tuple[tuple[float, float], ...]] = (
    (1.0, 2.0),
    (2.0, 3.0),
    (3.0, 1.0),
    (4.0, 3.0),
    (5.0, 3.0),
    (6.0, 2.0),
)
"""The deck's `x_data`, 6 x 2. These points are separable too."""

SIX_LABELS: Final[tuple[tuple[float], ...]] = ((0.0,), (0.0,), (0.0,), (1.0,), (1.0,), (1.0,))
"""The deck's `y_data`, 6 x 1."""

TWO_VALLEYS_X: Final[tuple[float, ...]] = (-8.0, -2.0, -2.0, -2.0, 1.0)
TWO_VALLEYS_Y: Final[tuple[float, ...]] = (1.0, 0.0, 0.0, 0.0, 0.0)
"""Five points on which squared error over a sigmoid really has two valleys (b = 0): at W = -0.07 and 0.74.
Cross-entropy has one, at -0.08."""
