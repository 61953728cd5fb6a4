"""What the six lessons are called, and which step of the deck each one plays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Lang = Literal["ko", "en"]
LANGUAGES: Final[tuple[Lang, ...]] = ("ko", "en")
HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Lesson:
    """One lesson: its file, and its title, its promise and its place in the deck, in both languages."""

    number: int
    stem: str
    title: dict[Lang, str]
    promise: dict[Lang, str]
    deck: dict[Lang, str]

    @property
    def path(self) -> Path:
        """The notebook itself."""
        return HERE / f"{self.stem}.py"


LESSONS: Final[tuple[Lesson, ...]] = (
    Lesson(
        1,
        "01_binary_classification",
        {"ko": "이진 분류", "en": "Binary classification"},
        {"ko": "아무도 알려 주지 않은 커트라인을 찾습니다.", "en": "Find the cut line that nobody published."},
        {"ko": "Part 1 · 01 이진 분류", "en": "Part 1 · 01 Binary classification"},
    ),
    Lesson(
        2,
        "02_sigmoid",
        {"ko": "시그모이드 함수", "en": "The sigmoid"},
        {"ko": "W와 b로 S자 곡선을 움직입니다.", "en": "Move the S-curve with W and b."},
        {"ko": "Part 1 · 02 시그모이드 함수", "en": "Part 1 · 02 The sigmoid function"},
    ),
    Lesson(
        3,
        "03_cost",
        {"ko": "비용 함수", "en": "The cost"},
        {"ko": "공을 굴려 가장 낮은 곳을 찾습니다.", "en": "Roll the ball to the lowest place."},
        {"ko": "Part 2 · 01 비용 함수", "en": "Part 2 · 01 The cost function"},
    ),
    Lesson(
        4,
        "04_pytorch_by_hand",
        {"ko": "파이토치로 직접 구현하기", "en": "PyTorch by hand"},
        {"ko": "1,000 에포크를 한 장씩 넘겨 봅니다.", "en": "Leaf through 1,000 epochs, one by one."},
        {"ko": "Part 2 · 02 파이토치로 로지스틱 회귀 구현하기", "en": "Part 2 · 02 Logistic regression in PyTorch"},
    ),
    Lesson(
        5,
        "05_nn_modules",
        {"ko": "nn.Linear, nn.Sigmoid, nn.Sequential", "en": "nn.Linear, nn.Sigmoid, nn.Sequential"},
        {"ko": "같은 숫자를 두 가지 코드로 얻습니다.", "en": "Get the same numbers from two codes."},
        {"ko": "Part 3 · 01 nn.Module로 구현하기", "en": "Part 3 · 01 With nn.Module"},
    ),
    Lesson(
        6,
        "06_classes_and_your_csv",
        {"ko": "클래스, 그리고 내 데이터", "en": "Classes, then your own data"},
        {"ko": "forward를 채우고, 내 CSV로 끝맺습니다.", "en": "Fill in forward, and end with your own CSV."},
        {"ko": "Part 3 · 02 모델을 클래스로 구현하기", "en": "Part 3 · 02 The model as a class"},
    ),
)
