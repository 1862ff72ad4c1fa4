"""Engagement in, Plan out. No files, no SQL, no clock but the limits it is handed."""

from solver.planner import make_plan

__all__ = ["make_plan"]
