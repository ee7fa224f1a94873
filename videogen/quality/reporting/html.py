"""Renders the report as one self-contained HTML page: verdict, plots over time, the worst frames."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from videogen.errors import MediaError
from videogen.quality.metrics.window import Pixels, reduced
from videogen.quality.reporting.chart import HEIGHT, WIDTH, chart
from videogen.quality.reporting.report import QualityReport

_FRAME_WIDTH = 400
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quality of {{ report.video }}</title>
<style>
:root { --ink: #1b2430; --soft: #5b6775; --line: #d9dfe6; --paper: #fff; --ground: #f4f6f8;
  --good: #1a7f4b; --bad: #b3261e; --curve: #2458a6; --fail: #b3261e1a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b4; --line: #343e4a; --paper: #1c232b;
  --ground: #12171d; --good: #58c98c; --bad: #ff8a80; --curve: #7fb0ff; --fail: #ff8a8024; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1180px; padding: 24px; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere } h2 { font-size: 17px; margin: 28px 0 10px }
p { margin: 4px 0 } .soft { color: var(--soft) } .good { color: var(--good) } .bad { color: var(--bad) }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px }
.grid { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)) }
.metric h3 { font-size: 15px; margin: 0; display: flex; justify-content: space-between; gap: 8px }
.metric p { font-size: 13px } svg { width: 100%; height: auto; display: block; margin: 8px 0 2px }
.axis { display: flex; justify-content: space-between; font-size: 12px; color: var(--soft) }
table { border-collapse: collapse; width: 100%; font-size: 14px } td, th { text-align: left; padding: 5px 10px 5px
  0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
figure { margin: 0 } img { width: 100%; border-radius: 4px; display: block } figcaption { font-size: 13px }
code { font-size: 13px; white-space: nowrap } .advice td + td { overflow-wrap: normal; white-space: nowrap }
</style>
</head>
<body>
<h1>{{ report.video }}</h1>
<p class="{{ 'good' if report.passed else 'bad' }}"><strong>{{ 'Passed' if report.passed else 'Failed' }}</strong>
 with score {{ '%.2f' | format(report.score) }} as {{ report.content_type }}</p>
{% if report.prompt %}<p>“{{ report.prompt }}”</p>{% endif %}
<p class="soft">{{ report.facts.width }}×{{ report.facts.height }}, {{ '%g' | format(report.facts.fps) }} fps,
 {{ report.facts.num_frames }} frames, {{ '%.2f' | format(report.facts.duration) }} s, {{ report.facts.codec }}
 {{ report.facts.pix_fmt }}{% for what in report.facts.peculiarities %} · {{ what }}{% endfor %}</p>
{% if report.reasons %}<h2>Why it failed</h2>
<div class="card">{% for reason in report.reasons %}<p class="bad">{{ reason }}</p>{% endfor %}</div>{% endif %}
{% if report.not_measured %}<h2>Not measured</h2>
<div class="card">{% for what in report.not_measured %}<p>{{ what }}</p>{% endfor %}</div>{% endif %}
{% if report.suggestions %}<h2>What to change</h2>
<div class="card"><table class="advice"><tr><th>Problem</th><th>Change</th><th>Restart from stage</th></tr>
{% for suggestion in report.suggestions %}<tr><td>{{ suggestion.problem }}<br>
<span class="soft">{{ suggestion.why }}</span></td>
<td>{% for key, value in suggestion.changes.items() %}<code>{{ key }} = {{ value }}</code><br>{% endfor %}</td>
<td>{{ suggestion.from_stage }}</td></tr>{% endfor %}</table></div>{% endif %}
{% if pictures %}<h2>Worst frames</h2>
<div class="grid">{% for frame, picture in pictures %}<figure class="card"><img alt="frame {{ frame.index }}"
 src="{{ picture }}"><figcaption>frame {{ frame.index }}, {{ '%.2f' | format(frame.time) }} s:
 {{ frame.metrics | join(', ') | replace('_', ' ') }}
 <span class="{{ 'good' if frame.utility >= 0.5 else 'bad' }}">{{ 'within the limit' if frame.utility >= 0.5
 else 'beyond the limit' }}</span>
</figcaption></figure>{% endfor %}</div>{% endif %}
{% if unreadable %}<h2>Worst frames</h2>
<div class="card"><p>The frames cannot be shown: {{ unreadable }}</p></div>{% endif %}
<h2>Metrics</h2>
<div class="grid">{% for result, plot in plots %}<div class="card metric">
<h3><span>{{ result.title }}</span>
<span class="{{ 'soft' if result.passed is none else 'good' if result.passed else 'bad' }}">
{{ '–' if result.value is none else '%.4g' | format(result.value) }} {{ result.unit }}</span></h3>
<p class="soft">{{ result.meaning }}</p>
{% if plot %}<svg viewBox="0 0 {{ width }} {{ height }}" role="img" aria-label="{{ result.title }} over time">
{% if plot.failing %}<rect x="0" y="{{ plot.failing[0] }}" width="{{ width }}" height="{{ plot.failing[1] }}"
 fill="var(--fail)"/>{% endif %}
{% if plot.limit_y is not none %}<line x1="0" x2="{{ width }}" y1="{{ plot.limit_y }}" y2="{{ plot.limit_y }}"
 stroke="var(--bad)" stroke-dasharray="4 3"/>{% endif %}
{% for points in plot.lines %}<polyline points="{{ points }}" fill="none" stroke="var(--curve)"
 stroke-width="1.6" stroke-linejoin="round"/>{% endfor %}
{% for x, y in plot.dots %}<circle cx="{{ x }}" cy="{{ y }}" r="2.4" fill="var(--curve)"/>{% endfor %}
{% if result.passed is false %}<circle cx="{{ plot.worst[0] }}" cy="{{ plot.worst[1] }}" r="4" fill="none"
 stroke="var(--bad)" stroke-width="1.6"/>{% endif %}
</svg><div class="axis"><span>{{ '%.4g' | format(plot.low) }} … {{ '%.4g' | format(plot.high) }}</span>
<span>{{ '%.2f' | format(plot.seconds) }} s</span></div>{% endif %}
<p>{% if result.value is none %}{{ result.note }}{% else %}{{ result.direction }}
 {{ '%.4g' | format(result.threshold) }}{% endif %}
 <span class="soft">· weight {{ '%g' | format(result.weight) }}{% if result.weight == 0 %} (shown only){% endif %}
{% if result.method %} · {{ result.method }}{% endif %}</span></p></div>{% endfor %}</div>
{% if report.fidelity %}<h2>What the stages changed</h2>
<div class="card"><table>{% for one in report.fidelity %}<tr><td>{{ one.compared }}</td><td>{{ one.words }}</td>
<td class="soft">{{ one.frames }} frames</td></tr>{% endfor %}</table></div>{% endif %}
<h2>File</h2>
<div class="card"><table>{% for check in report.checks %}<tr><td>{{ check.title }}</td>
<td class="{{ 'good' if check.passed else 'bad' }}">{{ 'yes' if check.passed else 'no' }}</td>
<td>{{ check.found }}</td></tr>{% endfor %}</table></div>
</body>
</html>
"""


