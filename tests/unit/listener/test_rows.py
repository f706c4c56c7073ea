"""Rows of a file: one that can't be read costs no other, and each is told by its line."""

import gzip
import os
import tracemalloc
import zlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from listener.errors import UsageError
from listener.rows import MAX_LINE, Row, RowReader, Unreadable


def read(folder: Path, name: str, content: bytes) -> list[Row]:
    path = folder / name
    path.write_bytes(content)
    reader = RowReader(path)
    rows = list(reader.rows())
    assert [shown(reader.at(row.offset)) for row in rows] == [shown(row.data) for row in rows]
    reader.close()
    return rows


def shown(data: Mapping[str, object] | Unreadable) -> object:
    return (str(data.error), data.raw) if isinstance(data, Unreadable) else data


def good(rows: list[Row]) -> list[tuple[int, object]]:
    return [(row.line, row.data) for row in rows if not isinstance(row.data, Unreadable)]


def bad(rows: list[Row]) -> list[tuple[int, str, str]]:
    return [
        (row.line, row.data.error.code, row.data.raw)
        for row in rows
        if isinstance(row.data, Unreadable)
    ]


class TestJsonLines:
    def test_each_line_is_a_row(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.jsonl", b'{"a": 1}\n\n   \r\n{"a": 2}\r\n{"a": 3}')
        assert good(rows) == [(1, {"a": 1}), (4, {"a": 2}), (5, {"a": 3})]

    def test_a_byte_order_mark_is_not_part_of_the_first(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.jsonl", b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n')
        assert good(rows) == [(1, {"a": 1}), (2, {"a": 2})]

    def test_a_broken_line_is_kept_as_it_stands(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.jsonl", b'{"a": 1}\n{"a": \n[1]\n"text"\n{"a": 2}\n')
        assert good(rows) == [(1, {"a": 1}), (5, {"a": 2})]
        assert bad(rows) == [
            (2, "not_json", '{"a": '),
            (3, "not_an_object", "[1]"),
            (4, "not_an_object", '"text"'),
        ]

    def test_an_enormous_line_is_refused_and_the_next_one_read(self, tmp_path: Path) -> None:
        enormous = b'{"a": "' + b"x" * (2 * MAX_LINE) + b'"}'
        rows = read(tmp_path, "m.jsonl", b'{"a": 1}\n' + enormous + b'\n{"a": 2}\n')
        assert good(rows) == [(1, {"a": 1}), (3, {"a": 2})]
        ((line, code, raw),) = bad(rows)
        assert (line, code) == (2, "too_large")
        assert raw.startswith('{"a": "xxx')
        assert len(raw) < MAX_LINE / 100

    def test_ten_thousand_levels_of_nesting_are_refused(self, tmp_path: Path) -> None:
        deep = b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
        rows = read(tmp_path, "m.jsonl", deep + b'\n{"a": 2}\n')
        assert good(rows) == [(2, {"a": 2})]
        assert bad(rows)[0][:2] == (1, "not_json")

    def test_bytes_that_are_not_utf_8_cost_only_themselves(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.jsonl", b'{"a": "caf\xe9"}\n\xff\xfe\n{"a": 2}\n')
        assert good(rows) == [(1, {"a": "caf\ufffd"}), (3, {"a": 2})]
        assert bad(rows) == [(2, "not_json", "\ufffd\ufffd")]


class TestCsv:
    def test_the_header_names_the_cells(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.csv", b"text,id\r\nhello,1\r\n\r\nbye,2")
        assert good(rows) == [(2, {"text": "hello", "id": "1"}), (4, {"text": "bye", "id": "2"})]

    def test_quotes_hold_commas_newlines_and_quotes(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.csv", b'text,id\n"one, ""two""\nthree",1\nfour,2\n')
        assert good(rows) == [
            (2, {"text": 'one, "two"\nthree', "id": "1"}),
            (4, {"text": "four", "id": "2"}),
        ]

    @pytest.mark.parametrize("header", [b"text,id", b'"text","id"'])
    def test_a_byte_order_mark_is_not_part_of_a_name(self, tmp_path: Path, header: bytes) -> None:
        rows = read(tmp_path, "m.csv", b"\xef\xbb\xbf" + header + b"\nhello,1\n")
        assert good(rows) == [(2, {"text": "hello", "id": "1"})]

    def test_a_name_may_hold_a_newline(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.csv", b'"the\ntext",id\nhello,1\n')
        assert good(rows) == [(3, {"the\ntext": "hello", "id": "1"})]

    def test_too_many_cells_are_refused_too_few_are_absent(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.csv", b"text,id\none,1,extra\ntwo\nthree,3\n")
        assert good(rows) == [(3, {"text": "two"}), (4, {"text": "three", "id": "3"})]
        assert bad(rows) == [(2, "bad_row", "one,1,extra")]

    def test_a_quote_that_is_never_closed_costs_its_own_line(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.csv", b'text,id\none,1\n"two,2\nthree,3\nfour,4\n')
        assert [line for line, _ in good(rows)] == [2, 4, 5]
        assert bad(rows) == [(3, "bad_row", '"two,2')]

    def test_a_quote_closed_by_a_later_row_costs_its_own_line(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.csv", b'text,id\n"one,1\n"two",2\nthree,3\n')
        assert [line for line, _ in good(rows)] == [3, 4]
        assert bad(rows) == [(2, "bad_row", '"one,1')]

    def test_tabs_separate_in_a_tsv_file(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.tsv", b"text\tid\none, two\t1\n")
        assert good(rows) == [(2, {"text": "one, two", "id": "1"})]

    def test_nul_bytes_stand_in_a_cell(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.csv", b"text,id\na\x00b,1\nc,2\n")
        assert [line for line, _ in good(rows)] == [2, 3]


def refused(path: Path, *needed: str) -> str:
    with pytest.raises(UsageError) as caught:
        RowReader(path, needed)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.jsonl")


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    assert "directory" in refused(tmp_path)


class TestPipes:
    """What can be read only once is kept while it is read."""

    def read(self, folder: Path, content: bytes) -> list[Row]:
        path = folder / "pipe"
        os.mkfifo(path)
        writer = Thread(target=path.write_bytes, args=(content,))
        writer.start()
        with closing(RowReader(path)) as reader:
            rows = list(reader.rows())
            again = [shown(reader.at(row.offset)) for row in reversed(rows)]
        writer.join()
        assert again == [shown(row.data) for row in reversed(rows)]
        return rows

    def test_json_lines(self, tmp_path: Path) -> None:
        lines = [b'{"a": %d, "b": "%s"}' % (number, b"x" * 500) for number in range(1000)]
        rows = self.read(tmp_path, b"\n".join(lines))
        assert [row.line for row in rows] == list(range(1, 1001))
        assert good(rows)[-1] == (1000, {"a": 999, "b": "x" * 500})

    def test_columns_are_told_by_their_header(self, tmp_path: Path) -> None:
        rows = self.read(tmp_path, b"\xef\xbb\xbftext,id\none,1\n")
        assert good(rows) == [(2, {"text": "one", "id": "1"})]

    def test_tabs_too(self, tmp_path: Path) -> None:
        assert good(self.read(tmp_path, b"text\tid\na,b\t1\n")) == [(2, {"text": "a,b", "id": "1"})]

    def test_packed(self, tmp_path: Path) -> None:
        assert good(self.read(tmp_path, gzip.compress(b'{"a": 1}'))) == [(1, {"a": 1})]

    def test_nothing_at_all(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, b"") == []


class TestGzip:
    LINES = b"".join(b'{"a": %d, "b": "%d"}\n' % (n, n * 7919) for n in range(5000))

    def test_the_rows_are_those_of_what_was_packed(self, tmp_path: Path) -> None:
        plain = read(tmp_path, "m.jsonl", self.LINES)
        assert read(tmp_path, "m.jsonl.gz", gzip.compress(self.LINES)) == plain

    def test_columns_by_the_name_before_gz(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.CSV.gz", gzip.compress(b'text,id\n"one,1\n"two",2\nthree,3\n'))
        assert [line for line, _ in good(rows)] == [3, 4]
        assert bad(rows) == [(2, "bad_row", '"one,1')]

    def test_whatever_it_is_called(self, tmp_path: Path) -> None:
        assert good(read(tmp_path, "m.jsonl", gzip.compress(b'{"a": 1}'))) == [(1, {"a": 1})]

    def test_members_and_padding(self, tmp_path: Path) -> None:
        packed = gzip.compress(b'{"a": 1}\n{"a"') + gzip.compress(b": 2}") + bytes(512)
        assert good(read(tmp_path, "m.gz", packed)) == [(1, {"a": 1}), (2, {"a": 2})]

    @pytest.mark.parametrize("kept", [0.3, 0.999])
    def test_where_it_breaks_off_it_says_so_once_and_loses_nothing_before(
        self, tmp_path: Path, kept: float
    ) -> None:
        packed = gzip.compress(self.LINES)
        packed = packed[: int(len(packed) * kept)]
        rows = read(tmp_path, "m.jsonl.gz", packed)
        before = zlib.decompressobj(31).decompress(packed)
        assert len(good(rows)) == before.count(b"\n")
        assert [(row[0], row[1]) for row in bad(rows)] == [(len(rows), "broken_gzip")]
        assert isinstance(rows[-1].data, Unreadable)
        assert f"breaks off at byte {len(packed)}" in str(rows[-1].data.error)

    def test_where_it_is_spoilt_it_says_so_once_and_loses_nothing_before(
        self, tmp_path: Path
    ) -> None:
        packed = bytearray(gzip.compress(self.LINES))
        fault = len(packed) // 2
        packed[fault : fault + 300] = b"\xff" * 300
        rows = read(tmp_path, "m.jsonl.gz", bytes(packed))
        before = zlib.decompressobj(31).decompress(packed[:fault])
        whole = before.count(b"\n")
        assert good(rows)[:whole] == good(read(tmp_path, "m.jsonl", self.LINES))[:whole]
        assert [code for _, code, _ in bad(rows)].count("broken_gzip") == 1
        assert bad(rows)[-1][:2] == (rows[-1].line, "broken_gzip")

    def test_the_very_first_byte_may_be_wrong(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "m.jsonl.gz", b"\x1f\x8bno gzip at all")
        assert [(line, code) for line, code, _ in bad(rows)] == [(1, "broken_gzip")]

    def test_a_bomb_takes_little_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "bomb.jsonl.gz"
        with gzip.open(path, "wb", compresslevel=1) as bomb:
            bomb.write(b'{"a": 1}\n')
            for _ in range(40):
                bomb.write(bytes(2**20))
            bomb.write(b'\n{"a": 2}\n')
        tracemalloc.start()
        with closing(RowReader(path)) as reader:
            rows = list(reader.rows())
            assert shown(reader.at(rows[0].offset)) == {"a": 1}
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert good(rows) == [(1, {"a": 1}), (3, {"a": 2})]
        assert bad(rows)[0][:2] == (2, "too_large")
        assert most < 5 * MAX_LINE


@pytest.mark.parametrize("content", [b"", b"\n\ntext,id\n", b"\xef\xbb\xbf", b'"'])
def test_a_csv_file_begins_with_a_header(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    assert "line 1: " in refused(path, "text")


def test_a_header_without_the_columns_needed_is_told_with_those_it_has(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b"body,id\nhello,1\n")
    assert "no column 'text'; the columns are body, id" in refused(path, "id", "text")


def test_a_header_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m.csv.gz"
    path.write_bytes(gzip.compress(b"text,published_at\n")[:-15])
    assert "line 1: the gzip data breaks off at byte" in refused(path)


def test_a_header_longer_than_any_line_may_be_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b"x" * (MAX_LINE + 10))
    assert "line 1: expected a header" in refused(path)
