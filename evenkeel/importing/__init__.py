"""Takes runs that were trained elsewhere into an experiment.

    reader, on either side of the API                         the lab
    mlflow, table ─▶ heads ─▶ preparing ─▶ curves ─▶ Arrival ─▶ declaring ─▶ placing ─▶ store.imports

A source lists its runs (`Head`). What is new is read and turned into curves over epochs, in batches (`Arrival`). The
lab declares the task `imported:EXPERIMENT` from the params of all runs, and stores the batch in one transaction. The
command line reads a source itself and posts the batches, so no request ever names an address. `POST /imports` reads the
MLflow that the settings name, and goes the same way from there.
"""
