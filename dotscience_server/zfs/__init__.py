"""ZFS on this host, driven through its own commands: snapshots that are held, views of them, what changed
between two, and streams from one pool to another. Nothing here is ever forced, and no shell is ever started.
"""