def render_page(report: QualityReport, video: Path | None = None) -> str:
    """The page. With the video's path the worst frames are shown.

    Everything that comes from outside (prompt, file name, notes of metrics) is escaped. Where single frames of the
    video cannot be read, the page says so.
    """
    from jinja2 import Environment

    try:
        pictures, unreadable = (_pictures(report, video) if video else []), ""
    except MediaError as error:
        pictures, unreadable = [], error.problem
    environment = Environment(autoescape=True, trim_blocks=True)
    return environment.from_string(_PAGE).render(
        report=report,
        plots=[(result, chart(result, report.window_seconds)) for result in report.metrics],
        pictures=pictures,
        unreadable=unreadable,
        width=WIDTH,
        height=HEIGHT,
    )


def _pictures(report: QualityReport, video: Path) -> list[tuple[object, str]]:
    from videogen.media.reading import read_frames

    # A file that breaks on the way cannot be read at random.
    whole = report.facts.frames_measured == report.facts.num_frames
    if not whole or not report.worst_frames:
        return []
    frames = read_frames(video, [frame.index for frame in report.worst_frames])
    return [(frame, _data_uri(pixels)) for frame, pixels in zip(report.worst_frames, frames, strict=True)]


def _data_uri(frame: Pixels) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(reduced(frame, _FRAME_WIDTH)).save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
