"""Models that stay loaded between runs: named actors of a Ray cluster, one for each device.

A run asks one of them instead of loading a model itself. Ray starts an actor again, on any machine with a device, when
its process or machine dies, and asks it again.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from videogen.errors import ConfigError, ModelError
from videogen.fleet.addresses import RAY_VARIABLE
from videogen.fleet.software import software_version

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.models.profile import ModelProfile
    from videogen.synthesis.warm import WarmSynthesizer

NAMESPACE = "videogen"
QUESTIONS = 64
"""How many runs may wait for one device."""
_CONNECT_SECONDS = 5.0


def cluster_address() -> str | None:
    """The Ray cluster that this process asks; None: models are loaded here."""
    return os.environ.get(RAY_VARIABLE) or None


def warm_synthesizer(config: VideoGenConfig, profile: ModelProfile, address: str) -> WarmSynthesizer:
    """A synthesizer whose weights are in the actor with the fewest questions.

    Raises:
        ConfigError: Ray is not installed. ModelError: the cluster does not answer.
    """
    from videogen.models.loading import revision_of
    from videogen.synthesis.sampling import sampling_key
    from videogen.synthesis.warm import WarmSynthesizer

    with _ray(address) as ray:
        actors = _actors(ray)
        asking = ray.get([actor.asking.remote() for actor in actors]) if len(actors) > 1 else [0]
    chosen = actors[asking.index(min(asking))]

    def ask(name: str, *arguments: Any) -> Any:
        with _ray(address) as connected:
            return connected.get(getattr(chosen, name).remote(*arguments))

    return WarmSynthesizer(config, profile, revision_of(profile), sampling_key(config), ask)


@contextmanager
def _ray(address: str) -> Iterator[Any]:
    """The connected package; what an actor raises comes out as it was raised there."""
    try:
        import ray
    except ImportError as error:
        raise ConfigError(
            f"{RAY_VARIABLE} is set, and the package ray is not installed", remedy="pip install 'pib-videogen[ray]'"
        ) from error
    try:
        if not ray.is_initialized():
            _reach(address)
            ray.init(address=address, namespace=NAMESPACE, log_to_driver=False, logging_level="ERROR")
        yield ray
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except (ray.exceptions.RayError, OSError, RuntimeError, ValueError) as error:
        raise ModelError(
            f"the warm models of the Ray cluster {address} cannot be asked: {' '.join(str(error).split())}",
            remedy=f"start the cluster (ray start), correct {RAY_VARIABLE}, or remove it: models are then loaded here",
        ) from error


def _reach(address: str) -> None:
    """Ray itself waits minutes for a cluster that is not there."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigError(f"{RAY_VARIABLE} is {address!r}", remedy="set it to host and port of the head: 10.0.0.1:6390")
    socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()


def _actors(ray: Any) -> list[Any]:
    """The actors of this software, one for each device of the cluster; made where they are missing.

    Those of other software are ended: a fleet has one, and their weights would keep the devices full.
    """
    from videogen.synthesis.warm import WarmModels

    cards = int(ray.cluster_resources().get("GPU", 0))
    machines = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]
    version = software_version()
    for found in ray.util.list_named_actors(all_namespaces=False):
        if not str(found).startswith(f"{version}/"):
            ray.kill(ray.get_actor(found), no_restart=True)
    made = ray.remote(WarmModels)
    return [
        made.options(
            name=f"{version}/{number}",
            lifetime="detached",
            get_if_exists=True,
            max_restarts=-1,
            max_task_retries=-1,
            max_concurrency=QUESTIONS,
            scheduling_strategy="SPREAD",
            **({"num_gpus": 1} if cards else {"num_cpus": 1}),
        ).remote()
        for number in range(cards or len(machines))
    ]
