"""The answer names the factors that mattered and claims no more than that."""

from dataclasses import replace

import numpy as np
from studies import CELLS, interacting, study, three_rates

from evenkeel.analysis.wording.breaking import MEANS
from evenkeel.analysis.wording.counted import Others
from evenkeel.analysis.wording.effects import answer, headline
from evenkeel.factors.effects import effects


def test_a_factor_that_mattered_is_named_with_its_size_and_the_others_are_not() -> None:
    said = answer(study(seeds=5, shift=-0.2, wide=4.0, collapse=0.7), "train_accuracy")
    assert said.startswith("Final train_accuracy: norm mattered (none is 0.")
    assert "none spreads" in said
    assert "times the odds of batch" in said
    assert "no effect of arch or init could be shown" in said
    assert said.endswith(
        "This rests on 40 runs in 8 cells, with 5 seeds each. Each p is from permutations within blocks, after Holm's "
        "correction."
    )


def test_where_no_effect_is_shown_the_smallest_that_would_be_found_is_told() -> None:
    found = study(seeds=5, shift=-0.2)
    said = answer(found, "train_accuracy")
    idle = [term for term in found.responses.final.terms if term.term in ("arch", "init")]
    missed = min(term.smallest_effect for term in idle)
    assert f"could be shown; this many seeds would miss an effect under {missed:.2g} in more than one study of" in said
    assert "would miss a ratio under " in said


def test_an_interaction_is_told_beside_the_factor_that_it_bends() -> None:
    assert "the size of its effect depends on" in answer(interacting(), "val_accuracy")


def test_factors_that_change_together_are_not_told_apart() -> None:
    assert "nothing can be said" in answer(study(cells=[CELLS[0], CELLS[-1]], shift=-0.5), "train_accuracy")


def test_a_level_may_be_a_number() -> None:
    assert "lr mattered (0.01 is 0." in answer(three_rates(), "train_accuracy")


def test_a_difference_that_may_as_well_be_none_is_not_told_while_another_is_sure() -> None:
    found = three_rates()
    [lr] = [term for term in found.responses.final.terms if term.term == "lr"]
    vague, sure = lr.contrasts
    vague = replace(vague, estimate=-0.9, low=-2.0, high=0.2)
    terms = [replace(lr, contrasts=[sure, vague]) if term is lr else term for term in found.responses.final.terms]
    final = replace(found.responses.final, terms=terms)
    said = answer(replace(found, responses=replace(found.responses, final=final)), "train_accuracy")
    assert f"lr mattered ({sure.level} is" in said
    assert str(vague.level) + " is" not in said


def test_where_nothing_has_finished_or_nothing_varies_that_is_all_it_says() -> None:
    assert answer(study(seeds=0, shift=-0.5), "train_accuracy") == "No run has finished yet."
    one = effects(CELLS[:1], np.zeros(3, int), np.ones(3), np.ones((3, 4)), np.zeros(3, bool))
    assert "do not differ in any factor" in answer(one, "train_loss")


def test_where_no_run_or_every_run_came_to_nothing_it_counts_them() -> None:
    assert "Divergence: 0 of 24 runs diverged or collapsed." in answer(study(), "train_accuracy")
    equal = effects(CELLS, np.repeat(np.arange(8), 3), np.ones(24), np.ones((24, 4)), np.ones(24, bool))
    assert "Divergence: 24 of 24 runs diverged or collapsed." in answer(equal, "train_loss")


def test_the_answer_begins_with_where_training_breaks() -> None:
    assert answer(study(), "train_accuracy", "yolo breaks.").startswith("yolo breaks. Final train_accuracy: ")
    assert answer(study(seeds=0), "train_accuracy", "yolo breaks.") == "yolo breaks. No run has finished yet."


def test_cells_that_do_not_count_yet_are_told_with_what_became_of_their_runs() -> None:
    said = answer(study(), "loss", others=Others(2, finished=5, lost=1))
    assert "Divergence: 0 of the 24 runs that count diverged or collapsed." in said
    assert (
        "This rests on 24 of the 29 finished runs: those in the 6 cells, of 8, in which every seed has ended. The "
        "other 2 cells do not count yet; so far, 1 of their runs diverged or collapsed." in said
    )
    assert answer(study(seeds=0), "loss", others=Others(8)) == "In no cell have all seeds ended yet."


def test_factors_have_the_names_that_the_task_gives_them() -> None:
    said = answer(study(seeds=5, shift=-0.2), "accuracy", call=str.upper)
    assert "NORM mattered (none is " in said
    assert "no effect of ARCH or INIT could be shown" in said


def test_the_headline_is_where_training_breaks_or_else_the_largest_effect_in_one_sentence() -> None:
    found = study(seeds=5, shift=-0.2)
    assert headline(found, "train_accuracy").startswith("Final train_accuracy: norm mattered (none is 0.")
    breaks = "norm none breaks between lr 0.1 and 0.2; batch at no lr tried."
    assert headline(found, "train_accuracy", f"{breaks} {MEANS}") == breaks
    assert headline(study(seeds=5), "val_loss") == "Final val_loss: no factor could be shown to matter."


def test_the_headline_names_two_factors_that_only_act_together() -> None:
    crossed = np.repeat(np.array([cell["norm"] == "none" for cell in CELLS]) != [c["arch"] == "yolo" for c in CELLS], 5)
    final = 0.5 + 0.2 * crossed + np.random.default_rng(1).normal(0, 0.01, 40)
    found = effects(
        CELLS, np.repeat(np.arange(8), 5), final, final[:, np.newaxis], np.zeros(40, bool), permutations=999
    )
    assert headline(found, "train_accuracy").startswith("Final train_accuracy: arch and norm act together (p = ")


def test_before_a_run_has_finished_the_headline_says_so() -> None:
    assert headline(study(seeds=0), "train_accuracy") == "No run has finished yet."
