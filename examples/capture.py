"""Every terminal capture in the papers is real: this runs the commands and writes down what they print.

    python examples/capture.py

rewrites the output under each command of README.md and README.ko.md, and docs/cutline-fit.svg, the picture of the
first fit. A fenced block marked `console` holds commands after "$ "; each runs in a terminal of 100 columns, in a
folder that has a copy of examples/ and nothing else. What a command says on standard error follows what it prints.
tests/test_readme.py runs the same blocks and holds the papers to them.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAPERS = ("README.md", "README.ko.md")
PICTURE = ROOT / "docs" / "cutline-fit.svg"
PICTURED = "cutline fit examples/scores.csv --target result --out scores.json"
WIDTH = 100
SKIP = re.compile(r"<!-- not run: (.+) -->")

# rich's own frame fetches a font from the network; this one names what a machine is likely to have
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
    <style>
    .{unique_id}-matrix {{ font-family: {font}; font-size: {char_height}px; line-height: {line_height}px; }}
    .{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: {font}; }}
    {styles}
    </style>
    <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
    </defs>
    {chrome}
    <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">
    {matrix}
    </g>
    </g>
</svg>
"""
# background, letters, then the eight ANSI colors
COLORS = (
    (24, 26, 31),
    (220, 223, 228),
    (24, 26, 31),
    (224, 108, 117),
    (152, 195, 121),
    (229, 192, 123),
    (97, 175, 239),
    (198, 120, 221),
    (86, 182, 194),
    (220, 223, 228),
)
FONT = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', D2Coding, NanumGothicCoding, monospace"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line it begins on, and why it is not run, if it is not."""

    language: str
    text: str
    line: int
    skip: str | None = None


def blocks(paper: str) -> list[Block]:
    """The fenced blocks of a Markdown text; `<!-- not run: why -->` on the line above one marks it."""
    found: list[Block] = []
    lines = paper.splitlines()
    start: int | None = None
    for i, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if start is None:
            start = i
        else:
            skip = SKIP.fullmatch(lines[start - 1].strip()) if start else None
            text = "".join(f"{one}\n" for one in lines[start + 1 : i])
            found.append(Block(lines[start][3:].strip(), text, start + 2, skip[1] if skip else None))
            start = None
    return found


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output shown under it."""
    parts = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)
    if parts[0]:
        raise ValueError(f"a console block begins with '$ ', not with {parts[0]!r}")
    return list(zip(parts[1::2], parts[2::2]))


def run(command: str, folder: Path, *, color: bool = False) -> str:
    """What a command prints in a terminal, and then on standard error; it must succeed."""
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CUTLINE_TRACEBACK")}
    env |= {"TERM": "xterm-256color", "COLUMNS": str(WIDTH), "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    if not color:
        env["NO_COLOR"] = "1"
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            ["sh", "-c", command], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=said
        )
        os.close(theirs)
        printed = b""
        with contextlib.suppress(OSError):  # a terminal that nobody writes to any more ends with an error
            while part := os.read(ours, 1 << 16):
                printed += part
        os.close(ours)
        code = process.wait()
        said.seek(0)
        text = (printed + said.read()).decode("utf-8").replace("\r\n", "\n")
    if code != 0:
        raise RuntimeError(f"{command!r} ended with exit code {code} and said:\n{text}")
    return text if color else re.sub(r"\x1b\[[0-9;]*m", "", text)


def refreshed(paper: str, folder: Path) -> str:
    """The paper with what its console commands print now."""
    for block in blocks(paper):
        if block.language == "console" and block.skip is None:
            now = "".join(f"$ {command}\n{run(command, folder)}" for command, _ in commands(block.text))
            paper = paper.replace(f"```console\n{block.text}```", f"```console\n{now}```")
    return paper


def picture(text: str, title: str) -> str:
    """A terminal's text, with its colors, as SVG."""
    from rich.console import Console
    from rich.terminal_theme import TerminalTheme
    from rich.text import Text

    theme = TerminalTheme(*COLORS[:2], list(COLORS[2:]))
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    console.print(Text.from_ansi(text.rstrip("\n")))
    frame = FRAME.replace("{font}", FONT)
    svg = console.export_svg(title=title, theme=theme, code_format=frame, unique_id="cutline")
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def empty_folder(where: str) -> Path:
    """A folder with a copy of examples/ and nothing else."""
    folder = Path(where)
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def main() -> None:
    for name in PAPERS:
        paper = ROOT / name
        with tempfile.TemporaryDirectory() as where:
            paper.write_text(refreshed(paper.read_text(encoding="utf-8"), empty_folder(where)), encoding="utf-8")
        print(f"{name} is up to date")
    with tempfile.TemporaryDirectory() as where:
        shown = run(PICTURED, empty_folder(where), color=True)
    PICTURE.write_text(picture(f"$ {PICTURED}\n{shown}", "cutline fit"), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)} is up to date")


if __name__ == "__main__":
    main()
