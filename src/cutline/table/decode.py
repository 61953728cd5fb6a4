"""Bytes to strict UTF-8: what the table engine cannot decode is decoded here, block by block.

A plain UTF-8 file is only checked and stays where it is. Everything else (standard input, gzip, UTF-16, CP949, mixed
line ends) becomes a temporary UTF-8 file with the same lines, which lives as long as the table does: messages about
the tenth row of a table must still find its line.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import sys
import tempfile
import weakref
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cutline.errors import DataError, UsageError

BLOCK = 1 << 20
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
KOREAN = "cp949"  # contains EUC-KR
CONVERT = "write it as CSV or Parquet first"
FOREIGN = {  # first bytes of files that are often renamed .csv, or taken for tables
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "save the sheet as CSV (UTF-8)"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "save the sheet as CSV (UTF-8)"),
    b"PAR1": ("Parquet", "name it .parquet"),
    b"ARROW1": ("an Arrow file", "name it .arrow"),
    b"\xff\xff\xff\xff": ("an Arrow stream", "name it .arrow"),
    b"FEA1": ("Feather of the first version", CONVERT),
    b"BZh": ("bzip2", "unpack it, or use gzip"),
    b"\xfd7zXZ": ("xz", "unpack it, or use gzip"),
    b"\x28\xb5\x2f\xfd": ("zstd", "unpack it, or use gzip"),
    b"\x93NUMPY": ("a NumPy array", CONVERT),
    b"\x89HDF": ("HDF5", CONVERT),
    b"SQLite format 3": ("an SQLite database", CONVERT),
    b"%PDF": ("a PDF", CONVERT),
    b"<!DOCTYPE": ("a web page", "fetch the data itself"),
    b"<!doctype": ("a web page", "fetch the data itself"),
    b"<html": ("a web page", "fetch the data itself"),
    b"{": ("JSON", CONVERT),
    b"[": ("JSON", CONVERT),
} | {bytes([0x80, version]): ("a Python pickle", CONVERT) for version in range(2, 6)}


@dataclass(frozen=True)
class Utf8:
    """A UTF-8 file on disk with '\\n' or '\\r\\n' line ends, and how many lines an editor would number."""

    path: Path
    lines: int
    encoding: str
    guessed: bool
    spool: Spool | None


class Spool:
    """A temporary file that disappears with the last reference to it."""

    def __init__(self) -> None:
        handle, name = tempfile.mkstemp(prefix="cutline-", suffix=".csv")
        os.close(handle)
        self.path = Path(name)
        self._finalizer = weakref.finalize(self, self.path.unlink, missing_ok=True)


class _UndecodableError(Exception):
    def __init__(self, line: int, byte: int, position: int) -> None:
        self.place = f"line {line} (byte {position:,} of the text, 0x{byte:02X})"


def to_utf8(path: Path | None, origin: str, encoding: str | None) -> Utf8:
    """The file at `path` (None: standard input) as strict UTF-8; raises DataError with line and byte."""
    held = Spool() if path is None else None
    if held is not None:
        with held.path.open("wb") as sink:
            while block := sys.stdin.buffer.read(BLOCK):
                sink.write(block)
    source = held.path if held is not None else path
    assert source is not None

    with source.open("rb") as stream:
        head = stream.read(16)
    if not head:
        raise DataError(f"{origin} is empty: a header line and rows were expected.")
    if found := foreign(head):
        raise DataError(
            f"{origin} should be text with delimiters, but its first bytes are those of {found[0]}; {found[1]}."
        )
    zipped = head.startswith(b"\x1f\x8b")
    if not zipped and source.suffix == ".gz":
        raise DataError(f"{origin} is named .gz but does not begin as gzip does; rename it or fetch it again.")

    def opened() -> BinaryIO:
        return gzip.open(source, "rb") if zipped else source.open("rb")  # pyright: ignore[reportReturnType]

    try:
        with opened() as stream:
            head = stream.read(4)
        marked = next((codec for mark, codec in MARKS.items() if head.startswith(mark)), "utf-8")
        codec = marked if encoding is None else _codec(encoding)
        try:
            return _transcode(opened, origin, source, codec, zipped, held)
        except _UndecodableError as fault:
            if encoding is None and marked == "utf-8" and _is_korean(opened):
                return _transcode(opened, origin, source, KOREAN, zipped, held, guessed=True)
            remedy = (
                "name the encoding with --encoding (cp949, latin-1, utf-16-le, ...)"
                if encoding is None
                else "name another with --encoding, or mend the file"
            )
            raise DataError(f"{origin}, {fault.place}: this is not {codec.upper()} text; {remedy}.") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise DataError(f"{origin} is gzip that breaks off or is damaged ({fault}); fetch it again.") from None


def foreign(head: bytes) -> tuple[str, str] | None:
    """What a file is by its first bytes, when not text, and what to do with it."""
    return next((found for magic, found in FOREIGN.items() if head.startswith(magic)), None)


def _codec(name: str) -> str:
    try:
        codec = codecs.lookup(name)
        b"".decode(name)
    except (LookupError, ValueError):
        raise UsageError(f"encoding {name!r} is not known; try utf-8, cp949, utf-16, latin-1.") from None
    return "utf-8-sig" if codec.name == "utf-8" else codec.name


def _transcode(
    opened: Callable[[], BinaryIO],
    origin: str,
    source: Path,
    codec: str,
    zipped: bool,
    held: Spool | None,
    guessed: bool = False,
) -> Utf8:
    if not zipped and codec.startswith("utf-8"):
        lines, ends = _scan(opened, origin, codec, None)
        if ends in (None, "\n", "\r\n"):  # the engine refuses mixed line ends, and a lone \r would not count as one
            return Utf8(source, lines, "utf-8", guessed, held)
    spool = Spool()
    with spool.path.open("wb") as sink:
        lines, _ = _scan(opened, origin, codec, sink)
    return Utf8(spool.path, lines, codec, guessed, spool)


def _scan(opened: Callable[[], BinaryIO], origin: str, codec: str, sink: BinaryIO | None) -> tuple[int, object]:
    """Decode strictly; write UTF-8 with '\\n' to `sink`; return the number of lines and which line ends were met."""
    inner = codecs.getincrementaldecoder(codec)("strict")
    decoder = io.IncrementalNewlineDecoder(inner, translate=True)
    lines = position = 0
    last = "\n"
    with opened() as stream:
        while True:
            block = stream.read(BLOCK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as fault:
                good = fault.object[: fault.start].decode(codec, "ignore")
                held = len(fault.object) - len(block)  # bytes of the block before, held back as incomplete
                line = lines + good.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
                raise _UndecodableError(line, fault.object[fault.start], position - held + fault.start + 1) from None
            if "\0" in text:
                line = lines + text[: text.index("\0")].count("\n") + 1
                raise DataError(
                    f"{origin}, line {line}: a NUL byte stands in the text. Is this UTF-16 (say --encoding "
                    "utf-16-le or utf-16-be) or not a text file at all?"
                )
            lines += text.count("\n")
            last = text[-1:] or last
            position += len(block)
            if sink is not None:
                sink.write(text.encode())
            if not block:
                return lines + (last != "\n"), decoder.newlines


def _is_korean(opened: Callable[[], BinaryIO]) -> bool:
    """Whether the bytes are CP949 throughout and read as Korean.

    Many other encodings decode as CP949 by accident, into rare syllables and Hanja. So three quarters of the different
    letters must be among the 2,350 syllables of KS X 1001, which ordinary Korean is written in.
    """
    seen: set[str] = set()
    decoder = codecs.getincrementaldecoder(KOREAN)("strict")
    try:
        with opened() as stream:
            while block := stream.read(BLOCK):
                seen.update(decoder.decode(block))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    letters = [c for c in seen if c > "\x7f" and c.isalpha()]
    common = [c for c in letters if "가" <= c <= "힣" and len(c.encode("euc_kr", "ignore")) == 2]
    return len(common) >= 0.75 * len(letters) > 0
