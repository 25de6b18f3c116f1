"""The command destroy."""
import typer
def register(app: typer.Typer) -> None:
    pass
