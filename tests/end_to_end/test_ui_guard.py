"""`videogen ui` against the web pages of others, in a real browser, and at work."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg
import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from assets.common import show
from tests.end_to_end import hostile_page
from tests.end_to_end.browser import Browser, needs_chromium
from tests.end_to_end.pages import Pages
from tests.end_to_end.server import until
from videogen.config.groups.all import FactCheckSettings
from videogen.fact_check import FactChecker, KnowledgeBase
from videogen.fact_check.html import to_markdown

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
# The job that can do the least harm; the tag says by which way it was launched.
LAUNCH = """mutation { launchRun(executionParams: {
  selector: {repositoryLocationName: "videogen", repositoryName: "__repository__", jobName: "clean_up"}
  executionMetadata: {tags: [{key: "way", value: "WAY"}]} }) { __typename ... on PythonError { message } } }"""
SUBSCRIPTION = "subscription { locationStateChangeEvents { __typename } }"
EVIL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def started() -> Iterator[list[Pages]]:
    """All that were started, the latest last; a test may end them."""
    every: list[Pages] = []
    try:
        yield every
    finally:
        for one in every:
            one.stop()


@pytest.fixture
def pages(started: list[Pages], tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The one that runs, for all tests until one of them ends it."""
    if not started or started[-1].process.poll() is not None:
        started.append(Pages(tmp_path_factory.mktemp("ui")))
    return started[-1]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    opened = Browser(tmp_path)
    try:
        yield opened
    finally:
        opened.close()


def ways(pages: Pages) -> set[str]:
    """By which ways runs were launched."""
    return {run.tags["way"] for run in pages.instance.get_runs() if "way" in run.tags}


def launch(way: str) -> str:
    return LAUNCH.replace("WAY", way)


@needs_chromium
def test_a_page_of_somebody_else_launches_nothing(pages: Pages, browser: Browser) -> None:
    """The same page launches runs in the stock webserver, by at least four ways: so it does attack."""
    for host in ("127.0.0.1", "localhost"):
        with hostile_page.served(host, pages.port, LAUNCH) as address:
            browser.open(address)
            outcome = browser.until("window.outcome")
    assert ways(pages) == set(), outcome
    assert "websocket: refused" in outcome
    assert "refused POST '/graphql'" in pages.log.read_text(encoding="utf-8")
    stock = pages.start_stock()
    with hostile_page.served("127.0.0.1", stock, LAUNCH) as address:
        browser.open(address)
        browser.until("window.outcome")
    assert ways(pages) >= {"img", "form", "fetch-get", "fetch-text/plain"}


@needs_chromium
def test_what_a_prompt_says_makes_no_link_or_picture_in_the_pages(pages: Pages, browser: Browser) -> None:
    """As Markdown and tables in every form that the stages use; the words themselves are there to be read.

    Plain text is shown by Dagster as it is, where an address can be clicked; nothing is fetched, nothing is hidden.
    """
    hostile = " ".join(
        (
            "[click](https://evil.example/a)", "![x](https://evil.example/b.png)", "<img src=https://evil.example/c>",
            "<https://evil.example/d>", "https://evil.example/e", "www.evil.example/f", "[g]: https://evil.example/g",
            "<a href='javascript:alert(1)'>h</a>", "mail@evil.example", "| i | j |", "`k`", "# l",
        )
    )  # fmt: skip
    report = FactChecker(FactCheckSettings(), KnowledgeBase(pages.folder / "facts")).check_content(
        f"Paris is the capital of {hostile}.\n{hostile}\nIsn't it so that {hostile} is red?"
    )
    metadata = {
        "warnings": show.bullets([hostile, f"- {hostile}"]),
        "changes": show.lines(f"- {hostile}\n{hostile}"),
        "poster": show.picture(b"", hostile),
        "places": show.table([{"claim": hostile}]),
        "report": dg.MetadataValue.md(to_markdown(report)),
    }
    event = dg.AssetMaterialization("quality_report", partition="hostile", metadata=metadata)
    pages.instance.add_dynamic_partitions("videos", ["hostile"])
    pages.instance.report_runless_asset_event(event)
    browser.open(f"http://127.0.0.1:{pages.port}/assets/quality_report?view=events&partition=hostile")
    browser.until("document.body && document.body.innerText.includes('evil.example')")
    browser.until("document.body && document.body.innerText.includes('places')")
    marked = browser.evaluate(
        "[...document.querySelectorAll('a[href],img[src],iframe,object,embed')].map(e => e.href || e.src)"
        ".filter(to => /evil|javascript/i.test(to)).join(' ')"
    )
    assert marked == ""


