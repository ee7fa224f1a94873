"""Lines of the log as JSON, spans of runs, stages and calls."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from videogen.errors import ConfigError
from videogen.monitoring.context import current_work, working_on
from videogen.monitoring.logs import JsonFormatter
from videogen.monitoring.metrics.instruments import Update
from videogen.monitoring.sources.spool import SpoolLine
from videogen.monitoring.spans import SpanFacts
from videogen.monitoring.tracing import NoTracer, tracer_for

RUN = "0b3f1c2e-1111-4222-8333-444455556666"


def line_of(**more: Any) -> dict[str, Any]:
    record = logging.LogRecord("videogen.x", logging.WARNING, "x.py", 1, "it is %s\nbad", ("very",), None)
    for name, value in more.items():
        setattr(record, name, value)
    text = JsonFormatter().format(record)
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_line_says_what_its_process_was_working_on() -> None:
    with working_on(run_id=RUN, video_id="v", attempt=2), working_on(stage="video_latents", video_id=None):
        line = line_of()
    assert {name: line[name] for name in ("run_id", "video_id", "attempt", "stage", "level", "message")} == {
        "run_id": RUN, "video_id": "v", "attempt": "2", "stage": "video_latents", "level": "warning",
        "message": "it is very\nbad",
    }  # fmt: skip
    assert "stage" not in line_of()
    assert current_work() == {}


def test_a_line_of_dagster_has_its_run_and_a_fault_its_stack() -> None:
    line = line_of(dagster_meta={"run_id": RUN, "job_name": "generate_video", "step_key": None})
    assert (line["run_id"], line["job"]) == (RUN, "generate_video")
    try:
        _ = 1 / 0
    except ZeroDivisionError as error:
        line = line_of(exc_info=(type(error), error, error.__traceback__))
    assert line["error.type"] == "ZeroDivisionError"
    assert "1 / 0" in line["error.stack"]


def test_without_an_address_nothing_is_traced() -> None:
    assert isinstance(tracer_for(""), NoTracer)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigError, match="extra otel"):
        tracer_for("http://127.0.0.1:4318/v1/traces")


def test_run_stage_and_call_are_one_trace_whatever_comes_first() -> None:
    pytest.importorskip("opentelemetry.sdk", reason="the extra otel is not installed")
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from videogen.monitoring.tracing import OtlpTracer

    kept = InMemorySpanExporter()
    tracer = OtlpTracer(kept)
    context = {"run_id": RUN, "video_id": "v", "stage": "video_latents", "begun": "1000.5"}
    call = Update("videogen_operation_seconds", 2.0, {"operation": "denoise"})
    tracer.of_calls([SpoolLine(call, 1003.0, context), SpoolLine(Update("videogen_denoise_steps_total", 1.0), 1.0)])
    tracer.of_runs([SpanFacts(RUN, "video_latents v", "video_latents", 1000.0, 1004.0)])
    tracer.of_runs([SpanFacts(RUN, "run", "generate_video", 999.0, 1010.0, None, failed=True)])
    tracer.of_runs([SpanFacts("not-a-run", "run", "other", 1.0, 2.0, None)])
    tracer.close()
    spans = {span.name: span for span in kept.get_finished_spans()}
    assert set(spans) == {"denoise", "video_latents", "generate_video"}
    assert {span.context.trace_id for span in spans.values()} == {int(RUN.replace("-", ""), 16)}
    run, stage, denoise = spans["generate_video"], spans["video_latents"], spans["denoise"]
    assert run.parent is None
    assert stage.parent.span_id == run.context.span_id
    assert denoise.parent.span_id == stage.context.span_id
    assert (denoise.start_time, denoise.end_time) == (1000_500_000_000, 1002_500_000_000)
    assert (run.status.is_ok, stage.status.is_ok) == (False, True)
