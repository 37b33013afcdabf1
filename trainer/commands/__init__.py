"""Commands: programs that the operator of a worker lists in a TOML file. The lab trains them like any other task."""
