"""Which GraphQL documents the guard lets through, and which origins it knows."""

from __future__ import annotations

import pytest
from dagster_graphql.schema import create_schema
from graphql import OperationType

from videogen.errors import InputError
from videogen_dagster.ui.guard import Origins
from videogen_dagster.ui.operations import CALLS, MUTATIONS, QUERIES, SUBSCRIPTIONS, refusal

# Mutations of Dagster 1.13 that are refused: each was looked at.
REFUSED = {
    # erase what happened
    "deletePipelineRun",
    "deleteRun",
    "wipeAssets",
    # make up what did not happen
    "reportAssetCheckEvaluations",
    "reportRunlessAssetEvents",
    # keys are ids of requests and alerts, which intake gives out
    "addDynamicPartition",
    "deleteDynamicPartitions",
    # skip alerts and requests, or let too many run at once
    "deleteConcurrencyLimit",
    "setAutoMaterializePaused",
    "setConcurrencyLimit",
    "setSensorCursor",
    # not used here
    "deleteAppManagedComponent",
    "logTelemetry",
    "refreshComponentState",
    "setAppManagedComponent",
    "shutdownRepositoryLocation",
}


def test_every_mutation_of_dagster_is_either_allowed_or_refused_on_purpose() -> None:
    mutation = create_schema().graphql_schema.mutation_type
    assert mutation is not None
    assert set(mutation.fields) == MUTATIONS | REFUSED
    assert not MUTATIONS & REFUSED


@pytest.mark.parametrize(
    ("document", "kinds"),
    [
        ("{ version }", QUERIES),
        ("query A { version } query B { version }", QUERIES),
        ("mutation { launchRun(executionParams: {}) { __typename } }", CALLS),
        ("mutation { __typename a: stopSensor(id: 1) { __typename } }", CALLS),
        ("fragment F on Mutation { startSensor { __typename } } mutation { ... { ...F } }", CALLS),
        ("subscription { x }", SUBSCRIPTIONS),
    ],
)
def test_what_the_pages_ask_is_let_through(document: str, kinds: frozenset[OperationType]) -> None:
    assert refusal(document, kinds) is None


@pytest.mark.parametrize(
    ("document", "kinds", "reason"),
    [
        ("mutation { launchRun { __typename } }", QUERIES, "a mutation is not taken here"),
        ("query A { version } mutation B { launchRun { __typename } }", QUERIES, "a mutation is not taken here"),
        ("{ version }", SUBSCRIPTIONS, "a query is not taken here"),
        ("subscription { x }", CALLS, "a subscription is not taken here"),
        ("mutation { launchRun { __typename } deleteRun { __typename } }", CALLS, "deleteRun is not allowed"),
        ("mutation { launchRun: wipeAssets { __typename } }", CALLS, "wipeAssets is not allowed"),
        ("mutation { ... on Mutation { ... { wipeAssets { __typename } } } }", CALLS, "wipeAssets is not allowed"),
        (
            "fragment A on Mutation { ...B } fragment B on Mutation { ...A wipeAssets } mutation { ...A }",
            CALLS,
            "wipeAs",
        ),
        ("query A { version } mutation B { wipeAssets { __typename } }", CALLS, "wipeAssets is not allowed"),
        ("fragment F on Query { version }", QUERIES, "has no operation"),
        ("{ version", QUERIES, "not a GraphQL document"),
        ("", QUERIES, "not a GraphQL document"),
        (None, QUERIES, "is not a text"),
        (["{ version }"], CALLS, "is not a text"),
        ("{ a " * 5000 + "}" * 5000, QUERIES, "nested too deeply"),
        ("{ " + "a " * 30_000 + "}", QUERIES, "not a GraphQL document"),
    ],
)
def test_everything_else_is_refused(document: object, kinds: frozenset[OperationType], reason: str) -> None:
    assert reason in (refusal(document, kinds) or "")


def test_nothing_is_changed_where_the_pages_are_only_looked_at() -> None:
    document = "mutation { launchRun(executionParams: {}) { __typename } }"
    assert refusal(document, CALLS, frozenset()) == "the mutation launchRun is not allowed"


def test_the_pages_are_opened_under_loopback_names_and_those_given() -> None:
    known = Origins.of(3000, ("https://Videos.Bureau.example", "http://desk:8080/", "http://[FD00::1]:80"))
    assert known.hosts >= {"127.0.0.1:3000", "localhost:3000", "[::1]:3000"}
    assert known.origins >= {"https://videos.bureau.example", "http://desk:8080", "http://[fd00::1]"}
    assert Origins.of(80).hosts == {"127.0.0.1", "localhost", "[::1]"}


@pytest.mark.parametrize(
    "address",
    ["videos.example", "ftp://videos.example", "https://", "https://a@b", "https://a/path", "https://a:x", "*"],
)
def test_what_is_not_an_origin_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="is not an origin"):
        Origins.of(3000, (address,))
