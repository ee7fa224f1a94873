"""Fetching over HTTP from a hub on this machine: resumed, checked, pinned, one at a time, never a pickle."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from filelock import FileLock

from tests.tiny_pipelines import PIPELINES, write_pipeline
from tests.videogen.models.installation.hub import COMMIT, Hub, serving
from videogen.errors import InputError, ModelError, StorageError
from videogen.models.families.diffusers_pipeline import DiffusersPipeline
from videogen.models.families.weights_check import UNFINISHED
from videogen.models.fetched_record import recorded_revision
from videogen.models.installation import fetching
from videogen.models.installation.removal import remove
from videogen.models.loading import revision_of
from videogen.models.profile import ModelProfile, load_profile

pytestmark = pytest.mark.filterwarnings("ignore")
SOURCE = "maker/wan21"
WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pipeline(tmp_path_factory.mktemp("hub"), "wan21")


@pytest.fixture
def hub(source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    import huggingface_hub

    with serving(Hub({SOURCE: source})) as running:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", running.address)
        monkeypatch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
            running.address + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", running.address)
        own = huggingface_hub.HfApi
        monkeypatch.setattr("huggingface_hub.HfApi", lambda: own(endpoint=running.address))
        yield running


@pytest.fixture
def profile(tmp_path: Path) -> ModelProfile:
    models = tmp_path / "models"
    (models / "profiles").mkdir(parents=True)
    values = PIPELINES["wan21"].profile(SOURCE, pipeline="WanPipeline")
    (models / "profiles" / "wan.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    return load_profile("wan", models)


def fetched(profile: ModelProfile) -> list[str]:
    said: list[str] = []
    fetching.fetch_profile(profile, said.append)
    return said


def test_a_fetched_model_loads_without_the_hub_and_is_known_by_its_commit(hub: Hub, profile: ModelProfile) -> None:
    said = fetched(profile)
    assert any(COMMIT in line for line in said)
    folder = profile.models / SOURCE
    assert (recorded_revision(folder), revision_of(profile)) == (COMMIT, COMMIT)
    hub.repositories.clear()
    DiffusersPipeline.load(profile, torch.device("cpu"), torch.float32)
    assert fetched(profile) == [f"{SOURCE} is complete, commit {COMMIT[:12]}"]
    changed = folder / WEIGHTS
    changed.write_bytes(changed.read_bytes() + b"\0")
    assert revision_of(profile) != COMMIT, "a changed file is no longer that of the commit"


def test_an_interrupted_fetch_is_named_and_goes_on_where_it_stopped(hub: Hub, profile: ModelProfile) -> None:
    hub.broken.add(WEIGHTS)
    with pytest.raises(ModelError, match="arrived damaged twice"):
        fetched(profile)
    with pytest.raises(ModelError, match="only half fetched — go on with `videogen models fetch wan`"):
        DiffusersPipeline.load(profile, torch.device("cpu"), torch.float32)
    before = len(hub.asked)
    hub.broken.clear()
    fetched(profile)
    again = [path for method, path in hub.asked[before:] if method == "GET" and "/resolve/" in path]
    assert not any("text_encoder/model.safetensors" in path for path in again), "what is there is not fetched again"
    assert any(WEIGHTS in path for path in again)
    assert not (profile.models / SOURCE / UNFINISHED).exists()
    DiffusersPipeline.load(profile, torch.device("cpu"), torch.float32)


def test_a_repository_of_pickles_is_refused_before_anything_is_fetched(
    hub: Hub, profile: ModelProfile, tmp_path: Path
) -> None:
    folder = tmp_path / "pickles"
    (folder / "transformer").mkdir(parents=True)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "WanPipeline"}))
    (folder / "transformer" / "diffusion_pytorch_model.bin").write_bytes(b"pickle")
    hub.repositories[SOURCE] = folder
    with pytest.raises(ModelError, match=r"a pickle may run any program"):
        fetched(profile)
    assert not any("/resolve/" in path for _, path in hub.asked)


def test_a_gated_or_missing_repository_and_a_missing_network_each_say_what_to_do(
    hub: Hub, profile: ModelProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.gated.add(SOURCE)
    with pytest.raises(ModelError, match=r"accepted its licence on the hub — read and accept it at .*HF_TOKEN"):
        fetched(profile)
    hub.repositories.clear()
    with pytest.raises(ModelError, match="the hub shows no repository maker/wan21"):
        fetched(profile)
    import huggingface_hub

    api = huggingface_hub.hf_api.HfApi
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: api(endpoint="http://127.0.0.1:9"))
    with pytest.raises(ModelError, match=r"the hub cannot be reached .* — check the network"):
        fetched(profile)
    assert not (profile.models / SOURCE).exists(), "a fetch that never began leaves nothing that looks like weights"


def test_a_second_process_waits_for_the_first_and_then_has_nothing_to_do(hub: Hub, profile: ModelProfile) -> None:
    folder = profile.models / SOURCE
    folder.mkdir(parents=True)
    said: list[str] = []
    first = FileLock(folder.parent / f".{folder.name}.lock")
    waiting = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if "waiting for it" in line:
            waiting.set()

    with first:
        second = threading.Thread(target=fetching.fetch_profile, args=(profile, say))
        second.start()
        assert waiting.wait(60)
        assert said[-1] == "another process is fetching wan21: waiting for it"
    second.join(120)
    assert recorded_revision(folder) == COMMIT


def test_too_little_room_on_the_disk_is_said_with_both_numbers(
    hub: Hub, profile: ModelProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        free = 1000

    monkeypatch.setattr("shutil.disk_usage", lambda path: Full)
    with pytest.raises(StorageError, match=r"needs \d\S* MB more in .*models, and 0\.001 MB are free .*paths\.models"):
        fetched(profile)


def test_room_for_all_repositories_is_there_before_the_first_byte_of_any_is_fetched(
    hub: Hub, profile: ModelProfile, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model alone would fit; together with the encoder of text relevance it does not."""
    hub.repositories["maker/siglip"] = source / "text_encoder"
    both = profile.model_copy(update={"text_video_encoder": "maker/siglip"})
    whole = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())

    class Nearly:
        free = int(whole * 1.05)

    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda path: Nearly)
        with pytest.raises(StorageError, match="nothing was fetched"):
            fetched(both)
        assert not any("/resolve/" in path for _, path in hub.asked)
        assert not (both.models / SOURCE).exists()
        fetched(profile)
    fetched(both)
    assert (both.models / "maker" / "siglip" / "model.safetensors").exists()


