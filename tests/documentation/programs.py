"""The Python of every page: its blocks one after the other as one program, and what it prints."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.documentation.pages import blocks, named, pages, runs_python

PAGES = [page for page in pages() if blocks(page.read_text(encoding="utf-8"), "python")]
RUN = [page for page in PAGES if runs_python(page.read_text(encoding="utf-8"))]
# What a page takes for granted, and what its blocks print.
GIVEN = {
    "docs/python.md": "texts = ['a red bus', 'a white boat']",
    "docs/release.md": """
        from datetime import UTC, datetime
        from pathlib import Path
        from videogen.config.config import VideoGenConfig
        from videogen.release.record import Provenance
        config, draft, target = VideoGenConfig.load(), Path("film.mp4"), Path("signed.mp4")
        provenance = Provenance(id="v", requested_at=datetime.now(UTC), released_at=datetime.now(UTC), model="tiny",
                                label=config.delivery.label, seed=7)
        """,
    "docs/super_resolution.md": """
        from pathlib import Path
        from videogen.config.config import VideoGenConfig
        from videogen.models.profile import load_profile
        source, target, config = Path("talk.mp4"), Path("large.mp4"), VideoGenConfig.load()
        weights = load_profile("tiny", config.path(config.paths.models)).upscaler_folder
        """,
    "docs/synthesis.md": """
        import torch
        from videogen.config.config import VideoGenConfig
        from videogen.errors import CapacityError
        from videogen.models.loading import load_model
        from videogen.models.profile import load_profile
        from videogen.preprocessing import ImagePreprocessor, InputValidator, TextPreprocessor
        from videogen.synthesis import LatentSynthesizer, tokenizer_for
        config = VideoGenConfig.load()
        profile = load_profile("tiny", config.path(config.paths.models))
        synthesizer = LatentSynthesizer(config, load_model(profile, torch.device("cpu"), torch.float32))
        text = TextPreprocessor(config.preprocessing, config.processing, tokenizer_for(profile))
        validator = InputValidator(config.processing, config.preprocessing.policy_file)
        verdict = validator.require_compliance(validator.validate_prompt("a red bus"))
        images = ImagePreprocessor(config.preprocessing, config.processing, profile.size).process([])
        conditions, seeds = [synthesizer.condition(text.process("a red bus", "", verdict), images)], [7]
        noise = [torch.randn(synthesizer.latent_shape(8), generator=torch.Generator().manual_seed(7))]
        """,
}
SAID = {
    "README.md": ".mp4",
    "docs/python.md": "supported (1 supported) True",
    "docs/release.md": "True",
    "docs/super_resolution.md": "6 0",
}


def program(page: Path) -> str:
    """All blocks of a page."""
    return "\n".join(code for code, _ in blocks(page.read_text(encoding="utf-8"), "python"))


def given_and_program(page: Path) -> str:
    """The same, behind what the page takes for granted."""
    return textwrap.dedent(GIVEN.get(named(page), "")) + "\n" + program(page)
