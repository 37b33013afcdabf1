"""MLflow's server behind a login. It keeps artifacts beneath one folder, follows no links, and answers no other site.

`python -m mlflow_server` starts it. It imports nothing else of this clone, so MLflow's image holds this folder alone.
"""
