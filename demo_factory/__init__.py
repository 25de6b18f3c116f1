"""demo_factory turns one blueprint into a complete, governed, living Databricks demo."""


def __getattr__(name: str) -> object:
    """`demo_factory.DemoComponent` is what Dagster's `dg` asks for; nobody else pays for importing Dagster."""
    if name == "DemoComponent":
        from demo_factory.orchestration.component import DemoComponent

        return DemoComponent
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), "DemoComponent"]
