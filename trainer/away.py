"""The error that says that MLflow is away. It stands apart, because to import MLflow's client takes seconds."""


class MlflowAway(Exception):
    """MLflow's server cannot be reached. Nothing is lost: the next pass continues."""
