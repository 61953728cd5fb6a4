"""What the doctor finds: data first, sentences later.

A finding is a code and the numbers seen; which lesson it belongs to and what else follows from it stand in `CATALOG`,
its sentences in `english` and `korean`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from cutline.doctor import english, korean
from cutline.errors import UsageError
from cutline.model import Separation

Lang = Literal["en", "ko"]
WORDS = {"en": english, "ko": korean}


class Entry(NamedTuple):
    """What is known of a finding before it is found."""

    kind: Literal["fault", "fact"]
    lesson: int
    consequences: tuple[str, ...] = ()


PACE = ("learning-rate-climbs", "learning-rate-crawls")
CATALOG: dict[str, Entry] = {
    # the data and their shapes
    "not-finite": Entry("fault", 6, ("saturation", "no-gradient", *PACE)),
    "labels-out-of-range": Entry("fault", 1, ("does-not-run", "saturation", *PACE)),
    "labels-shuffled": Entry("fault", 6, PACE),
    "integer-targets": Entry("fault", 4, ("does-not-run", "dtype-mismatch")),
    "dtype-mismatch": Entry("fault", 4, ("does-not-run",)),
    "shape-mismatch": Entry("fault", 4, ("does-not-run", *PACE)),
    "does-not-run": Entry("fault", 4),
    # the module and its loss
    "logits-to-bce": Entry("fault", 5, ("does-not-run", "saturation", *PACE)),
    "probabilities-to-logit-loss": Entry("fault", 5, PACE),
    "sigmoid-twice": Entry("fault", 2, PACE),
    "swapped-arguments": Entry("fault", 3, ("does-not-run", "not-finite", "saturation", "no-gradient", *PACE)),
    "cost-without-minus": Entry("fault", 3, ("saturation", *PACE)),
    "sigmoid-without-minus": Entry("fault", 2, ("saturation", *PACE)),
    "saturation": Entry("fault", 2, ("no-gradient", "learning-rate-crawls")),
    "no-gradient": Entry("fault", 4, ("parameters-not-held", "learning-rate-crawls")),
    # the loop
    "parameters-not-held": Entry("fault", 6, ("learning-rate-crawls",)),
    "model-rebuilt": Entry("fault", 5, ("parameters-not-held", "no-gradient", "missing-step", "saturation", *PACE)),
    "missing-zero-grad": Entry("fault", 4, ("saturation", *PACE)),
    "zero-grad-too-late": Entry("fault", 4, ("no-gradient", "parameters-not-held", *PACE)),
    "missing-backward": Entry("fault", 4, ("no-gradient", "parameters-not-held", *PACE)),
    "missing-step": Entry("fault", 4, PACE),
    "learning-rate-climbs": Entry("fault", 3, ("saturation",)),
    "learning-rate-crawls": Entry("fault", 3),
    # the machine
    "half-precision": Entry("fault", 6, ("dtype-mismatch", "does-not-run", "saturation", "no-gradient", *PACE)),
    "tf32": Entry("fault", 6),
    "slow-loader": Entry("fault", 6),
    # the data, as they are
    "columns-of-different-scale": Entry("fact", 6),
    "class-imbalance": Entry("fact", 1),
    "one-class": Entry("fact", 1),
    "separable": Entry("fact", 4),
}


@dataclass(frozen=True)
class Finding:
    """One thing found. `values` is the evidence as numbers; `case` says which way it was found."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    case: str = ""

    @property
    def kind(self) -> Literal["fault", "fact"]:
        """A fault of the loop, or a fact about the data."""
        return CATALOG[self.code].kind

    @property
    def lesson(self) -> int:
        """The lesson, 1 to 6, that teaches it."""
        return CATALOG[self.code].lesson

    @property
    def consequences(self) -> tuple[str, ...]:
        """Codes of what may follow from it: they are not counted as faults of their own beside it."""
        return CATALOG[self.code].consequences

    @property
    def title(self) -> str:
        return self.say("en")[0]

    @property
    def evidence(self) -> str:
        return self.say("en")[1]

    @property
    def remedy(self) -> str:
        return self.say("en")[2]

    def say(self, lang: Lang = "en") -> tuple[str, str, str]:
        """Title, evidence and remedy in a language."""
        words = WORDS[lang]
        key = f"{self.code}/{self.case}" if self.case else self.code
        values = dict(self.values)
        return (
            words.TITLE[self.code],
            words.EVIDENCE[key].format(**values),
            (words.REMEDY.get(key) or words.REMEDY[self.code]).format(**values),
        )


@dataclass(frozen=True)
class Credit:
    """What mending one thing is worth, shown by a refit: the loss after `steps` steps as it stands, and mended.

    For columns of different scale, both runs of gradient descent take the step their columns allow.
    """

    code: str
    steps: int
    before: float
    after: float
    gap: float | None = None  # `before` less the best linear logit's loss

    @property
    def share(self) -> float | None:
        """The share of the gap to the best linear logit that the refit closed."""
        if self.gap is None or self.gap <= 0:
            return None
        return min(max((self.before - self.after) / self.gap, 0.0), 1.0)


@dataclass(frozen=True)
class Report:
    """What the doctor says of a loop.

    loss: the loop's loss on the rows seen. best: the smallest loss of any linear logit on the same rows, in the same
    unit; None where there is no minimum (`separation` says why) or it was not looked for. credits: what mending was
    shown to be worth. As text, `str(report)` or ``report.text("ko")``.
    """

    findings: tuple[Finding, ...]
    loss: float | None = None
    best: float | None = None
    separation: Separation | None = None
    credits: tuple[Credit, ...] = ()
    rows: int = 0

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The faults to mend, without what merely follows from another one."""
        followed = {code for f in self.findings for code in f.consequences}
        return tuple(f for f in self.findings if f.kind == "fault" and f.code not in followed)

    @property
    def following(self) -> tuple[Finding, ...]:
        """Faults that follow from another one, and may go when it is mended."""
        faults = self.faults
        return tuple(f for f in self.findings if f.kind == "fault" and f not in faults)

    @property
    def facts(self) -> tuple[Finding, ...]:
        """Facts about the data: nothing to mend, but good to know."""
        return tuple(f for f in self.findings if f.kind == "fact")

    @property
    def gap(self) -> float | None:
        """How far the loss is above the best linear logit's; negative where the module does better than any."""
        return None if self.loss is None or self.best is None else self.loss - self.best

    def text(self, lang: Lang = "en") -> str:
        """The report to read, in English ("en") or Korean ("ko")."""
        if lang not in WORDS:
            raise UsageError(f'lang: expected "en" or "ko", but {lang!r} came. Choose one of the two.')
        from cutline.doctor.words import text

        return text(self, lang)

    def __str__(self) -> str:
        return self.text("en")
