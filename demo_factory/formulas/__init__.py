"""Cells: each column of a table as a formula of the row. Pure: no clock, no files, no Spark."""
