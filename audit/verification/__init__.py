"""Recomputes the whole ledger: entries against sealed bytes, bytes against tree, tree against signed checkpoints."""

from audit.verification.findings import Finding, Report
from audit.verification.verifying import Progress, verify

__all__ = ["Finding", "Progress", "Report", "verify"]
