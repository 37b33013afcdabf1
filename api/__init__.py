"""HTTP over the lab: endpoints, what they take and answer, and what every request passes."""
