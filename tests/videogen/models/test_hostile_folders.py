"""Folders of models that somebody built to do harm: refused before a library reads them, and nothing of them is run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from videogen.errors import ModelError
from videogen.models.families.parts import folder_of, model_index
from videogen.models.fetched_record import RECORD, recorded
from videogen.models.installation.fetching import _started
from videogen.models.profile import load_profile
from videogen.models.weights_there import missing_parts

PROFILE = {
    "family": "diffusers", "source": "wan21", "max_tokens": 16, "width": 16, "height": 16, "num_frames": 9, "fps": 8,
    "guidance_scale": 3.0, "licence": "none", "memory_gb": 1.0, "clip_memory_gb": 1.0,
    "latent_channels": 16, "vae_scale_factor": 8, "vae_temporal_factor": 4, "steps": 2, "diffusers": {"pipeline": "WanPipeline"},
}  # fmt: skip
HEADER = b"{}      "
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER
INDEX = "transformer/diffusion_pytorch_model.safetensors.index.json"
DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000


def write_folder(models: Path) -> Path:
    """A folder in the form of a pipeline, without anything that could be computed with."""
    folder = models / "wan21"
    parts = {"transformer": ["diffusers", "WanTransformer3DModel"], "vae": ["diffusers", "AutoencoderKLWan"]}
    for part in parts:
        (folder / part).mkdir(parents=True)
        (folder / part / "config.json").write_text('{"num_layers": 2}')
        (folder / part / "diffusion_pytorch_model.safetensors").write_bytes(WEIGHTS)
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "WanPipeline", **parts}))
    (models / "profiles").mkdir()
    (models / "profiles" / "wan21.yaml").write_text(yaml.safe_dump(PROFILE))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path)


def looked_at(folder: Path) -> dict[str, tuple[str, str]]:
    """What is asked of a folder before anything is loaded from it."""
    profile = load_profile("wan21", folder.parent)
    missing_parts(profile)
    return model_index(folder_of(profile))


def test_a_folder_as_it_should_be_is_taken(folder: Path) -> None:
    assert set(looked_at(folder)) == {"transformer", "vae"}


def shards(*names: Any) -> bytes:
    return json.dumps({"weight_map": {f"layer{number}": name for number, name in enumerate(names)}}).encode()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("model_index.json", b"[1]", "must hold a JSON object"),
        ("model_index.json", DEEP, "cannot be read"),
        ("model_index.json", b'{"a": ' + b"9" * 6000 + b"}", "cannot be read"),
        ("model_index.json", None, "not a plain file"),
        ("vae/config.json", DEEP, "cannot be read"),
        ("vae/config.json", b"[]", "must hold a JSON object"),
        ("vae/config.json", None, "not a plain file"),
        ("transformer/config.json", b'{"num_layers": 100000000}', "num_layers is 100,000,000, more than 1,000"),
        ("vae/diffusion_pytorch_model.safetensors", None, "not a plain file"),
        ("vae/diffusion_pytorch_model.safetensors", (2**63).to_bytes(8, "little") + HEADER, "header has"),
        ("vae/diffusion_pytorch_model.safetensors", (9000).to_bytes(8, "little") + b"{" + b" " * 9000, "no header of"),
        ("vae/diffusion_pytorch_model.safetensors", b"", "header has"),
        (INDEX, DEEP, "is damaged"),
        (INDEX, b'{"weight_map": [1]}', "is damaged"),
        (INDEX, b'{"weight_map": {"a": [1]}}', "is damaged"),
        (INDEX, None, "is damaged"),
        (INDEX, shards("../../../etc/passwd"), "does not lie beside it"),
        (INDEX, shards("/etc/passwd", 5), "does not lie beside it"),
        (INDEX, shards("../vae/diffusion_pytorch_model.safetensors"), "does not lie beside it"),
        (INDEX, shards("evil.bin"), "does not lie beside it"),
        (INDEX, shards("a" * 5000 + ".safetensors"), "does not lie beside it"),
        (INDEX, shards("a\0.safetensors"), "does not lie beside it"),
        (INDEX, shards("away.safetensors"), "away.safetensors is missing"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_hostile_file_is_refused_by_name(folder: Path, name: str, content: bytes | None, said: str) -> None:
    path = folder / name
    path.unlink(missing_ok=True)
    if content is None:
        os.mkfifo(path)
    else:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=said):
        looked_at(folder)


@pytest.mark.parametrize(
    "content", [b"[]", DEEP, b'{"revision": 5, "files": {}}', b'{"revision": "a", "files": [1]}', b"\xff"]
)
def test_a_damaged_mark_of_a_fetch_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    for name in (RECORD, ".videogen-fetching.json"):
        (tmp_path / name).write_bytes(content)
    assert recorded(tmp_path) is None
    assert (_started(tmp_path) or {}).get("revision") in (None, "a")


def replacements() -> Iterator[st.SearchStrategy[bytes]]:
    values = st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=20), inner, max_size=3)),
        max_leaves=8,
    )
    parts = st.dictionaries(st.sampled_from(["vae", "transformer", "..", "scheduler"]), values, max_size=3)
    names = st.lists(st.one_of(values, st.sampled_from(["../x.safetensors", "/etc/passwd", "x.safetensors", "a\0"])))
    yield st.binary(max_size=200)
    yield st.one_of(values, parts).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
    yield names.map(lambda given: shards(*given))
    yield st.tuples(st.integers(0, 2**64 - 1), st.binary(max_size=60)).map(lambda x: x[0].to_bytes(8, "little") + x[1])


@pytest.mark.fuzz("models")
@settings(max_examples=examples(60), deadline=None)
@given(
    name=st.sampled_from(
        ["model_index.json", "vae/config.json", "vae/diffusion_pytorch_model.safetensors", INDEX, RECORD]
    ),
    content=st.one_of(*replacements()),
)
def test_any_file_in_a_folder_of_a_model_is_taken_or_refused(name: str, content: bytes) -> None:
    with TemporaryDirectory() as scratch:
        folder = write_folder(Path(scratch))
        (folder / name).write_bytes(content)
        recorded(folder)
        with suppress(ModelError):
            looked_at(folder)


def test_a_repository_that_names_a_file_outside_its_folder_is_refused(tmp_path: Path) -> None:
    from videogen.models.installation.fetching import Wanted, fetch
    from videogen.models.installation.hub import RemoteFile, RemoteRepository

    outside = tmp_path / "outside.json"
    outside.write_text("mine")

    def listing(name: str) -> Callable[..., RemoteRepository]:
        files = (RemoteFile(name, 5, None), RemoteFile("model_index.json", 2, None))
        return lambda repository, revision=None: RemoteRepository(repository, "a" * 40, files)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("../../outside.json", "/etc/x.json", "a//b.json", "a\\b.json", "vae/../../../outside.json"):
            patch.setattr("videogen.models.installation.hub.listing", listing(name))
            with pytest.raises(ModelError, match="outside of its folder"):
                fetch(Wanted("some/model", None), tmp_path / "models", lambda line: None)
    assert outside.read_text() == "mine"
