"""What makes and removes each kind of resource on this machine, a file a kind, named as in resources/kinds/."""
