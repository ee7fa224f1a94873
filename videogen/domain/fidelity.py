"""Fidelity: how alike two versions of a video are, as PSNR and SSIM."""

from __future__ import annotations

from pydantic import Field

from videogen.domain.frozen_model import FrozenModel


class Fidelity(FrozenModel):
    """Means over some frames. compared: the two, in words."""

    compared: str
    psnr: float | None = Field(description="dB; None: every frame is equal to the last bit")
    ssim: float = Field(ge=-1.0, le=1.0)
    frames: int

    @property
    def words(self) -> str:
        """For people: ``31.2 dB, SSIM 0.914``."""
        return "identical" if self.psnr is None else f"{self.psnr:.1f} dB, SSIM {self.ssim:.3f}"
