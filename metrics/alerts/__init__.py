"""Alerting: which rules fire for a customer, and on what evidence."""
