"""The code as trees, for tests about the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from config import ROOT

CODE = ROOT / "school_portal"
NO_FEATURE = ("core", "web", "translations")
FEATURES = sorted(
    path.name
    for path in CODE.iterdir()
    if path.is_dir() and (path / "__init__.py").exists() and path.name not in NO_FEATURE
)


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Each module below these folders of school_portal (all when none is given) by its path."""
    for folder in folders or ("",):
        for path in sorted((CODE / folder).rglob("*.py")):
            yield path.relative_to(CODE).as_posix(), tree(path)


_trees: dict[Path, ast.Module] = {}


def tree(path: Path) -> ast.Module:
    if path not in _trees:
        _trees[path] = ast.parse(path.read_text())
    return _trees[path]


def called(node: ast.AST) -> str:
    """The last word of what is called: `commit` for `session.commit()`."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def callers_of(*names: str, inside: tuple[str, ...] = ()) -> set[str]:
    """The modules in which one of these is called."""
    return {path for path, module in modules(*inside) for node in ast.walk(module) if called(node) in names}
