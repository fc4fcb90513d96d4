"""Two invented partners, ten invented customers and thirteen months of their systems, written as real sources."""
