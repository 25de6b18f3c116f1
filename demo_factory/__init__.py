"""demo_factory turns one blueprint into a complete, governed, living Databricks demo."""
