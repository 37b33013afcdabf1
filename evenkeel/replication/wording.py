"""Says why a rule adds seeds to an experiment, or why it has stopped."""

NO_CELL = "The rule has stopped, because the experiment has no cell that can be read here."


def width_says(half_width: float, cells: int, known: int, unstable: int, growing: int, most: int) -> str:
    """Of a rule that wants the mean of each cell to within -+ half_width.

    Args:
        cells: Number of cells.
        known: Number of those whose mean is known so well.
        unstable: Number of those that get no more seeds because half or more of their runs diverged or collapsed.
        growing: Number of those that get one more seed now.
        most: The largest number of seeds of a cell.
    """
    parts = [f"The mean is known to within {half_width:g} for {known} of {cells} cells."]
    if unstable:
        gets = "is unstable and gets" if unstable == 1 else "are unstable and get"
        parts.append(f"{unstable} of them {gets} no more seeds, since most of the runs diverged or collapsed.")
    if growing:
        parts.append(_more(growing, most))
    elif known + unstable < cells:
        parts.append(f"The rule has stopped, because the other cells have {most} seeds, the most that it allows.")
    else:
        parts.append("So the rule has stopped.")
    return " ".join(parts)


def effect_says(factor: str, metric: str, shown: bool, p: float | None, level: float, growing: int, most: int) -> str:
    """Of a rule that wants the effect of a factor on the final metric to be shown.

    Args:
        p: Its p_holm; None if it cannot be tested.
        level: What p is compared with.
        growing: Number of cells that get one more seed now.
    """
    told = f"p = {p:.2g}, compared with {level:.2g}" if p is not None else "it cannot be tested yet"
    if shown:
        return f"The effect of {factor} on the final {metric} is shown ({told}). So the rule has stopped."
    parts = [f"No effect of {factor} on the final {metric} could be shown so far ({told})."]
    if growing:
        parts.append(_more(growing, most))
    else:
        parts.append(f"The rule has stopped, because every cell has {most} seeds, the most that it allows.")
        parts.append("This is no proof that there is no effect.")
    return " ".join(parts)


def _more(growing: int, most: int) -> str:
    gets = "1 cell gets one more seed" if growing == 1 else f"{growing} cells get one more seed each"
    return f"{gets}, up to {most} in all."
