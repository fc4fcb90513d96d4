"""Definitions: what every figure means, printed from the catalogue that computes it."""

from app import components, definitions

view = components.current()
trust = components.trust_of(view, everything=True)
words = components.search("Find", "Name, formula or id", "find")
components.show(definitions.page(words, for_customer=view.scope.is_customer))
components.footer(view, trust)
