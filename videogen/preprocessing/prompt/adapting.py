"""The text step `adapt`: words that the model does not read are replaced by words that it does."""

from __future__ import annotations

from dataclasses import replace

from videogen.preprocessing.prompt.text_state import TextState


def adapt(state: TextState) -> TextState:
    """What the context's adapter makes of the text; a warning says what the model reads instead."""
    if state.context.adapter is None:
        return state
    found = state.context.adapter(state.text, state.text_language)
    if not found.changes:
        return state
    state = replace(state, text=found.text, changes=found.changes, adapted=found.text)
    replaced = [f"{change.after!r} instead of {change.before!r}" for change in found.changes if change.before]
    added = [repr(change.after) for change in found.changes if not change.before]
    said = [f"reads {', '.join(replaced)}"] * bool(replaced) + [f"is also given {', '.join(added)}"] * bool(added)
    return state.warn(f"the model {' and '.join(said)}; adaptation.rewrite=false switches this off")
