"""Fills a home with as many videos and briefings as a bureau has after years, in a minute: copies of real ones.

    python -m benchmarks.desk.filling FOLDER [--videos 10000] [--briefings 500]

One clip and one briefing are made for real, by a release and by rules; the others are copies under other ids and
titles, with the same files. A third of the clips is published, and some are decided on.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from videogen.briefing.production.examining import examine
from videogen.briefing.production.making import BriefingMaker
from videogen.briefing.production.ordering import take_order
from videogen.briefing.production.store import FOLDER, BriefingStore
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.domain.video_ids import slug
from videogen.release.people.people import People
from videogen.release.people.person import typed_name
from videogen.release.people.roles import ROLES
from videogen.release.people.subject import Subject
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.request_store import RequestStore

SUBJECTS = (
    "wells", "solar roofs", "rail lines", "wheat", "vaccines", "bridges", "schools", "buses", "floods", "ports",
    "tea", "museums", "lighthouses", "tigers", "metro", "lamps", "canals", "libraries", "cotton", "snow",
)  # fmt: skip
PLACES = ("Sorvik", "the northern valley", "the coast", "twelve towns", "the delta", "the hills", "the capital")
AUTHORS = ("asha", "ben", "chitra", "dev", "esha")
RELEASE = """\
Forty new wells for the towns

The Ministry of Wells opened 40 wells in 12 towns in May. The count rose from 300 wells in May 2025 to 340 wells in \
May 2026.
"""


def settings_in(folder: Path) -> VideoGenConfig:
    """The configuration of the home, which is written there, too."""
    config = VideoGenConfig.load(
        None,
        {
            "paths.store": str(folder / "store"),
            "paths.warehouse": str(folder / "warehouse"),
            "paths.inbox": str(folder / "inbox"),
            "paths.output": str(folder / "output"),
            "paths.published": str(folder / "published"),
            "release.development_folder": str(folder / "signing"),
            "release.people_folder": str(folder / "people"),
            "release.key_folder": str(folder / "keys"),
            "release.approvals_required": 1,
            "release.identity": "authenticated",
            "fact_check.knowledge_base": str(folder / "knowledge"),
            "monitoring.folder": str(folder / "monitoring"),
            "feedback.key_file": str(folder / "secrets" / "feedback.json"),
            "desk.data_folder": str(folder / "desk"),
        },
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(config.to_yaml(), encoding="utf-8")
    return config


def fill(folder: Path, videos: int, briefings: int, seed: int = 1) -> VideoGenConfig:
    """A home with that many videos and briefings, and the user ``ada`` with all roles."""
    chance = random.Random(seed)
    config = settings_in(folder)
    people = People.of(config)
    people.users.add("ada", ROLES, by=typed_name("benchmark"), password=secrets.token_urlsafe(12))
    store = Path(config.location(config.paths.store))
    first = _first_briefing(config)
    for number in range(briefings - 1):
        _copy(store / FOLDER, first, _id("b-", _title(chance), number, chance), chance)
    one = _first_video(config)
    for number in range(videos - 1):
        video_id = _id("", _title(chance), number, chance)
        _copy(store, one, video_id, chance)
        if number % 3 == 0:
            _copy(config.path(config.paths.published), one, video_id, chance)
        if number % 200 == 0:
            _remark(people, video_id)
    return config


def _remark(people: People, video_id: str) -> None:
    """Somebody has commented on it."""
    ada = people.vouched_for("ada", "password")
    assert ada is not None
    subject = Subject(kind="video", id=video_id, revision=1, parts={})
    people.record(ada, "comment", subject, comment="The bus is blue", data={"second": 0.2})


def _first_briefing(config: VideoGenConfig) -> str:
    from videogen.fact_check.checker import FactChecker
    from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
    from videogen.preprocessing.policy.policy import load_policy

    store = BriefingStore(config.location(config.paths.store))
    maker = BriefingMaker(store, config)
    release = config.path(config.paths.inbox) / "release.txt"
    release.parent.mkdir(parents=True, exist_ok=True)
    release.write_text(RELEASE, encoding="utf-8")
    order = take_order(
        store, [release], source="desk", formats=("square",), target=15, narration="silent", requester="asha"
    )
    maker.plan(order.id)
    maker.narrate(order.id, 1)
    maker.assemble(order.id, 1)
    checker = FactChecker(config.fact_check, KnowledgeBase(config.path(config.fact_check.knowledge_base)))
    examine(maker, order.id, 1, checker, load_policy(config.path(config.preprocessing.policy_file)))
    return order.id


def _first_video(config: VideoGenConfig) -> str:
    """A clip that was published: real files and reports, without a model."""
    from resources.people.review import Review
    from tests.release_helpers import make_attempt, quality, write_clip

    requests = RequestStore(config.location(config.paths.store))
    artifacts = ArtifactStore(config.location(config.paths.store))
    asked = VideoRequest(prompt="a bus", title="Forty new wells for the towns", requester="asha", seed=1)
    video_id = requests.submit(asked).id
    make_attempt(
        requests, artifacts, video_id, write_clip(config.path(config.paths.inbox) / "clip.mp4"), report=quality()
    )
    review = Review(config.updated({"release.approvals_required": 0}))
    ada = review.people.vouched_for("ada", "password")
    assert ada is not None
    review.decide(ada, "publish", video_id)
    review.publisher_of(video_id).publish(video_id, by="ada")
    return video_id


def _copy(root: Path, old: str, new: str, chance: random.Random) -> None:
    """A folder under another id: texts name the new one, videos are the same files."""
    title = f"{chance.choice(SUBJECTS).capitalize()} for {chance.choice(PLACES)}"
    for path in sorted((root / old).rglob("*")):
        target = root / new / path.relative_to(root / old)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".json", ".yaml"):
            text = path.read_text(encoding="utf-8").replace(old, new)
            text = text.replace("Forty new wells for the towns", title).replace('"asha"', f'"{chance.choice(AUTHORS)}"')
            target.write_text(text, encoding="utf-8")
        else:
            os.link(path, target)


def _id(prefix: str, title: str, number: int, chance: random.Random) -> str:
    """An id as the system makes them, one for every few hours of the past years."""
    moment = datetime(2026, 11, 30, tzinfo=UTC) - timedelta(hours=2 * number, seconds=chance.randrange(3600))
    return f"{prefix}{moment:%Y%m%d-%H%M%S}{number % 1000:03d}-{slug(title)}-{chance.getrandbits(32):08x}"


def _title(chance: random.Random) -> str:
    return f"{chance.choice(SUBJECTS)} {chance.choice(PLACES)}"


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--videos", type=int, default=10_000)
    parser.add_argument("--briefings", type=int, default=500)
    given = parser.parse_args()
    fill(given.folder, given.videos, given.briefings)
    print(f"videogen --config {given.folder / 'config.yaml'} desk")


if __name__ == "__main__":
    main()
