"""What a demo is: frozen models, YAML in, every mistake with its file and line."""
