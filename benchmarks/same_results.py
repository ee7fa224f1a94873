"""Do two checkouts make the same from the same seeds? Four videos, six alerts and three fact checks.

Compared are the frames of every mp4, both parts of the noise, the numbers of the quality reports, the frames and the
records of alerts, the claims inside of the signatures, and the verdicts of the fact checks. Both checkouts are used
through their command line, in this environment, with the models of the first one.

    python -m benchmarks.same_results OLD NEW [--set NAME=VALUE …] [--out FILE]

OLD, NEW: folders of the checkouts. --set: settings of NEW that switch off what OLD does not have yet.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

VIDEOS: tuple[tuple[str, ...], ...] = (
    ("A red bus drives through a city street", "--seed", "7", "--set", "processing.resolution=[1280, 800]"),
    ("A wind farm on a hill at sunset", "--seed", "11", "--title", "Wind", "--set", "noise.prior=free_noise"),
    ("A boat on the sea at night", "--seed", "23", "--image", "picture.png"),
    ("A (fire engine:1.4) in the rain", "--seed", "5", "--set", "synthesis.stochasticity=0.3"),
)
FACTS = (
    "Rome is the capital of Italy. The Danube is 2,850 km long.",
    "The population of France is 12 million.",
    "The office opens on 3 March 2027, and 40 % of the posts are filled.",
)
# identifier, message type or status, language, event, category, severity, urgency, certainty, shape
ALERTS = (
    ("flood", "Actual", "en-GB", "Flood", "Met", "Severe", "Immediate", "Observed", "<polygon>{box}</polygon>"),
    ("heat", "Actual", "fr-FR", "Canicule", "Met", "Moderate", "Expected", "Likely", ""),
    (
        "fire",
        "Actual",
        "de-DE",
        "Waldbrand",
        "Fire",
        "Extreme",
        "Immediate",
        "Observed",
        "<circle>52.5,13.4 12</circle>",
    ),
    (
        "quake",
        "Actual",
        "it-IT",
        "Terremoto",
        "Geo",
        "Extreme",
        "Immediate",
        "Observed",
        "<circle>41.9,12.5 30</circle>",
    ),
    ("power", "Actual", "es-ES", "Corte de energía", "Infra", "Minor", "Expected", "Possible", ""),
    ("drill", "Exercise", "en-GB", "Storm", "Met", "Severe", "Expected", "Likely", "<polygon>{box}</polygon>"),
)
BOX = "51.0,-1.0 51.0,-0.5 51.4,-0.5 51.4,-1.0 51.0,-1.0"
CAP = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>same-{name}</identifier><sender>desk@example.org</sender>
<sent>2026-11-30T08:00:00+00:00</sent><status>{status}</status><msgType>Alert</msgType><scope>Public</scope>
<info><language>{language}</language><category>{category}</category><event>{event}</event><urgency>{urgency}</urgency>
<severity>{severity}</severity><certainty>{certainty}</certainty><onset>2026-11-30T09:00:00+00:00</onset>
<expires>2036-12-05T09:00:00+00:00</expires><senderName>Example Desk</senderName><headline>{event} in the valley</headline>
<description>Water and wind are expected in the whole district.</description>
<instruction>Stay inside. Listen to the radio.</instruction>
<area><areaDesc>Lower Valley</areaDesc>{shape}</area></info></alert>
"""
_SINCE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z|[+-]\d\d:?\d\d)?")
# What says when, where, by which key or by which version something was made.
_OF_THE_RUN = re.compile(
    r"^(.*_at|at|when|date.*|.*seconds|path|folder|file|files|video|captions|hash|sha256|fingerprint|bytes|pad.*|run_id|"
    r"signature.*|cert.*|serial.*|time|instance.*|url|claim_generator.*|validation.*|alg.*|version|revision|key|id|"
    r"video_id|identifier|base|checked_on|machine|peak.*|.*model.*)$"
)


