"""The manifest codec (docs/formats/store.md, Manifest)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dotscience._tree import (
    Entry,
    PathError,
    Root,
    TreeError,
    WrittenPages,
    check_path,
    decode_entry,
    decode_page,
    decode_root,
    encode_entry,
    encode_page,
    encode_root,
    find,
    read_entries,
    read_root,
    split_pages,
    write_tree,
)

FIXTURE = Path(__file__).parent / "fixtures" / "tree-1"
HASH = "ab" * 32
PARTS = st.binary(min_size=1, max_size=8).filter(
    lambda part: part not in (b".", b"..") and b"/" not in part and b"\0" not in part
)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map(b"/".join)
COMMON = {
    "path": PATHS,
    "mode": st.integers(0, 0o7777),
    "mtime_ns": st.integers(-(2**63), 2**63),
}
SIZES = st.integers(0, 2**60)
FILES = st.builds(
    Entry,
    kind=st.just("f"),
    size=SIZES,
    hash=st.just(HASH),
    target=st.none(),
    link=st.none() | st.just("65024:17"),
    ranges=st.none() | st.lists(st.tuples(SIZES, SIZES), max_size=3).map(tuple),
    not_kept=st.none(),
    unstable=st.booleans(),
    left_out=st.sampled_from([(), ("owner",), ("xattr", "acl")]),
    **COMMON,
)
FINGERPRINTS = FILES.map(lambda entry: entry._replace(hash=None, not_kept="fingerprint"))
FOLDERS = st.builds(lambda **c: Entry(kind="d", **c), **COMMON)
LINKS = st.builds(
    lambda target, **c: Entry(kind="l", target=target, **c),
    target=st.binary(min_size=1).filter(lambda name: b"\0" not in name),
    **COMMON,
)
ENTRIES = st.one_of(FILES, FINGERPRINTS, FOLDERS, LINKS)


class Memory(dict[str, bytes]):
    """Objects in memory."""

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        self[name] = data
        return name


def files(count: int) -> list[Entry]:
    return [Entry(b"d/f%06d" % n, "f", 0o644, n, n, HASH) for n in range(count)]


@given(ENTRIES)
def test_an_entry_survives_and_is_canonical_json(entry: Entry) -> None:
    line = encode_entry(entry)
    value = json.loads(line)
    assert decode_entry(value) == entry
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert line == canonical.encode() + b"\n"


@given(st.lists(ENTRIES, unique_by=lambda entry: entry.path, max_size=20))
def test_a_tree_survives(entries: list[Entry]) -> None:
    entries.sort(key=lambda entry: entry.path)
    memory = Memory()
    tree = write_tree(entries, memory.put)
    assert list(read_entries(memory.__getitem__, tree)) == entries
    for entry in entries:
        assert find(memory.__getitem__, tree, entry.path) == entry
    regular = [entry for entry in entries if entry.kind == "f"]
    root = read_root(memory.__getitem__, tree)
    assert (root.files, root.bytes) == (len(regular), sum(entry.size or 0 for entry in regular))


def test_the_documented_example_is_what_is_written() -> None:
    entry = Entry(b"a/\xff", "f", 0o644, 1, 5, HASH, None, "65024:9", ((0, 5),), None, True)
    assert encode_entry(entry).decode() == (
        '{"h":"' + HASH + '","k":"f","m":420,"p":{"b64":"YS//"},"q":[[0,5]],"s":5,"t":"1",'
        '"u":true,"x":"65024:9"}\n'
    )
    assert encode_root(Root((), 0, 0)) == b'{"bytes":0,"files":0,"format":2,"pages":[]}'


def test_pages_end_where_the_paths_say() -> None:
    pages = list(split_pages(files(20_000)))
    assert all(64 <= len(page) <= 4096 for page in pages[:-1])
    for page in pages[:-1]:
        mark = int.from_bytes(hashlib.sha256(page[-1].path).digest()[:2], "big")
        assert mark < 256 or len(page) == 4096
    assert [entry for page in pages for entry in page] == files(20_000)


@settings(max_examples=15)
@given(st.integers(0, 9_999), st.booleans())
def test_one_change_touches_few_pages(at: int, remove: bool) -> None:
    before, after = Memory(), Memory()
    entries = files(10_000)
    pages = WrittenPages()
    write_tree(entries, before.put, pages)
    if remove:
        del entries[at]
    else:
        entries[at] = entries[at]._replace(mtime_ns=7)
    tree = write_tree(entries, after.put, WrittenPages(pages))
    assert 2 <= len(after) <= 4
    assert list(read_entries({**before, **after}.__getitem__, tree)) == entries


def test_find_knows_what_is_not_there() -> None:
    memory = Memory()
    tree = write_tree(files(1000), memory.put)
    for path in (b"a", b"d", b"d/f000500x", b"z"):
        assert find(memory.__getitem__, tree, path) is None
    assert find(memory.__getitem__, write_tree([], memory.put), b"a") is None


@pytest.mark.parametrize(
    "path", [b"", b"/", b"/a", b"a/", b"a//b", b".", b"..", b"a/../b", b"./a", b"a\0b"]
)
def test_g7_unsafe_paths_are_refused(path: bytes) -> None:
    with pytest.raises(PathError):
        check_path(path)
    line = encode_entry(Entry(b"x", "d", 0, 0)._replace(path=path))
    with pytest.raises(TreeError):
        decode_page(line)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"k": "x"},
        {"k": "f", "h": None},
        {"m": -1},
        {"m": 0o10000},
        {"m": True},
        {"m": "420"},
        {"t": "soon"},
        {"s": -1},
        {"s": None},
        {"h": "../../etc/passwd"},
        {"h": "AB" * 32},
        {"n": "fingerprint"},
        {"q": [[1]]},
        {"q": "x"},
        {"p": 7},
        {"p": {"b64": "*"}},
        {"k": "l"},
        {"k": "l", "l": "a\0b"},
    ],
)
def test_malformed_entries_are_refused(broken: dict[str, object]) -> None:
    good = {"p": "a", "k": "f", "m": 420, "s": 1, "t": "1", "h": HASH}
    assert decode_entry(good)
    with pytest.raises(TreeError):
        decode_entry({**good, **broken} if broken else {})


@given(st.binary(max_size=60))
def test_any_bytes_are_a_tree_or_a_tree_error(data: bytes) -> None:
    for decode in (decode_page, decode_root):
        try:
            decode(data)
        except TreeError:
            pass


@pytest.mark.parametrize("data", [b"[]", b"1", b'"x"', b"{}", b'{"format":1,"pages":[1]}'])
def test_malformed_roots_are_refused(data: bytes) -> None:
    with pytest.raises(TreeError):
        decode_root(data)


def test_a_tree_of_format_1_still_opens() -> None:
    """tests/snapshots/fixtures/tree-1 was written by the first version and is never rewritten."""
    content = hashlib.sha256(b"hello").hexdigest()
    shared = Entry(b"same", "f", 0o4755, 7, 5, content, link="65024:9")
    expected = [
        Entry(b"d", "d", 0o755, 1732190000123456789),
        Entry(b"d/data.bin", "f", 0o600, 0, 10**9, not_kept="fingerprint"),
        Entry(b"d/\xff", "f", 0o644, -1, 5, content, unstable=True),
        Entry(b"link", "l", 0o777, 1, target=b"/etc/\xfe"),
        shared,
        Entry(b"sparse", "f", 0o644, 3, 8192, content, ranges=((0, 10), (4096, 1))),
        shared._replace(path="\u00e9".encode()),
    ]

    def read(name: str) -> bytes:
        return (FIXTURE / name).read_bytes()

    tree = "5e4af03f5965140bec515e9bd8575b74f8cd8b48fd130c97bd3a508ef4ad2c45"
    assert list(read_entries(read, tree)) == expected


def test_a_file_in_chunks_round_trips() -> None:
    key = "x" + "0a" * 32
    memory = Memory()
    entries = [Entry(b"a", "f", 0o644, 7, 5, key)]
    assert list(read_entries(memory.__getitem__, write_tree(entries, memory.put))) == entries


def test_a_newer_format_is_refused_and_unknown_keys_are_ignored() -> None:
    with pytest.raises(TreeError, match="format 3"):
        decode_root(b'{"format":3}')
    root = b'{"bytes":0,"files":0,"format":1,"new":1,"pages":[]}'
    assert decode_root(root) == Root((), 0, 0)
    line = b'{"k":"d","m":1,"new":[],"p":"a","t":"0"}\n'
    assert decode_page(line) == [Entry(b"a", "d", 1, 0)]


def spoil_bytes(memory: Memory, tree: str) -> str:
    page = json.loads(memory[tree])["pages"][0]["hash"]
    memory[page] = memory[page].replace(b'"m":420', b'"m":421', 1)
    return tree


def swap_pages(memory: Memory, tree: str) -> str:
    root = json.loads(memory[tree])
    root["pages"].reverse()
    return memory.put(json.dumps(root).encode())


def repeat_a_path(memory: Memory, tree: str) -> str:
    page = encode_page(files(1) * 2)
    root = {"format": 1, "files": 2, "bytes": 0}
    pages = [{"first": "d/f000000", "count": 2, "hash": memory.put(page)}]
    return memory.put(json.dumps({**root, "pages": pages}).encode())


def lie_about_the_count(memory: Memory, tree: str) -> str:
    root = json.loads(memory[tree])
    root["pages"][0]["count"] += 1
    return memory.put(json.dumps(root).encode())


@pytest.mark.parametrize("spoil", [spoil_bytes, swap_pages, repeat_a_path, lie_about_the_count])
def test_g6_a_spoilt_tree_is_refused(spoil: Callable[[Memory, str], str]) -> None:
    memory = Memory()
    tree = spoil(memory, write_tree(files(6000), memory.put))
    with pytest.raises(TreeError):
        list(read_entries(memory.__getitem__, tree))
