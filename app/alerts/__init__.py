"""Alerting: what is said, to whom, when, and that it arrives."""
