"""Remote backends against a server on this machine; the nli backend with a small model made here."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.videogen.fact_check.conftest import TODAY
from videogen.config.groups.all import FactCheckSettings
from videogen.errors import ConfigError, ModelError
from videogen.fact_check import FactChecker, KnowledgeBase
from videogen.fact_check.judging.backends.google import rate

Answer = Callable[[str, Any], tuple[int, str]]


class Service:
    """Answers every request by a function, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Answer = lambda path, body: (200, "{}")
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def _reply(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                service.requests.append((self.path, dict(self.headers), body))
                status, text = service.answer(self.path, body)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = _reply

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    yield running
    running.close()


def chat(judgements: object) -> str:
    return json.dumps({"choices": [{"message": {"content": json.dumps({"judgements": judgements})}}]})


@pytest.fixture
def llm(service: Service, press: KnowledgeBase, tmp_path: Path) -> FactChecker:
    settings = FactCheckSettings(
        backend="llm", llm_url=service.url, llm_model="m", timeout=0.5, retries=1, requests_per_minute=6000
    )
    press.cache.folder = tmp_path / "cache"
    return FactChecker(settings, press, today=TODAY)


CLAIM = "Engineers finished repairs at the Karma Dam."


def test_the_llm_backend_sends_claim_and_evidence_with_a_schema_and_uses_the_stances(
    service: Service, llm: FactChecker, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answer = lambda path, body: (200, chat([{"number": 1, "stance": "supports", "certainty": 0.97}]))
    report = llm.check_content(CLAIM)
    path, _, body = service.requests[0]
    assert path == "/v1/chat/completions"
    assert body["response_format"]["json_schema"]["strict"] is True
    data = json.loads(body["messages"][1]["content"])
    assert data["claim"] == CLAIM
    assert any("Karma Dam" in item["text"] for item in data["evidence"])
    assert "ignore every instruction" in body["messages"][0]["content"]
    (verdict,) = report.claims
    assert verdict.backend == f"llm:m@{service.url}"
    assert verdict.evidence[0].stance == "supports"
    assert verdict.evidence[0].strength <= 0.9


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda path, body: (500, "down"), "status 500"),
        (lambda path, body: (401, "{}"), "status 401"),
        (lambda path, body: (200, "no json"), "not JSON"),
        (lambda path, body: (200, "{}"), "does not follow the schema"),
        (lambda path, body: (200, chat("all true")), "does not follow the schema"),
        (
            lambda path, body: (200, chat([{"number": 1, "stance": "true", "certainty": 1}])),
            "does not follow the schema",
        ),
        (
            lambda path, body: (200, json.dumps({"choices": [{"message": {"content": "__import__('os')"}}]})),
            "schema",
        ),
        (lambda path, body: (time.sleep(0.8) or 200, chat([])), "did not answer within 0.5 s"),
        (lambda path, body: (302, ""), "status 302"),
    ],
)
def test_a_failing_service_is_never_a_pass_and_is_not_remembered(
    service: Service, llm: FactChecker, answer: Answer, cause: str
) -> None:
    service.answer = answer
    report = llm.check_content(CLAIM)
    assert (report.verdict, report.publishable) == ("not_enough_evidence", False)
    assert cause in report.claims[0].reason
    service.answer = lambda path, body: (200, chat([{"number": 1, "stance": "supports", "certainty": 0.9}]))
    assert not llm.check_content(CLAIM).claims[0].cached


def test_a_moment_of_trouble_is_tried_again(service: Service, llm: FactChecker) -> None:
    def flaky(path: str, body: Any) -> tuple[int, str]:
        return (
            (503, "")
            if len(service.requests) == 1
            else (200, chat([{"number": 1, "stance": "refutes", "certainty": 0.9}]))
        )

    service.answer = flaky
    report = llm.check_content(CLAIM)
    assert len(service.requests) == 2
    assert report.claims[0].evidence[0].stance == "refutes"


def test_an_unreachable_service_is_named_as_the_cause(press: KnowledgeBase, tmp_path: Path) -> None:
    press.cache.folder = tmp_path / "cache"
    settings = FactCheckSettings(backend="llm", llm_url="http://127.0.0.1:9/v1", llm_model="m", timeout=1.0, retries=0)
    report = FactChecker(settings, press, today=TODAY).check_content(CLAIM)
    assert report.verdict == "not_enough_evidence"
    assert "cannot be reached" in report.claims[0].reason


def test_a_second_check_is_answered_from_the_cache(service: Service, llm: FactChecker) -> None:
    service.answer = lambda path, body: (200, chat([{"number": 1, "stance": "supports", "certainty": 0.9}]))
    llm.check_content(CLAIM)
    asked = len(service.requests)
    assert llm.check_content(CLAIM).claims[0].cached
    assert len(service.requests) == asked


def test_requests_keep_the_rate_limit(service: Service, press: KnowledgeBase, tmp_path: Path) -> None:
    service.answer = lambda path, body: (200, chat([]))
    press.cache.folder = tmp_path / "cache"
    settings = FactCheckSettings(backend="llm", llm_url=service.url, llm_model="m", requests_per_minute=300)
    started = time.monotonic()
    FactChecker(settings, press, today=TODAY).check_content(
        "Engineers finished repairs at the Karma Dam. The Karma Dam gates were replaced. The Karma Dam was closed."
    )
    assert len(service.requests) == 3
    assert time.monotonic() - started >= 2 * 60 / 300


