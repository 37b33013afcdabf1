"""Puts statistics into sentences that claim no more than the numbers do."""
