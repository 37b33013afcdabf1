"""The statistics of factors: what each factor of a grid did to the final value, to the spread and to divergence.

Like `evenkeel.statistics`, on which this is built, these are functions of arrays with typed results. They use no store
and no HTTP, and they write no sentences. `effects.effects` is where to begin.
"""
