"""Entries of manifests by their paths: the same as `find`, each page decoded once for files in a row."""

from __future__ import annotations

import hashlib

from dotscience._tree import Entry, find, write_tree
from dotscience_server.store.found import FoundEntries


def test_as_find_with_each_page_read_once() -> None:
    objects: dict[str, bytes] = {}
    reads: list[str] = []

    def put(data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        objects[name] = data
        return name

    def read(name: str) -> bytes:
        reads.append(name)
        return objects[name]

    paths = sorted(b"f%d" % number for number in range(3000))
    entries = {path: Entry(path, "f", 0o644, 1, 1, 64 * "a") for path in paths}
    tree = write_tree(list(entries.values()), put)
    assert len(objects) > 4
    found = FoundEntries(read)
    assert {path: found.entry(tree, path) for path in paths} == entries
    for path in (paths[7], b"", b"a", b"f", b"f00", b"z"):
        assert found.entry(tree, path) == find(objects.__getitem__, tree, path)
    assert len(set(reads)) == len(objects)
    assert len(reads) <= len(objects) + 3, "some of the last ones begin with another page"
