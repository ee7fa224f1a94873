"""What a worker loads once, before its children are forked: each run then begins where others have finished importing.

Only modules are loaded. A model, a device or a thread pool of the parent would not survive the fork.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from videogen.fleet.queues import Queue

_FILES = ("pandas", "duckdb", "pyarrow.parquet", "pandera.pandas", "s3fs", "av", "PIL.Image", "numpy")
_MODULES = {
    Queue.GPU: (
        *_FILES, "torch", "torchvision", "transformers", "diffusers", "cv2", "scipy.ndimage", "skimage.metrics",
        "diffusers.models.unets.unet_motion_model", "diffusers.models.autoencoders.autoencoder_kl",
        "transformers.models.clip.modeling_clip", "torchmetrics",
    ),
    Queue.CPU: (*_FILES, "c2pa", "videogen.release.publisher", "videogen.release.signing"),
    Queue.EMERGENCY: (
        *_FILES, "cv2", "c2pa", "videogen.emergency.publishing.production", "videogen.emergency.rendering.renderer",
        "videogen.release.signing", "videogen.release.verification",
    ),
}  # fmt: skip


def preload(queue: Queue) -> None:
    """Load what the runs of a queue need; what is not installed is missed by the run that needs it."""
    for name in _MODULES[queue]:
        with suppress(ImportError):
            import_module(name)
