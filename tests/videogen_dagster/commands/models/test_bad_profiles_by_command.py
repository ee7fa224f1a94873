"""What a person may do wrong with a profile of a foreign model, as the command line answers it: the reason and what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tiny_pipelines import PIPELINES, write_pipeline
from tests.videogen_dagster.front import Answer, settings_in
from videogen.config.config import VideoGenConfig
from videogen.models.families.weights_check import UNFINISHED

pytestmark = pytest.mark.filterwarnings("ignore")
Command = Callable[..., Answer]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a tiny Wan and a tiny LTX; half fetched and pickled copies of the first."""
    folder = tmp_path_factory.mktemp("foreign")
    for name in ("wan21", "ltx"):
        write_pipeline(folder, name)
    for copy in ("half", "pickled"):
        shutil.copytree(folder / "wan21", folder / copy)
    (folder / "half" / UNFINISHED).write_text("{}", encoding="utf-8")
    weights = folder / "pickled" / "transformer" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    return folder


@pytest.fixture
def asked(videogen: Command, models: Path, tmp_path: Path) -> Callable[..., Answer]:
    """Writes the profile ``own`` and gives a command; `section`: changes of ``diffusers``, `fields`: of the others."""
    path = tmp_path / "config.yaml"
    settings = settings_in(tmp_path, models, model__profile="wan21") | {"model.num_inference_steps": 2}
    path.write_text(VideoGenConfig.load(None, settings).to_yaml(), encoding="utf-8")

    def ask(
        *command: str, name: str = "wan21", kind: str = "WanPipeline", section: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Answer:  # fmt: skip
        values = PIPELINES[name].profile(name, **{"pipeline": kind, **(section or {})}) | fields
        (models / "profiles" / "own.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
        return videogen("--config", str(path), *command)

    return ask


GENERATE = ("generate", "a red bus", "--profile", "own", "--no-regenerate")
CHECK = ("models", "check", "own")


@pytest.mark.parametrize("command", [GENERATE, CHECK], ids=["generate", "check"])
@pytest.mark.parametrize(
    ("section", "fields", "said"),
    [
        ({"pipeline": "WanPipelin"}, {}, "named 'WanPipelin': did you mean 'WanPipeline'? — correct diffusers.pipeline"),
        ({}, {"family": "difusers"}, "family: 'difusers' is not one of animatediff, diffusers: did you mean 'diffusers'? — correct"),
        ({"call": {"guidence_scale": 3}}, {}, "did you mean 'guidance_scale'? — correct diffusers.call in the profile"),
        ({"ofload": "model"}, {}, "diffusers.ofload: Extra inputs are not permitted"),
        ({}, {"max_tokens": 100_000}, "max_tokens: Input should be less than or equal to 8192"),
        ({}, {"noise_prior": "mixd"}, "noise_prior: 'mixd' is not one of"),
        ({}, {"content_type": "footag"}, "content_type: 'footag' is not one of illustration, "),
        ({}, {"source": "half"}, "is only half fetched — go on with `videogen models fetch own`"),
        ({}, {"source": "pickled"}, "a pickle that could run programs — fetch them again with"),
        ({}, {"source": "maker/away"}, "are not on this machine — fetch them with `videogen models fetch own`"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_wrong_profile_ends_a_command_with_the_reason_and_the_remedy(
    command: tuple[str, ...], section: dict[str, Any], fields: dict[str, Any], said: str, asked: Callable[..., Answer]
) -> None:
    answer = asked(*command, section=section, **fields)
    assert answer.code != 0
    assert said in answer.err
    assert " — " in answer.err, "every message ends with what to do"
    assert "Traceback" not in answer.err


def test_eighty_frames_become_eighty_one_and_the_request_is_told(asked: Callable[..., Answer]) -> None:
    answer = asked(*GENERATE, "--set", "model.num_frames=8", name="ltx", kind="LTXPipeline", num_frames=17)
    assert answer.code == 0, answer.err
    assert "8 frames are asked for, 9 are made: this model makes 8k+1 frames" in answer.err


def test_a_size_that_is_no_multiple_is_drawn_larger_and_the_request_is_told(asked: Callable[..., Answer]) -> None:
    answer = asked(*GENERATE, name="ltx", kind="LTXPipeline", width=48, height=40)
    assert answer.code == 0, answer.err
    assert "drawn at 64×64, a multiple of 32, and cropped to 48×40" in answer.err


def test_one_broken_profile_hides_no_other_in_the_list_and_is_not_advised(asked: Callable[..., Answer]) -> None:
    for broken in ({"max_tokens": 100_000}, {"family": "difusers"}, {"noise_prior": "mixd"}):
        answer = asked("models", "list", "--json", **broken)
        assert answer.code == 0
        assert {"wan21", "ltx"} <= {one["name"] for one in answer.data}
        assert "own" not in {one["name"] for one in answer.data}
        assert f"{next(iter(broken))}: " in answer.err


def test_a_fetch_without_a_network_and_an_option_of_another_model_say_what_to_do(
    asked: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import huggingface_hub

    api = huggingface_hub.hf_api.HfApi
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: api(endpoint="http://127.0.0.1:9"))
    answer = asked("models", "fetch", "own", source="maker/away")
    assert (answer.code, "the hub cannot be reached" in answer.err, "check the network" in answer.err) == (
        5,
        True,
        True,
    )
    answer = asked("models", "fetch", "own", "--from", str(tmp_path), source="maker/away")
    assert answer.code != 0
    assert "--from" in answer.err
    assert "put a copy of the repository into" in answer.err
    answer = asked("models", "fetch", "own", source="maker/away", noise_prior="mixd")
    assert "did you mean 'mixed'" in answer.err, "before the hub is asked"


def test_values_that_are_no_numbers_after_a_step_end_the_video_with_the_remedy(
    asked: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import WanTransformer3DModel

    own, calls = WanTransformer3DModel.forward, []

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        answer = own(self, *args, **kwargs)
        return tuple(part * float("nan") for part in answer) if len(calls) > 6 else answer

    monkeypatch.setattr(WanTransformer3DModel, "forward", forward)
    answer = asked(*GENERATE, "--set", "model.num_inference_steps=5")
    assert answer.code != 0
    assert "not numbers (NaN or infinity) in step 4 — the precision overflows" in answer.err
    assert len(calls) == 8, "two calls a step, and none after the step that went wrong"
