"""A briefing begun again from another one: the same releases, pictures and storyboard under a new id."""

from __future__ import annotations

from videogen.briefing.production.order import BriefingOrder, Starter, new_briefing_id, now
from videogen.briefing.production.store import BriefingStore


def copied(store: BriefingStore, briefing_id: str, *, requester: str, source: Starter, why: str) -> BriefingOrder:
    """Keep a copy of a briefing with its latest storyboard as the first revision; the other one is left as it is.

    Args:
        store: the briefings.
        briefing_id: the one that is copied.
        requester: who asks for it.
        source: where the order comes from.
        why: kept with the revision.

    Raises:
        InputError: the briefing does not exist, or has no storyboard. StorageError: the disk refused.
    """
    before, storyboard = store.order(briefing_id), store.storyboard(briefing_id)
    title = storyboard.title[storyboard.languages[0]]
    order = before.model_copy(
        update={"id": new_briefing_id(title), "created_at": now(), "requester": requester, "source": source}
    )
    contents = {language: store.release(briefing_id, language) for language in before.releases}
    store.add(order, contents, store.documents(briefing_id))
    for name in store.pictures(briefing_id):
        store.keep_picture(order.id, name, store.picture(briefing_id, name).read_bytes())
    first = storyboard.model_copy(update={"revision": 0, "corrects": {}})
    store.add_revision(order.id, first, by=requester, why=why)
    return order
