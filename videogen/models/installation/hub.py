"""The Hugging Face hub: which files a repository has, and one file at a time, with errors that say what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from videogen.errors import ModelError, StorageError


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository. sha256: of files that the hub keeps outside of git; None: small ones."""

    name: str
    bytes: int
    sha256: str | None


@dataclass(frozen=True)
class RemoteRepository:
    """A repository at one commit."""

    repository: str
    revision: str
    files: tuple[RemoteFile, ...]


def listing(repository: str, revision: str | None) -> RemoteRepository:
    """The files of a repository at `revision`, or now.

    Raises:
        ModelError: it does not exist, is not open to this user, or the network cannot be reached.
    """
    from huggingface_hub import HfApi

    with _said_plainly(repository, revision):
        found = HfApi().model_info(repository, revision=revision, files_metadata=True)
    files = tuple(
        RemoteFile(one.rfilename, int(one.size or 0), one.lfs.sha256 if one.lfs else None)
        for one in found.siblings or ()
    )
    return RemoteRepository(repository, str(found.sha), files)


def download(remote: RemoteRepository, file: RemoteFile, folder: Path) -> None:
    """One file into `folder`; what an interrupted download left there is gone on with."""
    from huggingface_hub import hf_hub_download

    with _said_plainly(remote.repository, remote.revision):
        hf_hub_download(remote.repository, file.name, revision=remote.revision, local_dir=folder)


@contextmanager
def _said_plainly(repository: str, revision: str | None) -> Iterator[None]:
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    # Of whichever library it asks with: refused connections and time-outs are of this class.
    http_error = HfHubHTTPError.__bases__[0]
    page = f"https://huggingface.co/{repository}"
    try:
        yield
    except GatedRepoError as error:
        raise ModelError(
            f"{repository} is only given to people who accepted its licence on the hub",
            remedy=f"read and accept it at {page}, make a token at https://huggingface.co/settings/tokens, and set "
            "HF_TOKEN to it",
        ) from error
    except RevisionNotFoundError as error:
        raise ModelError(
            f"{repository} has no commit {revision}", remedy=f"see {page}/commits/main, and correct the revision"
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"the hub shows no repository {repository}: it does not exist, or it is private and HF_TOKEN does not open "
            "it",
            remedy="check the profile's source; set HF_TOKEN if the repository is private",
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "unknown"
        raise ModelError(
            f"the hub refuses {repository} (HTTP {status})", remedy="try again later; what is there is kept"
        ) from error
    except (OSError, http_error) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise StorageError(
                f"{repository} cannot be written: {error.strerror}",
                remedy="free room on the disk, or set paths.models to another one; what is there is kept",
            ) from error
        raise ModelError(
            f"{repository} cannot be fetched: the hub cannot be reached ({type(error).__name__})",
            remedy="check the network and HF_HUB_OFFLINE; or put the repository into the models folder by hand: "
            f"<models>/{repository}",
        ) from error
