"""One lesson in marimo's editor: a copy in the working folder, so that nothing of the package is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from cutline.errors import CutlineError
from cutline.faces.learn.serve import open_port
from cutline.lessons.contents import HERE, LESSONS

FOLDER = "cutline-lessons"
BESIDE = ("style.css", "head.html", "pyproject.toml")  # what a notebook needs beside it


def copy_lesson(number: int, folder: Path) -> Path:
    """The lesson's own copy in `folder`; one that is already there, perhaps edited, stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    lesson = LESSONS[number - 1]
    for name in (*BESIDE, lesson.path.name):
        if not (folder / name).exists():
            shutil.copyfile(HERE / name, folder / name)
    return folder / lesson.path.name


def edit_lesson(number: int, *, lang: str, browser: bool, port: int | None) -> int:
    """Open a copy of the lesson in marimo's editor until Ctrl-C; marimo prints the address, with its token."""
    if port is not None:
        open_port("127.0.0.1", port).close()  # marimo would say it less well
    path = copy_lesson(number, Path.cwd() / FOLDER)
    if lang == "ko":
        print(f"편집용 사본: {path}", flush=True)
    else:
        print(f"Your copy: {path}", flush=True)
    command = [
        sys.executable,
        "-m",
        "marimo",
        "edit",
        str(path),
        "--host",
        "127.0.0.1",
        "--token",
        "--skip-update-check",
    ]
    command += ["--no-sandbox"] + (["--port", str(port)] if port else []) + ([] if browser else ["--headless"])
    process = subprocess.Popen(command, env=os.environ | {"CUTLINE_LEARN_LANG": lang}, cwd=path.parent)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.terminate()  # at once: marimo would ask whether one is sure
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
        return 0
    if code:
        raise CutlineError(
            f"learn: expected marimo's editor to end well, and it ended with {code}; what it said is above"
        )
    return 0
