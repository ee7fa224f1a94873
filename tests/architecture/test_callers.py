"""Every method of the architecture is called by the product: on the way of a video, or by a command."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import videogen
from tests.architecture.test_all_methods import ELSEWHERE, PRESENT
from videogen.config.config import PROJECT_ROOT

PACKAGES = ("videogen", "resources", "assets", "sensors", "videogen_dagster")
BY_THE_LIBRARY = {
    "TemporalAttention.forward": "torch calls it where a layer of the U-Net is called",
    "VideoGenerator.__init__": "Python calls it",
    "VideoGenerator._initialize_models": "for services, see docs/python.md",
    "VideoGenerator.generate": "by `videogen generate`, through a variable",
    "VideoGenerator.generate_video": "by `videogen generate`, through a variable",
}


@cache
def used() -> dict[str, frozenset[Path]]:
    """Attribute → the product's files that use it on anything but an import."""
    found: dict[str, set[Path]] = {}
    for package in PACKAGES:
        for path in (PROJECT_ROOT / package).rglob("*.py"):
            for name in _attributes(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(name, set()).add(path)
    return {name: frozenset(paths) for name, paths in found.items()}


def _attributes(tree: ast.AST) -> Iterator[str]:
    return (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))


@cache
def definitions() -> dict[str, int]:
    """Method → how many classes of the product define one of that name."""
    found: dict[str, int] = {}
    for package in PACKAGES:
        for path in (PROJECT_ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    for part in node.body:
                        if isinstance(part, ast.FunctionDef):
                            found[part.name] = found.get(part.name, 0) + 1
    return found


def callers(method: str) -> list[Path]:
    """Files that use an attribute of that name: any where only one class has it, else those that know the class."""
    owner, name = method.split(".")
    home = Path(inspect.getfile(getattr(videogen, owner)))
    alone = definitions()[name] == 1
    return [path for path in used().get(name, ()) if alone or path == home or _knows(path, owner, home)]


def _knows(path: Path, owner: str, home: Path) -> bool:
    return home.parent in path.parents or owner in path.read_text(encoding="utf-8") or path.parts[-3] == "videogen"


@pytest.mark.parametrize(
    "method",
    [
        f"{owner}.{name}"
        for owner, names in PRESENT.items()
        if owner not in ELSEWHERE
        for name in names
        if f"{owner}.{name}" not in BY_THE_LIBRARY
    ],
)
def test_a_method_is_called_by_the_product(method: str) -> None:
    assert callers(method), f"only tests call {method}"
