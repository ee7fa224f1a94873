"""The gate fails closed: whatever is missing, failed or unheard of keeps a video in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.release_helpers import facts, prompt, quality
from videogen.errors import InputError
from videogen.release.decision import ABSOLUTE, REQUIRED, Gate, decide
from videogen.release.gate import facts_gate, label_gate, policy_gate, quality_gate, signature_gate
from videogen.release.override import Override, override_by
from videogen.release.verification import Verification

STATES = ("holds", "failed", "missing")
OPERATOR = Override(operator="Ada Desk", why="checked by hand")
gates = st.lists(
    st.builds(Gate, name=st.sampled_from([*REQUIRED, "withdrawal"]), state=st.sampled_from(STATES), found=st.just("x"))
)
overrides = st.sampled_from([None, OPERATOR])


@given(gates, overrides)
def test_released_means_that_every_required_gate_is_there_and_holds_or_was_lifted(
    found: list[Gate], override: Override | None
) -> None:
    decision = decide(found, override)
    names = {gate.name for gate in found}
    for name in REQUIRED:
        holds = name in names and all(gate.holds for gate in found if gate.name == name)
        lifted = override is not None and name not in ABSOLUTE
        if not holds and not lifted:
            assert not decision.released
            assert name in decision.closed
    if decision.released:
        assert set(decision.lifted) == {gate.name for gate in decision.gates if not gate.holds}
    else:
        assert decision.lifted == ()


@given(gates, overrides, st.sampled_from(["failed", "missing"]), st.sampled_from([*REQUIRED, "embargo"]))
def test_one_more_gate_that_does_not_hold_never_opens(
    found: list[Gate], override: Override | None, state: str, name: str
) -> None:
    worse = decide([*found, Gate(name=name, state=state, found="y")], override)
    assert decide(found, override).released or not worse.released


def all_hold() -> list[Gate]:
    return [Gate(name=name, state="holds", found="fine") for name in REQUIRED]


def test_with_every_gate_holding_it_is_released() -> None:
    decision = decide(all_hold())
    assert decision.released
    assert decision.summary == "every gate holds"


def test_nothing_found_is_nothing_released() -> None:
    decision = decide([])
    assert decision.closed == REQUIRED
    assert "not checked" in decision.summary


@pytest.mark.parametrize("name", sorted(ABSOLUTE))
def test_no_override_opens_policy_label_or_signature(name: str) -> None:
    found = [gate for gate in all_hold() if gate.name != name]
    found.append(Gate(name=name, state="failed", found="refused"))
    assert decide(found, OPERATOR).closed == (name,)


def test_an_override_says_what_it_lifted_and_why() -> None:
    found = [
        gate.model_copy(update={"state": "failed", "found": "soft"}) if gate.name == "quality" else gate
        for gate in all_hold()
    ]
    decision = decide(found, OPERATOR)
    assert decision.released
    assert decision.lifted == ("quality",)
    assert decision.summary == "released by Ada Desk (checked by hand) in spite of quality: soft"


def test_an_alert_may_need_other_gates() -> None:
    found = [Gate(name="label", state="holds", found=""), Gate(name="signature", state="holds", found="")]
    assert decide(found, required=("label", "signature")).released
    assert not decide(found).released


def test_reports_become_gates() -> None:
    assert policy_gate(prompt().policy).holds
    assert policy_gate(prompt(allowed=False).policy).state == "failed"
    assert policy_gate(None).state == "missing"
    assert facts_gate(facts()).holds
    assert facts_gate(facts(publishable=False)).state == "failed"
    assert facts_gate(None).state == "missing"
    assert quality_gate(quality()).holds
    assert quality_gate(quality(passed=False)).state == "failed"
    assert quality_gate(None).state == "missing"


LABEL = {"burnt_in": "AI-generated", "configured": "AI-generated"}


def test_the_label_must_be_the_operators_have_been_looked_for_and_be_legible() -> None:
    assert label_gate(quality(), **LABEL).holds
    assert label_gate(quality(label=False), **LABEL).state == "failed"
    assert label_gate(quality(label=None), **LABEL).state == "missing"
    assert label_gate(None, **LABEL).state == "missing"
    assert label_gate(quality(text="Live from the scene"), **LABEL).state == "failed"
    assert label_gate(quality(), burnt_in="Live from the scene", configured="AI-generated").state == "failed"
    assert label_gate(quality(), burnt_in="AI-generated", configured="KI-generiert").state == "failed"


def test_a_video_newer_than_its_report_has_not_been_measured() -> None:
    now = datetime.now(UTC)
    assert quality_gate(quality(), reported=now, rendered=now + timedelta(seconds=1)).state == "missing"
    assert quality_gate(quality(), reported=now, rendered=now - timedelta(seconds=1)).holds


@pytest.mark.parametrize(
    ("intact", "trusted", "state"), [(True, True, "holds"), (True, False, "failed"), (False, False, "failed")]
)
def test_only_an_intact_signature_of_a_known_signer_holds(intact: bool, trusted: bool, state: str) -> None:
    found = Verification(file="v.mp4", signed=True, intact=intact, whole=intact, trusted=trusted)
    assert signature_gate(found).state == state
    assert signature_gate(None).state == "missing"


@pytest.mark.parametrize(
    ("operator", "why"), [(None, "because"), ("Ada", None), ("  ", "because"), ("Ada", " "), ("A", "because")]
)
def test_an_override_without_name_or_reason_is_refused(operator: str | None, why: str | None) -> None:
    with pytest.raises(InputError, match="operator's name and a reason"):
        override_by(operator, why)


def test_names_and_reasons_are_one_line() -> None:
    assert override_by(" Ada\nDesk ", "line one\nline two").why == "line one line two"
