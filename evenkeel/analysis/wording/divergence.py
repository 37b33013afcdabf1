"""Says how many runs diverged or collapsed, and what cannot be said before every seed of a cell has ended."""

from evenkeel.statistics.divergence import Divergence


def rate_says(found: Divergence) -> str:
    """The rate with its interval, as in '0.33 (0.01 to 0.91)'.

    Before every seed has ended, there is only a count: '1 of 3 seeds so far (0.01 to 0.99)'.
    """
    interval = f"({found.low:.2f} to {found.high:.2f})"
    if found.unfinished:
        seeds = found.n + found.unfinished
        return f"{found.diverged + found.collapsed} of {seeds} seeds so far {interval}"
    return f"{'-' if found.rate is None else f'{found.rate:.2f}'} {interval}"


def so_far(found: Divergence) -> str:
    """' so far' before every seed has ended, else nothing."""
    return " so far" if found.unfinished else ""


def not_yet_says(name: str, found: Divergence) -> str:
    """Why nothing is said about the runs of this cell yet. name: the name of the cell."""
    seeds = "1 seed" if found.unfinished == 1 else f"{found.unfinished} seeds"
    have = "has" if found.unfinished == 1 else "have"
    return f"{seeds} of {name} {have} not ended. Runs that diverge end first, so nothing is said about its runs before."


def no_spread_says(name: str) -> str:
    """Why nothing is said about the spread of an unstable cell. name: the name of the cell."""
    return f"{name} is unstable: half or more of its runs diverged or collapsed, so it has no spread."
