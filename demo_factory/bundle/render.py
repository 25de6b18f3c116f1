"""All files of a bundle, as text by path: the same input gives the same bytes."""

from __future__ import annotations

from demo_factory.bundle.extras import IGNORED, readme, unit_tests
from demo_factory.bundle.jobs import SQL_FILE, jobs_file, views_file
from demo_factory.bundle.root import root_file, target_file, targets_file
from demo_factory.bundle.source import Source
from demo_factory.bundle.workflows import deploy_workflow, destroy_workflow, test_workflow


def render(source: Source) -> dict[str, str]:
    """Path in the bundle -> text."""
    said = f"# Rendered by demo-factory from {source.file}: change that, and render again.\n"
    files = {
        "databricks.yml": said + root_file(source),
        "resources/jobs.yml": said + jobs_file(source),
        **{f"targets/{name}.yml": said + target_file(source, name) for name in source.in_order},
        "config/targets.yaml": said + targets_file(source),
        source.file: source.blueprint,
        f"tests/test_{source.demo}.py": unit_tests(source),
        "README.md": readme(source),
        ".gitignore": IGNORED,
        ".github/workflows/test.yml": test_workflow(source),
        ".github/workflows/deploy.yml": deploy_workflow(source),
    }
    if source.views:
        files[SQL_FILE] = said.replace("#", "--", 1) + views_file(source)
    removal = destroy_workflow(source)
    return files if removal is None else {**files, ".github/workflows/destroy-pr.yml": removal}
