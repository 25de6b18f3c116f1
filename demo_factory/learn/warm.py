"""Import the slow libraries and open the registry while Spark is busy, so that nobody waits for them later."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from demo_factory.learn.registry import Registry


def warm_up(registry: Registry | None = None) -> Future[None]:
    """Start importing in a thread; `train` and `predict` need no call of this, they are only quicker after it.

    Args:
        registry: prepared too when given. What fails is raised again by whoever uses the registry.
    """
    future: Future[None] = Future()

    def work() -> None:
        try:
            import demo_factory.learn.predict  # noqa: F401
            from demo_factory.learn.train import rehearse

            if registry is not None:
                registry.prepare()
            rehearse()
            future.set_result(None)
        except BaseException as error:  # noqa: BLE001 - belongs to whoever asks for the result
            future.set_exception(error)

    threading.Thread(target=work, name="warm-up-learn", daemon=True).start()
    return future
