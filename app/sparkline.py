"""A small line beside a number, as SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Sequence


def spark(values: Sequence[float | None], target: float | None = None) -> str:
    """A small line as SVG that takes its colours from the page. Fewer than two values: nothing."""
    known = [value for value in values if value is not None and value != float("inf")]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    if target is not None:
        low, high = min(low, target), max(high, target)
    span = (high - low) or 1.0
    width, height, edge = 240.0, 46.0, 6.0

    def y(value: float) -> float:
        return height - edge - (value - low) / span * (height - 2 * edge)

    points = [
        (index * width / (len(values) - 1), y(value))
        for index, value in enumerate(values)
        if value is not None and value != float("inf")
    ]
    path = "M" + "L".join(f"{x:.1f} {height_:.1f}" for x, height_ in points)
    area = f"{path}L{points[-1][0]:.1f} {height}L{points[0][0]:.1f} {height}Z"
    goal = ""
    if target is not None:
        goal = (
            f'<line x1="0" x2="{width}" y1="{y(target):.1f}" y2="{y(target):.1f}" stroke="var(--risk)" '
            'stroke-dasharray="4 4" stroke-width="1.2" vector-effect="non-scaling-stroke"/>'
        )
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="{area}" fill="var(--brand)" opacity=".09"/>{goal}'
        f'<path d="{path}" fill="none" stroke="var(--brand)" stroke-width="2" stroke-linejoin="round" '
        'vector-effect="non-scaling-stroke"/></svg>'
    )
