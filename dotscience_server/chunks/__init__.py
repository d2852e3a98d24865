"""Contents in chunks: the formats of the Xet specification on our disk (docs/formats/store.md, Chunks).
Pure: no tornado, no Jupyter. Reading needs `blake3` and `lz4`; writing needs `hf_xet` too.
"""
