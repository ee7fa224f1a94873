"""Reads command lines as the program does, without running anything."""

from __future__ import annotations

import shlex
from functools import cache
from typing import Any

import typer
import typer.main
from typer.core import TyperGroup

from videogen_dagster.cli import app

# Typer brings its own copy of click.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # type: ignore[assignment]


# They can be called without arguments, but need a file, a form or a text.
_WANTING = (["adapt"], ["alert"], ["factcheck"])


@cache
def _tree() -> Any:
    """All commands; to look through their functions takes longer than to read a line."""
    return typer.main.get_command(app)


def arguments(line: str) -> list[str]:
    """The words behind `videogen`, without comments, redirections and what follows in a pipe."""
    words = shlex.split(line, comments=True)
    if "|" in words:
        words = words[: words.index("|")]
    if ">" in words:
        words = words[: words.index(">")]
    return [word for word in words[1:] if word != "&" and not word.startswith(("<", ">"))]


def parsed(words: list[str]) -> None:
    """Go down the tree of commands as the program does.

    Raises:
        UsageError: there is no such command or option, or an argument is missing.
    """
    command = _tree()
    context = None
    while True:
        context = command.make_context(command.name, list(words), parent=context, resilient_parsing=False)
        if not isinstance(command, TyperGroup):
            return
        words = [*context._protected_args, *context.args]
        if not words:
            return
        _, inner, words = command.resolve_command(context, words)
        assert inner is not None
        command = inner


def mentions_only(line: str) -> bool:
    """Whether running text only names a command that wants arguments, as in "`videogen publish`, then …"."""
    if not line.startswith("videogen "):
        return False
    words = arguments(line)
    command: Any = _tree()
    others = list(words)
    while others and isinstance(command, TyperGroup) and others[0] in command.commands:
        command = command.commands[others.pop(0)]
    if any(not word.startswith("--") for word in others) or "--help" in others:
        return False
    if not others and (isinstance(command, TyperGroup) or words[-1:] in _WANTING):
        return True
    try:
        parsed(words)
    except typer.Exit:
        return False
    except (UsageError, IndexError):
        return True
    return False
