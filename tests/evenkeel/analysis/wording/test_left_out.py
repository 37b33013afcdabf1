"""The text about cells that cannot be read names each of them, but the list stays short."""

import pytest

from evenkeel.analysis.wording.left_out import left_out_named, left_out_says
from evenkeel.grids.cell import UnreadableCell, read_cell
from evenkeel.records.left_out import LeftOut, leave_out
from evenkeel.records.rows import CellRow

LEVELS = {"arch": "my_net", "norm": "none", "init": "he"}


def left_out(number: int, **levels: object) -> LeftOut:
    row = CellRow(number, "exp", f"{number:016x}", "classification", LEVELS | levels)
    with pytest.raises(UnreadableCell) as caught:
        read_cell(row.task, row.levels)
    return leave_out(row, caught.value)


def test_nothing_is_said_where_nothing_is_left_out() -> None:
    assert left_out_says([]) == left_out_named([]) == ""


def test_one_is_said_with_its_cure_and_named_short() -> None:
    assert left_out_says([left_out(7)]) == (
        "The cell 0000000000000007 of exp is left out. arch: 'my_net' is not a level here; allowed: yolo, resnet, "
        "plain, vgg. To read it, run a version that knows it. To delete it with its runs: "
        "evenkeel forget exp 0000000000000007."
    )
    assert left_out_named([left_out(7)]) == (
        "Cells left out, because they cannot be read: 0000000000000007 of exp (arch 'my_net')."
    )


def test_of_many_the_first_are_said_and_the_rest_counted() -> None:
    many = [left_out(number) for number in range(50)]
    assert left_out_says(many).endswith("evenkeel forget exp 0000000000000002. Further cells left out: 47.")
    assert left_out_named(many).endswith("0000000000000002 of exp (arch 'my_net'); 47 more.")


def test_a_level_of_any_size_takes_a_word_of_a_caption() -> None:
    assert len(left_out_named([left_out(0, arch="long" * 1000)])) < 120
    assert len(left_out_says([left_out(0, arch="long" * 1000)])) < 400
