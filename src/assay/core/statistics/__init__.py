"""The arithmetic of evidence: intervals, paired tests, corrections, repeats and power.

Pure functions over counts and scores; any room above ``core`` may import them. Input that
contradicts itself is a ``ValueError``; what is undefined is None, never 0 or NaN. Importing
this package loads no NumPy; the bootstraps and the within-case test load it when called.
Start reading at ``proportions`` (intervals) and ``mcnemar`` (tests).
"""

from assay.core.statistics.agreement import cohen_kappa, percent_agreement
from assay.core.statistics.bootstrap import (
    bootstrap_interval,
    cluster_bootstrap_interval,
    paired_bootstrap,
)
from assay.core.statistics.descriptive import percentile, sample_standard_deviation
from assay.core.statistics.mcnemar import mcnemar
from assay.core.statistics.multiplicity import benjamini_hochberg, holm
from assay.core.statistics.power import (
    cases_needed,
    cases_needed_mean,
    mcnemar_power,
    smallest_detectable_drop,
)
from assay.core.statistics.proportions import paired_difference_interval, wilson_interval
from assay.core.statistics.repeats import (
    mean_pass_at_k,
    mean_pass_hat_k,
    pass_at_k,
    pass_hat_k,
)
from assay.core.statistics.results import (
    Alternative,
    CaseMean,
    Interval,
    PairedDifference,
    TailMethod,
    TestResult,
)
from assay.core.statistics.within_case import within_case_test


__all__ = [
    "Alternative",
    "CaseMean",
    "Interval",
    "PairedDifference",
    "TailMethod",
    "TestResult",
    "benjamini_hochberg",
    "bootstrap_interval",
    "cases_needed",
    "cases_needed_mean",
    "cluster_bootstrap_interval",
    "cohen_kappa",
    "holm",
    "mcnemar",
    "mcnemar_power",
    "mean_pass_at_k",
    "mean_pass_hat_k",
    "paired_bootstrap",
    "paired_difference_interval",
    "pass_at_k",
    "pass_hat_k",
    "percent_agreement",
    "percentile",
    "sample_standard_deviation",
    "smallest_detectable_drop",
    "wilson_interval",
    "within_case_test",
]
