"""Every kind of resource, a file a kind; a file that is here is known everywhere."""
