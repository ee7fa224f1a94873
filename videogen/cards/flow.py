"""Blocks of text that flow down a column and over as many pages as they need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from videogen.cards.text_setting import Colour, Face, Line, ascent, breaks_words, line_height, told_by, wrapped

_ORPHAN = 2


@dataclass(frozen=True)
class Block:
    """A paragraph. label: a small heading before it; step: its number in a list; gap: pixels above it."""

    text: str
    face: Face
    ink: Colour
    gap: int
    step: int | None = None
    indent: int = 0
    keep: bool = False
    told: bool = True


@dataclass(frozen=True)
class Piece:
    """Lines of one block on one page. y: pixels below the top of the column."""

    block: Block
    lines: tuple[Line, ...]
    y: int
    height: int
    first: bool
    text: str


def flowed(blocks: Sequence[Block], width: int, height: int) -> list[list[Piece]]:
    """The blocks on pages of `width`×`height` pixels; at least one line a page, so nothing is ever left out.

    A block that fits on the next page is not broken; a block marked `keep` stays with the one after it.
    """
    pages: list[list[Piece]] = [[]]
    y = 0
    for number, block in enumerate(blocks):
        lines = wrapped(block.text, block.face, width - block.indent)
        deep = line_height(block.text, block.face)
        needed = deep * len(lines) + (_following(blocks[number + 1 :], width) if block.keep else 0)
        first = True
        while lines:
            gap = block.gap if pages[-1] else 0
            fits = (height - y - gap) // deep
            whole = gap + y + needed <= height if first else fits >= len(lines)
            taken = len(lines) if whole else fits
            if not whole and (needed <= height or taken < min(_ORPHAN, len(lines))) and pages[-1]:
                pages.append([])
                y = 0
                continue
            taken = max(1, min(taken, len(lines)))
            part = lines[:taken]
            text = told_by(part)
            pages[-1].append(Piece(block, tuple(part), y + gap, taken * deep, first, text))
            y += gap + taken * deep
            lines, first = lines[taken:], False
            needed = deep * len(lines)
    return [page for page in pages if page]


def _following(blocks: Sequence[Block], width: int) -> int:
    if not blocks:
        return 0
    block = blocks[0]
    return block.gap + line_height(block.text, block.face) * len(wrapped(block.text, block.face, width - block.indent))


def largest(blocks: Sequence[Block], width: int, height: int, sizes: Sequence[int], most: int = 1) -> list[list[Piece]]:
    """Apply `flowed` with the largest of `sizes` that needs at most `most` pages; if none does, the smallest.

    Sizes are those of ordinary blocks, in pixels. Blocks of other sizes keep their proportion.
    """
    usual = max(block.face.size for block in blocks)
    for size in sizes:
        resized = [scaled(block, size / usual) for block in blocks]
        whole = not any(breaks_words(block.text, block.face, width - block.indent) for block in resized)
        if not whole and size != sizes[-1]:
            continue
        pages = flowed(resized, width, height)
        if whole and len(pages) <= most and all(piece.y + piece.height <= height for piece in pages[0]):
            return pages
    return pages


def scaled(block: Block, factor: float) -> Block:
    """The block with all its measures times `factor`."""
    face = replace(block.face, size=round(block.face.size * factor))
    return replace(block, face=face, gap=round(block.gap * factor), indent=round(block.indent * factor))


def baselines(piece: Piece) -> list[int]:
    """Baselines of a piece's lines, pixels below the top of the column."""
    deep = line_height(piece.block.text, piece.block.face)
    return [piece.y + number * deep + ascent(line.text, piece.block.face) for number, line in enumerate(piece.lines)]
