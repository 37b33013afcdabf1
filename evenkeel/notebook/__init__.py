"""The API's answers as a notebook sees them: their fields, frames and figures, and how far an experiment is."""
