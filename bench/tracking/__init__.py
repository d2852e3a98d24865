"""Trackers side by side: ours and six peers on the same work, in one run (``python -m bench.tracking``)."""
