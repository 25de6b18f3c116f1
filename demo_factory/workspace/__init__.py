"""What a demo stands on: one protocol a service, one folder a target."""
