"""Text files: dialects, encodings, lines, and what a bad one is told."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.errors import DataError, UsageError
from cutline.table import ReadOptions, Table, read

KOREAN = "점수,결과\n30,불합격\n70,합격\n"


@pytest.fixture
def write(tmp_path: Path):
    def write(content: str | bytes, name: str = "scores.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def rows(table: Table) -> list[dict]:
    return table.data.to_pylist()


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", " "])
def test_the_delimiter_is_found_and_said(write, mark):
    table = read(write(f"a{mark}b{mark}c\n1{mark}x{mark}2.5\n3{mark}y{mark}4\n"))
    assert table.names == ("a", "b", "c")
    assert rows(table)[1] == {"a": "3", "b": "y", "c": "4"}
    assert table.notes == (() if mark == "," else (f"delimiter {mark!r}",))
    assert table.origin == "scores.csv"


def test_a_decimal_comma_is_not_a_delimiter(write):
    table = read(write("a;b\n3,14;2,7\n1,5;0,5\n"), ReadOptions(decimal=","))
    assert table.names == ("a", "b")
    assert rows(table)[0] == {"a": "3,14", "b": "2,7"}
    assert read(write("a b\n1,5 2,5\n2,5 3,5\n"), ReadOptions(decimal=",")).names == ("a", "b")


def test_a_named_delimiter_is_obeyed(write):
    assert read(write("a,b;c\n1,2;3\n"), ReadOptions(delimiter=";")).names == ("a,b", "c")
    assert read(write("a\tb\n1\t2\n"), ReadOptions(delimiter="tab")).names == ("a", "b")
    with pytest.raises(DataError, match="',' stands in its first line"):
        read(write("a,b\n1,2\n"), ReadOptions(delimiter=";"))


def test_one_column_and_a_header_with_blanks(write):
    assert read(write("exam score\n1\n2\n")).names == ("exam score",)


@pytest.mark.parametrize(
    "content",
    [
        "a,b\r\n1,2\r\n3,4\r\n",
        "a,b\n1,2\n3,4",
        "a,b\r1,2\r3,4\r",
        "a,b\r\n1,2\n3,4\r\n",
        "a,b\n1,2\n\n3,4\n\n\n",
        "\n\na,b\n1,2\n3,4\n",
    ],
)
def test_line_ends_and_empty_lines(write, content):
    assert rows(read(write(content))) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_quotes_hold_delimiters_line_ends_and_quotes(write):
    table = read(write('a,b\n"x,1","say ""hi"""\n"two\nlines", "after a blank"\n5" pipe,z\n'))
    assert [list(row.values()) for row in rows(table)] == [
        ["x,1", 'say "hi"'],
        ["two\nlines", "after a blank"],
        ['5" pipe', "z"],
    ]


def test_lines_are_those_an_editor_shows(write):
    table = read(write('\na,b\n"x\n\ny",1\n\n2,3\n\n\n4,5\n'))
    assert [table.where(row) for row in range(3)] == ["line 3", "line 7", "line 10"]
    bad = ReadOptions(on_bad_rows="reject")
    table = read(write('a,b\n"x\ny",1\n9\n2,3\n\n1,2,3\n4,5\n'), bad)
    assert [table.where(row) for row in range(3)] == ["line 2", "line 5", "line 8"]
    assert table.rejected is not None
    assert table.rejected.lines[0].startswith("line 4: 2 fields were expected and 1 came")
    assert table.rejected.lines[1].startswith("line 7: 2 fields were expected and 3 came")
    table = read(write('  \na,b\n"x\ny",1\n2,3'))  # as many line ends as rows, and yet not in step
    assert [table.where(row) for row in range(2)] == ["line 3", "line 5"]
    no_header = read(write("1,2\n\n3,4\n"), ReadOptions(header=False))
    assert no_header.where(1) == "line 3"


def test_one_column_keeps_inner_empty_lines_as_missing(write):
    table = read(write("score\n1\n\n3\n\n\n"))
    assert [row["score"] for row in rows(table)] == ["1", None, "3"]
    assert table.where(2) == "line 4"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"\xef\xbb\xbf" + KOREAN.encode(), ()),
        (KOREAN.encode("utf-16"), ("encoding UTF-16",)),
        (b"\xfe\xff" + KOREAN.encode("utf-16-be"), ("encoding UTF-16",)),
        (KOREAN.encode("cp949"), ("encoding CP949 (it is not UTF-8)",)),
        (KOREAN.encode("euc-kr").replace(b"\n", b"\r\n"), ("encoding CP949 (it is not UTF-8)",)),
        (gzip.compress(KOREAN.encode(), mtime=0), ()),
        (gzip.compress(KOREAN.encode("cp949"), mtime=0), ("encoding CP949 (it is not UTF-8)",)),
    ],
)
def test_encodings(write, content, wanted):
    table = read(write(content))
    assert table.names == ("점수", "결과")
    assert [row["결과"] for row in rows(table)] == ["불합격", "합격"]
    assert table.notes == wanted
    assert table.where(1) == "line 3"


