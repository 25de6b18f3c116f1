"""SQL that people write: names, tokens, functions that may be called, and what a query reads. It prints no SQL back."""
