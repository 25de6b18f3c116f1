"""What must happen: formulas, order, days, lineage and statements. Pure: no clock, no files, no Spark."""
