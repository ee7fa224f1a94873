"""Reads command lines as the program does, without running anything."""

from __future__ import annotations

import shlex
from typing import Any

import typer
import typer.main
from typer.core import TyperGroup

from videogen_dagster.cli import app

# Typer brings its own copy of click.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]  # type: ignore[assignment]


# They can be called without arguments, but need a file, a form or a text.
_WANTING = (["adapt"], ["alert"], ["factcheck"])


def arguments(line: str) -> list[str]:
    """The words behind `videogen`, without comments, redirections and what follows in a pipe."""
    words = shlex.split(line, comments=True)
    if "|" in words:
        words = words[: words.index("|")]
    return [word for word in words[1:] if not word.startswith(("<", ">"))]


def parsed(words: list[str]) -> None:
    """Go down the tree of commands as the program does.

    Raises:
        UsageError: there is no such command or option, or an argument is missing.
    """
    command = typer.main.get_command(app)
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
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    command: Any = root
    for word in words:
        if not isinstance(command, TyperGroup) or word not in command.commands:
            return False
        command = command.commands[word]
    if words[-1:] in _WANTING:
        return True
    try:
        parsed(words)
    except UsageError:
        return True
    except typer.Exit:
        return True
    return False
