"""Loudness of a video's sound: EBU R 128 by ITU-R BS.1770, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from videogen.errors import MediaError
from videogen.runtime.media_opening import media_errors, open_media

Values = NDArray[np.float64]
RATE = 48_000
TARGET, TOLERANCE = -23.0, 1.0
HIGHEST_PEAK = -1.0
STEP = RATE // 10  # gating blocks of 400 ms begin every 100 ms
_HISTORY = 4
_MARGIN = 32
# BS.1770-5, annex 1, tables 1 and 2: head effect and high-pass, at 48 kHz.
K_WEIGHTING = np.array(
    [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)


@dataclass(frozen=True)
class Loudness:
    """Loudness of a sound.

    integrated: LUFS, −inf for silence; true_peak: dBTP (four-fold oversampled); seconds: how much sound there is.
    """

    integrated: float
    true_peak: float
    seconds: float


def measure_loudness(blocks: Iterator[Values]) -> Loudness:
    """Measure integrated loudness and true peak of sound at 48 kHz.

    It is given as channels×samples arrays (1 or 2 channels, −1 … 1).
    """
    from scipy.signal import resample_poly, sosfilt

    state: Values | None = None
    rest, overlap = np.zeros((0, 0)), np.zeros((0, 0))
    powers: list[float] = []
    peak, samples = 0.0, 0
    for block in blocks:
        if state is None:
            state = np.zeros((2, len(block), 2))
            rest = overlap = np.zeros((len(block), 0))
        samples += block.shape[1]
        overlap = np.concatenate([overlap[:, -2 * _MARGIN :], block], axis=1)
        # The ends of a piece ring; their inner samples come again in the middle of the next piece.
        between = resample_poly(overlap, 4, 1, axis=1)[:, 4 * _MARGIN : -4 * _MARGIN]
        peak = max(peak, float(np.abs(block).max(initial=0.0)), float(np.abs(between).max(initial=0.0)))
        weighted, state = sosfilt(K_WEIGHTING, block, axis=1, zi=state)
        rest = np.concatenate([rest, weighted], axis=1)
        whole = rest.shape[1] // STEP * STEP
        steps = rest[:, :whole].reshape(len(rest), -1, STEP)
        powers.extend((steps**2).mean(axis=2).sum(axis=0))
        rest = rest[:, whole:]
    return Loudness(gated(np.array(powers)), decibels(peak), samples / RATE)


def gated(powers: Values) -> float:
    """Mean power of the gating blocks above −70 LUFS and above 10 LU below their mean, as LUFS."""
    if len(powers) < _HISTORY:
        return float("-inf")
    blocks = np.convolve(powers, np.full(_HISTORY, 1.0 / _HISTORY), mode="valid")
    blocks = blocks[_lufs(blocks) > -70.0]
    if len(blocks):
        blocks = blocks[_lufs(blocks) > _lufs(blocks.mean()) - 10.0]
    return float(_lufs(blocks.mean())) if len(blocks) else float("-inf")


def _lufs(power: Values) -> Values:
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10.0 * np.log10(power))


def decibels(peak: float) -> float:
    """A peak (1 is full scale) in dB relative to full scale."""
    return float(20.0 * np.log10(peak)) if peak > 0 else float("-inf")


def sound_of(path: Path) -> Iterator[Values]:
    """Yield the first sound stream at 48 kHz, channels×samples, mono or stereo, about a second at a time.

    Raises:
        MediaError: the sound cannot be decoded.
    """
    from av import AudioResampler

    with open_media(path) as media:
        if not media.container.streams.audio:
            raise MediaError(f"{path.name} has no sound track", remedy="choose a file with a sound track")
        stream = media.container.streams.audio[0]
        # Without a decoder no context exists, whatever the stubs say.
        if getattr(stream, "codec_context", None) is None:
            raise MediaError(f"no decoder is installed for the sound of {path.name}", remedy="encode the sound again")
        layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        resampler = AudioResampler(format="fltp", layout=layout, rate=RATE, frame_size=RATE)
        for packet in media.packets(stream):
            with _decoding(path):
                pieces = [piece for frame in packet.decode() for piece in resampler.resample(frame)]
            yield from (piece.to_ndarray().astype(np.float64) for piece in pieces)
        with _decoding(path):
            pieces = resampler.resample(None)
        yield from (piece.to_ndarray().astype(np.float64) for piece in pieces)


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    try:
        with media_errors(path):
            yield
    except MediaError as error:
        reason = error.__cause__ or error.problem
        raise MediaError(
            f"the sound of {path.name} cannot be decoded: {reason}", remedy="encode the sound again"
        ) from error
