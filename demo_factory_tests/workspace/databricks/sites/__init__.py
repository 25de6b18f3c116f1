"""Workspaces under test."""
