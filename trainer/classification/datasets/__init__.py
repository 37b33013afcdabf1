"""Datasets: where they come from, preparing them once, and reading what was prepared.

Nothing is imported here, so that the processes that decode images start without torch.
"""
