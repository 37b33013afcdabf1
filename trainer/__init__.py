"""The worker: takes runs from the lab, trains models, mirrors to MLflow."""
