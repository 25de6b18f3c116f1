"""The governed shop's rights, as principals meet them."""

from __future__ import annotations

from demo_factory_tests.access.governed import items


def values() -> dict[tuple[str, str], object]:
    """What is declared, by kind and key: change it to try other rights."""
    return {ref: dict(item.desired) for ref, item in items().items()}
