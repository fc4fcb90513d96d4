"""Draws: screen, reports and the command line."""
