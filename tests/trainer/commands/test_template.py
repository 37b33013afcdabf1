"""A level stays one argument of a program, whatever it holds."""

from trainer.commands.template import fill, names_in


def test_a_level_is_written_as_it_is_and_is_never_split_or_expanded() -> None:
    values = {"x": "a b; rm -rf $HOME", "lr": 1e-05, "flag": True, "none": None, "list": [1, "a"]}
    assert fill(["run", "--x={x}", "{lr}", "{flag}", "{none}", "{list}", "{{x}}"], values) == [
        "run",
        "--x=a b; rm -rf $HOME",
        "1e-05",
        "true",
        "null",
        '[1, "a"]',
        "{x}",
    ]


def test_names_stand_between_braces_and_doubled_braces_are_none() -> None:
    assert names_in("{a}-{b}-{{c}}") == ["a", "b"]
