"""Makes basicsr 1.4.2 and realesrgan 0.3.0 import on today's torchvision, and returns their networks."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from videogen.errors import ModelError

# basicsr imports this module, which torchvision 0.17 removed; one function of it is all that basicsr uses.
_REMOVED = "torchvision.transforms.functional_tensor"


def architecture(name: str) -> Any:
    """The class behind `name`: RRDBNet (basicsr) or SRVGGNetCompact (realesrgan).

    Raises:
        ModelError: the architecture does not exist, or a package that holds it cannot be imported.
    """
    _restore_removed_module()
    try:
        if name == "RRDBNet":
            from basicsr.archs.rrdbnet_arch import RRDBNet

            return RRDBNet
        if name == "SRVGGNetCompact":
            from realesrgan.archs.srvgg_arch import SRVGGNetCompact

            return SRVGGNetCompact
    except ImportError as error:
        raise ModelError(
            f"the network {name} cannot be imported: {error}",
            remedy="reinstall the requirements (basicsr 1.4.2, realesrgan 0.3.0)",
        ) from error
    raise ModelError(f"{name!r} is not a known upscaling network", remedy="use RRDBNet or SRVGGNetCompact")


def _restore_removed_module() -> None:
    from importlib.util import find_spec

    if _REMOVED in sys.modules or find_spec(_REMOVED) is not None:
        return
    from torchvision.transforms.functional import rgb_to_grayscale

    module = ModuleType(_REMOVED)
    module.__dict__["rgb_to_grayscale"] = rgb_to_grayscale
    sys.modules[_REMOVED] = module
