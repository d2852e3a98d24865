"""Parts of a tree read by their pages are what reading all of it gives; pages that cannot matter are not read."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from dotscience._tree import Entry, Page, Root, encode_page, encode_root, read_root, write_tree
from dotscience_server.snapshots.differences import differences
from dotscience_server.snapshots.overlay import Laid, Overlay, Span, overlaid
from dotscience_server.snapshots.paged import PagedTree, apart, below

NAMES = st.sampled_from([b"a", b"a-", b"a0", b"b", b"b!", b"\xff"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(b"/".join)
OWN = st.dictionaries(
    PATHS, st.builds(Overlay, st.just("c" * 64), st.just(7), st.none(), st.just(5))
)


class Store:
    """Objects in memory, and how many were read."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.read_count = 0

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        self.objects[name] = data
        return name

    def read(self, name: str) -> bytes:
        self.read_count += 1
        return self.objects[name]

    def tree(self, entries: list[Entry], size: int) -> PagedTree:
        """In pages of so many entries."""
        parts = [entries[at : at + size] for at in range(0, len(entries), size)]
        pages = [Page(part[0].path, len(part), self.put(encode_page(part))) for part in parts]
        files = sum(entry.kind == "f" for entry in entries)
        return PagedTree(
            self.read, read_root(self.read, self.put(encode_root(Root(tuple(pages), files, 0))))
        )


@st.composite
def trees(draw: st.DrawFn) -> list[Entry]:
    """Sorted entries with all their folders."""
    found: dict[bytes, Entry] = {}
    for path, content in draw(st.dictionaries(PATHS, st.sampled_from("ab"), max_size=12)).items():
        parts = path.split(b"/")
        above = [b"/".join(parts[:n]) for n in range(1, len(parts))]
        if path in found or any(p in found and found[p].kind != "d" for p in above):
            continue
        found.update({p: Entry(p, "d", 0o755, 1) for p in above})
        found[path] = Entry(path, "f", 0o644, 1, 3, content * 64)
    return [found[path] for path in sorted(found)]


@given(
    trees(),
    OWN,
    st.integers(1, 4),
    st.one_of(st.just(b""), PATHS),
    st.one_of(st.just(b""), PATHS),
    st.booleans(),
)
def test_what_lies_below_a_folder(
    entries: list[Entry],
    own: dict[bytes, Overlay],
    size: int,
    folder: bytes,
    after: bytes,
    deep: bool,
) -> None:
    tree = Store().tree(entries, size)
    prefix = folder + b"/" if folder else b""
    wanted = [
        one
        for one in overlaid(entries, own)
        if one.path.startswith(prefix)
        and one.path > after
        and (deep or b"/" not in one.path[len(prefix) :])
    ]
    assert list(below(tree, Laid(tree.find, own), folder, after, deep)) == wanted


@given(trees(), trees(), OWN, OWN, st.integers(1, 4))
def test_what_differs_is_in_the_pages_that_differ(
    one: list[Entry],
    other: list[Entry],
    own: dict[bytes, Overlay],
    too: dict[bytes, Overlay],
    size: int,
) -> None:
    store = Store()
    a, b = store.tree(one, size), store.tree(other, size)
    left, right, shared = apart(a, b, (Laid(a.find, own), Laid(b.find, too)))

    def same(x: Entry, y: Entry) -> bool:
        return x.hash == y.hash

    found, count = differences(left, right, same)
    wanted = differences(overlaid(one, own), overlaid(other, too), same)
    assert (found, count + shared) == wanted


def many(folders: int, files: int, changed: bytes = b"") -> list[Entry]:
    found = []
    for folder in range(folders):
        top = b"d%03d" % folder
        found.append(Entry(top, "d", 0o755, 1))
        for file in range(files):
            path = top + b"/f%03d" % file
            content = ("b" if path == changed else "a") * 64
            found.append(Entry(path, "f", 0o644, 1, 3, content))
    return found


def test_pages_that_cannot_matter_are_not_read() -> None:
    store = Store()
    roots = [write_tree(many(60, 400, changed), store.put) for changed in (b"", b"d030/f007")]
    a, b = (PagedTree(store.read, read_root(store.read, root)) for root in roots)
    assert len(a.root.pages) > 60
    none = Laid(a.find, {})
    store.read_count = 0
    assert len(list(below(a, none, b"d030", b"d030/f398", True))) == 1
    assert store.read_count <= 2
    store.read_count = 0
    left, right, shared = apart(a, b, (none, none))
    found, same = differences(left, right, lambda x, y: x.hash == y.hash)
    assert [one.path for one in found] == [b"d030/f007"] and same + shared == 60 * 400 - 1
    assert store.read_count == 2
    assert len(list(below(a, none, b"", b"", False))) == 60
    assert store.read_count <= 2 + 60 * 2


def test_a_file_that_was_written_again_has_no_bytes() -> None:
    span = Span(10, 20)
    file = Entry(b"a", "f", 0o644, 15, 3, "a" * 64, link="1:2")
    assert span.without_bytes(file) == Entry(b"a", "f", 0o644, 15, 3, not_kept="changed")
    for kept in (
        file._replace(mtime_ns=10),
        file._replace(mtime_ns=21),
        Entry(b"d", "d", 0o755, 15),
    ):
        assert span.without_bytes(kept) is kept
