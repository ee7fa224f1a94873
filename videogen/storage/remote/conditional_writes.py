"""Whether a store refuses to write a file that exists: everything that must happen once rests on that."""

from __future__ import annotations

from secrets import token_hex

from videogen.errors import StorageError
from videogen.storage.atomic_folder import Folder, storage_errors


def check_conditional_writes(root: str) -> None:
    """Write a small file twice; the second time must be refused.

    Args:
        root: a folder or URL.

    Raises:
        StorageError: the store cannot be written, or writes twice.
    """
    folder = Folder(root)
    name = f"conditional-writes-{token_hex(8)}"
    with storage_errors(folder.url(name)):
        folder.write(name, b"1", exclusive=True)
        try:
            folder.write(name, b"2", exclusive=True)
        except FileExistsError:
            return
        finally:
            folder.remove(name)
    raise StorageError(
        f"the store {folder.url('')} has no conditional writes: it replaced a file that was to be written only where "
        "none is, so an alert or a request could be taken twice",
        remedy="use a store that honours If-None-Match: * (Amazon S3, MinIO, Ceph from 19), or a local folder",
    )
