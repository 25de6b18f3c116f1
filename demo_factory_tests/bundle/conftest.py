"""Golden files are rendered: the test among them is tested as text, and run where it belongs."""

collect_ignore = ["golden"]
