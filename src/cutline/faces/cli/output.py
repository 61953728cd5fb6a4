"""Where words and rows go: standard output, standard error, and files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from typing import BinaryIO, TextIO

from cutline.errors import UsageError
from cutline.progress import is_terminal, plain


class ReaderGoneError(Exception):
    """Whoever read our output has closed the pipe; no OSError, because typer ends the process on that one."""


@contextlib.contextmanager
def _reader() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ReaderGoneError from None
    except OSError as error:  # a full disk behind a redirection
        raise OSError(error.errno, error.strerror, "standard output") from error


def colored(stream: TextIO) -> bool:
    """Whether to color `stream`: a terminal, unless NO_COLOR is set to anything (no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def complain(message: str, kind: str = "") -> None:
    """One message on standard error, as 'cutline: message' or 'cutline: kind: message'."""
    bold, end = ("\033[1;33m" if kind else "\033[1;31m", "\033[0m") if colored(sys.stderr) else ("", "")
    head = f"cutline: {kind}:" if kind else "cutline:"
    with contextlib.suppress(OSError, ReaderGoneError):
        write(sys.stderr, f"{bold}{head}{end} {plain(message)}\n")


def say(message: str) -> None:
    """One remark on standard error, in the same form as `complain` but without its color."""
    with contextlib.suppress(OSError, ReaderGoneError):
        write(sys.stderr, f"cutline: {plain(message)}\n")


def write(stream: TextIO, text: str) -> None:
    """Write `text`, with backslashes for what the stream's encoding lacks: no name may end a run."""
    if stream is None:  # started with its standard output or error closed
        raise OSError(errno.EBADF, "closed, and there is something to write", "standard output")
    encoding = getattr(stream, "encoding", None) or "utf-8"
    with _reader():
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


def write_utf8(text: str) -> None:
    """Write `text` to standard output as UTF-8 whatever the locale: JSON and CSV are files for programs."""
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:  # closed, or replaced by something that takes text only
        write(sys.stdout, text)
    else:
        with _reader():
            sys.stdout.flush()
            stream.write(text.encode("utf-8", "backslashreplace"))
            stream.flush()


def same_file(a: str, b: str) -> bool:
    """Whether two paths are one existing file."""
    try:
        return os.path.samefile(a, b)
    except OSError:
        return False


def may_write(option: str, path: str, *inputs: str) -> None:
    """Raise before any work if `path` is one of the inputs, a folder, or lies in no writable folder."""
    for source in inputs:
        if source != "-" and same_file(path, source):
            raise UsageError(f"{option} {path}: this is the file being read; choose another name")
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "is a folder; give a file name", path)
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "cannot be written: its folder does not exist; create it first", path)
    target = path if _special(path) else folder
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "cannot be written: permission denied", path)


def _special(path: str) -> bool:
    """Whether `path` exists and is no regular file (a device, a pipe): it is written to, never replaced."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


@contextlib.contextmanager
def replacing(path: str) -> Iterator[BinaryIO]:
    """A file to write that becomes `path` when the block ends well, and vanishes when it does not."""
    if _special(path):
        with open(path, "wb") as file:
            yield file
        return
    target = os.path.realpath(path)  # through a symbolic link, so that the link stays one
    beside = os.path.join(os.path.dirname(target), f".cutline-{os.getpid()}.part")
    try:
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            os.chmod(beside, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(beside, target)
    except OSError as error:
        # name the file the user asked for, not the one beside it
        raise OSError(error.errno, f"cannot be written: {error.strerror or error}", path) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
