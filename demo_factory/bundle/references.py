"""Checks a bundle's files as one: their shape with file and line, and that everything they point at is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from pydantic import ValidationError

from demo_factory.blueprint.document import Kind, Lines, read_document
from demo_factory.blueprint.errors import BlueprintError, Problem
from demo_factory.blueprint.explain import explain
from demo_factory.blueprint.suggestions import did_you_mean
from demo_factory.bundle.shape import BundleFile, BundleTarget, Job, Resources, Task

_KIND = Kind("bundle file", first="start with `bundle:`")
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_BUILT_IN = re.compile(
    r"bundle\.(name|target|environment)|workspace\.(host|root_path|file_path|artifact_path|state_path)"
    r"|workspace\.current_user\.(userName|short_name|domain_friendly_name)"
)
_SHORT_NAME = "${workspace.current_user.short_name}"
Found = tuple[Lines, Problem]


def check_bundle(files: Mapping[str, str | bytes]) -> list[str]:
    """Everything that is wrong with a bundle's YAML files, a line each; empty when nothing is.

    Args:
        files: text by path; what lies outside databricks.yml, resources/ and targets/ is none of the bundle's.
    """
    read: dict[str, tuple[BundleFile, Lines]] = {}
    wrong: list[str] = []
    for path, text in files.items():
        if path == "databricks.yml" or re.fullmatch(r"(resources|targets)/[^/]+\.yml", path):
            try:
                read[path] = _read(path, text)
            except BlueprintError as error:
                wrong += str(error).splitlines()
    return wrong or [lines.place(problem).render(lines.file) for lines, problem in _problems(read)]


def _read(path: str, text: str | bytes) -> tuple[BundleFile, Lines]:
    document = read_document(text, path, kind=_KIND)
    problems = list(document.problems)
    if document.data is not None and not problems:
        try:
            return BundleFile.model_validate(document.data), document.lines
        except ValidationError as error:
            problems = explain(error.errors(include_url=False), BundleFile, document.lines)
    raise document.lines.error(problems)


def _problems(read: Mapping[str, tuple[BundleFile, Lines]]) -> Iterator[Found]:
    yield from _references(read)
    targets = {name: target for file, _ in read.values() for name, target in file.targets.items()}
    base = {key: job for file, _ in read.values() for key, job in file.resources.jobs.items()}
    for file, lines in read.values():
        for name, target in file.targets.items():
            for problem in _target(name, target, base):
                yield lines, problem
    if sum(target.default for target in targets.values()) > 1:
        lines = next(lines for file, lines in read.values() if file.targets)
        yield lines, Problem(("targets",), "several targets are the default", "keep one")


# -- references --------------------------------------------------------------------------------------------------------


def _references(read: Mapping[str, tuple[BundleFile, Lines]]) -> Iterator[Found]:
    variables = {name for file, _ in read.values() for name in file.variables}
    everywhere = _names(file.resources for file, _ in read.values())
    for file, lines in read.values():
        inside = {name: _names([target.resources]) for name, target in file.targets.items()}
        for path, reference in _texts(file.model_dump(exclude_defaults=True)):
            mine = inside.get(path[1], set()) if path[0] == "targets" else set()
            said = _unknown(reference, variables, everywhere | mine)
            if said is not None:
                yield lines, Problem(path, f"${{{reference}}} is not there", said)
        for name, target in file.targets.items():
            for variable in target.variables:
                if variable not in variables:
                    path = ("targets", name, "variables", variable)
                    yield (
                        lines,
                        Problem(path, f"no variable {variable!r} is declared", did_you_mean(variable, variables)),
                    )


def _names(all_resources: Iterable[Resources]) -> set[str]:
    """Every `resources.kind.key` that is defined."""
    return {
        f"resources.{kind}.{key}"
        for resources in all_resources
        for kind in Resources.model_fields
        for key in getattr(resources, kind)
    }


def _texts(node: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*path, str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, (*path, str(index)))
    elif isinstance(node, str):
        for reference in _REFERENCE.findall(node):
            yield path, reference


def _unknown(reference: str, variables: set[str], resources: set[str]) -> str | None:
    """What would be right instead; None when the reference is."""
    kind, _, rest = reference.partition(".")
    if kind == "var":
        return None if rest in variables else did_you_mean(rest, sorted(variables))
    if kind == "resources":
        named = ".".join(reference.split(".")[:3])
        return None if named in resources else did_you_mean(named, sorted(resources))
    return None if _BUILT_IN.fullmatch(reference) else "use var., resources., bundle.name, bundle.target or workspace."


# -- targets and jobs --------------------------------------------------------------------------------------------------


def _target(name: str, target: BundleTarget, base: Mapping[str, Job]) -> Iterator[Problem]:
    """The rules of modes, and the jobs as they are on this target."""
    here = ("targets", name)
    prefix = target.presets.name_prefix if target.presets else None
    if target.mode == "development" and prefix is not None and _SHORT_NAME not in prefix:
        path = (*here, "presets", "name_prefix")
        yield Problem(path, "in development names must say whose they are", f"put {_SHORT_NAME} into the prefix")
    if target.mode == "production":
        root = target.workspace.root_path
        if root.startswith("/Workspace/Shared"):
            yield Problem(
                (*here, "workspace", "root_path"), "everybody can write there", "use a folder of the deployer"
            )
        if target.presets is not None and target.presets.name_prefix:
            yield Problem((*here, "presets", "name_prefix"), "production has no prefix", "remove it")
    for key in base:
        if key not in target.resources.jobs:
            yield Problem((*here, "resources", "jobs"), f"the job {key!r} has no compute here", f"add `{key}:`")
    for key, job in target.resources.jobs.items():
        place = (*here, "resources", "jobs", key)
        if key not in base and job.name is None:
            yield Problem(place, f"no job {key!r} is in resources/", did_you_mean(key, base))
        else:
            yield from _job(base.get(key, job), job, place)


def _job(base: Job, job: Job, path: tuple[str, ...]) -> Iterator[Problem]:
    """A job as its base and its target's part together say it."""
    environments = {one.environment_key for one in (*base.environments, *job.environments)}
    clusters = {one.job_cluster_key for one in (*base.job_clusters, *job.job_clusters)}
    keys = [task.task_key for task in base.tasks]
    mine = {task.task_key: task for task in job.tasks}
    run_as = job.run_as or base.run_as
    if run_as is not None and (run_as.service_principal_name is None) == (run_as.user_name is None):
        yield Problem((*path, "run_as"), "give exactly one of service_principal_name and user_name")
    for index, task in enumerate(job.tasks):
        if task.task_key not in keys:
            said = did_you_mean(task.task_key, keys)
            yield Problem((*path, "tasks", str(index)), f"no task {task.task_key!r} is in the job", said)
    for task in base.tasks:
        here = (*path, "tasks", *([str(job.tasks.index(mine[task.task_key]))] if task.task_key in mine else []))
        for needed in task.depends_on:
            if needed.task_key not in keys:
                yield Problem(
                    here, f"{task.task_key!r} waits for {needed.task_key!r}", did_you_mean(needed.task_key, keys)
                )
        yield from _placed(task, mine.get(task.task_key), environments, clusters, here)


def _placed(
    task: Task, part: Task | None, environments: set[str], clusters: set[str], path: tuple[str, ...]
) -> Iterator[Problem]:
    """Where a task runs: exactly one place, and one that is there."""
    ways = {
        name: getattr(part, name, None) or getattr(task, name)
        for name in ("environment_key", "job_cluster_key", "existing_cluster_id")
    }
    given = {name: value for name, value in ways.items() if value}
    if task.sql_task is not None:
        if given:
            yield Problem(path, f"{task.task_key!r} runs on a warehouse", f"remove {', '.join(given)}")
        return
    if len(given) != 1:
        yield Problem(path, f"{task.task_key!r} must run in exactly one place", f"give one of {', '.join(ways)}")
    for name, known in (("environment_key", environments), ("job_cluster_key", clusters)):
        if name in given and given[name] not in known:
            yield Problem((*path, name), f"there is no {given[name]!r}", did_you_mean(given[name], sorted(known)))
