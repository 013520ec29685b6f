"""Tables come out of .csv files as they went in, and errors name the file."""

from __future__ import annotations

import pytest

from sklearn_dpads.datasets.csv_files import read_csv

ROWS = "trial,speed,gait\n1,0.5,None\n1,,Größe\n2,NA,run\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


@pytest.mark.parametrize("sep", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_separators_and_encodings(path, sep, encoding):
    path.write_text(ROWS.replace(",", sep), encoding=encoding)
    table = read_csv(path, sep=sep, encoding=encoding.removesuffix("-sig"), as_text=("trial",))
    assert table.columns.tolist() == ["trial", "speed", "gait"]
    assert table["trial"].tolist() == ["1", "1", "2"]
    assert table["gait"].tolist() == ["None", "Größe", "run"]
    assert table["speed"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("rows", "settings", "message"),
    [
        (
            ROWS.encode("cp1252"),
            {},
            r"table.csv: the file is not in the encoding utf-8 \(byte 0xf6",
        ),
        (ROWS.encode(), {"encoding": "ascii"}, "not in the encoding ascii .*cp1252"),
        (ROWS.encode(), {"encoding": "klingon"}, "no encoding 'klingon'; some are utf-8"),
        (ROWS.replace(",", ";").encode(), {}, "table.csv: there is one column.*If ; stands"),
        (ROWS.replace(",", "\t").encode(), {}, r"one column.*If \\t stands"),
        (ROWS.encode(), {"sep": ""}, "sep must be one character"),
        (ROWS.encode(), {"sep": ", "}, "sep must be one character"),
        (b"a,b\n1,2,3\n4,5,6\n", {}, "table.csv: its rows have more cells than the first row"),
        (b"a,b\n0,2,3\n1,5,6\n", {}, "more cells than the first row"),
        (b"a,b\n1,2\n4,5,6\n", {}, "table.csv: .*Expected 2 fields in line 3, saw 3"),
        (b"a,b,a\n1,2,3\n", {}, "table.csv: columns must have different names; a occur twice"),
        (b"", {}, "table.csv: No columns to parse"),
    ],
)
def test_files_that_are_refused(path, rows, settings, message):
    path.write_bytes(rows)
    with pytest.raises(ValueError, match=message):
        read_csv(path, **settings)


def test_numbers_with_zeros_before_them_are_names(path):
    path.write_text("a,b,c,d,e,f\n01,1,0,1.5,01,x\n10,,0.5,-02,02,01\n,2,100,1,3,\n")
    table = read_csv(path, codes=tuple("abcdfg"))
    assert table["a"].tolist()[:2] == ["01", "10"]
    assert table["d"].tolist() == ["1.5", "-02", "1"]
    assert table["f"].tolist()[:2] == ["x", "01"]
    assert table.isna().sum().tolist() == [1, 1, 0, 0, 0, 1]
    # What begins with the one zero that it needs is a number, and so are other columns.
    assert table["b"].tolist()[::2] == [1, 2]
    assert table["c"].tolist() == [0, 0.5, 100]
    assert table["e"].tolist() == [1, 2, 3]
    # A separator after the last cell is none of a further column.
    path.write_text("a;b\n01;1;\n02;2;\n", encoding="utf-16")
    table = read_csv(path, codes=("a",), sep=";", encoding="utf-16")
    assert table.to_numpy().tolist() == [["01", 1], ["02", 2]]


def test_no_file(path):
    with pytest.raises(FileNotFoundError, match="table.csv"):
        read_csv(path)


def test_a_separator_after_the_last_cell(path):
    path.write_text("a,b\n1,2,\n4,5,\n")
    assert read_csv(path).to_numpy().tolist() == [[1, 2], [4, 5]]


def test_columns_without_a_name_may_be_many(path):
    path.write_text(",a,\n1,2,3\n")
    assert read_csv(path).columns.tolist() == ["Unnamed: 0", "a", "Unnamed: 2"]
