"""Language tags (RFC 5646)."""

from __future__ import annotations


def primary(language: str) -> str:
    """The first part of a language tag, in lower case: ``"en"`` of ``"en-US"``."""
    return language.replace("_", "-").partition("-")[0].strip().lower()
