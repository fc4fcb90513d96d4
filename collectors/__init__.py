"""Speaks to other systems: fetches, maps, and hands rows to storage."""
