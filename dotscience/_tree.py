"""The manifest: a snapshot's tree as pages of entries under one root (docs/formats/store.md).

Owns the coding of entries, pages and the root, and nothing else: objects are read and written by
functions the caller gives. Invariants: paths are bytes, strictly ascending and safe (`check_path`);
whatever is read is checked by its hash and refused when it is malformed, because a manifest may
come from somebody else (G3, G6, G7).
"""

from __future__ import annotations

import base64
import hashlib
import json
from bisect import bisect_right
from json.encoder import encode_basestring
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Tuple

ReadObject = Callable[[str], bytes]
PutObject = Callable[[bytes], str]
Ranges = Tuple[Tuple[int, int], ...]
TreePath = bytes

FORMAT = 2
PAGE_LEAST = 64
PAGE_MOST = 4096
FROZEN = "frozen"
"""`Entry.not_kept` of a file whose bytes a freeze holds and whose content key is not known yet."""
_LEFT_OUT = ("owner", "xattr", "acl")
_PAGE_MARK = b"\x01\x00"  # 256, as two bytes


class TreeError(ValueError):
    """A manifest that is damaged, malformed, hostile or of a newer format."""


class PathError(TreeError):
    """A path that would leave the workspace, or that no file system takes."""

    def __init__(self, path: bytes, detail: str) -> None:
        super().__init__(f"{path!r}: {detail}")
        self.path = path
        self.detail = detail


class Entry(NamedTuple):
    """One file, folder or symbolic link of a tree.

    `kind` is "f", "d" or "l"; `mode` the permission bits. A file has `size` and either `hash` (its content key) or
    `not_kept` ("fingerprint", "unreadable", FROZEN). `link` joins hard links, `ranges` are the data ranges
    of a sparse file, `unstable` says that it changed while it was read, `left_out` what beside its bytes
    is not kept ("owner", "xattr", "acl").
    """

    path: bytes
    kind: str
    mode: int
    mtime_ns: int
    size: int | None = None
    hash: str | None = None
    target: bytes | None = None
    link: str | None = None
    ranges: Ranges | None = None
    not_kept: str | None = None
    unstable: bool = False
    left_out: tuple[str, ...] = ()


class Page(NamedTuple):
    """A page as the root names it."""

    first: bytes
    entries: int
    hash: str


class Root(NamedTuple):
    """The root of a tree; `files` and `bytes` count regular files, kept or not."""

    pages: tuple[Page, ...]
    files: int
    bytes: int


class _Written(NamedTuple):
    """A page as it was written; `whole`: it ends where its paths say, not where the tree ended."""

    entries: list[Entry]
    hash: str
    files: int
    bytes: int
    whole: bool


class WrittenPages:
    """The pages that `write_tree` wrote last, by their first path; for one store only. Entries that
    are the same objects as those of the last call cost next to nothing.
    """

    def __init__(self, before: WrittenPages | None = None) -> None:
        self._before = {} if before is None else before._pages
        self._pages: dict[TreePath, _Written] = {}

    def write(self, entries: list[Entry], at: int, put: PutObject) -> _Written:
        """The page that begins at `at`; encoded and put unless it is one of those written before."""
        first = entries[at].path
        known = self._before.get(first)
        page = None
        if known is not None:
            end = at + len(known.entries)
            page = entries[at:end]
            if (known.whole or end == len(entries)) and page == known.entries:
                self._pages[first] = known
                return known
            if not known.whole or not _same_paths(page, known.entries):
                page = None
        whole = True
        if page is None:
            page = entries[at : _page_end(entries, at)]
            whole = at + len(page) < len(entries) or _is_whole(page)
        sizes = [entry[4] or 0 for entry in page if entry[1] == "f"]
        written = _Written(page, put(encode_page(page)), len(sizes), sum(sizes), whole)
        self._pages[first] = written
        return written


def check_path(path: bytes) -> None:
    """Raise PathError unless `path` is relative, without empty, `.` or `..` parts and without NUL."""
    if not path:
        raise PathError(path, "it is empty")
    if b"\0" in path:
        raise PathError(path, "it has a NUL byte")
    closed = b"/" + path + b"/"
    if b"//" in closed or b"/./" in closed or b"/../" in closed:
        raise PathError(path, "it has an empty, '.' or '..' part")