@needs_chromium
def test_the_pages_of_a_job_launch_a_run(pages: Pages, browser: Browser) -> None:
    before = {run.run_id for run in pages.instance.get_runs()}
    browser.open(f"http://127.0.0.1:{pages.port}/locations/videogen/jobs/clean_up/playground")
    browser.click("Launch Run")
    (run,) = until(lambda: [run for run in pages.instance.get_runs() if run.run_id not in before], 60)
    assert run.job_name == "clean_up"
    until(lambda: pages.instance.get_run_by_id(run.run_id).is_success, 120)  # type: ignore[union-attr]


def ended(pages: Pages, answer: str) -> dg.DagsterRun:
    """The run that a launch answered with, once it is over."""
    (found,) = json.loads(answer)["data"].values()
    assert "run" in found, answer

    def look() -> dg.DagsterRun | None:
        run = pages.instance.get_run_by_id(found["run"]["runId"])
        return run if run is not None and run.is_finished else None

    return until(look, 120)


def why(pages: Pages, run: dg.DagsterRun) -> str:
    """The errors of the run's events."""
    events = (entry.dagster_event for entry in pages.instance.all_logs(run.run_id))
    return "\n".join(str(event.event_specific_data) for event in events if event and event.is_failure)


def test_a_run_that_is_executed_again_leaves_the_operators_settings_alone(pages: Pages) -> None:
    """From its failure, with all its steps, and with steps and settings that are sent once more."""
    wishes = {"resources": {"settings": {"config": {"overrides": {"delivery": {"label": "BBC News"}}}}}}
    selector = {
        "repositoryLocationName": "videogen",
        "repositoryName": "__repository__",
        "pipelineName": "clean_up",
    }
    asked = {"selector": selector, "runConfigData": json.dumps(wishes)}
    launched = "{ __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }"

    def send(field: str, **variables: Any) -> str:
        kinds = ", ".join(
            f"${name}: {'ExecutionParams' if name == 'asked' else 'ReexecutionParams'}!" for name in variables
        )
        given = {"asked": "executionParams: $asked", "again": "reexecutionParams: $again"}
        query = f"mutation ({kinds}) {{ {field}({', '.join(given[name] for name in variables)}) {launched} }}"
        return pages.post({"query": query, "variables": variables})[1]

    first = ended(pages, send("launchRun", asked=asked))
    answers = [
        send("launchRunReexecution", again={"parentRunId": first.run_id, "strategy": strategy})
        for strategy in ("FROM_FAILURE", "ALL_STEPS")
    ]
    parents = {"parentRunId": first.run_id, "rootRunId": first.run_id, "tags": []}
    steps = {"executionMetadata": parents, "stepKeys": ["remove_old_intermediates"]}
    answers.append(send("launchRunReexecution", asked=asked | steps))
    later = [ended(pages, answer) for answer in answers]
    assert {run.parent_run_id for run in later} == {first.run_id}
    for run in (first, *later):
        assert run.is_failure
        assert "delivery.label is for the operator to set" in why(pages, run)


