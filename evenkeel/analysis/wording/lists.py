"""Lists names in a sentence."""

from collections.abc import Sequence


def listed(names: Sequence[str], word: str) -> str:
    """'a', 'a and b', 'a, b and c'. word: 'and' or 'or'."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
