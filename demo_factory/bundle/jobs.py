"""The jobs: what they run, when, as whom, and who may see them. Compute and e-mails differ by target."""

from __future__ import annotations

from demo_factory.bundle.source import Source, variable
from demo_factory.bundle.text import Data, comment, entries, to_yaml
from demo_factory.sql.names import quote
from demo_factory.targets.model import Cluster, Target

ENVIRONMENT, CLUSTER = "demo_factory", "demo_factory"
# The ledger is that of whoever deploys, who lets the runner into it.
_GLOBAL = (
    "--targets", "${workspace.file_path}/config/targets.yaml", "--env", "${var.env}",
    "--ledger-of", "${workspace.current_user.userName}",
)  # fmt: skip
_HOUR = 3_600
SQL_FILE = "sql/test_dashboard.sql"
_SQL: Data = {"warehouse_id": "${var.warehouse_id}", "file": {"path": f"${{workspace.file_path}}/{SQL_FILE}"}}
_DAILY, _MORNING, _NOON, _WEEKLY = "0 0 5 * * ?", "0 0 6 * * ?", "0 0 12 * * ?", "0 0 3 ? * SUN"
DESTROY, EXPIRE = "destroy", "expire"


def jobs_of(source: Source) -> dict[str, tuple[str, Data]]:
    """Each job under its key, with the comment that stands above it."""
    moving = [step.name for step in source.plan.steps.values() if step.moves]
    upkeep = [step.name for step in source.plan.of_kind("optimize")]
    made = {
        "materialize": (
            "Makes what the blueprint says and is not there yet: the whole demo after its first deployment.",
            _job(source, "materialize", None, {"apply": _apply(source)}),
        ),
        "advance_daily": (
            "Moves the demo to today: appends the missing days, then judges every promise again.",
            _job(source, "advance_daily", _DAILY, {"advance": _apply(source, moving), "check": _check(source)}),
        ),
        "test_data_quality": (
            "Judges every promise of the tables as they stand; fails when one that blocks is broken.",
            _job(source, "test_data_quality", _NOON, {"check": _check(source)}),
        ),
    }
    if source.views:
        made["test_dashboard"] = (
            "Asks the warehouse for what dashboards show: every view answers there.",
            _job(source, "test_dashboard", None, {"views": _SQL}),
        )
    if upkeep:
        made["optimize"] = (
            "Lays files out anew and removes old ones.",
            _job(source, "optimize", _WEEKLY, {"optimize": [*_apply(source, upkeep), "--rebuild"]}),
        )
    return made


def destroy_job(source: Source) -> tuple[str, Data]:
    """What takes the data away again, where a pull request has an environment: whoever made it may remove it."""
    said = "Removes what the jobs made. Nobody but whoever deploys may start it."
    words = ["destroy", source.demo, *_where(source), "--yes", "--wait", str(_HOUR)]
    job = _job(source, DESTROY, None, {DESTROY: words})
    job.pop("permissions", None)
    return said, job


def expire_job(source: Source) -> tuple[str, Data]:
    """What takes the data away when the demo has stood for as long as its blueprint says; until then it only asks."""
    days = source.plan.blueprint.expires
    said = f"Once a day: removes what the jobs made when its first build is {days} days ago, and nothing before."
    job = _job(
        source, EXPIRE, _MORNING, {EXPIRE: [*_words(source, "destroy"), "--expired", "--yes", "--wait", str(_HOUR)]}
    )
    job["schedule"] |= {"pause_status": "UNPAUSED"}  # also where other schedules rest
    job.pop("permissions", None)
    return said, job


def _words(source: Source, command: str) -> list[str]:
    return [command, f"${{workspace.file_path}}/{source.file}", *_where(source)]


def _where(source: Source) -> list[str]:
    whose = ["--user", "${workspace.current_user.short_name}"] if source.names_user else []
    return ["--target", "${bundle.target}", *_GLOBAL, *whose]


def _apply(source: Source, names: list[str] | None = None) -> list[str]:
    words = [*_words(source, "apply"), "--scale", "${var.scale}", "--wait", str(_HOUR)]
    return [*words, "--select", ",".join(names)] if names else words


def _check(source: Source) -> list[str]:
    return _words(source, "check")


def _job(source: Source, name: str, cron: str | None, tasks: dict[str, list[str] | Data]) -> Data:
    title = source.plan.blueprint.title or source.demo
    job: Data = {"name": f"{source.demo} {name.replace('_', ' ')}", "description": title}
    if cron is not None:
        job["schedule"] = {"quartz_cron_expression": cron, "timezone_id": "UTC"}
    job |= {"max_concurrent_runs": 1, "queue": {"enabled": True}, "timeout_seconds": 4 * _HOUR}
    if source.governance.runs_as:
        job["run_as"] = {"service_principal_name": variable(source.governance.runs_as)}
    if allowed := _permissions(source):
        job["permissions"] = allowed
    job["tags"] = {"demo": source.demo, "budget": "${var.budget_tag}"}
    job["tasks"] = _tasks(tasks)
    return job


