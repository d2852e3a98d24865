"""The version of the distribution. A test holds it to package.json's: no metadata is read."""

__version__ = "0.1.0"
