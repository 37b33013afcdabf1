"""What can be posted: known tasks, their cells, grids of cells, and how an experiment shares the workers."""
