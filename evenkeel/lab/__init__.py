"""The record of every experiment and who may do what with it: spec, store, queue, sharing. No torch, no statistics."""
