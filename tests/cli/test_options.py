"""Lists, pairs and ranges: what the text of an option means."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutline.errors import UsageError
from cutline.faces.cli import options


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (None, ()),
        (["a,b"], ("a", "b")),
        (["a , b", "c"], ("a", "b", "c")),
        (["a,b", "b,a"], ("a", "b")),
        (['"height, cm",age'], ("height, cm", "age")),
        (['age, "height, cm"'], ("age", "height, cm")),
        (['" padded "'], (" padded ",)),
        (['"he said ""hi"""'], ('he said "hi"',)),
        (['5" pipe,b'], ('5" pipe', "b")),
        (["키,몸무게"], ("키", "몸무게")),
        (["race[other],x=1"], ("race[other]", "x=1")),
    ],
)
def test_names(values: list[str] | None, expected: tuple[str, ...]) -> None:
    assert options.names("--features", values) == expected


@pytest.mark.parametrize("value", ["", "a,,b", "a,", ",a", '""'])
def test_an_empty_name_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="one is empty"):
        options.names("--drop", [value])


@pytest.mark.parametrize("value", ['"a', '"a"b', '"a,b'])
def test_unbalanced_quotes_are_refused(value: str) -> None:
    with pytest.raises(UsageError, match="must end with"):
        options.names("--drop", [value])


@given(st.lists(st.text(min_size=1), min_size=1, unique=True))
def test_every_list_of_names_can_be_written(wanted: list[str]) -> None:
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in wanted)
    assert options.names("--keep", [quoted]) == tuple(wanted)


def test_tokens_may_be_empty() -> None:
    assert options.tokens("--na", ["?,-999", ",."]) == ("?", "-999", ".")


def test_references() -> None:
    pairs = ["race=white", "a=b=c", '"x=y"=z', "e="]
    assert options.references(pairs) == {"race": "white", "a": "b=c", "x=y": "z", "e": ""}


@pytest.mark.parametrize(
    ("pairs", "words"), [(["race"], "COLUMN=LEVEL"), (["=w"], "COLUMN=LEVEL"), (["r=a", "r=b"], "two levels")]
)
def test_bad_references(pairs: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        options.references(pairs)


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0, 2.0, math.nan, math.inf, -math.inf])
def test_open_interval(value: float) -> None:
    with pytest.raises(UsageError, match="between 0 and 1, both excluded"):
        options.between("--threshold", value, 0, 1)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_positive_and_finite(value: float) -> None:
    with pytest.raises(UsageError, match="above 0"):
        options.between("--tol", value, 0, math.inf)
