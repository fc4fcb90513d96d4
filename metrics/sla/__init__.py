"""Service-level agreements: terms, what is known of a window, and the verdict that follows from both."""
