"""Quality assessment: metrics of sets and of single videos, the assessor, its report and the page made from it.

`MetricsCalculator` (calculator.py), `QualityAssessor` (assessor.py), `QualityReport` (report.py), `Expected`
(technical.py); every metric and how it is measured: catalogue.py.
"""
