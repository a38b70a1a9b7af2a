"""Test cases of other tools as datasets and evaluators.

What they say is read, and nothing in them is ever run. Start at ``promptfoo_csv``.
"""

from assay.experiments.importers.promptfoo import PromptfooCases, promptfoo_csv


__all__ = ["PromptfooCases", "promptfoo_csv"]
