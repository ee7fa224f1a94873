"""Credit, licence and expiry as they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from videogen.domain.rights import Rights


def rights_of(credit: str, licence: str, expires: str | None = None) -> Rights:
    """The rights that were typed.

    Raises:
        InputError: credit or licence is empty, or the day is not one.
    """
    from pydantic import ValidationError

    from videogen.domain.rights import Rights
    from videogen.errors import InputError, reasons

    try:
        return Rights.model_validate({"credit": credit.strip(), "licence": licence.strip(), "expires": expires})
    except ValidationError as error:
        raise InputError(
            f"these rights cannot be used: {reasons(error)}", remedy="give credit and licence, and a day: 2027-12-31"
        ) from error


def rights_of_files(files: Sequence[Path], credit: str | None, licence: str | None) -> dict[str, Rights]:
    """The rights of all files of a request, by their names; empty: none were given.

    Raises:
        InputError: there is credit without licence, or the other way round, or no file that they could be of.
    """
    from videogen.errors import InputError

    if credit is None and licence is None:
        return {}
    if not files:
        raise InputError("--credit and --licence are for pictures, and there is none", remedy="leave them out")
    rights = rights_of(credit or "", licence or "")
    return {path.name: rights for path in files}
