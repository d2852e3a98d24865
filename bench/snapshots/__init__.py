"""Snapshots beside restic, borg, git and DVC."""
