"""The tracking library: ``import dotscience as ds``."""

__version__ = "0.1.0"
