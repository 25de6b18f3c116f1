"""Tests of formulas/."""
