"""The route table: every address of the desk, and what a person must be allowed to do to use it.

What is not in the table does not exist; an entry without an action is public, and there are few.
"""

from __future__ import annotations

from typing import Final

from videogen_dagster.desk.pages import (
    admin,
    archive,
    check,
    compare,
    deciding,
    login,
    media,
    new,
    plain,
    published,
    queue,
    rating,
    review,
    storyboard,
)
from videogen_dagster.desk.routing import Entry

_ITEM = "/item/{item_id}"
_YAML_BYTES = 3_000_000

TABLE: Final[tuple[Entry, ...]] = (
    # For everybody.
    Entry("GET", "/healthz", None, plain.health),
    Entry("GET", "/static/{name}", None, plain.static),
    Entry("GET", "/login", None, login.show_log_in),
    Entry("POST", "/login", None, login.log_in),
    Entry("GET", "/login/begin", None, login.begin_elsewhere),
    Entry("GET", "/login/done", None, login.come_back),
    Entry("GET", "/first", None, login.show_first_user),
    Entry("POST", "/first", None, login.add_first_user),
    Entry("GET", "/check", None, check.show),
    Entry("POST", "/check", None, check.take, uploads=True),
    Entry("GET", "/check/{ticket}", None, check.outcome),
    # For whoever has logged in and has a role.
    Entry("GET", "/", "read", queue.show),
    Entry("GET", "/live", "read", queue.live),
    Entry("GET", "/archive", "read", archive.show),
    Entry("GET", "/password", "read", login.show_account),
    Entry("POST", "/password", "read", login.change_password),
    Entry("POST", "/logout", "read", login.log_out),
    Entry("GET", _ITEM, "read", review.show),
    Entry("GET", f"{_ITEM}/compare", "read", compare.show),
    Entry("GET", f"{_ITEM}/storyboard", "read", storyboard.show),
    Entry("GET", f"{_ITEM}/published", "read", published.show),
    Entry("POST", f"{_ITEM}/verify", "read", published.verify),
    Entry("GET", f"{_ITEM}/files/{{name}}", "read", published.download),
    Entry("GET", "/media/{item_id}/{number}/{name}", "read", media.media),
    Entry("GET", "/picture/{item_id}", "read", media.picture),
    Entry("GET", "/still/{item_id}/{number}/{shot}/{language}/{form}", "read", media.still),
    # For those who make.
    Entry("GET", "/new", "submit", new.show),
    Entry("POST", "/new/understand", "submit", new.understand),
    Entry("POST", "/new/clip", "submit", new.ask_for_clip),
    Entry("POST", "/new/briefing", "submit", new.ask_for_briefing, limit=new.RELEASE_BYTES),
    Entry("POST", f"{_ITEM}/storyboard", "edit", storyboard.save, limit=_YAML_BYTES),
    Entry("POST", f"{_ITEM}/make", "edit", storyboard.make),
    Entry("POST", f"{_ITEM}/take", "edit", storyboard.another_take, limit=_YAML_BYTES),
    Entry("POST", f"{_ITEM}/file", "edit", storyboard.keep_file, limit=storyboard.FILE_BYTES),
    Entry("POST", f"{_ITEM}/embargo", "embargo", deciding.set_embargo),
    # For those who judge.
    Entry("POST", f"{_ITEM}/comment", "comment", deciding.comment),
    Entry("POST", f"{_ITEM}/resolve", "comment", deciding.resolve),
    Entry("POST", f"{_ITEM}/rate", "comment", rating.rate),
    Entry("POST", f"{_ITEM}/prefer", "comment", rating.prefer),
    Entry("POST", f"{_ITEM}/decide", "hold", deciding.decide),
    # For those who let it out, and take it back.
    Entry("POST", f"{_ITEM}/publish", "publish", deciding.publish),
    Entry("POST", f"{_ITEM}/withdraw", "withdraw", published.withdraw),
    Entry("POST", f"{_ITEM}/correct", "correct", published.correct),
    Entry("POST", f"{_ITEM}/corrects", "correct", deciding.corrects),
    # For those who manage and those who audit.
    Entry("GET", "/admin", "read_log", admin.show),
    Entry("POST", "/admin/users", "manage_users", admin.change_user),
)
