"""Knows what numbers mean: definitions, figures, matching and detection."""
