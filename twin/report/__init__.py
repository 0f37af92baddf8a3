"""The report: one HTML and one PDF for people who decide whether this is worth its money."""

from twin.report.write import write_report

__all__ = ["write_report"]
