"""The build. pyproject.toml describes the package; files beside the code go into ``videogen/shipped`` here."""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

# Patterns, so that weights and certificates that a checkout has of its own stay out of the wheel.
SHIPPED = (
    "config/*.yaml",
    "config/brands/*/*.*",
    "templates/*/*.yaml",
    "models/profiles/*.yaml",
    "models/pib-mini/**/*.*",
    "dagster_home/dagster.yaml",
    "workspace.yaml",
)


class BuildWithShippedFiles(build_py):
    """Copies the shipped files into the package; an editable installation reads them where they are."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for source, target in self._shipped():
                self.mkpath(str(target.parent))
                self.copy_file(str(source), str(target))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        shipped = [] if self.editable_mode else [str(target) for _, target in self._shipped()]
        return [*super().get_outputs(include_bytecode), *shipped]

    def get_source_files(self) -> list[str]:
        return [*super().get_source_files(), *(str(source) for source, _ in self._shipped())]

    def _shipped(self) -> list[tuple[Path, Path]]:
        folder = Path(self.build_lib) / "videogen" / "shipped"
        found = {pattern: sorted(Path().glob(pattern)) for pattern in SHIPPED}
        if missing := [pattern for pattern, files in found.items() if not files]:
            raise FileNotFoundError(f"nothing to ship matches {', '.join(missing)} in {Path.cwd()}")
        return [(file, folder / file) for files in found.values() for file in files if file.is_file()]


setup(cmdclass={"build_py": BuildWithShippedFiles})
