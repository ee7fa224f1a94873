"""NoiseDecomposer: base noise that all frames share, and residual noise of each frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from videogen.config.groups.all import ModelSettings, NoiseSettings, NoiseVariation
from videogen.config.parts import part
from videogen.domain.artifacts import NoiseLatents
from videogen.errors import ConfigError, InputError
from videogen.models.profile import profile_of
from videogen.noise import analysis
from videogen.noise.manipulator import LatentManipulator
from videogen.noise.priors import NoisePrior
from videogen.runtime import plugins
from videogen.runtime.seeds import derive_seed

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from videogen.config.config import VideoGenConfig
    from videogen.models.profile import ModelProfile

UNKNOWN_SEED = -1


class NoiseDecomposer:
    """Makes, splits and joins initial noise: ε_i = √λ·b + √(1−λ)·r_i and its relatives.

    Args:
        config: the configuration, or its group `noise` alone; None: the defaults.
        base_share, residual_share: λ and 1−λ, shares of variance; None: ``model.base_noise_lambda`` and
            ``…residual…`` of the configuration.
        default_prior: taken where the settings name no prior; None: that of the configured model profile.

    Raises:
        ConfigError: the prior does not exist, or the shares do not sum to 1.
    """

    def __init__(
        self,
        config: VideoGenConfig | NoiseSettings | None = None,
        base_share: float | None = None,
        residual_share: float | None = None,
        default_prior: str | None = None,
    ) -> None:
        model = part(config, ModelSettings)
        base = model.base_noise_lambda if base_share is None else base_share
        residual = model.residual_noise_lambda if residual_share is None else residual_share
        if abs(base + residual - 1.0) > 1e-6:
            raise ConfigError(f"base and residual noise have shares {base:g} and {residual:g}, which must sum to 1")
        self.settings = part(config, NoiseSettings)
        self.base_share = base
        self.prior_name = self.settings.prior or default_prior or _usual_prior(config, model.num_frames)
        self.prior = _prior(self.prior_name)

    def sample(self, shape: tuple[int, int, int, int], seed: int) -> tuple[NoiseLatents, NoiseLatents]:
        """Base (C×1×h×w) and residual (C×T×h×w) for a video of `shape` (C, T, h, w), each standard normal.

        The same seed gives the same bits on every device and in every batch, and a longer video starts with the
        noise of a shorter one. A `variation_seed` turns the noise by `variation_strength` towards that of the
        other seed; then each of the `variations` turns what it names.
        """
        base, residual = _draw(shape, seed)
        if self.settings.variation_seed is not None and self.settings.variation_strength > 0.0:
            other_base, other_residual = _draw(shape, self.settings.variation_seed)
            turn = LatentManipulator().interpolate_noise
            base = turn(base, other_base, self.settings.variation_strength)
            residual = turn(residual, other_residual, self.settings.variation_strength)
        parts = self._pair(base, residual, seed, self.prior_name, self.base_share)
        for variation in self.settings.variations:
            parts = self.vary(*parts, variation)
        return parts

    def vary(
        self, base_noise: NoiseLatents, residual_noise: NoiseLatents, variation: NoiseVariation
    ) -> tuple[NoiseLatents, NoiseLatents]:
        """Turn the motion, the content or both of a video's noise towards that of another seed.

        Both noises are split again after they were joined: what frames share is then all of it, the mean of the drawn
        residuals included, so that a variation of the motion keeps the mean of the frames.

        Raises:
            ConfigError: ``noise.motion_scale`` is 0, which leaves nothing to vary.
        """
        shape = residual_noise.noise.shape
        drawn = _draw((shape[0], shape[1], shape[2], shape[3]), variation.seed)
        other = self.decompose(self.recombine(*self._pair(*drawn, variation.seed, self.prior_name, self.base_share)))
        own, turn = self.decompose(self.recombine(base_noise, residual_noise)), LatentManipulator().interpolate_noise
        base, residual = own[0].noise, own[1].noise
        if variation.of != "motion":
            base = turn(base, other[0].noise, variation.strength)
        if variation.of != "content":
            residual = turn(residual, other[1].noise, variation.strength)
        return self._pair(base, residual, base_noise.seed, own[0].prior, own[0].variance_share)

    def decompose(self, noise: Tensor) -> tuple[NoiseLatents, NoiseLatents]:
        """Split noise of any origin, C×T×h×w or B×C×T×h×w; `recombine` gives it back to float precision.

        Raises:
            ConfigError: ``noise.motion_scale`` is 0, which cannot be undone.
            InputError: the noise has another number of dimensions.
        """
        if self.settings.motion_scale == 0.0:
            raise ConfigError(
                "noise made with motion_scale 0 contains no motion, so it cannot be split",
                remedy="raise noise.motion_scale",
            )
        name = self.prior.split_as or self.prior_name
        flat, batch = _channels_joined(noise)
        plain = self._scale_motion(flat, _prior(name), self.base_share, undo=True)
        base, residual = self.prior.split(plain, self.base_share, self.settings)
        return self._pair(_parted(base, batch), _parted(residual, batch), UNKNOWN_SEED, name, self.base_share)

    def recombine(self, base_noise: NoiseLatents | Tensor, residual_noise: NoiseLatents | Tensor) -> Tensor:
        """The initial noise, C×T×h×w or B×C×T×h×w, unit variance in every frame.

        Args:
            base_noise, residual_noise: with prior and share of their own; tensors have those of this decomposer.
        """
        name, share = self.prior.split_as or self.prior_name, self.base_share
        if isinstance(base_noise, NoiseLatents):
            name, share, base_noise = base_noise.prior, base_noise.variance_share, base_noise.noise
        if isinstance(residual_noise, NoiseLatents):
            residual_noise = residual_noise.noise
        (base, _), (residual, batch) = _channels_joined(base_noise), _channels_joined(residual_noise)
        prior = _prior(name)
        noise = prior.combine(base, residual, share, self.settings)
        return _parted(self._scale_motion(noise, prior, share, undo=False), batch)

    def fresh(self, shape: tuple[int, int, int, int], seed: int, base_share: float) -> Tensor:
        """Return fresh noise to add during denoising, with its own base share."""
        base, residual = _draw(shape, seed)
        return self.recombine(*self._pair(base, residual, seed, self.prior_name, base_share))

    def apply_temporal_consistency(self, noise_sequence: Tensor) -> Tensor:
        """Give independent noise C×T×h×w or B×C×T×h×w the cross-frame correlation of the prior.

        Each frame keeps unit variance and, the symmetric root of the correlation matrix being used, moves as
        little as possible from where it was.
        """
        import torch

        noise, batch = _channels_joined(noise_sequence)
        mixing = mixing_matrix(self.prior, noise.shape[1], self.base_share, self.settings)
        values, vectors = torch.linalg.eigh(mixing @ mixing.T)
        root = vectors @ torch.diag(values.clamp(min=0.0).sqrt()) @ vectors.T
        return _parted(_along_time(root, noise), batch)

    def analyze(self, noise: Tensor) -> dict[str, Any]:
        """Variance per spatial and temporal band and the frame correlation of C×T×h×w noise, as plain numbers."""
        return analysis.analyze(noise)

    def _scale_motion(self, noise: Tensor, prior: NoisePrior, share: float, *, undo: bool) -> Tensor:
        if self.settings.motion_scale == 1.0:
            return noise
        import torch

        matrix = motion_matrix(mixing_matrix(prior, noise.shape[1], share, self.settings), self.settings.motion_scale)
        return _along_time(torch.linalg.inv(matrix) if undo else matrix, noise)

    def _pair(
        self, base: Tensor, residual: Tensor, seed: int, prior: str, share: float
    ) -> tuple[NoiseLatents, NoiseLatents]:
        """Two parts whose shares sum to 1; the base's is what `recombine` goes by."""
        return NoiseLatents(base, seed, prior, share), NoiseLatents(residual, seed, prior, 1.0 - share)


