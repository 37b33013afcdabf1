"""What an experiment is and the record of it: spec, store, queue, statistics. No torch, no HTTP."""
