"""A plan held against every rule of the contract's §2 to §5, by formulas of its own: nothing of the planner is used.

Of a plan that is misshapen or names people who are not there only that is said: the other rules cannot be asked of it.
"""

from collections.abc import Iterator

from handover.engagement import Engagement
from handover.plan import Plan
from handover.verify.allocation import false_claims, ineligible, misplaced, to_workers, unexplained
from handover.verify.facts import Facts
from handover.verify.interim import interim_findings
from handover.verify.levels import (
    allocation_figures,
    false_least_changes,
    false_levels,
    false_proof_of_unallocated,
)
from handover.verify.matters import flag_findings
from handover.verify.schedule import schedule_figures, schedule_findings
from handover.verify.shape import misshapen
from handover.verify.ties import tie_figures

__all__ = ["verify"]

MOST_FINDINGS = 500
LONGEST_FINDING = 400


def verify(engagement: Engagement, plan: Plan) -> tuple[str, ...]:
    """Findings in sentences that name the ids, empty when the plan keeps every rule of §2 to §5.

    A hostile plan (values of the wrong kind, unknown ids, impossible dates) gives findings, never an exception. Each
    finding is at most 400 characters; after 500 the last one says how many more there are.
    """
    findings = [*_findings(engagement, plan)]
    kept = findings if len(findings) <= MOST_FINDINGS else findings[: MOST_FINDINGS - 1]
    more = [f"And {len(findings) - len(kept)} more findings."] if len(kept) < len(findings) else []
    return tuple(f if len(f) <= LONGEST_FINDING else f[: LONGEST_FINDING - 1] + "…" for f in kept + more)


def _findings(engagement: Engagement, plan: Plan) -> Iterator[str]:
    facts = Facts(engagement)
    gross = [*misshapen(plan)]
    if not gross:
        gross = [*_another_engagement(engagement, plan), *misplaced(facts, plan)]
    if gross:
        yield from gross
        return
    to_worker = to_workers(facts, plan)
    figures = allocation_figures(facts, to_worker)
    yield from ineligible(facts, to_worker)
    yield from false_claims(facts, plan)
    yield from unexplained(facts, plan, to_worker)
    yield from interim_findings(facts, plan, to_worker)
    own = tie_figures(facts, to_worker)
    yield from false_levels(plan, {**figures, **schedule_figures(facts, plan, to_worker)}, own)
    yield from false_least_changes(facts, plan, to_worker, figures)
    yield from false_proof_of_unallocated(facts, plan, to_worker)
    yield from schedule_findings(facts, plan, to_worker)
    yield from flag_findings(facts, plan, to_worker)


def _another_engagement(engagement: Engagement, plan: Plan) -> Iterator[str]:
    if plan.engagement != engagement.settings.name:
        yield f"The plan is for the engagement {plan.engagement}, not {engagement.settings.name}."
    if plan.input_sha256 != engagement.input_sha256:
        yield f"The plan is for the input {plan.input_sha256}, not {engagement.input_sha256}."