def decomposer_for(config: VideoGenConfig, profile: ModelProfile, num_frames: int) -> NoiseDecomposer:
    """The decomposer of a video of `num_frames` native frames: the configured prior, or the profile's for that length.

    Raises:
        ConfigError: the prior does not exist.
    """
    return NoiseDecomposer(config, default_prior=profile.prior_for(num_frames))


def mixing_matrix(prior: NoisePrior, frames: int, share: float, settings: NoiseSettings) -> Tensor:
    """T×(1+T), float64: what each frame takes of the base (column 0) and of each residual; rows have norm 1."""
    import torch

    impulses = torch.eye(1 + frames, dtype=torch.float64)
    base, residual = impulses[:, :1, None, None], impulses[:, 1:, None, None]
    return prior.combine(base, residual, share, settings)[:, :, 0, 0].T


def motion_matrix(mixing: Tensor, scale: float) -> Tensor:
    """T×T: multiplies what differs from the temporal mean by `scale`.

    It then brings every frame back to unit variance.
    """
    import torch

    frames = mixing.shape[0]
    mean = torch.full((frames, frames), 1.0 / frames, dtype=mixing.dtype)
    matrix = mean + scale * (torch.eye(frames, dtype=mixing.dtype) - mean)
    deviation = (matrix @ mixing).square().sum(dim=1).sqrt()
    return matrix / deviation[:, None]


def _draw(shape: tuple[int, int, int, int], seed: int) -> tuple[Tensor, Tensor]:
    import torch

    channels, frames, height, width = shape

    def frame(generator: torch.Generator) -> Tensor:
        return torch.randn((channels, height, width), generator=generator)

    base = torch.Generator("cpu").manual_seed(derive_seed(seed, "base"))
    residual = torch.Generator("cpu").manual_seed(derive_seed(seed, "residual"))
    # Frame by frame: torch fills a tensor in blocks, so that one large draw would not start like a smaller one.
    return frame(base)[:, None], torch.stack([frame(residual) for _ in range(frames)], dim=1)


def _usual_prior(config: VideoGenConfig | NoiseSettings | None, num_frames: int | None) -> str:
    profile = profile_of(config)
    return profile.prior_for(num_frames or profile.num_frames)


def _channels_joined(noise: Tensor) -> tuple[Tensor, int | None]:
    """Noise as C×T×h×w: priors treat all channels alike, so the channels of a batch may be joined.

    Returns:
        the noise, and how many videos it holds; None: it was not a batch.
    """
    if noise.ndim == 5:
        return noise.flatten(0, 1), noise.shape[0]
    if noise.ndim != 4:
        shape = "×".join(map(str, noise.shape))
        raise InputError(f"noise of shape {shape} was given", remedy="give channels × frames × height × width")
    return noise, None


def _parted(noise: Tensor, batch: int | None) -> Tensor:
    return noise if batch is None else noise.unflatten(0, (batch, -1))


def _along_time(matrix: Tensor, noise: Tensor) -> Tensor:
    import torch

    return torch.einsum("ij,cjhw->cihw", matrix, noise.to(matrix)).to(noise)


def _prior(name: str) -> NoisePrior:
    prior = plugins.resolve(plugins.NOISE_PRIORS, name)
    if not isinstance(prior, NoisePrior):
        raise ConfigError(f"the noise prior {name!r} is not a videogen.noise.priors.NoisePrior")
    return prior
