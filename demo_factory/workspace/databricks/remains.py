"""What a destroy tidies up of a workspace on this machine: the history of its runs. The rest are resources there."""

from __future__ import annotations

import shutil

from demo_factory.workspace.home import Home


def leave(home: Home) -> None:
    """Remove what this machine keeps of a workspace whose history holds no demo any longer."""
    shutil.rmtree(home.root)
    for folder in (home.root.parent, home.root.parent.parent):
        if not any(folder.iterdir()):
            folder.rmdir()
