"""The HTTP API of the lab: the endpoints, their queries and answers, and what every request passes."""
