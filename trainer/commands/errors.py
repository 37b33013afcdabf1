"""Why a program did not train its run to the end."""


class CommandFailed(Exception):
    """A program ended too early, took too long, or wrote what it should not. The message has its last words."""


class CommandDied(Exception):
    """A signal ended a program, for example because memory ran out. The run goes on in another attempt."""
