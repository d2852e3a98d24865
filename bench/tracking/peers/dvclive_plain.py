"""DVCLive without a DVC experiment: its plain files."""

import csv
import glob

from . import Missing

Live = None


def load():
    global Live
    from dvclive import Live as cls

    Live = cls


def start(params):
    import os

    live = Live(dir=f"dvclive-{os.urandom(4).hex()}", save_dvc_exp=False, dvcyaml=None)
    live.log_params(params)
    return live


def log(run, key, value, step):
    if step is not None:
        run.step = step
    run.log_metric(key, value)


def finish(run):
    run.end()


def count(key, beside=None):
    total = 0
    for name in glob.glob(f"dvclive*/plots/metrics/{key}.tsv"):
        with open(name) as file:
            total += max(0, len(list(csv.reader(file, delimiter="\t"))) - 1)
    return total


def read(key):
    from dvclive.utils import parse_tsv

    name = glob.glob(f"dvclive*/plots/metrics/{key}.tsv")[0]
    return len(parse_tsv(name))


def query():
    raise Missing("plain files have no query")
