"""Formulas that show their numbers: small pieces of HTML, so that a slider repaints them in a millisecond."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"
PARTIAL = '<i class="d">\N{PARTIAL DIFFERENTIAL}</i>'  # of its own font: Hangul fonts draw it too small


def number(value: float, digits: int = 2) -> str:
    """A number as it is read: a true minus sign, no negative zero."""
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def plus(value: float, digits: int = 2) -> str:
    """A number as the next term of a sum: ' + 0.50' or ' − 0.50'."""
    text = number(value, digits)
    return f" {MINUS} {text[1:]}" if text.startswith(MINUS) else f" + {text}"


def times(value: float, digits: int = 2) -> str:
    """A number as a factor: in parentheses where it is negative."""
    text = number(value, digits)
    return f"({text})" if text.startswith(MINUS) else text


def live(text: str, kind: str = "") -> str:
    """A number that has just changed: in the color and shape of what it belongs to."""
    return f'<b class="live {kind}">{text}</b>'


def frac(top: str, bottom: str) -> str:
    """A fraction."""
    return f'<span class="frac"><span>{top}</span><span>{bottom}</span></span>'


def power(base: str, exponent: str) -> str:
    """A power."""
    return f"{base}<sup>{exponent}</sup>"


def sigmoid_of(z: str) -> str:
    """1 / (1 + e^-(z)), with z as it stands."""
    return frac("1", f"1 + {power('e', f'{MINUS}({z})')}")


def lines(*each: str) -> str:
    """Formulas under one another, in one block."""
    return '<div class="formula">' + "".join(f"<div>{line}</div>" for line in each) + "</div>"
