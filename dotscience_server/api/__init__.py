"""The local API: one route table, and the worker's handlers for it."""
