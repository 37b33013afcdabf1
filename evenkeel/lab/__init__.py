"""The lab: the database of every experiment, and the rules for changing it. Nothing here imports torch or computes
statistics."""
