"""Clips a minute of a model that stays loaded in a Ray actor, against a process for each clip that loads it.

`python -m benchmarks.fleet.warm [CLIPS]`: needs the extra ray. A clip is text encoding, denoising and decoding of two seconds. Three
models: pib-mini as it ships (25 steps), pib-mini with 4 steps, and a stand-in whose steps sleep for 50 ms, as those of a distilled model
on a GPU take, and whose weights are tiny, so that nothing but the start of a process is saved. The first clip of the actor loads its
model and is counted apart. Both ways start from the same settings, noise and seed, and their frames must be equal.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import PROJECT, RESULTS, command, description

PROMPT = "a red bus driving left through the city at night"
CLIPS = 3
AIMED_AT = 3.0
STEP_SECONDS = 0.05


def clip(settings: dict[str, Any]) -> str:
    """One clip of two seconds with the model that the settings name; returns the digest of its frames."""
    import torch

    from resources.compute import DeviceResource
    from resources.models import ModelsResource
    from videogen.config.config import VideoGenConfig
    from videogen.domain.artifacts import ReferenceImages
    from videogen.models.loading import tokenizer_for
    from videogen.noise import decomposer_for
    from videogen.preprocessing import InputValidator, TextPreprocessor

    torch.set_num_threads(1)
    config = VideoGenConfig.load(None, settings)
    models = ModelsResource(device=DeviceResource())
    profile, maker = models.profile(config), models.synthesizer(config)
    validator = InputValidator(config.processing, config.path(config.preprocessing.policy_file))
    text = validator.validate_prompt(PROMPT)
    processor = TextPreprocessor(
        config.preprocessing, config.processing, tokenizer_for(profile), choices=profile.open_choices, seed=1
    )
    prompt = processor.process(text, config.model.negative_prompt, validator.check_policy_compliance(text))
    width, height = profile.size
    pictures = ReferenceImages(torch.zeros(0, height, width, 3, dtype=torch.uint8), torch.zeros(0, 0))
    count = maker.num_frames()
    decomposer = decomposer_for(config, profile, count)
    noise = decomposer.recombine(*decomposer.sample(maker.latent_shape(count), 1))
    latents = maker.generate_latents([maker.condition(prompt, pictures)], [noise], [1])[0]
    return hashlib.sha256(maker.decode(latents).frames.numpy().tobytes()).hexdigest()


def kinds(folder: Path) -> dict[str, tuple[dict[str, Any], list[str]]]:
    """Settings by the name of a model, with folders that Python has to find."""
    from benchmarks.fleet.throughput import sleeping

    asleep, package = sleeping(folder, seconds=STEP_SECONDS)
    asleep |= {"model.num_inference_steps": 25}
    return {
        "pib-mini, 25 steps": ({}, []),
        "pib-mini, 4 steps": ({"model.num_inference_steps": 4}, []),
        "asleep, 25 steps of 50 ms": (asleep, [str(package)]),
    }


def compare(settings: dict[str, Any], places: list[str], clips: int) -> dict[str, Any]:
    """Seconds of each clip, of processes that load and of an actor that has loaded."""
    from deploy.local.ray_head import ray_head
    from videogen.fleet.addresses import RAY_VARIABLE

    paths = os.pathsep.join([str(PROJECT), *places, os.environ.get("PYTHONPATH", "")])
    alone = [sys.executable, "-m", "benchmarks.fleet.warm", "clip", "1", json.dumps(settings)]
    cold = [command(alone, {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}) for _ in range(clips)]
    os.environ["PYTHONPATH"] = paths
    with ray_head() as address:
        asking = [sys.executable, "-m", "benchmarks.fleet.warm", "clip", str(clips + 1), json.dumps(settings)]
        told = json.loads(command(asking, {RAY_VARIABLE: address, "PYTHONPATH": paths}).output.splitlines()[-1])
    digests = {json.loads(one.output.splitlines()[-1])["digests"][0] for one in cold} | set(told["digests"])
    first, *warm = told["seconds"]
    ratio = statistics.median(one.seconds for one in cold) / statistics.median(warm)
    return {
        "seconds_cold": [round(one.seconds, 2) for one in cold],
        "seconds_of_the_first_clip": round(first, 2),
        "seconds_warm": [round(one, 2) for one in warm],
        "times_the_rate": round(ratio, 2),
        "frames_equal": len(digests) == 1,
    }


def make(count: int, settings: dict[str, Any]) -> None:
    """Make clips in this process, and say what each took."""
    seconds, digests = [], []
    for _ in range(count):
        begun = time.perf_counter()
        digests.append(clip(settings))
        seconds.append(time.perf_counter() - begun)
    print(json.dumps({"seconds": seconds, "digests": digests}))


def main() -> None:
    """Entry point."""
    if sys.argv[1:2] == ["clip"]:
        make(int(sys.argv[2]), json.loads(sys.argv[3]))
        return
    clips = int(sys.argv[1]) if len(sys.argv) > 1 else CLIPS
    machine, found = description(), {}
    with tempfile.TemporaryDirectory(prefix="videogen-warm-") as folder:
        for name, (settings, places) in kinds(Path(folder)).items():
            found[name] = compare(settings, places, clips)
            print(name, json.dumps(found[name]), flush=True)
    result = {"machine": machine, "aimed_at": AIMED_AT, "models": found}
    (RESULTS / "fleet_warm.json").write_text(json.dumps(result, indent=1) + "\n")
    sys.exit(0 if all(one["frames_equal"] for one in found.values()) else 1)


if __name__ == "__main__":
    main()
