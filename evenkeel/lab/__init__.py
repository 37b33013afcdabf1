"""The record of every experiment, and what can be done with it: store, queue, leases, keys. No torch, no statistics."""
