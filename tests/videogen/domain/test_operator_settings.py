"""Whatever door a request comes in by, the label and the rules stay the operator's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.videogen.intake.request_files import write
from videogen.config.config import VideoGenConfig
from videogen.domain.requests import VideoRequest
from videogen.errors import ArtifactError, VideogenError
from videogen.intake.inbox import take_from_inbox
from videogen.intake.request_files import build_request, read_requests
from videogen.storage.request_store import RequestStore
from videogen_dagster.jobs.videos import SubmitConfig

CONFIG = VideoGenConfig()
DOTTED_GROUPS = {
    "delivery.": {"label": "Live from the scene"},
    "preprocessing.": {"policy_file": "anything_goes.yaml"},
    "fact_check.": {"enabled": False},
}
PROPERLY_SPELLED = {"delivery": {"label": "Live from the scene"}, "quality.target_temporal_coherence": 0.0}


@pytest.mark.parametrize("overrides", [DOTTED_GROUPS, PROPERLY_SPELLED])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.yaml", "a.csv"])
def test_in_a_file_of_the_inbox(tmp_path: Path, overrides: dict[str, object], name: str) -> None:
    inbox, store = tmp_path / "inbox", RequestStore(str(tmp_path / "store"))
    cell = json.dumps(overrides).replace('"', '""')
    row = {"prompt": "a red bus", "overrides": overrides}
    text = f'prompt,overrides\na red bus,"{cell}"\n' if name == "a.csv" else json.dumps(row)
    write(inbox, name, text if name.endswith(("csv", "jsonl")) else row)
    taken = take_from_inbox(inbox, store, config=CONFIG, settle=0)
    assert [file for file, _ in taken.rejected] == [name]
    assert store.ids() == []


@pytest.mark.parametrize("column", ["delivery.label", "delivery.label.", "delivery..label", "Delivery.Label"])
def test_in_a_column_of_a_csv_file(tmp_path: Path, column: str) -> None:
    with pytest.raises(VideogenError, match=r"for the operator to set|is not the name of a setting"):
        read_requests(write(tmp_path, "a.csv", f"prompt,{column}\na bus,Live\n"), source="batch", config=CONFIG)


@pytest.mark.parametrize("overrides", [DOTTED_GROUPS, PROPERLY_SPELLED])
def test_in_the_launchpad(overrides: dict[str, object]) -> None:
    with pytest.raises(VideogenError):
        SubmitConfig(prompt="a bus", overrides=overrides).request(CONFIG)


@pytest.mark.parametrize("overrides", [DOTTED_GROUPS, PROPERLY_SPELLED])
def test_in_a_program(overrides: dict[str, object]) -> None:
    with pytest.raises(VideogenError):
        build_request({"prompt": "a bus", "overrides": overrides}, source="python", config=CONFIG)


@pytest.mark.parametrize("overrides", [DOTTED_GROUPS, PROPERLY_SPELLED])
def test_in_a_stored_request_that_somebody_changed(tmp_path: Path, overrides: dict[str, object]) -> None:
    store = RequestStore(str(tmp_path))
    request = store.submit(VideoRequest(prompt="a bus"))
    file = tmp_path / request.id / "request.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "overrides": overrides}))
    with pytest.raises(ArtifactError, match="overrides"):
        store.get(request.id)
