"""Every use of another library's private parts, one file a library; each has a test that names the pinned version."""
