"""Networks, norms and weight initialisations. Knows torch and nothing else; `factors` and `layout` do without it."""
