"""Rows with too few or too many cells, set apart: what is read of the others is what is read without them."""

import numpy as np
import pandas as pd
import pytest

from kerasflow.cli.ragged import parse_ragged
from kerasflow.io.csv_source import read_blocks
from kerasflow.io.csv_text import USUAL, Dialect, TableError
from kerasflow.io.table import parse_block

KINDS = ["numeric", "text", "text"]


@pytest.fixture
def block(tmp_path):
    def read(text, dialect=USUAL):
        (tmp_path / "D.csv").write_text(text)
        [block] = read_blocks(tmp_path / "D.csv", dialect)
        return block

    return read


GOOD = ['1,"a\nb",p', "2,NA,q", '"3",c,"r,s"', ",d,t"]
BAD = ["4,e", '5,f,u,"and, ""more"""', '"a ""b"""', ",,,,"]


@pytest.mark.parametrize("seed", range(8))
def test_rows_are_on_their_lines_whatever_stands_between_them(block, seed):
    rng = np.random.default_rng(seed)
    rows = [*rng.permutation(GOOD), *rng.permutation(BAD)]
    rng.shuffle(rows)
    text = "n,x,y\n" + "".join(f"{row}\n" + "\n" * int(rng.integers(2)) for row in rows)
    frame, errors = parse_ragged(block(text), KINDS)
    # The same with each row that is wrong replaced by one without values.
    plain = text
    for row in BAD:
        plain = plain.replace(f"\n{row}\n", "\n,,\n")
    wanted = parse_block(block(plain), KINDS)
    good = ~frame.index.isin(list(errors))
    assert len(frame) == 8 and good.sum() == 4 and frame.index.equals(wanted.index)
    pd.testing.assert_frame_equal(frame[good], wanted[good])
    assert frame[good].n.dtype == np.float64 and frame.n[~good].isna().all()
    lines = {(text[: text.index(f"\n{row}\n")]).count("\n") + 2: row for row in BAD}
    assert sorted(errors) == sorted(lines)
    for line, row in lines.items():
        cells, column = {BAD[0]: (2, ":y"), BAD[1]: (4, ""), BAD[2]: (1, ":x"), BAD[3]: (5, "")}[row]
        assert str(errors[line]).endswith(f"D.csv:{line}{column}: expected 3 cells as in the header, found {cells}")


def test_cells_are_those_that_stand_there(block):
    frame, errors = parse_ragged(block('n,x,y\n1,NA\n2,"a,b",c,d\n'), KINDS)
    assert list(errors) == list(frame.index) == [2, 3] and frame.n.isna().all()
    assert frame.x.isna().tolist() == [True, False] and frame.x[3] == "a,b"
    assert frame.y.isna().tolist() == [True, False] and frame.y[3] == "c"


def test_without_quotation_marks(block):
    dialect = Dialect(quote=None, separator=";")
    frame, errors = parse_ragged(block('x;y\n"a;b\n"c\nd;e\n', dialect), ["text", "text"], dialect)
    assert list(errors) == [3] and frame.x.tolist() == ['"a', '"c', "d"]


def test_a_table_that_is_whole_is_read_as_ever(block):
    text = "n,x,y\n" + "\n".join(GOOD) + "\n"
    frame, errors = parse_ragged(block(text), KINDS)
    assert errors == {}
    pd.testing.assert_frame_equal(frame, parse_block(block(text), KINDS))


@pytest.mark.parametrize(
    "text",
    [
        '1,"a,b\n2,c,"d e" f\n3,g"h,i\n',  # a mark that the next one closes by chance
        '1,a,b\n2,"c\nd",e,f\n',
    ],
)
def test_where_rows_end_has_to_be_certain(block, text):
    with pytest.raises(TableError, match=r"D.csv:[23](:y)?: expected 3 cells"):
        parse_ragged(block(f"n,x,y\n{text}"), KINDS)
