"""The command line: `cutline fit`, `predict`, `score`, `show` and `learn`.

    __init__.py    main(): one call in, one exit code out; every error becomes one message here
    app.py         the options, as typer sees them
    learn.py       the options of `learn`; faces/learn does it
    options.py     what an option's text means, and which options contradict each other
    run.py         the four verbs
    facts.py       what is said beside a model's own report
    render.py      reports and tables on a terminal or in a pipe
    predictions.py rows of predictions as CSV or Parquet
    output.py      standard output, standard error, files that appear whole or not at all

Exit codes: 0 done; 1 the data, the model file or the machine stood in the way; 2 the call itself is wrong;
130 stopped by Ctrl-C; 141 the reader of a pipe went away. Nothing heavy is imported until a verb needs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]

STOPPED = 130  # 128 + SIGINT, as a shell reports it
NO_READER = 141  # 128 + SIGPIPE, as cat or grep would end


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line on `argv` (default: the process's own arguments) and return its exit code."""
    try:
        from typer.main import get_command

        from cutline.faces.cli.app import app

        # standalone_mode=False hands errors to us: one style of message, and none of typer's boxes in a log
        code = get_command(app).main(
            args=None if argv is None else list(argv), prog_name="cutline", standalone_mode=False
        )
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = STOPPED
    except BrokenPipeError:
        return _no_reader()
    except Exception as error:
        return _report(error)
    if code == STOPPED:
        from cutline.faces.cli.output import complain

        complain("stopped by Ctrl-C; nothing was left half-written")
    return code if isinstance(code, int) else 0


def _report(error: Exception) -> int:
    """Say `error` in one message on standard error and return the exit code it stands for."""
    from cutline.errors import CutlineError, UsageError
    from cutline.faces.cli.output import ReaderGoneError, complain

    if isinstance(error, ReaderGoneError):
        return _no_reader()
    if os.environ.get("CUTLINE_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
    from_typer = getattr(error, "format_message", None)  # its base class moves between typer's versions
    if from_typer is not None:
        # `cutline` alone has printed its help and carries no message
        if type(error).__name__ != "NoArgsIsHelpError":
            context = getattr(error, "ctx", None)
            place = context.command_path if context is not None else "cutline"
            message = " ".join(from_typer().replace("Value error, ", "").split()).rstrip(".")  # one line
            complain(f"{message}; see '{place} --help'")
        return 2
    if isinstance(error, CutlineError):
        complain(str(error))
        return 2 if isinstance(error, UsageError) else 1
    if isinstance(error, OSError):
        where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
        if where == "standard output":
            _forget_stdout()
        complain(f"{where}: {error.strerror or error}" if where else f"{error.strerror or error}")
        return 1
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):  # torch raises RuntimeError
        complain("out of memory: use fewer rows or columns, or a machine with more memory")
        return 1
    detail = " ".join(f"{type(error).__name__}: {error}".split())
    complain(f"this is a bug in Cutline, not in your data: {detail} (CUTLINE_TRACEBACK=1 shows where)")
    return 1


def _no_reader() -> int:
    _forget_stdout()
    return NO_READER


def _forget_stdout() -> None:
    """Point standard output at nothing, or Python complains at exit about what it could not flush."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (AttributeError, OSError, ValueError):  # closed, or no file (a test, a notebook)
        pass
