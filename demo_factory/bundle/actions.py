"""The GitHub actions that workflows use, each pinned to the commit that its release tag named when it was looked up."""

# (commit, release), as the tags of copies of these repositories taken in August 2026 say.
_PINS = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/setup-java": ("b6effb05e454b25005698d916606bdc6ffcbf961", "v5.7.0"),
    "databricks/setup-cli": ("6bb7075f85b326f8b9ce160933dfe9bcd63c8121", "v1.13.0"),
}


def pinned(name: str) -> str:
    """`OWNER/NAME@commit # release`."""
    commit, release = _PINS[name]
    return f"{name}@{commit} # {release}"
