"""Features of clips of the training world, for Fréchet distances without a reference of one's own.

Writes ``reference.safetensors`` beside the weights of the encoder. The clips are held-out scenes that no training has
seen; the seeds are fixed, so that the file can be made again.
"""

from __future__ import annotations

import numpy as np
from safetensors.numpy import save_file

from training.export import FOLDER
from training.scores import held_out_scene
from training.world.render import render_clip
from videogen.quality.metrics.reference import REFERENCE
from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder

CLIPS = 256
"""Four times as many as the features have numbers: enough for their covariance."""
_FIRST = 20_000


def main() -> None:
    encoder = EmbeddedEncoder(FOLDER / "video_encoder")
    clips = np.stack([render_clip(held_out_scene(_FIRST + number)[0]) for number in range(CLIPS)])
    save_file({"features": encoder.features(clips).astype(np.float32)}, encoder.folder / REFERENCE)


if __name__ == "__main__":
    main()
