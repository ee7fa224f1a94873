"""A model family of one's own: a pipeline in diffusers' style that is not part of diffusers.

The package names it as an entry point; a profile chooses it with `family: newsroom`. Everything else, stages, noise,
stop and resume, previews, checks, comes from the project.
"""

from __future__ import annotations

from typing import Any

from videogen.models.families.diffusers_pipeline import DiffusersPipeline


class NewsroomFamily(DiffusersPipeline):
    """Drives `NewsroomPipeline`."""

    @classmethod
    def pipeline_kind(cls, profile: Any, with_pictures: bool) -> Any:
        """The class that is driven; diffusers is imported only now."""
        from diffusers import WanPipeline

        class NewsroomPipeline(WanPipeline):
            """Wan, but every prompt is filmed as the house films."""

            def encode_prompt(self, prompt: Any, *more: Any, **options: Any) -> Any:
                """The text encoders' answer to the prompt in the house's words."""
                texts = [prompt] if isinstance(prompt, str) else prompt
                return super().encode_prompt([f"{text}, from a tripod" for text in texts], *more, **options)

        return NewsroomPipeline
