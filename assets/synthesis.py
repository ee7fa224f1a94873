"""Synthesis: from noise to latents, and from latents to frames."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

from assets.common import show
from assets.common.stage import on_the_processor, stage
from resources.checkpoints import StoredCheckpoints
from resources.compute import DeviceResource
from resources.emergency import EmergencyResource
from resources.models import ModelsResource
from resources.monitoring import MonitoringResource
from resources.runs.videos import Video
from resources.runs.work import DENOISING, Made
from resources.storage import StorageResource
from videogen.domain.artifacts import ConditioningEmbeddings, Frames, NoiseLatents, VideoLatents
from videogen.runtime.progress import Progress, listen

if TYPE_CHECKING:
    import torch

    from videogen.config.config import VideoGenConfig
    from videogen.models.profile import ModelProfile


@stage("synthesis", kinds={"pytorch", "safetensors"}, pool="gpu", together=True)
def video_latents(
    videos: Sequence[Video],
    conditioning_embeddings: Sequence[ConditioningEmbeddings],
    base_noise_latents: Sequence[NoiseLatents],
    residual_noise_latents: Sequence[NoiseLatents],
    models: ModelsResource,
    device: DeviceResource,
    storage: StorageResource,
    emergency: EmergencyResource,
    monitoring: MonitoringResource,
) -> list[Made[VideoLatents]]:
    """Denoised latents and the timesteps that led there.

    Videos of equal shape and settings are denoised at once: in batches on an accelerator, one a core on a CPU.

    It gives way to an emergency at the next step, with a checkpoint, and goes on afterwards to the same result.
    """
    from videogen.synthesis.preemption import denoise_giving_way
    from videogen.synthesis.sampling import sampling_key

    noise = [
        _initial_noise(video.config, base, residual, models)
        for video, base, residual in zip(videos, base_noise_latents, residual_noise_latents, strict=True)
    ]
    groups: dict[object, list[int]] = defaultdict(list)
    for index, video in enumerate(videos):
        groups[sampling_key(video.config), tuple(noise[index].shape)].append(index)
    made: dict[int, Made[VideoLatents]] = {}
    for members in groups.values():
        config = videos[members[0]].config
        conditions = [conditioning_embeddings[index] for index in members]
        fits = [
            _fits(videos[index], condition, noise[index]) for index, condition in zip(members, conditions, strict=True)
        ]
        pauses: list[float] = []
        pace = _Pace()
        started = time.perf_counter()
        with listen(pace), monitoring.measured("denoise"):
            latents = denoise_giving_way(
                partial(models.synthesizer, config),
                conditions,
                [noise[index] for index in members],
                [videos[index].seed for index in members],
                should_yield=emergency.should_yield(),
                pause=lambda pauses=pauses: pauses.append(emergency.wait("video_latents")),  # type: ignore[misc]
                checkpoints=StoredCheckpoints(storage.artifacts, [videos[index] for index in members], fits),
            )
        seconds = (time.perf_counter() - started - sum(pauses)) / len(members)
        waited = {"gave_way": len(pauses), "seconds_given_way": sum(pauses)}
        for index, value in zip(members, latents, strict=True):
            facts = _latent_facts(value, pace.at_once, device.describe(config)) | waited
            made[index] = Made(value, facts, seconds=seconds)
    return [made[index] for index in range(len(videos))]


@stage("synthesis", kinds={"pytorch", "safetensors"}, pool="gpu", parallel=on_the_processor)
def decoded_frames(
    video: Video, video_latents: VideoLatents, models: ModelsResource, monitoring: MonitoringResource
) -> Made[Frames]:
    """Frames from the VAE, at the model's own size and rate."""
    synthesizer = models.synthesizer(video.config)
    with monitoring.measured("decode"):
        frames = synthesizer.decode(video_latents)
    facts = frame_facts(frames, "decoded frames")
    if frames.sound is not None:
        facts["sound"] = f"{frames.sound.shape[1] / frames.sound_rate:.2f} s at {frames.sound_rate} Hz"
    return Made(frames, facts)


