"""What Dagster's pages may ask of the server: which kinds of GraphQL operation, and which mutations."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import GraphQLError, OperationType, parse
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

QUERIES = frozenset({OperationType.QUERY})
CALLS = frozenset({OperationType.QUERY, OperationType.MUTATION})
SUBSCRIPTIONS = frozenset({OperationType.SUBSCRIPTION})

RUNS = frozenset(
    {
        "launchRun",
        "launchMultipleRuns",
        "launchRunReexecution",
        "launchPipelineExecution",
        "launchPipelineReexecution",
        "terminateRun",
        "terminateRuns",
        "terminatePipelineExecution",
        "launchPartitionBackfill",
        "resumePartitionBackfill",
        "reexecutePartitionBackfill",
        "cancelPartitionBackfill",
        "freeConcurrencySlots",
        "freeConcurrencySlotsForRun",
    }
)
"""Start runs and backfills, end them, free the place of one that died."""
SWITCHES = frozenset(
    {
        "startSensor",
        "stopSensor",
        "resetSensor",
        "sensorDryRun",
        "startSchedule",
        "stopRunningSchedule",
        "resetSchedule",
        "scheduleDryRun",
        "reloadWorkspace",
        "reloadRepositoryLocation",
        "setNuxSeen",
    }
)
"""Switch sensors and schedules, try them, load the code again."""
MUTATIONS = RUNS | SWITCHES
"""Everything else is refused: what erases history (`wipeAssets`, `deleteRun`), makes it up (`reportRunlessAssetEvents`,
`reportAssetCheckEvaluations`), changes partitions, cursors and limits, or ends the code server."""
MAX_TOKENS = 20_000
"""Tokens of a document. The longest query of Dagster's pages has about 3,000."""


def refusal(text: object, kinds: frozenset[OperationType], mutations: frozenset[str] = MUTATIONS) -> str | None:
    """Why this document is refused; None where all of it may be executed.

    Every operation of the document counts, not only the one that ``operationName`` picks.

    Args:
        text: the GraphQL document.
        kinds: the kinds of operation that this door takes.
        mutations: the fields of Dagster's Mutation type that may be asked for.
    """
    if not isinstance(text, str):
        return "`query` is not a text"
    try:
        document = parse(text, no_location=True, max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        return f"this is not a GraphQL document: {error.message}"
    except RecursionError:
        return "the GraphQL document is nested too deeply"
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if not operations:
        return "the GraphQL document has no operation"
    for operation in operations:
        if operation.operation not in kinds:
            return f"a {operation.operation.value} is not taken here"
        if operation.operation is OperationType.MUTATION:
            for name in _fields(operation.selection_set, _fragments(document)):
                if name not in mutations and not name.startswith("__"):
                    return f"the mutation {name} is not allowed"
    return None


def _fragments(document: DocumentNode) -> dict[str, SelectionSetNode]:
    found = (node for node in document.definitions if isinstance(node, FragmentDefinitionNode))
    return {node.name.value: node.selection_set for node in found}


def _fields(selected: SelectionSetNode, fragments: dict[str, SelectionSetNode]) -> Iterator[str]:
    """Names of the fields at the top of an operation, those of its fragments too. An alias does not hide a name."""
    waiting, seen = [selected], set[str]()
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                yield node.name.value
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in fragments and name not in seen:
                    seen.add(name)
                    waiting.append(fragments[name])
            else:
                waiting.append(node.selection_set)  # type: ignore[attr-defined]  # an inline fragment
