"""What a demo consists of: the graph of its objects, what is there, what differs, and where columns come from."""
