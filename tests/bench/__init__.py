"""Benchmarks: ratios from one run, against the obvious alternative each time."""
