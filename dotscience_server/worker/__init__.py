"""The worker: one niced process per workspace, the only writer of its records."""
