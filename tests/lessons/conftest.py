"""What the lessons' tests share."""

from __future__ import annotations

import pytest
from lesson_runs import Run, run_lesson


@pytest.fixture
def run() -> Run:
    """`run(3, ball=0.74)` runs lesson 3 without a browser, and gives every name it defines."""
    return run_lesson