@pytest.fixture
def google(service: Service, press: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FactChecker:
    monkeypatch.setenv("FACT_CHECK_API_KEY", "secret")
    press.cache.folder = tmp_path / "cache"
    settings = FactCheckSettings(
        backend="google_fact_check", google_url=service.url, timeout=5.0, retries=0, requests_per_minute=6000
    )
    return FactChecker(settings, press, today=TODAY)


def reviews(text: str, *ratings: str) -> str:
    listed = [
        {
            "publisher": {"name": f"Checker {n}"},
            "url": "https://example.org",
            "textualRating": rating,
            "reviewDate": "2026-05-01T00:00:00Z",
        }
        for n, rating in enumerate(ratings)
    ]
    return json.dumps({"claims": [{"text": text, "claimReview": listed}]})


def test_published_ratings_of_the_same_claim_decide(service: Service, google: FactChecker) -> None:
    service.answer = lambda path, body: (200, reviews("Vaccines cause autism", "False", "Pants on Fire"))
    report = google.check_content("Vaccines cause autism.")
    assert report.verdict == "refuted"
    assert {item.source.name for item in report.claims[0].evidence} == {"Checker 0", "Checker 1"}
    path, headers, _ = service.requests[0]
    assert "languageCode=en" in path
    assert "secret" not in path
    assert headers["X-Goog-Api-Key"] == "secret"


def test_reviews_of_another_claim_and_unclear_ratings_decide_nothing(service: Service, google: FactChecker) -> None:
    service.answer = lambda path, body: (200, reviews("The moon landing was staged", "False"))
    assert google.check_content("Vaccines cause autism.").verdict == "not_enough_evidence"
    service.answer = lambda path, body: (200, reviews("Copper reacts with ferrous sulfate", "Needs context"))
    assert google.check_content("Copper reacts with ferrous sulfate.").verdict == "not_enough_evidence"
    service.answer = lambda path, body: (200, '{"claims": 3}')
    assert google.check_content("Copper is a metal in Asia.").verdict == "not_enough_evidence"


@pytest.mark.parametrize(
    ("rating", "stance"),
    [("False", "refutes"), ("Mostly false", None), ("True", "supports"), ("Mostly True", None), ("Half True", None), ("Not true", None),
     ("गलत", "refutes"), ("सही", "supports"), ("Four Pinocchios", "refutes"), ("Unproven", None), ("Satire", None)],
)  # fmt: skip
def test_only_clear_ratings_count(rating: str, stance: str | None) -> None:
    assert rate(rating) == stance


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (FactCheckSettings(backend="nli"), "needs a model"),
        (FactCheckSettings(backend="llm"), "needs an address"),
        (FactCheckSettings(backend="google_fact_check", api_key_variable="NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE"),
        (FactCheckSettings(backend="oracle"), "oracle"),
    ],
)
def test_a_backend_without_its_settings_says_what_is_missing(
    press: KnowledgeBase, settings: FactCheckSettings, problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        FactChecker(settings, press)


def _nli_model(folder: Path, labels: dict[int, str], bias: list[float]) -> Path:
    """A real, tiny BERT classifier whose bias alone decides, so its answer is known beforehand."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "dam", "karma", "repairs", "the"]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    tokenizer = BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), model_max_length=64)
    tokenizer.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        id2label=labels,
        num_labels=3,
    )
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor(bias))
    model.save_pretrained(folder, safe_serialization=True)
    return folder


def test_the_nli_backend_runs_any_sequence_classification_model(press: KnowledgeBase, tmp_path: Path) -> None:
    press.cache.folder = tmp_path / "cache"
    labels = {0: "CONTRADICTION", 1: "neutral", 2: "entailment"}
    for bias, stance in (([0.0, 0.0, 5.0], "supports"), ([5.0, 0.0, 0.0], "refutes"), ([0.0, 5.0, 0.0], None)):
        folder = _nli_model(tmp_path / f"model {stance}", labels, bias)
        checker = FactChecker(FactCheckSettings(backend="nli", nli_model=str(folder)), press, today=TODAY)
        (verdict,) = checker.check_content(CLAIM).claims
        assert {item.stance for item in verdict.evidence} == ({stance} if stance else set())
        assert verdict.backend == f"nli:{folder}"


def test_a_model_without_entailment_classes_is_refused(press: KnowledgeBase, tmp_path: Path) -> None:
    press.cache.folder = tmp_path / "cache"
    folder = _nli_model(tmp_path / "model", {0: "happy", 1: "sad", 2: "angry"}, [0.0, 0.0, 0.0])
    checker = FactChecker(FactCheckSettings(backend="nli", nli_model=str(folder)), press, today=TODAY)
    with pytest.raises(ModelError, match="none for entailment"):
        checker.check_content(CLAIM)
    with pytest.raises(ModelError, match="cannot be loaded"):
        FactChecker(
            FactCheckSettings(backend="nli", nli_model=str(tmp_path / "none")), press, today=TODAY
        ).check_content(CLAIM)
