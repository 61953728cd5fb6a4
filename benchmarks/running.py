"""One process at a time: start it, say on a terminal what runs, end it at its limit or at Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCRATCH = HERE.parent / ".cache" / "bench"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class OverError(Exception):
    """A process ran longer than it may."""


class Line:
    """One line on standard error that overwrites itself; nothing where that is no terminal."""

    def __init__(self) -> None:
        self.shown = sys.stderr.isatty()

    def say(self, text: str) -> None:
        if self.shown:
            width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            sys.stderr.write(f"\r\x1b[K{text[: width - 1]}")
            sys.stderr.flush()

    def clear(self) -> None:
        self.say("")


class Runner:
    """Runs the scripts of this folder, each with a job and `threads` threads, in a session of its own."""

    def __init__(self, scratch: Path, limit: float) -> None:
        self.scratch, self.limit, self.line, self.count = scratch, limit, Line(), 0
        scratch.mkdir(parents=True, exist_ok=True)

    def run(self, script: str, job: dict[str, Any], *, said: str, threads: int, limit: float | None = None) -> Any:
        """What the script left in its `found` file.

        Raises OverError past the limit (seconds, of the whole process), and RuntimeError where it left nothing.
        """
        self.count += 1
        limit = self.limit if limit is None else limit
        found, told, log = (self.scratch / f"{name}-{os.getpid()}" for name in ("found.json", "job.json", "log.txt"))
        found.unlink(missing_ok=True)
        told.write_text(json.dumps(job | {"found": str(found)}))
        start = time.monotonic()
        with log.open("wb") as out:
            child = subprocess.Popen(
                [sys.executable, str(HERE / script), str(told)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | dict.fromkeys(THREADS, str(threads)),
                start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the child
            )
            try:
                while child.poll() is None:
                    taken = time.monotonic() - start
                    if taken > limit:
                        raise OverError(f"over {limit:.0f} s")
                    self.line.say(f"{said}  {taken:.0f} s")
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(min(1.0, limit - taken + 0.01))
            finally:
                if child.poll() is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(child.pid, signal.SIGKILL)
                    child.wait()
                self.line.clear()
        if not found.exists():
            last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
            raise RuntimeError(f"ended with {child.returncode}: {last[0]}")
        answer = json.loads(found.read_text())
        for path in (found, told, log):
            path.unlink(missing_ok=True)
        return answer