def name_to_json(name: bytes) -> Any:
    """A path or link target as JSON: a string, or {"b64": …} where it is not UTF-8."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(name).decode("ascii")}


def name_from_json(value: Any) -> bytes:
    """The inverse of `name_to_json`; raises TreeError."""
    try:
        if isinstance(value, str):
            return value.encode("utf-8")
        return base64.b64decode(value["b64"], validate=True)
    except (KeyError, TypeError, ValueError) as error:
        raise TreeError(f"a name is malformed: {value!r}") from error


def encode_entry(entry: Entry) -> bytes:
    """One canonical JSON line, newline included."""
    return _line(entry).encode()


def _line(entry: Entry) -> str:
    (
        path,
        kind,
        mode,
        mtime_ns,
        size,
        content,
        target,
        link,
        ranges,
        not_kept,
        unstable,
        left_out,
    ) = entry
    plain = target is None and link is None and ranges is None and not_kept is None
    if plain and content is not None and size is not None and not unstable and not left_out:
        return (
            f'{{"h":"{content}","k":"{kind}","m":{mode},"p":{_name_text(path)},"s":{size}'
            f',"t":"{mtime_ns}"}}\n'
        )
    keys: list[str] = []
    if left_out:
        keys.append('"a":["' + '","'.join(left_out) + '"]')
    if content is not None:
        keys.append(f'"h":"{content}"')
    keys.append(f'"k":"{kind}"')
    if target is not None:
        keys.append(f'"l":{_name_text(target)}')
    keys.append(f'"m":{mode}')
    if not_kept is not None:
        keys.append(f'"n":"{not_kept}"')
    keys.append(f'"p":{_name_text(path)}')
    if ranges is not None:
        text = ",".join(f"[{start},{length}]" for start, length in ranges)
        keys.append(f'"q":[{text}]')
    if size is not None:
        keys.append(f'"s":{size}')
    keys.append(f'"t":"{mtime_ns}"')
    if unstable:
        keys.append('"u":true')
    if link is not None:
        keys.append(f'"x":"{link}"')
    return "{" + ",".join(keys) + "}\n"


def decode_entry(value: Any) -> Entry:
    """The entry that a parsed line says; unknown keys are ignored. Raises TreeError."""
    try:
        path, kind, mode = name_from_json(value["p"]), value["k"], value["m"]
        if len(value) == 6 and "h" in value:  # nearly all: a file like any other
            entry = Entry(path, kind, mode, int(value["t"]), value.get("s"), value["h"])
        else:
            entry = Entry(
                path,
                kind,
                mode,
                int(value["t"]),
                value.get("s"),
                value.get("h"),
                name_from_json(value["l"]) if "l" in value else None,
                value.get("x"),
                tuple((int(a), int(b)) for a, b in value["q"]) if "q" in value else None,
                value.get("n"),
                value.get("u", False),
                tuple(kind for kind in value.get("a", ()) if kind in _LEFT_OUT),
            )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TreeError(f"an entry is malformed: {value!r}") from error
    _check_entry(entry)
    return entry


def encode_page(entries: Iterable[Entry]) -> bytes:
    """The bytes of a page."""
    return "".join(map(_line, entries)).encode()


def decode_page(data: bytes) -> list[Entry]:
    """The entries of a page, in strictly ascending order of path. Raises TreeError."""
    try:
        # One parse for the whole page: a quoted name never holds a raw newline.
        values = json.loads(b"[" + b",".join(data.split(b"\n")[:-1]) + b"]")
    except ValueError as error:
        raise TreeError("a page is no JSON") from error
    entries = [decode_entry(value) for value in values]
    for before, after in zip(entries, entries[1:]):
        if before.path >= after.path:
            raise TreeError(f"a page is out of order at {after.path!r}")
    return entries


def encode_root(root: Root) -> bytes:
    """The bytes of a root."""
    pages = [
        {"first": name_to_json(p.first), "count": p.entries, "hash": p.hash} for p in root.pages
    ]
    value = {"format": FORMAT, "pages": pages, "files": root.files, "bytes": root.bytes}
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode_root(data: bytes) -> Root:
    """The root; raises TreeError, also for a format newer than ours."""
    try:
        value = json.loads(data)
        if value["format"] not in (1, FORMAT):  # 1: the same without files in chunks
            raise TreeError("the manifest has format {!r}".format(value["format"]))
        pages = tuple(
            Page(name_from_json(page["first"]), int(page["count"]), str(page["hash"]))
            for page in value["pages"]
        )
        return Root(pages, int(value["files"]), int(value["bytes"]))
    except TreeError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TreeError("the root is malformed") from error


def split_pages(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Cut sorted entries into pages; where depends on paths alone, so unchanged pages are shared."""
    rest = list(entries)
    at = 0
    while at < len(rest):
        end = _page_end(rest, at)
        yield rest[at:end]
        at = end


