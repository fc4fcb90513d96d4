"""Imports the heavy modules that pages use, so that the first visitor does not pay for them."""

from __future__ import annotations

import importlib

MODULES = (
    "pandas",
    "plotly.graph_objects",
    "babel.dates",
    "babel.numbers",
    "app.data",
    "app.charts",
    "app.components",
)


def up() -> None:
    """Import them all; a module that is missing is an error now and not at the first visit."""
    for name in MODULES:
        importlib.import_module(name)
