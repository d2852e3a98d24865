"""The Jupyter server extension: a client of the workers, with the server's own authentication.

``extension.py`` is the composition root. Invariants: nothing here writes a workspace's store; no save, kernel start or
server start waits for a worker or fails because of one.
"""
