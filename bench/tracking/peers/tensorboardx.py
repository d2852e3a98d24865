"""tensorboardX, read with TensorBoard's own accumulator."""

import glob
import os

SummaryWriter = None


def load():
    global SummaryWriter
    from tensorboardX import SummaryWriter as cls

    SummaryWriter = cls


def start(params):
    writer = SummaryWriter(f"runs/{os.urandom(4).hex()}")
    writer.add_text("params", str(params))
    return writer


def log(run, key, value, step):
    run.add_scalar(key, value, step)


def finish(run):
    run.close()


def _accumulators():
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for folder in glob.glob("runs/*"):
        yield EventAccumulator(folder, {"scalars": 0}).Reload()


def count(key, beside=None):
    total = 0
    for found in _accumulators():
        if key in found.Tags()["scalars"]:
            total += len(found.Scalars(key))
    return total


def read(key):
    return count(key)


def query():
    last = [
        found.Scalars("acc")[-1].value
        for found in _accumulators()
        if "acc" in found.Tags()["scalars"]
    ]
    return len(sorted((value for value in last if value > 0.5), reverse=True)[:100])
