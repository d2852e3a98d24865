"""``ds policy``: what is kept of a path and why; sets or takes away the rule that names it alone; the default and limits."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dotscience._tree import name_to_json

from ..protocol.failure import ApiError
from .context import Context
from .output import counted, pairs, plain, size
from .sizes import size_bytes
from .status import path_text

_WORDS = {
    "keep": "kept",
    "fingerprint": "known by size and time only",
    "ignore": "ignored",
    "mixed": "partly kept",
}
_BECAUSE = {
    "default": "by the default",
    "ignore-file": "by .dotscienceignore",
    "credentials": "its name is that of credentials",
    "environment": "it is an environment",
    "cache": "its name is that of a cache",
    "size": "its size waits for your agreement",
    "home": "of a home folder only notebooks and declared files are kept unasked",
    "store": "it belongs to Git or Dotscience",
    "checkout": "it was brought back from a run",
    "mount": "it lies on another file system",
}
_DEFAULTS = {
    "auto": "keep automatically: all, unless it takes more than the limits",
    "keep": "keep always",
    "fingerprint": "size and time only",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", help="a file or folder")
    parser.add_argument("policy", nargs="?", choices=("keep", "fingerprint", "ignore"))
    parser.add_argument("--unset", action="store_true", help="take the rule of PATH away")
    whole = parser.add_argument_group("of the whole workspace")
    whole.add_argument("--default", choices=tuple(_DEFAULTS), help="for what no rule names")
    whole.add_argument(
        "--limit", metavar="SIZE", type=size_bytes, help="auto: more than this waits for your word"
    )
    whole.add_argument(
        "--floor", metavar="SIZE", type=size_bytes, help="storing stops when less is free"
    )
    whole.add_argument(
        "--driver",
        choices=("auto", "zfs", "btrfs", "reflink", "plain"),
        help="who takes snapshots, where it works; auto: the best that does",
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    if arguments.path is None and (arguments.policy or arguments.unset):
        raise ApiError.of("bad-request", detail="a rule needs a PATH")
    if arguments.policy and arguments.unset:
        raise ApiError.of("bad-request", detail="--unset takes the rule away, it sets none")
    _set_whole(context, arguments)
    if arguments.path is None:
        _tell_all(context)
        return
    path = name_to_json(os.fsencode(_below(context, arguments.path)))
    if arguments.policy or arguments.unset:
        verdict = None if arguments.unset else arguments.policy
        changed = context.worker.put("policy/path", {"paths": [path], "policy": verdict})
        if context.json:
            context.tell(changed)
            return
    query = path if isinstance(path, str) else f'{{"b64":"{path["b64"]}"}}'
    answer = context.worker.get("policy/path", {"path": query})
    if context.json:
        context.tell(answer)
        return
    print("\n".join(_lines(answer)))


def _set_whole(context: Context, arguments: argparse.Namespace) -> None:
    given = {
        "default": arguments.default,
        "limit_bytes": arguments.limit,
        "floor_bytes": arguments.floor,
        "driver": arguments.driver,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    if wanted:
        policy = context.worker.get("status")["policy"]
        context.worker.put("policy", {**policy, **wanted})


def _below(context: Context, named: str) -> str:
    """The path relative to the workspace; a link is named itself, not what it points at."""
    whole = Path(os.path.normpath(Path.cwd() / named))
    real = Path(os.path.realpath(whole.parent)) / whole.name if whole.name else whole
    root = Path(os.path.realpath(context.worker.path))
    if not real.is_relative_to(root):
        raise ApiError.of("path-refused", path=named, detail=f"it is not below {root}")
    below = os.fspath(real.relative_to(root))
    return "" if below == "." else below


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    name = path_text(answer["path"]) or "This workspace"
    rule = None if answer["rule"] is None else plain(answer["rule"])
    why = _BECAUSE.get(answer["because"], "by rules")
    if answer["because"] == "rule" and rule is not None:
        why = f"by the rule {rule}"
    elif rule is not None:
        why += f", {rule}"
    yield f"{name}: {_WORDS[answer['policy']]}, {why}."
    adds = answer["bytes"] - answer["kept_bytes"]
    files = answer["files"] - answer["kept_files"]
    if answer["kept_files"]:
        kept = counted(answer["kept_files"], "file")
        yield f"Kept: {size(answer['kept_bytes'])} in {kept}."
    if files:
        yield f"'keep' would add {size(adds)} in {counted(files, 'file')}."


def _tell_all(context: Context) -> None:
    policy = context.worker.get("status")["policy"]
    if context.json:
        context.tell(policy)
        return
    facts = [
        ("Default", _DEFAULTS[policy["default"]]),
        (
            "Limit",
            f"{size(policy['limit_bytes'])}, {100 * policy['limit_share']:g} % of free space",
        ),
        ("Floor", f"storing stops when less than {size(policy['floor_bytes'])} is free"),
    ]
    if "driver" in policy:
        facts.append(("Snapshots by", f"{plain(policy['driver'])}, where it works"))
    print("\n".join(pairs(facts, indent="")))
    for rule in policy["rules"]:
        print(f"  {plain(rule['pattern'])}  {_WORDS[rule['policy']]}")
