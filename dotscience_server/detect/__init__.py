"""Finds runs: in journals, in notebooks, by watching folders. Pure: no tornado, no Jupyter."""
