"""A workspace's dataset with its snapshots is kept a second time: in another pool, on another host, or as files.

    source: what is there (`Point`s by guid) ─► plan: which streams are missing ─► pump ─► target
Nothing is forced on either side; what is a copy is known by guids alone, never by names.
"""
