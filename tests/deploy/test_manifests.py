"""What is deployed fits its schemas, and speaks of commands, variables and files that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import check_jsonschema
import jsonschema
import kubernetes_validate
import pytest
import typer
import yaml

from videogen_dagster.cli import app

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMPOSE = DEPLOY / "compose" / "compose.yaml"
KUBERNETES = sorted((DEPLOY / "kubernetes").glob("*/*.yaml"))
VERSION = "1.31"


def documents() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in KUBERNETES:
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            yield path, document


def pods() -> Iterator[dict[str, Any]]:
    for _, document in documents():
        if document["kind"] == "Deployment":
            yield document["spec"]["template"]["spec"]


def services() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"])


def parses(arguments: list[str]) -> None:
    """Whether the command line takes these arguments, without running anything."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        assert arguments[0] in command.commands, arguments
        command, arguments = command.commands[arguments[0]], arguments[1:]
    command.make_context("videogen", list(arguments))


def test_the_compose_file_fits_the_compose_specification() -> None:
    place = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(place.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_kubernetes_manifests_fit_their_schemas(path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        if not document["apiVersion"].startswith("kustomize."):
            kubernetes_validate.validate(document, VERSION, strict=True)


def test_every_manifest_is_part_of_its_kustomization() -> None:
    for folder in (DEPLOY / "kubernetes").iterdir():
        named = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
        there = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
        assert there <= set(named)
        assert all((folder / name).exists() for name in named)


def test_the_commands_of_all_containers_are_commands_of_this_version() -> None:
    compose = [service["command"] for service in services().values() if "videogen" in service.get("image", "")]
    kubernetes = [one["args"] for pod in pods() for one in pod["containers"] if one["name"] != "nginx"]
    assert len(compose) >= 5
    assert len(kubernetes) == 4
    for arguments in [*compose, *kubernetes]:
        parses([re.sub(r"\$\{\w+:-(\w*)[^}]*\}", r"\1", argument) for argument in arguments])


def test_every_variable_of_the_compose_file_is_explained_in_its_example() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    needed = set(re.findall(r"\$\{(\w+):\?", text))
    example = dict(
        line.split("=", 1) for line in (COMPOSE.parent / "env.example").read_text().splitlines() if "=" in line
    )
    assert needed <= set(example)


def test_no_secret_stands_in_what_is_deployed() -> None:
    for path in DEPLOY.rglob("*.yaml"):
        assert not re.search(r"(?i)(password|secret_access_key|settings_key): +['\"]?[A-Za-z0-9]{8}", path.read_text())


def test_containers_run_without_rights_and_cannot_change_themselves() -> None:
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        for one in (*pod["initContainers"], *pod["containers"]):
            assert one["securityContext"]["readOnlyRootFilesystem"]
            assert one["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    for name, service in services().items():
        if "videogen" in service.get("image", "") or "<<" in service:
            assert service["read_only"], name
            assert service["cap_drop"] == ["ALL"], name


def test_only_pages_that_look_are_behind_the_log_in() -> None:
    behind = (DEPLOY / "compose" / "nginx.conf").read_text()
    port = re.search(r"proxy_pass http://127\.0\.0\.1:(\d+)", behind)
    assert port is not None
    assert "auth_basic_user_file" in behind
    (desk,) = [one["command"] for one in services().values() if "--read-only" in one.get("command", [])]
    assert desk[desk.index("--port") + 1] == port[1]
