"""Which locations lie beneath the destination of MLflow's server."""

import pytest

from mlflow_server.locations import is_beneath, is_served


@pytest.mark.parametrize(
    ("location", "destination", "beneath"),
    [
        ("/data/artifacts", "/data/artifacts", True),
        ("/data/artifacts/1/run", "/data/artifacts", True),
        ("file:///data/artifacts/1", "/data/artifacts/", True),
        ("/data/artifacts-of-others", "/data/artifacts", False),
        ("/data/artifacts/../x", "/data/artifacts", False),
        ("file:///data/artifacts/%2e%2e/x", "/data/artifacts", False),
        ("file:///tmp/att", "/data/artifacts", False),
        ("s3://bucket/x", "/data/artifacts", False),
        ("s3://bucket/lab/1", "s3://bucket/lab", True),
        ("s3://bucket/lab", "s3://bucket/lab/", True),
        ("s3://bucket/any", "s3://bucket", True),
        ("s3://bucket/laboratory", "s3://bucket/lab", False),
        ("s3://bucket/lab/../x", "s3://bucket/lab", False),
        ("s3://bucket/lab/%252e%252e/x", "s3://bucket/lab", False),
        ("s3://other/lab/1", "s3://bucket/lab", False),
        ("s3://bucket/lab/1?x=1", "s3://bucket/lab", False),
        ("/bucket/lab", "s3://bucket/lab", False),
        ("http://10.0.0.1/", "s3://bucket/lab", False),
    ],
)
def test_a_location_is_beneath_the_destination_only_if_no_spelling_of_it_is_not(
    location: str, destination: str, beneath: bool
) -> None:
    assert is_beneath(location, destination) is beneath


@pytest.mark.parametrize("location", ["mlflow-artifacts:/1", "mlflow-artifacts:/", "mlflow-artifacts:///a/b"])
def test_a_location_that_the_server_serves_is_beneath_its_destination(location: str) -> None:
    assert is_served(location)


@pytest.mark.parametrize(
    "location",
    ["mlflow-artifacts://evil/1", "mlflow-artifacts:/../x", "mlflow-artifacts:/a/%2e%2e/%2e%2e/x", "/x", "s3://b/x"],
)
def test_no_other_is_served(location: str) -> None:
    assert not is_served(location)
