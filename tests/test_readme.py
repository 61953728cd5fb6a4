"""What the READMEs show is what happens: every command and every Python block of both is run, and compared.

`console` blocks are commands with what they print, `python` blocks are doctests. A block that cannot run here says why
in a comment above it. `python examples/capture.py` brings what the
papers show up to date.
"""

from __future__ import annotations

import ast
import doctest
import html
import importlib.util
import re
import sys
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\w)")


def _capture() -> ModuleType:
    spec = importlib.util.spec_from_file_location("capture", ROOT / "examples" / "capture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["capture"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


capture = _capture()
PAPERS = {name: (ROOT / name).read_text(encoding="utf-8") for name in capture.PAPERS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Examples and nothing else; both papers leave their models here, so what one has run the other need not."""
    return capture.empty_folder(tmp_path_factory.mktemp("readme"))


@cache
def output(command: str, folder: Path) -> str:
    return capture.run(command, folder)


def same(shown: str, came: str) -> bool:
    """Equal but for the last digit of a number, for how near to nothing a nothing is, and for a count of passes.

    Another processor adds in another order: a gradient of 8e-12 may come out as 9e-12, a pass later.
    """
    shown, came = (re.sub(r"[\d,]+ passes", "passes", text) for text in (shown, came))
    if NUMBER.sub("0", shown).split() != NUMBER.sub("0", came).split():
        return False
    return all(_near(a, b) for a, b in zip(NUMBER.findall(shown), NUMBER.findall(came)))


def _near(a: str, b: str) -> bool:
    if a == b:
        return True
    x, y = float(a), float(b)
    if abs(x) <= 1e-6 and abs(y) <= 1e-6:
        return True
    digits, _, power = a.partition("e")
    decimals = len(digits.partition(".")[2])  # a whole number is a count, and has none to give away
    return bool(decimals) and abs(x - y) <= 1.5 * 10.0 ** (int(power or 0) - min(decimals, 12))


def test_same_sees_a_difference() -> None:
    assert same("gradient 8e-12, loss 0.4764, 11 passes", "gradient 1.1e-11,  loss 0.4765, 12 passes")
    assert same("odds 2.3003e-06", "odds 2.3004e-06")
    assert same("p 0.20416850129373948", "p 0.20416850129374951")
    for shown, came in [
        ("accuracy 0.83478", "accuracy 0.83480"),
        ("3681 rows", "3680 rows"),
        ("odds 2.3003e-06", "odds 2.3008e-06"),
        ("penalty none", "penalty l2"),
        ("a 1 b", "a b"),
    ]:
        assert not same(shown, came), (shown, came)


@pytest.mark.parametrize("name", PAPERS)
def test_commands_print_what_is_shown(name: str, folder: Path) -> None:
    for command, shown in _all_commands(PAPERS[name]):
        came = output(command, folder)
        assert same(shown, came), (
            f"{name}: `{command}` now prints\n\n{came}\npython examples/capture.py brings it up to date"
        )


@pytest.mark.parametrize("name", PAPERS)
def test_python_does_what_is_shown(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a paper's blocks in their order, in one namespace: so a reader types them."""
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    said: list[str] = []
    for block in capture.blocks(PAPERS[name]):
        if block.language != "python" or block.skip is not None:
            continue
        test = doctest.DocTestParser().get_doctest(block.text, names, name, name, block.line - 1)
        assert test.examples, f"{name}:{block.line}: a python block of a README shows what comes out, as a doctest"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
        names = test.globs
    assert not said, "".join(said)


def test_what_is_not_run_says_why() -> None:
    for name, paper in PAPERS.items():
        for block in capture.blocks(paper):
            assert block.language in ("console", "python", "text") or block.skip, f"{name}:{block.line} is never run"


def test_both_readmes_show_the_same() -> None:
    """The Korean one is complete: the same commands, outputs, code and sections, in its own words."""
    one, two = (PAPERS[name] for name in capture.PAPERS)
    assert one.count("\n## ") == two.count("\n## ")
    shown = [
        [(b.language, code_of(b.text)) for b in capture.blocks(p) if b.language in ("console", "python")]
        for p in (one, two)
    ]
    assert shown[0] == shown[1]
    files = [re.findall(r"^ *(?:\S+/ |\S+\.py )", tree(paper), re.MULTILINE) for paper in (one, two)]
    assert files[0] == files[1]


def code_of(text: str) -> str:
    """A block without its comments, which each language writes for itself."""
    return re.sub(r"\s+#.*", "", text)


def tree(paper: str) -> str:
    return next(b.text for b in capture.blocks(paper) if b.language == "text" and b.text.startswith("src/"))


def test_the_tree_is_the_tree() -> None:
    """Every room stands in the README's tree, and nothing else does."""
    package = ROOT / "src" / "cutline"
    rooms = {p.name for p in package.iterdir() if p.suffix == ".py" or (p.is_dir() and (p / "__init__.py").exists())}
    text = tree(PAPERS["README.md"]).partition("tests/")[0].partition("\n")[2]
    named = {word.rstrip("/") for line in text.splitlines() for word in re.split(r"\s{3,}", line.strip())[0].split()}
    assert {name.rstrip("/") for name in named} == rooms


def test_links_lead_somewhere() -> None:
    for paper in (*PAPERS, "CONTRIBUTING.md", "examples/README.md", "docs/design.md"):
        at = ROOT / paper
        for link in re.findall(r"\]\(([^)#:]+)\)", at.read_text(encoding="utf-8")):
            assert (at.parent / link).exists(), f"{paper} links to {link}"


def test_the_picture_is_of_the_same_output() -> None:
    picture = html.unescape(capture.PICTURE.read_text(encoding="utf-8")).replace("\xa0", " ")
    lines: dict[float, dict[float, str]] = {}
    for x, y, text in re.findall(r'<text class="cutline-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', picture):
        lines.setdefault(float(y), {})[float(x)] = text
    drawn = "\n".join(" ".join(part for _, part in sorted(line.items())) for _, line in sorted(lines.items()))
    shown = next(out for c, out in _all_commands(PAPERS["README.md"]) if c == capture.PICTURED)
    assert same(shown.replace("─", ""), drawn.partition(capture.PICTURED)[2].replace("─", ""))
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", ""), "a picture fetches nothing"


def _all_commands(paper: str) -> list[tuple[str, str]]:
    return [pair for b in capture.blocks(paper) if b.language == "console" for pair in capture.commands(b.text)]


def test_the_mail_is_made_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = [
        b for b in capture.blocks((ROOT / "examples" / "README.md").read_text("utf-8")) if b.language == "python"
    ]
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an old pickle, read by a new pandas
        exec(compile(ast.parse(block.text), "examples/README.md", "exec"), {})
    assert (tmp_path / "spam.csv").read_bytes() == (ROOT / "examples" / "spam.csv").read_bytes()
