"""One module a tracker, run in that tracker's own environment by ``bench/tracking/tasks.py``.

Every module offers the same functions, through the peer's documented calls:

    load()                        import it: this is what the import section times
    start(params) -> run          a new run with these parameters
    log(run, key, value, step)    one scalar
    finish(run)                   an orderly end
    count(key) -> int             fresh process: points of ``key`` that can be read back, of all runs
                                  (``beside``: only of runs that have that metric too)
    read(key) -> int              fresh process: as a user reads one metric's points
    query() -> int                fresh process: runs with ``acc`` > 0.5, best first, at most 100
    settle()                      optional: let what works beside the run come to rest

A function that a peer has no call for raises `Missing` with the reason.
"""


class Missing(Exception):
    """The peer offers no way to do this."""
