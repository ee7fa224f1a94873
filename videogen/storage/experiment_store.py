"""Experiments on the disk: one JSON file each, in the folder of its state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from pydantic import ValidationError

from videogen.domain.experiments import ExperimentRecord, State
from videogen.errors import ArtifactError, InputError, reasons
from videogen.storage.atomic_folder import Folder
from videogen.storage.locks import only_one_of

_STATES: tuple[State, ...] = get_args(State)


class ExperimentStore:
    """``<store>/experiments/<state>/<id>.json``. A later state wins where a killed process left both.

    Args:
        root: `paths.store`.
    """

    def __init__(self, root: str) -> None:
        self._folder = Folder(f"{root.rstrip('/')}/experiments")

    def running(self) -> list[ExperimentRecord]:
        """The experiments that requests are drawn into, in the order of their ids."""
        names = self._folder.names("running")
        return [record for name in names if (record := self.get(name.removesuffix(".json"))).state == "running"]

    def all(self) -> list[ExperimentRecord]:
        """All experiments, newest first."""
        names = {name.removesuffix(".json") for state in _STATES for name in self._folder.names(state)}
        return sorted((self.get(name) for name in names), key=lambda one: one.experiment.created_at, reverse=True)

    def get(self, experiment_id: str) -> ExperimentRecord:
        """One experiment.

        Raises:
            InputError: there is none of that id. ArtifactError: its file cannot be read.
        """
        for state in reversed(_STATES):
            try:
                return ExperimentRecord.model_validate_json(self._folder.read(f"{state}/{experiment_id}.json"))
            except FileNotFoundError:
                continue
            except ValidationError as error:
                raise ArtifactError(
                    f"the experiment {experiment_id} cannot be read: {reasons(error)}", remedy="restore its file"
                ) from error
        raise InputError(
            f"the experiment {experiment_id!r} does not exist", remedy="`videogen experiments status` lists them"
        )

    def draft(self, record: ExperimentRecord) -> None:
        """Keep a new experiment. Raises InputError where its id is taken."""
        try:
            self._folder.write(_name(record), _json(record), exclusive=True)
        except FileExistsError as error:
            raise InputError(
                f"an experiment {record.experiment.id} exists already", remedy="give another id"
            ) from error

    def start(self, experiment_id: str, by: str) -> ExperimentRecord:
        """Let requests be drawn into it.

        Raises:
            InputError: it is not a draft, or a running experiment changes one of its settings.
        """
        with only_one_of(self._folder) as alone:
            if not alone:
                raise InputError("another process is starting an experiment", remedy="try again in a moment")
            record = self.get(experiment_id)
            if record.state != "draft":
                raise InputError(f"{experiment_id} is {record.state} already", remedy="make a new experiment")
            for other in self.running():
                both = sorted(record.experiment.settings() & other.experiment.settings())
                if both:
                    raise InputError(
                        f"{both[0]} is being tested by {other.experiment.id} already: two tests on one setting would "
                        "each measure the other",
                        remedy=f"wait until that ends, or `videogen experiments stop {other.experiment.id}`",
                    )
            return self._move(record, state="running", started_at=datetime.now(UTC), started_by=by)

    def allocate(self, experiment_id: str, shares: tuple[float, ...]) -> ExperimentRecord:
        """Change the shares of a running bandit's arms."""
        return self._move(self.get(experiment_id), allocation=shares)

    def end(self, experiment_id: str, by: str, decision: str, why: str, winner: str | None = None) -> ExperimentRecord:
        """End it; requests are no longer drawn into it.

        Raises:
            InputError: it does not run.
        """
        record = self.get(experiment_id)
        if record.state == "ended":
            raise InputError(f"{experiment_id} has ended already: {record.decision}", remedy="nothing is to be done")
        return self._move(
            record, state="ended", ended_at=datetime.now(UTC), ended_by=by, decision=decision, why=why, winner=winner
        )

    def _move(self, record: ExperimentRecord, **changes: object) -> ExperimentRecord:
        moved = ExperimentRecord.model_validate({**record.model_dump(), **changes})
        self._folder.write(_name(moved), _json(moved))
        if moved.state != record.state:
            self._folder.remove(_name(record))
        return moved


def _name(record: ExperimentRecord) -> str:
    return f"{record.state}/{record.experiment.id}.json"


def _json(record: ExperimentRecord) -> bytes:
    return record.model_dump_json(indent=1).encode()