def _fits(video: Video, condition: ConditioningEmbeddings, noise: torch.Tensor) -> str:
    """What a denoising state of this video depends on; see `StoredCheckpoints`."""
    from videogen.models.profile import load_profile
    from videogen.synthesis.sampling import sampling_key

    config = video.config
    profile = load_profile(config.model.profile, config.path(config.paths.models))
    told = (condition.profile, condition.revision, str(condition.complexity), str(video.seed))
    digest = hashlib.sha256()
    for text in (sampling_key(config), profile.picture_digest, *told):
        digest.update(text.encode() + b"\0")
    pictures = (condition.image_latents, condition.image_embeds, condition.start_latents)
    recorded = (condition.record[name] for name in sorted(condition.record))
    for tensor in (noise, condition.prompt_embeds, condition.negative_prompt_embeds, *pictures, *recorded):
        # The shape too: where pictures are missing, others must not be taken for them.
        digest.update(str(None if tensor is None else tuple(tensor.shape)).encode() + b"\0")
        if tensor is not None:
            digest.update(tensor.detach().float().cpu().contiguous().numpy().tobytes())
    for version in _library_versions(profile):
        digest.update(version.encode() + b"\0")
    return digest.hexdigest()


def _library_versions(profile: ModelProfile) -> list[str]:
    """A state of a pipeline of diffusers fits only the version that made it: the steps are that version's."""
    import diffusers

    return [diffusers.__version__] if profile.diffusers else []


def frame_facts(frames: Frames, caption: str) -> dict[str, object]:
    """Contact sheet, size and rate of frames, for metadata."""
    count, height, width, _ = frames.frames.shape
    return {
        **show.pictures(frames.frames, caption),
        "frames": count,
        "size": f"{width}×{height}",
        "fps": frames.fps,
        **_plain(frames.notes),
    }


def _plain(notes: Mapping[str, Any]) -> dict[str, int | float | str]:
    """What metadata can hold of notes: numbers and words as they are, lists in one line, each entry of a mapping."""
    found: dict[str, int | float | str] = {}
    for key, value in notes.items():
        if isinstance(value, Mapping):
            found |= _plain({f"{key}_{name}": inner for name, inner in value.items()})
        elif isinstance(value, list | tuple):
            found[key] = ", ".join(map(str, value))
        elif isinstance(value, int | float | str):
            found[key] = value
    return found


def _initial_noise(
    config: VideoGenConfig, base: NoiseLatents, residual: NoiseLatents, models: ModelsResource
) -> torch.Tensor:
    from videogen.noise import decomposer_for

    profile = models.profile(config)
    count = profile.picture_frames(residual.noise.shape[1])
    return decomposer_for(config, profile, count).recombine(base, residual)


class _Pace:
    """How many videos are denoised at once: between two reports of the loop each of them takes one step."""

    def __init__(self) -> None:
        self.at_once = 1
        self._done: int | None = None

    def __call__(self, progress: Progress) -> None:
        if progress.stage != DENOISING:
            return
        if self._done is not None:
            self.at_once = max(self.at_once, progress.done - self._done)
        self._done = progress.done


def _latent_facts(latents: VideoLatents, at_once: int, device: dict[str, object]) -> dict[str, object]:
    from videogen.synthesis import diagnostics

    found = latents.diagnostics
    noise, batch = found["noise"], min(at_once, found["largest_batch"])
    return {
        "model": latents.profile,
        "revision": latents.revision,
        "steps": len(latents.timesteps),
        "timesteps": ", ".join(map(str, latents.timesteps)),
        "guidance_scale": latents.guidance_scale,
        "guidance_rescale": found["guidance_rescale"],
        "guidance_interval": "{:g} to {:g} of the steps".format(*found["guidance_interval"]),
        "complexity": found["complexity"],
        "videos_in_batch": batch,
        "videos_side_by_side": ceil(at_once / batch),
        **({"one_by_one": found["one_by_one"]} if found.get("one_by_one") else {}),
        "resumes": found.get("resumes", "exactly"),
        "device": str(device["device"]),
        "precision": found["precision"],
        **{f"seconds_{name}": value for name, value in latents.timings.items()},
        "diagnostics": show.picture(diagnostics.picture(found), "spectrum and correlation of the noise, attention"),
        "noise_mean": noise["mean"],
        "noise_variance": noise["variance"],
        "noise_neighbour_correlation": diagnostics.neighbour_correlation(noise),
        **show.tensor_facts(latents.latents),
    }
