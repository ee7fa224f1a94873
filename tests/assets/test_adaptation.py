"""A video of a domain: its words, settings and colours are adapted once, shown, and kept with how it turned out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import numpy as np
import pytest
import yaml

from assets.all import ASSETS
from tests.dagster_helpers import Project, places
from tests.tiny_models import SETTINGS
from videogen.adaptation.profiles import Adaptation
from videogen.config.config import PROJECT_ROOT
from videogen.domain.artifacts import Frames, PromptAsset

PROMPT = "a paramedic van coming from the right"


@pytest.fixture(scope="module")
def run(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The same prompt and seed without a domain, then in a second attempt with one and a look."""
    folder = tmp_path_factory.mktemp("adaptation")
    models = folder / "models"
    shutil.copytree(tiny_models, models)
    path = models / "profiles" / "tiny.yaml"
    ours = PROJECT_ROOT / "models" / "pib-mini"
    knowledge = {
        "world": str(ours / "world.json"),
        "synonyms": str(ours / "synonyms.yaml"),
        "palette": str(ours / "palette.json"),
    }
    profile = yaml.safe_load(path.read_text(encoding="utf-8")) | knowledge
    path.write_text(yaml.safe_dump(profile), encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        project = Project(SETTINGS | places(folder) | {"paths.models": str(models)}, instance)
        (video_id,) = project.submit(PROMPT, seed=1)
        project.materialize(ASSETS, [video_id])
        changes = {"adaptation.domain": "disaster", "adaptation.look": "night_vision"}
        project.storage.requests.open_attempt(video_id, changes=changes, reason="adapted")
        result = project.materialize(ASSETS, [video_id])
        yield SimpleNamespace(project=project, id=video_id, result=result, storage=project.storage)


def metadata(run: Any, asset: str) -> dict[str, Any]:
    (event,) = run.result.asset_materializations_for_node(asset)
    return {key: value.value for key, value in event.metadata.items()}


def test_the_model_reads_its_own_words_with_and_without_a_domain(run: Any) -> None:
    for attempt in (1, 2):
        prompt = run.storage.artifacts.load(run.id, attempt, "prompt_asset", PromptAsset)
        assert prompt.original == PROMPT
        assert prompt.adapted.startswith("an ambulance moving to the left")
        assert [change.before for change in prompt.changes][:2] == ["paramedic van", "coming from the right"]
    assert prompt.domain == "disaster"
    facts = metadata(run, "prompt_asset")
    assert facts["domain"] == "disaster"
    assert "paramedic van" in str(facts["adapted"])


def test_the_adaptation_is_kept_and_decides_about_the_settings(run: Any) -> None:
    found = run.storage.artifacts.load(run.id, 2, "adaptation", Adaptation)
    assert found.profile.name == "disaster"
    assert not run.storage.artifacts.exists(run.id, 1, "adaptation")


def test_the_look_is_in_the_finished_frames(run: Any) -> None:
    plain, green = (
        run.storage.artifacts.load(run.id, number, "upscaled_frames", Frames).frames.numpy() for number in (1, 2)
    )
    share = [frames[..., 1].mean() / max(frames.mean(), 1.0) for frames in (plain, green)]
    assert share[1] > share[0] + 0.3
    assert np.ptp(green.mean(axis=(1, 2, 3))) < 60


def test_how_it_turned_out_is_kept_beside_the_unadapted_twin(run: Any) -> None:
    rows = run.storage.warehouse.query("SELECT video_id, attempt, domain, preset, verdict, gain FROM adaptations")
    (row,) = rows.to_dict("records")
    assert (row["video_id"], row["attempt"], row["domain"]) == (run.id, 2, "disaster")
    assert row["verdict"] in ("better", "same", "worse")
    assert row["gain"] is not None
    assert str(metadata(run, "quality_report")["adaptation"]).startswith(row["verdict"])


def test_a_domain_that_does_not_exist_fails_with_the_nearest_name(run: Any) -> None:
    from tests.dagster_helpers import failure_text

    (video_id,) = run.project.submit("a bus", seed=2, domain="disastre")
    result = run.project.materialize(ASSETS[:1], [video_id])
    assert "did you mean 'disaster'" in failure_text(result)


def test_an_emergency_keeps_its_settings(run: Any) -> None:
    from videogen.adaptation.stored import adapted

    request = run.storage.requests.get(run.id).model_copy(update={"emergency": True, "domain": "education"})
    attempt = run.storage.requests.attempt(run.id, 1)
    config = request.settings(run.storage.settings.config, attempt)
    assert adapted(config, request, attempt, run.storage.artifacts, lambda _: ()) == config


def test_what_is_shown_is_judged_before_the_look(run: Any) -> None:
    from assets.quality import before_the_look
    from resources.runs.videos import Video

    request, attempt = run.storage.requests.get(run.id), run.storage.requests.attempt(run.id, 2)
    config = request.settings(run.storage.settings.config, attempt)
    drawn = before_the_look(Video(request, attempt, config, "run"), run.storage)
    stored = run.storage.artifacts.load(run.id, 2, "decoded_frames", Frames).frames.numpy()
    assert np.array_equal(drawn, stored)
    first = run.storage.requests.attempt(run.id, 1)
    plain = request.settings(run.storage.settings.config, first)
    assert before_the_look(Video(request, first, plain, "run"), run.storage) is None