def write_tree(
    entries: Iterable[Entry], put: PutObject, written: WrittenPages | None = None
) -> str:
    """Store sorted entries through `put` (bytes → hash); returns the tree's hash.

    `written` notes the pages; one made from the last call's saves encoding and putting what has
    not changed.
    """
    written = written or WrittenPages()
    ordered = entries if isinstance(entries, list) else list(entries)
    pages: list[Page] = []
    at = files = total = 0
    while at < len(ordered):
        page = written.write(ordered, at, put)
        pages.append(Page(ordered[at].path, len(page.entries), page.hash))
        at += len(page.entries)
        files += page.files
        total += page.bytes
    return put(encode_root(Root(tuple(pages), files, total)))


def read_root(read_object: ReadObject, tree: str) -> Root:
    """The root of `tree`, checked by its hash."""
    return decode_root(_verified(read_object, tree))


def read_entries(read_object: ReadObject, tree: str) -> Iterator[Entry]:
    """Every entry of `tree` in order of path, page by page. Raises TreeError."""
    last: bytes | None = None
    for page in read_root(read_object, tree).pages:
        entries = read_page(read_object, page)
        if last is not None and entries[0].path <= last:
            raise TreeError(f"pages are out of order at {entries[0].path!r}")
        last = entries[-1].path
        yield from entries


def find(read_object: ReadObject, tree: str, path: bytes) -> Entry | None:
    """The entry at `path`, or None. Reads the root and one page."""
    pages = read_root(read_object, tree).pages
    at = bisect_right([page.first for page in pages], path) - 1
    if at < 0:
        return None
    for entry in read_page(read_object, pages[at]):
        if entry.path == path:
            return entry
    return None


def read_page(read_object: ReadObject, page: Page) -> list[Entry]:
    """The entries of one page of a root. Raises TreeError."""
    entries = decode_page(_verified(read_object, page.hash))
    if len(entries) != page.entries or not entries or entries[0].path != page.first:
        raise TreeError(f"page {page.hash} is not what the root says")
    return entries


def _verified(read_object: ReadObject, wanted: str) -> bytes:
    data = read_object(wanted)
    if hashlib.sha256(data).hexdigest() != wanted:
        raise TreeError(f"object {wanted} is damaged")
    return data


def _page_end(entries: list[Entry], at: int) -> int:
    """Where the page that begins at `at` ends."""
    most = min(at + PAGE_MOST, len(entries))
    for index in range(at + PAGE_LEAST - 1, most):
        if _ends_page(entries[index][0]):
            return index + 1
    return most


def _is_whole(page: list[Entry]) -> bool:
    """Whether a page ends where it does because of what is in it."""
    return len(page) >= PAGE_LEAST and (len(page) >= PAGE_MOST or _ends_page(page[-1][0]))


def _same_paths(left: list[Entry], right: list[Entry]) -> bool:
    return [entry[0] for entry in left] == [entry[0] for entry in right]


def _ends_page(path: bytes) -> bool:
    return hashlib.sha256(path).digest()[:2] < _PAGE_MARK


def _name_text(name: bytes) -> str:
    try:
        return encode_basestring(name.decode("utf-8"))
    except UnicodeDecodeError:
        return '{"b64":"' + base64.b64encode(name).decode("ascii") + '"}'


def _is_int(value: object) -> bool:
    return type(value) is int and value >= 0


def _check_entry(entry: Entry) -> None:
    check_path(entry.path)
    good = entry.kind in ("f", "d", "l") and _is_int(entry.mode) and entry.mode <= 0o7777
    if entry.kind == "f":
        good = good and _is_int(entry.size) and (entry.hash is None) != (entry.not_kept is None)
        good = good and (entry.hash is None or is_content_key(entry.hash))
    elif entry.kind == "l":
        good = good and bool(entry.target) and b"\0" not in (entry.target or b"")
    if not good:
        raise TreeError(f"an entry is malformed: {entry!r}")


def is_content_key(value: object) -> bool:
    """Whether `value` names content: an object by its SHA-256, or `x` and a Xet file hash (chunks)."""
    return is_hash(value) or is_chunked(value)


def is_chunked(value: object) -> bool:
    """Whether `value` is the content key of a file in chunks."""
    return isinstance(value, str) and value[:1] == "x" and is_hash(value[1:])


def is_hash(value: object) -> bool:
    """Whether `value` is the lower-case hex of a SHA-256."""
    if not isinstance(value, str) or len(value) != 64:
        return False
    try:
        return bytes.fromhex(value).hex() == value
    except ValueError:
        return False
