"""The statistics of stability: pure functions over arrays, with no store, no HTTP and no sentences.

`curves` are float arrays of shape (..., num_runs, num_epochs) in which NaN stands for an epoch that a run did not
reach; the leading axes, if any, are cells. What is found comes back as frozen classes whose fields say what they are
(`evenkeel.result`). docs/statistics.md says what each number means and when not to trust it.
"""