def test_an_encoding_can_be_named(write):
    assert rows(read(write("a,b\nÄhre,1\n".encode("latin-1")), ReadOptions(encoding="latin-1")))[0]["a"] == "Ähre"
    assert read(write(KOREAN.encode("utf-16-le")), ReadOptions(encoding="utf-16-le")).names == ("점수", "결과")
    with pytest.raises(UsageError, match="not known"):
        read(write(KOREAN), ReadOptions(encoding="klingon"))
    with pytest.raises(DataError, match=r"line 1 .*0xEC.*not ASCII"):
        read(write(KOREAN), ReadOptions(encoding="ascii"))


@pytest.mark.parametrize("word", ["Ähre", "Århus", "Übung"])  # the first two decode as CP949 by accident
def test_latin_1_is_not_taken_for_korean(write, word):
    with pytest.raises(DataError, match=r"line 3 \(byte 9 .*not UTF-8 text; name the encoding with --encoding"):
        read(write(f"a,b\nx,1\n{word},2\n".encode("latin-1")))


def test_a_fault_far_into_the_file_names_its_line(write):
    body = b"a,b\n" + b"1,2\n" * 600_000
    with pytest.raises(DataError, match=r"line 600002 \(byte 2,400,006 "):
        read(write(body + b"1\xff,2\n"))
    with pytest.raises(DataError, match=r"line 600002: 2 fields were expected and 1 came: '1'\."):
        read(write(body + b"1\n" + body[4:]))
    with pytest.raises(DataError, match=r"line 600002: .*quote"):
        read(write(body + b'1,"2\n' + body[4:]), ReadOptions(on_bad_rows="reject"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "no rows"),
        ("a,b", "no rows"),
        ("a,b\n1,2\n3\n", r"line 3: 2 fields were expected and 1 came: '3'"),
        ("a,b\n1,2\n3,4,5\n6,7\n", r"line 3: 2 fields were expected and 3 came: '3,4,5'.*--on-bad-rows reject"),
        ("a,b\n1,2\n3,4\n5", r"line 4: 2 fields were expected and 1 came: '5'"),
        ('a,b\n1,2\n3,"x\n5,6\n', "line 3: a quote opens here and is not closed"),
        ('a,b\n1,2\n3,"x\n5,"6"\n', "line 3: a quote opens here and is not closed"),
        ('a,b\n1,2\n"3"x,4\n', "line 3: a quoted field does not end"),
        ("a,b,a\n1,2,3\n", "line 1: .*'a' names columns 1 and 3"),
        ("a,,c\n1,2,3\n", "line 1: column 2 has no name"),
        ("1,2\n3,4\n", "line 1: a header was expected.*--no-header"),
        ("2,?,3\n3,4,5\n", "line 1: a header was expected.*--no-header"),
        (
            "|1x3 Cross validator\n25, a, 3\n38, b, 4\n",
            "line 1: '|1x3 Cross validator' is one field where the rows have 3",
        ),
        ("# made by hand\na,b\n1,2\n3,4\n", "line 1: '# made by hand' is one field"),
        ("a,b\n1,2\n\0,4\n", "line 3: a NUL byte"),
        ("a,b\n1,2\n".encode("utf-16-le"), "line 1: a NUL byte.*utf-16-le"),
        (b"PAR1" + bytes(50), "Parquet; name it .parquet"),
        (b"PK\x03\x04" + bytes(50), "Excel workbook; save the sheet"),
        (b"\x80\x04\x95" + bytes(50), "pickle"),
        (b"ARROW1\0\0" + bytes(50), "Arrow file; name it .arrow"),
        (b'{"a": 1}', "JSON"),
        (gzip.compress(KOREAN.encode() * 1000, mtime=0)[:-20], "gzip that breaks off"),
        (gzip.compress(KOREAN.encode(), mtime=0)[:-8] + b"12345678", "gzip that breaks off or is damaged"),
    ],
)
def test_what_a_bad_file_is_told(write, content, message):
    with pytest.raises(DataError, match=message.replace("|", r"\|")) as caught:
        read(write(content))
    assert "scores.csv" in str(caught.value)


