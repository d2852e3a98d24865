"""Remote mode before there is a hub: it is accepted, it says so, and runs are recorded here."""

from __future__ import annotations


def check(project: str) -> None:
    """Raises the original's exception for a missing project name."""
    if not project:
        raise Exception("Please specify a project name as the third argument to ds.connect()")


def say_connected() -> None:
    print(
        "Remote mode comes with the Dotscience hub, which this version does not have yet. "
        "Nothing is sent; your runs are recorded in this workspace."
    )


def say_published(id: str) -> None:
    print(f"Remote mode comes with the Dotscience hub: run {id} is recorded here, nothing is sent.")
