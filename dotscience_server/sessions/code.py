"""What one cell's source reads and binds in the notebook's namespace, found without running it.

``ast`` gives the order of reads and binds at the top level, ``symtable`` the globals that functions use when they are
called. A source that is no Python reads and binds nothing. Pure and cached by source.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .magics import python_of

CACHED = 8_192
_LONGEST = 200_000
_NOTHING: frozenset[str] = frozenset()
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True)
class CellCode:
    """``maybe`` are names read behind a bind that may not have happened (in a branch, a loop); ``loops`` those bound
    by ``for`` and ``with`` alone; ``later`` what functions bound here read when they are called."""

    reads: frozenset[str] = _NOTHING
    maybe: frozenset[str] = _NOTHING
    binds: frozenset[str] = _NOTHING
    loops: frozenset[str] = _NOTHING
    later: tuple[tuple[str, frozenset[str]], ...] = ()
    trivial: bool = True
    """Imports and values without a call: nothing that one would want back."""


@lru_cache(CACHED)
def code_of(source: str) -> CellCode:
    """What the source reads and binds."""
    text = python_of(source)
    tree = _parsed(text)
    if tree is None:
        return CellCode(trivial=not source.strip())
    walk = _Walk(text)
    try:
        walk.statements(tree.body)
    except RecursionError:
        return CellCode(trivial=False)
    return CellCode(
        reads=frozenset(walk.reads),
        maybe=frozenset(walk.maybe - walk.reads),
        binds=frozenset(walk.binds),
        loops=frozenset(walk.loops - walk.others),
        later=tuple(walk.later.items()),
        trivial=_is_trivial(source, tree),
    )


def same_code(one: str, other: str) -> bool:
    """Whether two sources differ in comments and formatting alone."""
    return one.strip() == other.strip() or shape_of(one) == shape_of(other)


@lru_cache(CACHED)
def shape_of(source: str) -> str:
    """The source without comments and formatting; magics stay as they are."""
    text = python_of(source)
    tree = _parsed(text)
    if tree is None:
        return "\n".join(line.rstrip() for line in source.strip().split("\n"))
    if text == source:
        return ast.dump(tree)
    pairs = zip(source.split("\n"), text.split("\n"), strict=False)
    magics = [" ".join(line.split()) for line, told in pairs if line != told]
    return "\n".join([ast.dump(tree), *magics])


def _parsed(text: str) -> ast.Module | None:
    if len(text) > _LONGEST:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_trivial(source: str, tree: ast.Module) -> bool:
    if "!" in source and python_of(source) != source:
        return False  # a shell line may do anything
    if source.lstrip().startswith("%%"):
        return False
    return all(_is_trivial_statement(statement) for statement in tree.body)


def _is_trivial_statement(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass)):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    return not any(isinstance(node, (ast.Call, ast.Await)) for node in ast.walk(statement))


class _Walk:
    """Goes through a cell in the order in which it runs."""

    def __init__(self, text: str) -> None:
        self.reads: set[str] = set()
        self.maybe: set[str] = set()
        self.binds: set[str] = set()
        self.loops: set[str] = set()
        self.others: set[str] = set()
        self.later: dict[str, frozenset[str]] = {}
        self._bound: set[str] = set()
        self._perhaps: set[str] = set()
        self._hidden: list[set[str]] = []
        self._text = text
        self._lines: list[str] | None = None

    def statements(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            self.visit(statement)

    def visit(self, node: ast.AST) -> None:
        """Written out for speed: a session has hundreds of cells."""
        visitor = _VISITORS.get(type(node))
        if visitor is not None:
            visitor(self, node)
            return
        for name in node._fields:
            child = getattr(node, name, None)
            if isinstance(child, list):
                for one in child:
                    if isinstance(one, ast.AST):
                        self.visit(one)
            elif isinstance(child, ast.AST):
                self.visit(child)

    def _leaf(self, node: ast.AST) -> None:
        """Nothing below it reads or binds."""

    def _read(self, name: str) -> None:
        if any(name in names for names in self._hidden):
            return
        if name in self._bound:
            for used in self.later.get(name, ()):
                if used != name and used not in self._bound:
                    self.reads.add(used)
        elif name in self._perhaps:
            self.maybe.add(name)
        else:
            self.reads.add(name)

    def _bind(self, name: str, loop: bool = False) -> None:
        if self._hidden:
            self._hidden[-1].add(name)
            return
        self.binds.add(name)
        (self.loops if loop else self.others).add(name)
        self._bound.add(name)
        self.later.pop(name, None)

    def _targets(self, target: ast.expr, loop: bool = False) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, loop)
            return
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Store):
                    self._bind(node.id, loop)
                elif isinstance(node.ctx, ast.Load):
                    self._read(node.id)

    def _name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id)
        elif isinstance(node.ctx, ast.Store):
            self._bind(node.id)
        else:
            self._bound.discard(node.id)

    def _assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._targets(target)
            if isinstance(node.value, ast.Lambda) and isinstance(target, ast.Name):
                self._defer(target.id, self._used_by(node.value))

    def _annotated(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._targets(node.target)

    def _augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id)
        self.visit(node.value)
        self._targets(node.target)

    def _named(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._bind(node.target.id)

    def _branches(self, bodies: Iterable[Iterable[ast.stmt]], whole: bool) -> None:
        """Bodies of which one runs (``whole``), or perhaps none."""
        before = set(self._bound)
        ends = []
        for body in bodies:
            self._bound = set(before)
            self.statements(body)
            ends.append(self._bound)
        sure = set.intersection(*ends) if whole and ends else before
        self._perhaps |= set().union(*ends) - sure
        self._bound = sure

    def _if(self, node: ast.If) -> None:
        self.visit(node.test)
        self._branches([node.body, node.orelse], whole=True)

    def _while(self, node: ast.While) -> None:
        self.visit(node.test)
        self._branches([node.body], whole=False)
        self.statements(node.orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        before = set(self._bound)
        self._targets(node.target, loop=True)
        self._branches([node.body], whole=False)
        self._perhaps |= self._bound - before
        self._bound = before
        self.statements(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._targets(item.optional_vars, loop=True)
        self.statements(node.body)

    def _try(self, node: ast.Try) -> None:
        self.statements(node.body)
        self._branches([handler.body for handler in node.handlers], whole=False)
        self.statements(node.orelse)
        self.statements(node.finalbody)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self._bind(alias.asname or alias.name.partition(".")[0])

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, *_defaults(node.args)):
            self.visit(part)
        used = self._used_by(node)
        self._bind(node.name)
        self._defer(node.name, used)

    def _class(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        self._hidden.append(set())
        self.statements(node.body)
        self._hidden.pop()
        inner = [child for child in ast.walk(node) if isinstance(child, _SCOPES[:2])]
        used = frozenset().union(*(self._used_by(child) for child in inner))
        self._bind(node.name)
        self._defer(node.name, used)

    def _lambda(self, node: ast.Lambda) -> None:
        """One that is given to a call runs there, as good as always."""
        for part in _defaults(node.args):
            self.visit(part)
        for name in self._used_by(node):
            self._read(name)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        self._hidden.append(set())
        for part in node.generators:
            self.visit(part.iter)
            self._targets(part.target)
            for condition in part.ifs:
                self.visit(condition)
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self._hidden.pop()

    def _captured(self, node: ast.MatchAs | ast.MatchStar) -> None:
        for child in ast.iter_child_nodes(node):
            self.visit(child)
        if node.name is not None:
            self._bind(node.name)

    def _match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            self.visit(case.pattern)
            self._branches([case.body], whole=False)

    def _defer(self, name: str, used: frozenset[str]) -> None:
        if used and not self._hidden:
            self.later[name] = used

    def _used_by(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> frozenset[str]:
        """The globals that a function, and functions in it, read when it is called."""
        if isinstance(node, ast.Lambda):
            return _globals_of(ast.unparse(node))
        if self._lines is None:
            self._lines = self._text.split("\n")
        lines = self._lines[node.lineno - 1 : node.end_lineno]
        return _globals_of("\n".join(["if 1:", *lines] if node.col_offset else lines))


_VISITORS: dict[type[ast.AST], Callable[[_Walk, Any], None]] = {
    ast.Name: _Walk._name,
    **dict.fromkeys(
        (ast.Constant, ast.Pass, ast.Load, ast.Store, *ast.operator.__subclasses__()),
        _Walk._leaf,
    ),
    ast.Assign: _Walk._assign,
    ast.AnnAssign: _Walk._annotated,
    ast.AugAssign: _Walk._augmented,
    ast.NamedExpr: _Walk._named,
    ast.If: _Walk._if,
    ast.While: _Walk._while,
    ast.For: _Walk._for,
    ast.AsyncFor: _Walk._for,
    ast.With: _Walk._with,
    ast.AsyncWith: _Walk._with,
    ast.Try: _Walk._try,
    ast.Import: _Walk._import,
    ast.ImportFrom: _Walk._import,
    ast.FunctionDef: _Walk._function,
    ast.AsyncFunctionDef: _Walk._function,
    ast.ClassDef: _Walk._class,
    ast.Lambda: _Walk._lambda,
    ast.ListComp: _Walk._comprehension,
    ast.SetComp: _Walk._comprehension,
    ast.GeneratorExp: _Walk._comprehension,
    ast.DictComp: _Walk._comprehension,
    ast.Match: _Walk._match,
    ast.MatchAs: _Walk._captured,
    ast.MatchStar: _Walk._captured,
}
if hasattr(ast, "TryStar"):
    _VISITORS[ast.TryStar] = _Walk._try


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)]


def _globals_of(text: str) -> frozenset[str]:
    """The module's names that the functions in a text read."""
    try:
        top = symtable.symtable(text, "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _NOTHING
    return frozenset(
        symbol.get_name()
        for table in _tables(top)
        for symbol in table.get_symbols()
        if symbol.is_global() and symbol.is_referenced()
    )


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _tables(child)
