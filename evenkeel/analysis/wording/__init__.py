"""What the statistics say, in sentences that claim no more than the numbers do."""
