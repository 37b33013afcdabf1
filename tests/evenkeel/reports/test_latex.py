"""Tables for a paper are well formed, and show every character as it is."""

import re

import pytest
from frames import finals

from evenkeel import stability
from evenkeel.reports.latex import columns_to_latex, escape, to_latex
from evenkeel.reports.sheets import Sheet

NASTY = r"50 % of a_b & {c} #1 $x ~ ^ \ < > | [2] * -0.5 a--b (-0.3 to 0.1)"
SHEET = Sheet(
    "A title\nin two lines", ["a", "b_c"], [["[x]", "1"], ["*y", "-2.5"]], 1, frozenset({(1, 1)}), "sure", ["A note."]
)
RUNS = stability.runs(finals(none_=[1.0, 1.1, 1.2], batch=[2.0, 2.1, 2.3]), "loss", "lower")
TABLES = [
    to_latex(SHEET),
    columns_to_latex({"cell_name": [NASTY, "y"], "value": [0.123456, None]}),
    stability.summary(RUNS).to_latex(),
    stability.effects(RUNS, permutations=99).to_latex(),
    stability.compare(RUNS, {"norm": "batch"}).to_latex(),
]


def test_special_characters_are_escaped() -> None:
    told = escape(NASTY)
    assert told.startswith(r"50 \% of a\_b \& \{c\} \#1 \$x \textasciitilde{} \textasciicircum{} \textbackslash{} ")
    assert told.endswith("{[}2{]} {*} $-$0.5 a-{}-b ($-$0.3 to 0.1)")


def test_an_unknown_value_is_a_dash() -> None:
    assert escape("-") == "--"
    assert columns_to_latex({"x": [1.5, None]}).splitlines()[5:7] == [r"1.500 \\", r"-- \\"]


def test_the_rules_are_those_of_booktabs_and_the_bold_entry_is_said_why() -> None:
    assert to_latex(SHEET).splitlines() == [
        "% A title in two lines",
        "% A note.",
        "% Bold: sure.",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"a & b\_c \\",
        r"\midrule",
        r"{[}x{]} & 1 \\",
        r"{*}y & \textbf{$-$2.5} \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


@pytest.mark.parametrize("table", TABLES)
def test_braces_and_environments_are_balanced_and_rows_are_even(table: str) -> None:
    bare = re.sub(r"\\[{}$&#%_]|^%.*$", "", table, flags=re.M)
    assert bare.count("{") == bare.count("}")
    assert re.findall(r"\\begin\{(\w+)\}", table) == re.findall(r"\\end\{(\w+)\}", table)
    assert [table.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
    rows = [line for line in bare.splitlines() if line.endswith(r"\\")]
    assert len({row.count("&") for row in rows}) == 1
