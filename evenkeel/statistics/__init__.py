"""The statistics of stability: pure functions of arrays. They use no store and no HTTP, and they write no sentences.

`curves` are float arrays of shape (..., num_runs, num_epochs). NaN stands for an epoch that a run did not reach. The
leading axes, if there are any, are cells. The results are frozen classes whose fields carry their own descriptions
(`evenkeel.result`). docs/statistics.md says what each number means and when not to trust it.
"""
