"""A workspace moves into a file system of its own: copied, checked, swapped, and back again."""