@dataclass(frozen=True)
class Checkout:
    """A checkout, with an installation of its own in `home`."""

    folder: Path
    home: Path

    def run(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run its command line and return what it prints.

        Raises:
            SystemExit: the command ended with an exit code that is not in `codes`.
        """
        code = "from videogen_dagster.cli import script; script()"
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code, "--config", str(self.home / "config.yaml"), *arguments],
            cwd=self.home,
            env={**os.environ, "PYTHONPATH": str(self.folder), "DAGSTER_HOME": str(self.home / "dagster")},
            capture_output=True,
            text=True,
        )
        if done.returncode not in codes:
            raise SystemExit(f"{self.folder}: {arguments} ended with {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout


def prepared(folder: Path, home: Path, models: Path, extra: Mapping[str, Any]) -> Checkout:
    """An installation of the checkout at `folder` with its own stores, and the models of another."""
    from PIL import Image

    (home / "dagster").mkdir(parents=True)
    shipped = (folder / "dagster_home" / "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster" / "dagster.yaml").write_text(shipped, encoding="utf-8")
    Image.linear_gradient("L").resize((160, 100)).convert("RGB").save(home / "picture.png")
    places = ("store", "warehouse", "inbox", "output", "published")
    settings: dict[str, Any] = {
        "paths": {"models": str(models), **{name: str(home / name) for name in places}},
        "processing": {"resolution": [640, 400]},
        "preprocessing": {
            "text_steps": ["clean", "emphasis", "detect_language", "enhance", "truncate", "keywords", "settle"]
        },
        "super_resolution": {"frame_steps": ["upscale", "enhance_details", "temporal_consistency"]},
        "release": {"development_folder": str(home / "signing")},
        "fact_check": {"knowledge_base": str(home / "knowledge")},
        "emergency": {"alert_certificates": str(home / "certificates"), "timezone": "UTC"},
    }
    for name, value in extra.items():
        group, _, field = name.partition(".")
        settings.setdefault(group, {})[field] = value
    (home / "config.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return Checkout(folder, home)


def results(checkout: Checkout) -> Iterator[tuple[str, Any]]:
    """Name and value of everything that is compared."""
    for number, video in enumerate(VIDEOS):
        yield from _video(checkout, f"video {number + 1}", video)
    for alert in ALERTS:
        yield from _alert(checkout, alert)
    for number, text in enumerate(FACTS):
        told = json.loads(checkout.run("factcheck", text, "--json", codes=(0, 1, 7, 11)))
        yield f"fact check {number + 1}", plain(told)


def _video(checkout: Checkout, name: str, arguments: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    from safetensors.numpy import load_file

    made = json.loads(checkout.run("generate", *arguments, "--no-regenerate", "--json"))
    folder = checkout.home / "store" / made["video_id"] / "attempt-1"
    yield f"{name}: frames", frames_of(Path(made["path"]))
    for part in ("base_noise_latents", "residual_noise_latents"):
        tensors = load_file(folder / f"{part}.safetensors")
        yield f"{name}: {part}", {key: digest(value.tobytes()) for key, value in sorted(tensors.items())}
    prompt = json.loads((folder / "prompt_asset.json").read_text(encoding="utf-8"))
    yield f"{name}: prompt", {key: prompt[key] for key in ("cleaned", "enhanced") if key in prompt}
    report = json.loads((folder / "quality_report.json").read_text(encoding="utf-8"))
    for metric in report["metrics"]:
        yield f"{name}: {metric['name']}", metric["value"]
    checkout.run("publish", made["video_id"], "--override", "--operator", "Ada", "--why", "a comparison", "--json")
    (published,) = (checkout.home / "published").glob(f"{made['video_id']}/*.mp4")
    yield f"{name}: published frames", frames_of(published)
    yield f"{name}: signature", claims_of(published, made["video_id"])


def _alert(checkout: Checkout, alert: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    names = ("name", "status", "language", "event", "category", "severity", "urgency", "certainty", "shape")
    fields = dict(zip(names, alert, strict=True))
    file = checkout.home / f"{fields['name']}.xml"
    file.write_text(CAP.format(**fields | {"shape": fields["shape"].format(box=BOX)}), encoding="utf-8")
    before = set((checkout.home / "published").glob("alerts/*"))
    checkout.run("alert", str(file), "--rehearsal", "--json")
    (folder,) = set((checkout.home / "published").glob("alerts/*")) - before
    yield f"alert {fields['name']}: frames", frames_of(folder / "alert.mp4")
    yield f"alert {fields['name']}: record", plain(json.loads((folder / "record.json").read_text(encoding="utf-8")))
    for captions in sorted(folder.glob("*.vtt")):
        yield f"alert {fields['name']}: {captions.name}", captions.read_text(encoding="utf-8")
    yield f"alert {fields['name']}: signature", claims_of(folder / "alert.mp4", folder.name)


def frames_of(path: Path) -> dict[str, Any]:
    """How many frames a file has, their size, and one digest of all their pixels (sRGB)."""
    import av

    total, size, found = 0, "", hashlib.sha256()
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            found.update(frame.to_ndarray(format="rgb24").tobytes())
            total, size = total + 1, f"{frame.width}×{frame.height}"
    return {"frames": total, "size": size, "pixels": found.hexdigest()[:16]}


def claims_of(path: Path, name: str) -> Any:
    """The assertions inside of the file's content credentials, without what differs from run to run."""
    import c2pa

    with c2pa.Reader(str(path)) as reader:
        store = json.loads(reader.json())
    manifest = store["manifests"][store["active_manifest"]]
    text = json.dumps({one["label"]: plain(one.get("data")) for one in manifest["assertions"]}, sort_keys=True)
    return json.loads(text.replace(name, "NAME"))


def plain(value: Any) -> Any:
    """The value without what says when, where or by which key it was made."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items() if not _OF_THE_RUN.match(key)}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return _SINCE.sub("TIME", value) if isinstance(value, str) else value


def digest(data: bytes) -> str:
    """The first half of the SHA-256."""
    return hashlib.sha256(data).hexdigest()[:16]


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    extra = {name: yaml.safe_load(value) for name, _, value in (pair.partition("=") for pair in chosen.set)}
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="same-results-") as folder:
        for place, settings in ((chosen.old, {}), (chosen.new, extra)):
            home = Path(folder) / str(len(found))
            checkout = prepared(place.resolve(), home, chosen.old.resolve() / "models", settings)
            found.append({})
            for name, value in results(checkout):
                print(f"{place}: {name}", flush=True)
                found[-1][name] = value
    old, new = found
    differing = {
        name: {"old": old.get(name), "new": new.get(name)} for name in {**old, **new} if old.get(name) != new.get(name)
    }
    report = {"compared": len({**old, **new}), "equal": len({**old, **new}) - len(differing), "differing": differing}
    text = json.dumps(report, indent=1, ensure_ascii=False)
    print(text)
    if chosen.out is not None:
        chosen.out.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
