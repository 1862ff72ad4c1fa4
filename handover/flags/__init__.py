"""What a person has to decide or watch in a plan, with what to do next (contract §5).

Every matter starts with its kind in a few words and a colon, so that matters can be counted by kind. One flag a family
and matter where that is what a person decides.
"""

from handover.engagement import Engagement
from handover.flags import families, workers
from handover.flags.look import Look
from handover.plan import SEVERITIES, Flag, Plan

__all__ = ["flags", "kind_of"]


def flags(engagement: Engagement, plan: Plan) -> tuple[Flag, ...]:
    """Every matter of the plan that a person decides or watches: stops first, then by subject and matter. §5."""
    look = Look(engagement, plan)
    found = {
        *families.unallocated(look),
        *workers.competing(look),
        *workers.caseloads(look),
        *workers.teams(look),
        *workers.people(engagement),
    }
    for case in look.cases:
        found |= {
            *families.hearing_at_handover(case),
            *families.held_in_between(case),
            *families.not_introduced(case),
            *families.not_booked(case),
        }
    return tuple(sorted(found, key=lambda f: (SEVERITIES.index(f.severity), f.subject, f.matter, f.action)))


def kind_of(flag: Flag) -> str:
    """What kind of matter a flag is about, in a few words."""
    return flag.matter.partition(":")[0]
