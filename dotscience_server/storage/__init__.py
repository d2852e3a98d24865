"""What the store is needed for: who holds which bytes, and what may be given up. Pure: no tornado, no Jupyter."""
