"""How codes of the files read in a workbook."""

from collections.abc import Mapping

from handover.engagement import Engagement

REQUIREMENTS: Mapping[str, str] = {
    "swe_number": "Social Work England number is missing or not one",
    "swe_registered_until": "registration ends before go-live, or its end is not known",
    "swe_restrictions": "restrictions on practice, or nobody has looked",
    "dbs_number": "DBS certificate number is missing or not one",
    "dbs_issued_on": "DBS date is missing",
    "years_qualified": "too few years qualified, or not known",
    "years_managing": "too few years as a manager, or not known",
    "ready_on": "ready only after the contract ends",
    "available_to": "leaves before they could start",
}
"""What it means to fail each check of readiness. §2."""


def requirement(name: str) -> str:
    """A failed check in words."""
    return REQUIREMENTS.get(name, name)


def words(code: str) -> str:
    """A code as words: `child_in_need` is child in need."""
    return code.replace("_", " ")


def person(worker_id: str | None, engagement: Engagement) -> str | None:
    """Somebody by name and id; None for nobody, the id alone for somebody who is not in the engagement."""
    if not worker_id:
        return None
    known = engagement.worker.get(worker_id)
    return f"{known.name} ({worker_id})" if known else worker_id
