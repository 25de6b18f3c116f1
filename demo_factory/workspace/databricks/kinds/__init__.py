"""What makes and removes each kind of resource on a workspace, a file a kind, named as in resources/kinds/."""
