"""Formulas to DataFrames to Delta."""
