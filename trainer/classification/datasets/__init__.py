"""Finds datasets, prepares each of them once, and reads the prepared ones.

This file imports nothing, so that the processes that decode images start without torch.
"""
