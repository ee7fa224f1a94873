"""Heartbeats of workers, in Redis. Its clock alone counts: a beat that is not repeated vanishes there by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from videogen.domain.frozen_model import FrozenModel
from videogen.errors import ConfigError, StorageError
from videogen.fleet.queues import Queue

if TYPE_CHECKING:
    from redis import Redis

_BEAT, _VERSION = "videogen:beat:", "videogen:version"
_TIMEOUT = 5.0
ANNOUNCED = 30
"""Seconds for which the version of the daemon counts after its last word."""


class Machine(FrozenModel):
    """What a worker's machine has and sees, for `videogen doctor`.

    published: mark of the folder of published videos, the same wherever that is the same folder. clock_offset:
    seconds by which the machine's clock is before that of Redis. faults: what would keep a run from its end there.
    """

    store: str
    database: str
    published: str | None
    device: str
    free_bytes: int
    clock_offset: float
    signer: str | None
    faults: tuple[str, ...] = ()


class Beat(FrozenModel):
    """One sign of life of a worker. worker: a name that no other start of it has. runs: what it works on now."""

    worker: str
    machine: str
    queue: Queue
    places: int = Field(ge=1)
    runs: tuple[str, ...]
    version: str
    pid: int
    about: Machine | None = None


class FleetBoard:
    """The beats of all workers, and the version of the daemon.

    Args:
        url: of a Redis.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Redis | None = None

    def put(self, beat: Beat, seconds: float) -> None:
        """Give a sign of life that counts for some seconds."""
        with self._connected() as client:
            client.set(f"{_BEAT}{beat.worker}", beat.model_dump_json(), px=int(seconds * 1000))

    def remove(self, worker: str) -> None:
        """Leave: nobody waits for the next beat."""
        with self._connected() as client:
            client.delete(f"{_BEAT}{worker}")

    def beats(self) -> list[Beat]:
        """The workers that are there, by name; beats of versions with other fields are those of nobody."""
        with self._connected() as client:
            keys = sorted(client.scan_iter(match=f"{_BEAT}*", count=1000))
            texts = client.mget(keys) if keys else []
        found = []
        for text in texts:
            try:
                found += [Beat.model_validate_json(text)] if text is not None else []
            except ValidationError:
                continue
        return found

    def announce(self, version: str) -> None:
        """Say which software the daemon runs; workers of another one stop."""
        with self._connected() as client:
            client.set(_VERSION, version, ex=ANNOUNCED)

    def version(self) -> str | None:
        """The software of the daemon; None: it has not been there lately."""
        with self._connected() as client:
            found = client.get(_VERSION)
        return found.decode() if isinstance(found, bytes) else None

    def clock_offset(self) -> float:
        """Seconds by which this machine's clock is before that of Redis; half of a round trip may be wrong."""
        with self._connected() as client:
            begun = time.time()
            seconds, micros = client.time()
            ended = time.time()
        return (begun + ended) / 2 - (seconds + micros / 1e6)

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @contextmanager
    def _connected(self) -> Iterator[Redis]:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        if self._client is None:
            try:
                self._client = redis.Redis.from_url(
                    self._url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 1)
                )
            except ValueError as error:
                raise ConfigError(f"the address of the queue cannot be read: {error}") from error
        try:
            yield self._client
        except redis.RedisError as error:
            raise queue_error(error) from error


def queue_error(error: Exception) -> StorageError:
    """What Redis answered, with what to do."""
    reason = " ".join(str(error).split())
    wrong = any(word in reason.lower() for word in ("auth", "password", "wrongpass"))
    remedy = "correct the password in VIDEOGEN_QUEUE_URL" if wrong else "start Redis, or correct VIDEOGEN_QUEUE_URL"
    return StorageError(f"the queue cannot be used: {reason}", remedy=remedy)