def test_removing_frees_the_fetched_folder_and_spares_what_others_use(hub: Hub, profile: ModelProfile) -> None:
    fetched(profile)
    other = profile.model_copy(update={"name": "other"})
    with pytest.raises(InputError, match=r"the weights of 'wan' are also those of other"):
        remove(profile, [other])
    freed = remove(profile, [other], shared_too=True)
    assert list(freed) == [profile.models / SOURCE]
    assert not (profile.models / SOURCE).exists()
    with pytest.raises(InputError, match=r"nothing in .* was fetched"):
        remove(profile, [])


def test_a_folder_that_a_person_put_there_is_neither_fetched_nor_removed(
    hub: Hub, profile: ModelProfile, source: Path
) -> None:
    import shutil

    shutil.copytree(source, profile.models / SOURCE)
    assert fetched(profile) == []
    with pytest.raises(InputError):
        remove(profile, [])
    assert (profile.models / SOURCE / "model_index.json").exists()


def test_everything_that_a_profile_names_is_wanted_once(profile: ModelProfile) -> None:
    assert profile.diffusers is not None
    loras: Any = [
        {"source": "maker/loras", "file": "high.safetensors"},
        {"source": "maker/loras", "file": "low.safetensors", "into": "transformer_2"},
    ]
    section = profile.diffusers.model_validate({**profile.diffusers.model_dump(), "loras": loras})
    changed = profile.model_copy(update={"diffusers": section, "text_video_encoder": "maker/siglip"})
    wanted = [(one.repository, one.files) for one in fetching.wanted_by(changed)]
    assert wanted == [
        (SOURCE, ()),
        ("maker/loras", ("high.safetensors", "low.safetensors")),
        ("maker/siglip", ()),
    ]
