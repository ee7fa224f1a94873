"""What all pages of one desk share: configuration, stores, people, sessions, the catalogue, and what is running."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from resources.people.review import Review
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.store import BriefingStore
from videogen_dagster.desk.database import Database
from videogen_dagster.desk.index.catalogue import Catalogue
from videogen_dagster.desk.index.indexer import Indexer
from videogen_dagster.desk.index.live import Live
from videogen_dagster.desk.index.reading import Reader
from videogen_dagster.desk.log_view import LogView
from videogen_dagster.desk.login.first_user import FirstUser
from videogen_dagster.desk.login.oidc import TABLES as UNDER_WAY
from videogen_dagster.desk.login.oidc import Oidc
from videogen_dagster.desk.once import TABLES as ONCE
from videogen_dagster.desk.once import Once
from videogen_dagster.desk.security.sessions import TABLES as SESSIONS
from videogen_dagster.desk.security.sessions import Sessions
from videogen_dagster.desk.security.throttle import Throttle
from videogen_dagster.project import Project

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.feedback.collector import FeedbackCollector
    from videogen_dagster.desk.checks.checking import Checks
    from videogen_dagster.desk.login.proxy import Proxy
    from videogen_dagster.desk.pictures import Stills

MINUTE = 60.0
_LATE = (
    "videogen.briefing.production.briefing_state",
    "videogen.fact_check.report",
    "videogen.quality.reporting.report",
    "videogen.release.video_state",
)
"""Modules that are imported where they are used, since a command line without a desk needs none of them."""


class Desk:
    """One desk.

    Args:
        project: the configuration and its stores.
        live: what is running; None: looked up in Dagster's storage.
        port: that it is served at; None: that of the settings.
    """

    def __init__(self, project: Project, live: Live | None = None, *, port: int | None = None) -> None:
        from videogen_dagster.home import project_instance

        self.project = project
        self.folder = project.config.path(project.config.desk.data_folder)
        self.review = Review(project.config)
        self.people = self.review.people
        self.live = live or Live(project_instance)
        database = Database(self.folder / "desk.sqlite", SESSIONS + ONCE + UNDER_WAY)
        self.database = database
        self.sessions = Sessions(database, project.config.desk.session_hours)
        self.once = Once(database)
        self.catalogue = Catalogue(self.folder / "catalogue.sqlite")
        self.reader = Reader(project, self.review, self.live)
        self.indexer = Indexer(self.reader, self.catalogue, self.people, self.live)
        self.log_view = LogView(self.people.log)
        self.first_user = FirstUser(self.people, needed=project.config.desk.login == "local")
        self.log_ins = Throttle(10, MINUTE)
        self.log_ins_of_a_name = Throttle(5, MINUTE)
        self.uploads = Throttle(20, MINUTE)
        self.address = project.config.desk.base_url or f"http://127.0.0.1:{port or project.config.desk.port}"

    @property
    def config(self) -> VideoGenConfig:
        """The settings."""
        return self.project.config

    @property
    def published(self) -> Path:
        """The folder of what is published."""
        return self.reader.published

    @property
    def briefings(self) -> BriefingStore:
        """The briefings."""
        return self.reader.briefings

    @cached_property
    def maker(self) -> BriefingMaker:
        """What plans and edits briefings."""
        return BriefingMaker(self.briefings, self.config)

    @cached_property
    def stills(self) -> Stills:
        """Small pictures of videos and of shots."""
        from videogen_dagster.desk.pictures import Stills

        return Stills(self.folder / "stills", self.maker)

    @cached_property
    def checks(self) -> Checks:
        """The files that visitors hand in to be checked."""
        from videogen_dagster.desk.checks.checking import Checks

        return Checks(self.folder / "checks", self.project.config_path)

    @cached_property
    def feedback(self) -> FeedbackCollector:
        """Where ratings go."""
        from videogen.feedback.collector import FeedbackCollector

        return FeedbackCollector(self.config)

    @cached_property
    def proxy(self) -> Proxy | None:
        """The reverse proxy that says who has logged in; None: people log in here."""
        from videogen_dagster.desk.login.proxy import Proxy

        return Proxy.of(self.config.desk) if self.config.desk.login == "proxy" else None

    @cached_property
    def oidc(self) -> Oidc | None:
        """Log-in at an identity provider; None: people log in here, or at a reverse proxy."""
        settings = self.config.desk
        return Oidc.of(settings, self.address, self.database) if settings.login == "oidc" else None

    @property
    def keeps_passwords(self) -> bool:
        """Whether people log in here by name and password."""
        return self.config.desk.login == "local"

    def warm_up(self) -> None:
        """Load what the first pages need, before somebody waits for one."""
        import importlib

        for name in _LATE:
            importlib.import_module(name)
        self.live.now()

    def close(self) -> None:
        """Stop the indexer and close the files."""
        self.indexer.stop()
        if "checks" in self.__dict__:
            self.checks.close()
        self.catalogue.close()
        self.database.close()
