"""Who may see what: privileges, masks, filters, the matrix, and what people gave by hand."""
