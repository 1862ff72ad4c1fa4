"""The report: a plan as one page for a meeting, in a file that asks the network for nothing (WCAG 2.2 AA)."""

from handover.outputs.report.page import report_html

__all__ = ["report_html"]
