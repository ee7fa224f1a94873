"""Verifications kept on disk, one small file each, named by what they depend on."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from videogen.errors import StorageError
from videogen.storage.atomic import whole_file
from videogen.text.normalise import normal

if TYPE_CHECKING:
    from videogen.fact_check.knowledge.verdict import ClaimVerdict
    from videogen.fact_check.reading.claim import Claim

# Evidence ages, so a verdict is not kept for ever even while the base stays the same.
_FRESH = timedelta(days=30)
# Goes up whenever claims are decided in another way: what an older version found is then found again.
_PROCEDURE = 3


class VerificationCache:
    """Keyed by the claim's words and resolved dates, the version of the base, and the backend with its settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, claim: Claim, version: str, backend: str) -> Path:
        dates = [(span.text, str(span.first), str(span.last)) for span in claim.dates]
        content = json.dumps(
            [normal(claim.text), claim.text[:1].islower(), claim.language, dates, version, backend, _PROCEDURE]
        )
        return self.folder / f"{hashlib.sha256(content.encode()).hexdigest()}.json"

    def get(self, claim: Claim, version: str, backend: str, today: date) -> ClaimVerdict | None:
        """The stored verdict, with the offsets of the claim asked about; None if there is none, or an old or torn one."""
        from videogen.fact_check.knowledge.verdict import ClaimVerdict

        try:
            stored = ClaimVerdict.model_validate_json(self._path(claim, version, backend).read_bytes())
        except (OSError, ValidationError):
            # A cache may always be lost: the claim is then verified again.
            return None
        if not timedelta(0) <= today - stored.checked_on <= _FRESH:
            return None
        return stored.model_copy(update={"claim": claim, "cached": True})

    def put(self, claim: Claim, version: str, verdict: ClaimVerdict) -> None:
        """Store a verdict under the backend it names.

        Raises:
            StorageError: the disk refused.
        """
        path = self._path(claim, version, verdict.backend)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with whole_file(path, durable=False) as temporary:
                temporary.write_text(verdict.model_dump_json(), encoding="utf-8")
        except OSError as error:
            raise StorageError(
                f"the verification cache at {self.folder} could not be written: {error}",
                remedy="free disk space or check the permissions",
            ) from error
