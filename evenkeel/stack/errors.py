"""The error of a stack that cannot run."""


class StackError(Exception):
    """The stack cannot start or go on. The message says why and what to do."""
