"""From a claim and its evidence to a verdict: comparison, entailment, attestation, confidence, backends."""
