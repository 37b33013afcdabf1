"""Answers that may take long. Each is worked out once, in a process that can be stopped, and kept until a run of its
cells changes."""