def _tasks(tasks: dict[str, list[str] | Data]) -> list[Data]:
    """One after the other: our command with its words, or a file of SQL."""
    made: list[Data] = []
    for key, work in tasks.items():
        before = {"depends_on": [{"task_key": made[-1]["task_key"]}]} if made else {}
        if isinstance(work, list):
            wheel = {"package_name": "demo_factory", "entry_point": "demo-factory-job", "parameters": work}
            made.append({"task_key": key, **before, "python_wheel_task": wheel})
        else:
            made.append({"task_key": key, **before, "sql_task": work})
    return made


def _permissions(source: Source) -> list[Data]:
    """Groups that may change data may start the jobs; groups that may read it may look at them."""
    levels: dict[str, str] = {}
    for grant in source.governance.grants:
        for name in grant.to:
            if name in source.governance.groups:
                level = "CAN_MANAGE_RUN" if "MODIFY" in grant.privileges else levels.get(name, "CAN_VIEW")
                levels[name] = level
    return [{"group_name": variable(name), "level": level} for name, level in sorted(levels.items())]


def views_file(source: Source) -> str:
    """sql/test_dashboard.sql: catalog and schema come with the task, as text in quotes."""
    asked = "".join(f"SELECT * FROM {quote(name)} LIMIT 1000;\n" for name in source.views)
    place = "USE CATALOG {{catalog}};\nUSE IDENTIFIER({{schema}});\n\n"
    return f"-- What dashboards show has to answer on the warehouse.\n{place}{asked}"


def jobs_file(source: Source) -> str:
    """resources/jobs.yml."""
    head = "Jobs of the demo. What they run on and whom they write to stands with each target, in targets/."
    return comment(head) + "resources:\n  jobs:\n" + entries(jobs_of(source), 4)


def compute_of(source: Source, target: Target) -> Data:
    """The part of every job that a target decides: its compute, and who hears of failures."""
    return {name: _part(source, target, job) for name, (_, job) in jobs_of(source).items()}


def _part(source: Source, target: Target, job: Data) -> Data:
    part: Data = {"email_notifications": {"on_failure": list(target.notify)}} if target.notify else {}
    if any("sql_task" in task for task in job["tasks"]):  # a warehouse is no compute of the target's
        place = dict(zip(("catalog", "schema"), source.place(target), strict=True))
        return {
            **part,
            "tasks": [{"task_key": one["task_key"], "sql_task": {"parameters": place}} for one in job["tasks"]],
        }
    part |= _shared(source, target)
    part["tasks"] = [{"task_key": task["task_key"], **_placed(source, target)} for task in job["tasks"]]
    return part


def _shared(source: Source, target: Target) -> Data:
    serverless, cluster = target.compute.serverless, target.compute.cluster
    if serverless is not None:
        spec = {"environment_version": serverless.environment_version, "dependencies": [source.wheel]}
        return {"environments": [{"environment_key": ENVIRONMENT, "spec": spec}]}
    if cluster is not None and cluster.existing is None:
        return {"job_clusters": [{"job_cluster_key": CLUSTER, "new_cluster": _new_cluster(source, cluster)}]}
    return {}


def _placed(source: Source, target: Target) -> Data:
    cluster = target.compute.cluster
    if cluster is None:
        return {"environment_key": ENVIRONMENT}
    where = {"existing_cluster_id": cluster.existing} if cluster.existing else {"job_cluster_key": CLUSTER}
    return {**where, "libraries": [{"whl": source.wheel}]}


def _new_cluster(source: Source, cluster: Cluster) -> Data:
    size: Data = {"num_workers": cluster.workers}
    if cluster.autoscale is not None:
        size = {"autoscale": {"min_workers": cluster.autoscale.min, "max_workers": cluster.autoscale.max}}
    made: Data = {"spark_version": cluster.spark_version, "node_type_id": cluster.node_type, **size}
    made["data_security_mode"] = cluster.data_security_mode
    if cluster.single_user and not source.governance.runs_as:  # else it is whoever the job runs as
        made["single_user_name"] = cluster.single_user
    made |= {"policy_id": cluster.policy_id} if cluster.policy_id else {}
    return {**made, "custom_tags": {"budget": "${var.budget_tag}"}}


def target_jobs(source: Source, target: Target, development: bool) -> str:
    """The jobs' part of a target's file, with those that only some targets have."""
    text = "".join(to_yaml({name: part}, 8) for name, part in compute_of(source, target).items())
    own = {DESTROY: destroy_job(source)} if development and target.allow.destroy else {}
    if target.allow.destroy and source.plan.blueprint.expires is not None:
        own[EXPIRE] = expire_job(source)
    for name, (said, job) in own.items():
        part = _part(source, target, job)
        tasks = [{**task, **mine} for task, mine in zip(job["tasks"], part["tasks"], strict=True)]
        text += comment(said, 8) + to_yaml({name: {**job, **part, "tasks": tasks}}, 8)
    return text