def test_paths_that_are_no_files(tmp_path, write):
    with pytest.raises(DataError, match="does not exist"):
        read(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        read(tmp_path)
    with pytest.raises(DataError, match=r"named \.gz"):
        read(write("a,b\n1,2\n", "scores.csv.gz"))


@pytest.mark.parametrize("name", ["a[1].csv", "b*.csv", "it's.csv", "점수 표.csv", "c?.csv"])
def test_a_path_is_a_path_and_not_a_pattern(write, name):
    write("a,b\n9,9\n", "b2.csv")
    write("a,b\n9,9\n", "c2.csv")
    write("a,b\n9,9\n", "a1.csv")
    assert rows(read(str(write("a,b\n1,2\n", name)))) == [{"a": "1", "b": "2"}]


def test_rejected_rows_are_kept_beside_the_data(write):
    path = write('a,b\n1,2\n3\n4,5\n6,7,8\n"x"y,1\n')
    table = read(path, ReadOptions(on_bad_rows="reject"))
    assert table.n_rows == 2
    assert table.rejected is not None
    assert table.rejected.count == 3
    assert table.rejected.path == path.with_name("scores.csv.rejects.csv")
    kept = table.rejected.path.read_text().splitlines()
    assert kept[0] == "line,reason,text"
    assert kept[1] == "3,2 fields were expected and 1 came,3"
    assert kept[3] == '6,a quoted field does not end at its closing quote,"""x""y,1"'
    again = read(path, ReadOptions(on_bad_rows="reject"))  # what is there already is not overwritten
    assert again.rejected.path == path.with_name("scores.csv.rejects-2.csv")
    names = ["scores.csv", "scores.csv.rejects-2.csv", "scores.csv.rejects.csv"]
    assert sorted(p.name for p in path.parent.iterdir()) == names


def test_all_rows_rejected_and_an_unclosed_quote_are_errors_all_the_same(write):
    with pytest.raises(DataError, match="no readable rows"):
        read(write("a,b\n1\n2\n"), ReadOptions(on_bad_rows="reject"))
    with pytest.raises(DataError, match="line 2: a quote opens here"):
        read(write('a,b\n1,"2\n3,4\n5\n'), ReadOptions(on_bad_rows="reject"))


class _Stdin:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def test_standard_input(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", _Stdin(KOREAN.encode("cp949")))
    table = read("-")
    assert table.origin == "standard input"
    assert table.names == ("점수", "결과")
    assert table.where(1) == "line 3"
    monkeypatch.setattr(sys, "stdin", _Stdin(b"a,b\n1\n2,3\n"))
    table = read("-", ReadOptions(on_bad_rows="reject"))
    assert table.rejected is not None
    assert table.rejected.path == tmp_path / "stdin.rejects.csv"
    monkeypatch.setattr(sys, "stdin", _Stdin(b""))
    with pytest.raises(DataError, match="standard input is empty"):
        read("-")
    monkeypatch.setattr(sys, "stdin", _Stdin(b"PAR1" + bytes(40)))
    with pytest.raises(DataError, match="Parquet"):
        read("-")


def test_no_spool_is_left_behind(monkeypatch, tmp_path, write):
    spools = tmp_path / "spools"
    spools.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spools))
    table = read(write(KOREAN.replace("\n", "\n\n").encode("cp949")))
    assert len(list(spools.iterdir())) == 1
    assert table.where(1) == "line 5"
    del table
    assert list(spools.iterdir()) == []


def test_numbers_for_names_are_noted(write):
    table = read(write("39, State-gov\n50, Private\n"))
    assert "--no-header" in table.notes[0]
    assert read(write("39, State-gov\n50, Private\n"), ReadOptions(header=False)).names == ("column1", "column2")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": "::"}, "one ASCII character"),
        ({"decimal": "·"}, "decimal must be"),
        ({"decimal": ",", "delimiter": ","}, "cannot be both"),
        ({"on_bad_rows": "skip"}, "'fail' or 'reject'"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(UsageError, match=message):
        ReadOptions(**options)


@settings(max_examples=60, deadline=None)
@given(
    body=st.lists(st.tuples(*[st.text('a가" ,;\n1', max_size=6)] * 2), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_python_writes_is_read_back_with_its_lines(tmp_path_factory, body, delimiter, end):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end)
    writer.writerow(["key", "left", "right"])
    lines = []
    for i, row in enumerate(body):
        lines.append(buffer.getvalue().count("\n") + 1)
        writer.writerow([f"k{i}", *row])
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(buffer.getvalue().encode())
    table = read(path, ReadOptions(delimiter=delimiter))
    assert [table.where(i) for i in range(len(body))] == [f"line {line}" for line in lines]
    for i, row in enumerate(body):
        assert table.value(i, "key") == f"k{i}"
        for name, wanted in zip(("left", "right"), row, strict=True):
            found = table.data.column(name)[i].as_py()
            assert (found or "").strip() == wanted.replace("\r\n", "\n").strip()
