"""Traces over OTLP (extra `otel`): a span for every run, stage and call of a model.

The exporter makes them from what is recorded anyway, so that workers neither wait for a collector nor need its library,
and a killed run has its span, too. The id of a run is the id of its trace: logs, exemplars and spans meet without
anything being handed on.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterable
from typing import Any, Final, Protocol
from uuid import UUID

from videogen.errors import ConfigError
from videogen.monitoring.sources.spool import SpoolLine
from videogen.monitoring.spans import SpanFacts

_log = logging.getLogger(__name__)
_OPERATIONS: Final = "videogen_operation_seconds"


class Tracer(Protocol):
    """Takes spans."""

    def of_runs(self, spans: Iterable[SpanFacts]) -> None:
        """Spans of runs and stages that ended."""

    def of_calls(self, lines: list[SpoolLine]) -> None:
        """Calls of models that workers have recorded."""

    def close(self) -> None:
        """Send what is left."""


class NoTracer:
    """Where no traces are wanted."""

    def of_runs(self, spans: Iterable[SpanFacts]) -> None:
        """Nothing."""

    def of_calls(self, lines: list[SpoolLine]) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class OtlpTracer:
    """Sends spans by OTLP over HTTP, in the background.

    Args:
        exporter: an OpenTelemetry span exporter.
    """

    def __init__(self, exporter: Any) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._ids = _given_ids()
        self._one_at_a_time = threading.Lock()
        self._provider = TracerProvider(
            id_generator=self._ids, resource=Resource.create({"service.name": "pib-videogen"})
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("videogen.monitoring")

    def of_runs(self, spans: Iterable[SpanFacts]) -> None:
        """Make these spans."""
        for span in spans:
            self._make(span)

    def of_calls(self, lines: list[SpoolLine]) -> None:
        """Make spans of measured operations that belong to a run."""
        for line in lines:
            begun, run_id = line.context.get("begun"), line.context.get("run_id")
            if line.update.name == _OPERATIONS and begun and run_id:
                stage = line.context.get("stage", "")
                parent = f"{stage} {line.context.get('video_id', '')}" if stage else "run"
                name = line.update.labels.get("operation", "call")
                about: dict[str, str | int | float] = {
                    f"videogen.{key}": line.context[key] for key in ("video_id", "stage") if key in line.context
                }
                at = float(begun)
                self._make(
                    SpanFacts(run_id, f"{name} {begun}", name, at, at + line.update.value, parent, attributes=about)
                )

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def _make(self, facts: SpanFacts) -> None:
        from opentelemetry import trace

        try:
            trace_id = UUID(facts.run_id).int
        except ValueError:
            return
        context = None
        if facts.parent is not None:
            flags = trace.TraceFlags(trace.TraceFlags.SAMPLED)
            parent = trace.SpanContext(trace_id, span_id(facts.run_id, facts.parent), is_remote=True, trace_flags=flags)
            context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
        begun, ended = (int(at * 1e9) for at in (facts.begun, max(facts.ended, facts.begun)))
        with self._one_at_a_time:
            self._ids.set_next(trace_id, span_id(facts.run_id, facts.key))
            span = self._tracer.start_span(facts.name, context=context, start_time=begun, attributes=facts.attributes)
        if facts.failed:
            span.set_status(trace.StatusCode.ERROR)
        span.end(end_time=ended)


def span_id(run_id: str, key: str) -> int:
    """The id of a span: the same wherever it is made."""
    return int.from_bytes(hashlib.sha256(f"{run_id} {key}".encode()).digest()[:8], "big") or 1


def tracer_for(url: str) -> Tracer:
    """What sends traces to `url`; empty: nothing does.

    Raises:
        ConfigError: the extra otel is not installed.
    """
    if not url:
        return NoTracer()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise ConfigError(
            "monitoring.traces_url is set, but the extra otel is not installed",
            remedy="pip install 'pib-videogen[otel]', or leave traces_url empty",
        ) from error
    return OtlpTracer(OTLPSpanExporter(endpoint=url))


def _given_ids() -> Any:
    """A generator of ids that hands out those that were set before."""
    from opentelemetry.sdk.trace.id_generator import IdGenerator

    class GivenIds(IdGenerator):  # type: ignore[misc]
        def __init__(self) -> None:
            self._trace = self._span = 1

        def set_next(self, trace_id: int, span: int) -> None:
            self._trace, self._span = trace_id, span

        def generate_trace_id(self) -> int:
            return self._trace

        def generate_span_id(self) -> int:
            return self._span

    return GivenIds()
