"""The worker. It takes runs from the store, trains them, and copies their results to MLflow."""
