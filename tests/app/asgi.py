"""Starlette's test client, imported without its remark about the HTTP library that it would rather have."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

__all__ = ["TestClient"]
