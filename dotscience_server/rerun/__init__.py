"""Running a run again: what to run, in which environment, what came of it, and why it differs. No tornado, no Jupyter server."""
