"""What the database keeps of the service itself: workers, duties, keys, sessions, alerts, and numbers for monitoring.
`Store` puts it together with the parts that keep the runs."""
