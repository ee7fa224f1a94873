"""The diagnostics of denoised latents as one small picture."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def neighbour_correlation(noise: Mapping[str, Any]) -> float:
    """Mean correlation of the initial noise of each frame with that of the next, −1 … 1.

    Args:
        noise: what `videogen.noise.analysis.analyze` gives of two frames or more.
    """
    rows: Sequence[Sequence[float]] = noise["frame_correlation"]
    return sum(row[i + 1] for i, row in enumerate(rows[:-1])) / (len(rows) - 1)


def picture(diagnostics: Mapping[str, Any]) -> bytes:
    """JPEG of some 750×220 pixels.

    It shows the power of the initial noise by spatial and temporal frequency, the correlation of its frames, and, if
    it was recorded, which frames attended to which.

    Args:
        diagnostics: those of `VideoLatents`.
    """
    from matplotlib.figure import Figure

    noise, attention = diagnostics["noise"], diagnostics.get("temporal_attention")
    figure = Figure(figsize=(9.4, 2.7), dpi=80, layout="constrained")
    spectrum, correlation, *rest = figure.subplots(1, 2 if attention is None else 3)
    _spectrum(spectrum, noise)
    _frames(figure, correlation, noise["frame_correlation"], "correlation of the noise", (-1.0, 1.0))
    if attention is not None:
        _frames(figure, rest[0], attention, "temporal attention", None)
    stream = io.BytesIO()
    figure.savefig(stream, format="jpeg", pil_kwargs={"quality": 80})
    return stream.getvalue()


def _spectrum(axes: Axes, noise: Mapping[str, Any]) -> None:
    """Both spectra from the lowest frequency (0) to the highest (1); white noise of variance 1 has power 1."""
    for name, key in (("in space", "spatial_bands"), ("in time", "temporal_bands")):
        power = noise[key]
        places = [index / max(1, len(power) - 1) for index in range(len(power))]
        axes.plot(places, power, marker="o" if len(power) < 40 else None, label=name)
    axes.axhline(1.0, color="grey", linewidth=0.8)
    axes.set_ylim(bottom=0.0)
    axes.set_title("power of the noise")
    axes.set_xlabel("frequency")
    axes.legend()


def _frames(
    figure: Figure, axes: Axes, rows: Sequence[Sequence[float]], title: str, limits: tuple[float, float] | None
) -> None:
    low, high = limits or (None, None)
    image = axes.imshow(rows, vmin=low, vmax=high, cmap="coolwarm" if limits else "viridis")
    figure.colorbar(image, ax=axes)
    axes.locator_params(integer=True)
    axes.set_title(title)
    axes.set_xlabel("frame")
