"""The text beside the panels of a figure."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evenkeel.figures.lettering import MOST_ROWS, Words, fold, write_caption, write_legend


def legend_of(num_lines: int, width: float, label: str = "a cell of many {}") -> list[str]:
    axes = Figure().subplots()
    write_legend(axes, [Line2D([], [], label=label.format(index)) for index in range(num_lines)], width, 20)
    legend = axes.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def test_a_line_is_never_broken_before_a_number() -> None:
    for width in range(3, 30):
        lines = fold("of three seeds n = 3, in the mean epoch 5 of 8", width / 10).split("\n")
        assert not any(line.startswith(("=", "3", "5", "8")) for line in lines)


def test_a_small_level_is_never_broken_at_its_minus() -> None:
    assert fold("He, zero residual, lr=1e-05", 1.25) == "He, zero residual,\nlr=1e-05"


def test_a_long_name_without_a_space_is_broken() -> None:
    assert max(map(len, fold("x" * 200, 1.0).split("\n"))) < 25


def test_a_legend_in_a_panel_names_so_many_lines_and_counts_the_rest() -> None:
    texts = legend_of(50, 2.0, "a cell with a long name, as most of many have {}")
    assert len(texts) == MOST_ROWS
    assert texts[-1] == f"and {50 - MOST_ROWS + 1} more"


def test_a_legend_over_the_whole_page_has_more_columns() -> None:
    assert len(legend_of(24, 6.7)) == 24


def test_a_figure_grows_by_its_caption() -> None:
    short, long = Figure(figsize=(3.5, 2)), Figure(figsize=(3.5, 2))
    words = Words(full="A sentence. " * 30, short="A sentence.")
    write_caption(short, words, "short")
    write_caption(long, words, "full")
    assert 2 < short.get_figheight() < long.get_figheight()
    assert short.get_figwidth() == long.get_figwidth() == 3.5


def test_a_figure_without_a_caption_keeps_its_size() -> None:
    figure = Figure(figsize=(3.5, 2))
    write_caption(figure, Words("A sentence. " * 30, "A sentence."), "none")
    assert figure.get_figheight() == 2
    assert figure.get_supxlabel() == ""
