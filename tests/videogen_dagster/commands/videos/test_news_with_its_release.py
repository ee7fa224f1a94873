"""A sentence of news goes through the gate of the facts with two commands: generate with the release, publish."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.videogen_dagster.front import Answer

NEWS = "A new bus line opens in Sorvik on Monday."


def _made(videogen: Callable[..., Answer], title: str, source: Path | None) -> dict[str, dict[str, object]]:
    with_source = () if source is None else ("--source", source)
    answer = videogen(
        "generate", "a red bus driving left", "--title", title, *with_source, "--seed", "7", "--no-regenerate", "--json"
    )
    assert answer.code == 0, answer.err
    found: dict[str, dict[str, object]] = json.loads(answer.out)
    return found


def test_news_is_attested_by_its_release_and_only_with_it(videogen: Callable[..., Answer], home: Path) -> None:
    release = home / "release.txt"
    release.write_text(f"Sorvik, 30 November\n\n{NEWS}\n", encoding="utf-8")
    made = _made(videogen, NEWS, release)
    assert made["fact_check"] == {"verdict": "attested", "publishable": True}
    report = videogen("factcheck", "--video", made["video_id"], "--json")
    assert json.loads(report.out)["sources"][0]["name"] == "00-release.txt"
    gate = videogen("publish", made["video_id"])
    assert "facts failed" not in gate.err

    alone = videogen("generate", "a red bus driving left", "--title", NEWS, "--seed", "7", "--no-regenerate")
    assert alone.code == 0
    assert "--source release.txt" in alone.err
