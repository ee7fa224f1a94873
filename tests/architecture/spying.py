"""Marks tests with the methods of the architecture that they call, and makes sure that they do."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest

import videogen


def calls(*methods: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The test calls each of ``"Class.method"``; it fails where it did not, whatever else it checks."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def watched(*args: Any, **fixtures: Any) -> None:
            seen: set[str] = set()
            with pytest.MonkeyPatch.context() as patch:
                for name in methods:
                    watch(patch, name, seen)
                test(*args, **fixtures)
            assert seen == set(methods), f"never called: {sorted(set(methods) - seen)}"

        watched.methods = (*methods, *getattr(test, "methods", ()))  # type: ignore[attr-defined]
        return watched

    return decorate


def watch(patch: pytest.MonkeyPatch, name: str, seen: set[str]) -> None:
    """Note in `seen` when the method is called; it does all that it did."""
    owner, method = name.split(".")
    kind = getattr(videogen, owner)
    original = getattr(kind, method)

    @wraps(original)
    def noting(*args: Any, **options: Any) -> Any:
        seen.add(name)
        return original(*args, **options)

    patch.setattr(kind, method, noting)
