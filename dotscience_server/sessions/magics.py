"""Takes IPython's own syntax out of a cell's source, so that the rest is Python of as many lines.

Names that magics and shell lines use stay: ``%time y = f(x)`` is ``y = f(x)``, ``!cp {src} $dst`` reads src and dst,
``files = !ls`` binds files. A cell that is no Python at all (``%%bash``) is empty.
"""

from __future__ import annotations

import ast
import re

_PYTHON_CELLS = ("time", "timeit", "prun", "capture", "memit", "mprun", "debug", "ipytest")
_PYTHON_LINES = ("time", "timeit", "prun", "memit", "lprun", "mprun")
_CELL_MAGIC = re.compile(r"^\s*%%(?P<name>\w+)(?P<rest>[^\n]*)")
_LINE = re.compile(
    r"^(?P<indent>\s*)(?:(?P<target>[A-Za-z_][\w\s,.\[\]'\"]*?)\s*=\s*)?(?P<mark>%|!!?)(?P<rest>.*)$"
)
_HELP = re.compile(r"^(?P<indent>\s*)(\?{1,2}.*|%?[\w.*]+\?{1,2})\s*$")
_OPTION = re.compile(r"^\s*(?:-[nrst]\s*\S+|-\w+)")
_QUOTES = re.compile(r'\\.|#.*|"""|\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
_SHELL_NAME = re.compile(r"\{([^{}]+)\}|\$([A-Za-z_]\w*)")


def python_of(source: str) -> str:
    """The source with magics replaced; lines keep their numbers."""
    found = _CELL_MAGIC.match(source)
    if found is None:
        return _lines_replaced(source)
    body = source[found.end() :]
    if found["name"] not in _PYTHON_CELLS:
        return "\n" * source.count("\n")
    head = _options_cut(found["rest"])
    if found["name"] == "capture":
        name = head.split()[0] if head.split() else ""
        head = f"{name} = None" if name.isidentifier() else ""
    return _statement(head) + _lines_replaced(body)


def _lines_replaced(source: str) -> str:
    lines: list[str] = []
    quote, continued, in_magic = "", False, False
    for line in source.split("\n"):
        told = line if quote or continued else _replaced(line)
        in_magic = (in_magic and continued) or told != line
        lines.append("" if in_magic and told == line else told)
        continued = line.endswith("\\")
        if not in_magic:
            quote = _quote_after(line, quote)
    return "\n".join(lines)


def _replaced(line: str) -> str:
    help_line = _HELP.match(line)
    if help_line is not None:
        return f"{help_line['indent']}pass"
    found = _LINE.match(line)
    if found is None:
        return line
    indent, target, rest = found["indent"], found["target"], found["rest"]
    told = _magic(rest) if found["mark"] == "%" else _shell(rest)
    if target is not None:
        return f"{indent}{target} = {told or 'None'}"
    return f"{indent}{told or 'pass'}"


def _magic(rest: str) -> str:
    """The Python that a line magic runs, or the names that it reads."""
    name, _, argument = rest.strip().partition(" ")
    if name in _PYTHON_LINES:
        return _statement(_options_cut(argument))
    return _shell(argument)


def _shell(rest: str) -> str:
    """The expressions between braces and after dollars, as a tuple."""
    told = [one or other for one, other in _SHELL_NAME.findall(rest)]
    reads = [one.partition(":")[0] for one in told]
    good = [one for one in reads if _is_expression(one)]
    return f"({', '.join(good)},)" if good else ""


def _options_cut(text: str) -> str:
    while (option := _OPTION.match(text)) is not None:
        text = text[option.end() :]
    return text.strip()


def _statement(text: str) -> str:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return text


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _quote_after(line: str, quote: str) -> str:
    """The triple quote that is open behind a line, with the one open before it."""
    for found in _QUOTES.finditer(line) if not quote else _triples(line):
        token = found[0]
        if quote:
            quote = "" if token == quote else quote
        elif token in ('"""', "'''"):
            quote = token
    return quote


def _triples(line: str) -> list[re.Match[str]]:
    return list(re.finditer(r'"""|\'\'\'', line))
