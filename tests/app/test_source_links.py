"""Links into the systems that are read lead there and nowhere else."""

import pytest

from app.source_links import address


@pytest.mark.parametrize(
    ("template", "number", "leads"),
    [
        ("https://psa.example/time/{id}", "4711", "https://psa.example/time/4711"),
        ("https://psa.example/?r={id}#top", "a b/c?d=\"<e>", "https://psa.example/?r=a%20b%2Fc%3Fd%3D%22%3Ce%3E#top"),
        ("http://127.0.0.1:8000/{id}", "7", "http://127.0.0.1:8000/7"),
        ("http://psa.example/{id}", "7", None),
        ("javascript:alert({id})", "7", None),
        ("https://{id}.example/", "psa", None),
        ("https://psa.example@evil.example/{id}", "7", None),
        ("https://psa.example/", "7", None),
        ("https://psa.example/{id}/{id}", "7", None),
        ("https://psa.example/{other}/{id}", "7", None),
        ("https://psa.example/a b/{id}", "7", None),
        ("https:///{id}", "7", None),
        ("//psa.example/{id}", "7", None),
        (None, "7", None),
    ],
)  # fmt: skip
def test_a_template_becomes_the_address_of_a_record_or_nothing(
    template: str | None, number: str, leads: str | None
) -> None:
    assert address(template, number) == leads
