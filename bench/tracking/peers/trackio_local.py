"""Trackio, local. Read through the storage class behind its command line."""

import os

trackio = None


def load():
    global trackio
    os.environ.update(TRACKIO_DIR=os.path.abspath("trackio"), HF_HUB_OFFLINE="1")
    import trackio as module

    trackio = module


def start(params):
    return trackio.init(project="bench", config=params, embed=False)


def log(run, key, value, step):
    run.log({key: value}, step=step)


def finish(run):
    trackio.finish()


def _runs():
    from trackio.sqlite_storage import SQLiteStorage

    return SQLiteStorage, SQLiteStorage.get_runs("bench")


def count(key, beside=None):
    storage, runs = _runs()
    return sum(key in row for run in runs for row in storage.get_logs("bench", run))


def read(key):
    return count(key)


def query():
    from trackio.sqlite_storage import SQLiteStorage

    sql = (
        "select run_name, json_extract(metrics, '$.acc') as acc from metrics "
        "where acc > 0.5 order by acc desc limit 100"
    )
    return len(SQLiteStorage.query_project("bench", sql)["rows"])
