"""The caption of each figure names the cells that the figure leaves out."""

from collections.abc import Callable, Sequence

import pytest
from matplotlib.figure import Figure
from summaries import summary_cell

from evenkeel.analysis.effects import which_mattered
from evenkeel.figures import draw_bands, draw_effects, draw_reaching, draw_region
from evenkeel.records.left_out import LeftOut
from models.task import CLASSIFICATION

CURVES = [[0.1, 0.5, 0.8], [0.2, 0.5, 0.9], [0.1, 0.4, 0.7]]
CELLS = [summary_cell(arch, "none", "he", CURVES, threshold=0.5) for arch in ("yolo", "resnet")]
ACCURACY = CLASSIFICATION.metric("train_accuracy")
MINE = LeftOut("0123456789abcdef", "exp", "classification", {}, "arch", "my_net", "", "")
SAYS = "Cells left out, because they cannot be read: 0123456789abcdef of exp (arch 'my_net')."

Draw = Callable[[Sequence[LeftOut]], Figure]
FIGURES: dict[str, Draw] = {
    "bands": lambda left_out: draw_bands(CLASSIFICATION, CELLS, ACCURACY, left_out=left_out),
    "reaching": lambda left_out: draw_reaching(CLASSIFICATION, CELLS, left_out),
    "region": lambda left_out: draw_region(CLASSIFICATION, CELLS, "arch", left_out=left_out),
    "effects": lambda left_out: draw_effects(
        CLASSIFICATION, which_mattered(CLASSIFICATION, CELLS, ACCURACY, None, left_out)
    ),
    "no effects": lambda left_out: draw_effects(
        CLASSIFICATION, which_mattered(CLASSIFICATION, CELLS[:1], ACCURACY, None, left_out)
    ),
}


@pytest.mark.parametrize("kind", FIGURES)
def test_a_caption_names_what_is_left_out_in_a_line_of_its_own_and_the_figure_makes_room_for_it(kind: str) -> None:
    plain, told = FIGURES[kind]([]), FIGURES[kind]([MINE])
    before, after = plain.get_supxlabel(), told.get_supxlabel()
    assert "Cells left out" not in before
    assert after.startswith(before + "\n")
    assert after.removeprefix(before).replace("\n", " ").strip() == SAYS
    assert told.get_size_inches()[1] > plain.get_size_inches()[1]