@needs_chromium
def test_the_page_of_an_asset_shows_it_without_a_dialog(pages: Pages, browser: Browser) -> None:
    browser.open(f"http://localhost:{pages.port}/assets/rendered_video")
    browser.until("(document.body?.innerText ?? String()).includes('rendered_video')")
    browser.until("(document.body?.innerText ?? String()).includes('Materialize')")
    assert "newsletter" not in browser.evaluate("document.body?.innerText ?? ''").lower()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": EVIL}, 403),
        ({"Origin": "null"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}, 403),
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "text/plain; application/json"}, 415),
        ({"content_type": "application/graphql"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_mutation_from_elsewhere_is_refused(pages: Pages, headers: dict[str, str], status: int) -> None:
    found, answer = pages.post({"query": launch("raw")}, **headers)
    assert found == status, answer
    assert "refused:" in answer
    assert "raw" not in ways(pages)


def test_a_mutation_in_an_address_is_refused_and_a_query_answered(pages: Pages) -> None:
    document = launch("address") + " query Harmless { version }"
    for query in (document, launch("address")):
        for more in ("", "&operationName=Harmless"):
            assert pages.request("GET", f"/graphql?query={quote(query)}{more}")[0] == 403
    assert pages.request("GET", f"/graphql?query={quote('{ version }')}&query={quote(document)}")[0] == 403
    # A body without JSON makes the stock server read the address.
    assert pages.request("POST", f"/graphql?query={quote(launch('address'))}")[0] == 415
    assert "address" not in ways(pages)
    status, answer = pages.request("GET", f"/graphql?query={quote('{ version }')}")
    assert (status, list(json.loads(answer)["data"])) == (200, ["version"])


@pytest.mark.parametrize(
    "path",
    ["/report_asset_materialization/x", "/report_asset_check/x", "/report_asset_observation/x", "/", "/graphql/"],
)
def test_nothing_else_takes_a_post(pages: Pages, path: str) -> None:
    status, _ = pages.request("POST", path, b"{}", content_type="application/json")
    assert status in (403, 405)


@pytest.mark.parametrize(
    "mutation",
    [
        "mutation { wipeAssets(assetPartitionRanges: []) { __typename } }",
        'mutation { launchRun: deleteRun(runId: "x") { __typename } }',
        'fragment F on Mutation { deleteRun(runId: "x") { __typename } } mutation { ...F }',
        'mutation { reportRunlessAssetEvents(eventParams: {eventType: ASSET_MATERIALIZATION, assetKey: {path: ["x"]}}) '
        "{ __typename } }",
        "subscription { locationStateChangeEvents { __typename } }",
    ],
)
def test_what_would_erase_or_make_up_history_is_refused(pages: Pages, mutation: str) -> None:
    status, answer = pages.post({"query": mutation})
    assert (status, "refused:" in answer) == (403, True), answer


def test_a_link_in_a_mail_opens_a_page_but_asks_nothing(pages: Pages) -> None:
    followed = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert pages.request("GET", "/runs", **followed)[0] == 200
    assert pages.request("GET", "/runs", **{**followed, "sec_fetch_dest": "iframe"})[0] == 403
    assert pages.request("GET", f"/graphql?query={quote('{ version }')}", **followed)[0] == 403


def test_a_web_socket_takes_subscriptions_of_the_own_pages_only(pages: Pages) -> None:
    address, protocol = f"ws://127.0.0.1:{pages.port}/graphql", [Subprotocol("graphql-ws")]
    for foreign in (EVIL, "null"):
        with pytest.raises(InvalidStatus), connect(address, subprotocols=protocol, origin=Origin(foreign)):
            pass
    own = Origin(f"http://127.0.0.1:{pages.port}")
    for document in (launch("websocket"), "{ version }", f"{SUBSCRIPTION} {launch('websocket')}"):
        with connect(address, subprotocols=protocol, origin=own) as connection:
            connection.send(json.dumps({"type": "start", "id": "1", "payload": {"query": document}}))
            with pytest.raises(ConnectionClosed, match="1008"):
                connection.recv(timeout=20)
    assert "websocket" not in ways(pages)
    with connect(address, subprotocols=protocol, origin=own) as connection:
        connection.send(json.dumps({"type": "connection_init"}))
        assert json.loads(connection.recv(timeout=20))["type"] == "connection_ack"
        connection.send(json.dumps({"type": "start", "id": "1", "payload": {"query": SUBSCRIPTION}}))
        with pytest.raises(TimeoutError):
            connection.recv(timeout=2)


def test_foreign_pages_cannot_frame_what_is_shown(pages: Pages) -> None:
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{pages.port}/", timeout=60) as answer:
        headers = answer.headers
    assert "frame-ancestors 'none'" in headers.get_all("Content-Security-Policy")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]


@pytest.mark.parametrize("word", ["videogen_dagster.ui.server", "dagster._daemon", "code-server", "api"])
def test_a_killed_process_is_started_again(pages: Pages, word: str) -> None:
    """The last one is the process below the code server, which holds the code."""
    killed = until(lambda: pages.child(word), 90)
    killed.kill()

    def again() -> bool:
        fresh = pages.child(word)
        return fresh is not None and fresh.pid != killed.pid

    until(again, 90)
    pages.wait(pages.port)
    assert "is started again in" in pages.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(("number", "group"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_make_ui_ends_with_all_its_processes(pages: Pages, number: signal.Signals, group: bool) -> None:
    """SIGINT as a terminal sends it, to make and its children; SIGTERM to make alone. The shell ignores SIGINT."""
    children = pages.children()
    assert len(children) >= 5
    if group:
        os.killpg(pages.process.pid, number)
    else:
        pages.process.send_signal(number)
    pages.process.wait(timeout=60)
    assert not psutil.wait_procs(children, timeout=10)[1]
