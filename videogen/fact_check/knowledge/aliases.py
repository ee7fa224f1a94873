"""Names that stand for other names: chains are followed, cycles are found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from videogen.text.normalise import normal


def follow(start: str, links: Mapping[str, Collection[str]], ends: Collection[str]) -> set[str]:
    """Entities of `ends` that a name leads to through `links` (normalised alias → entities).

    A name that leads nowhere, or only round in a circle, stands for itself.
    """
    reached: set[str] = set()
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in ends:
            reached.add(name)
        else:
            waiting.extend(links.get(normal(name), ()))
    return reached or {start}


def find_cycle(pairs: Iterable[tuple[str, str]], ends: Collection[str]) -> list[str]:
    """Return one cycle among (alias, entity) pairs as the names along it, e.g. [A, B, A]; empty if there is none.

    A pair whose entity is one of `ends` leads nowhere further, so it closes no circle.
    """
    links: dict[str, list[str]] = {}
    shown: dict[str, str] = {}
    for alias, entity in pairs:
        key, target = normal(alias), normal(entity)
        if key != target and entity not in ends:
            links.setdefault(key, []).append(target)
            shown.setdefault(key, alias)
    done: set[str] = set()
    for start in links:
        # Depth-first with an explicit stack: chains in user files may be long.
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, int]] = [(start, 0)]
        while stack:
            name, step = stack.pop()
            while len(path) > step:
                on_path.discard(path.pop())
            if name in on_path:
                return [shown[key] for key in path[path.index(name) :]] + [shown[name]]
            if name in done or name not in links:
                continue
            path.append(name)
            on_path.add(name)
            if all(target in done for target in links[name]):
                done.add(name)
            stack.extend((target, len(path)) for target in links[name])
        done.update(path)
    return []
