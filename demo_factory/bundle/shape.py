"""The shape of what is rendered: the parts of a bundle's files that are used, with everything else refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from demo_factory.blueprint.values import Strict

Text = Annotated[str, StringConstraints(min_length=1)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")]


class Bundle(Strict):
    """bundle:"""

    name: Key
    engine: Literal["direct", "terraform"] | None = None
    databricks_cli_version: Text | None = None


class Artifact(Strict):
    """Something that is made where the bundle is deployed from."""

    type: Literal["whl"]
    path: Text
    build: Text


class Lookup(Strict):
    """Finds an id by a name."""

    service_principal: Text | None = None
    warehouse: Text | None = None


class Variable(Strict):
    """A variable, or how a target finds its value."""

    description: Text | None = None
    default: str | None = None
    lookup: Lookup | None = None


class RunAs(Strict):
    """Whose rights a job has."""

    service_principal_name: Text | None = None
    user_name: Text | None = None


class Schedule(Strict):
    """When a job starts by itself."""

    quartz_cron_expression: Annotated[str, StringConstraints(pattern=r"^\S+( \S+){5,6}$")]
    timezone_id: Text
    pause_status: Literal["PAUSED", "UNPAUSED"] | None = None


class Emails(Strict):
    """Who hears of it."""

    on_start: list[Text] = Field(default=[])
    on_success: list[Text] = Field(default=[])
    on_failure: list[Text] = Field(default=[])


class Queue(Strict):
    """Whether runs wait for each other."""

    enabled: bool


class Permission(Strict):
    """Who may do what with a job."""

    level: Literal["CAN_MANAGE", "CAN_MANAGE_RUN", "CAN_VIEW", "IS_OWNER"]
    group_name: Text | None = None
    service_principal_name: Text | None = None
    user_name: Text | None = None


class Wheel(Strict):
    """A task that runs an entry point of a package."""

    package_name: Text
    entry_point: Text
    parameters: list[Text] = Field(default=[])


class SqlFile(Strict):
    """A file of statements."""

    path: Text


class SqlTask(Strict):
    """A task that runs statements on a warehouse; in a target's file the part that differs there."""

    warehouse_id: Text | None = None
    file: SqlFile | None = None
    parameters: dict[Text, Text] = Field(default={})


class Needed(Strict):
    """A task that has to end before."""

    task_key: Key


class Library(Strict):
    """What a cluster installs."""

    whl: Text


class Task(Strict):
    """One step of a job; in a target's file the part that differs there."""

    task_key: Key
    depends_on: list[Needed] = Field(default=[])
    python_wheel_task: Wheel | None = None
    sql_task: SqlTask | None = None
    environment_key: Key | None = None
    job_cluster_key: Key | None = None
    existing_cluster_id: Text | None = None
    libraries: list[Library] = Field(default=[])


class EnvironmentSpec(Strict):
    """What a serverless environment holds."""

    environment_version: Annotated[str, StringConstraints(pattern="^[1-9][0-9]?$")]
    dependencies: list[Text] = Field(default=[])


class Environment(Strict):
    """A serverless environment."""

    environment_key: Key
    spec: EnvironmentSpec


class Workers(Strict):
    """Between how many workers."""

    min_workers: int = Field(ge=0)
    max_workers: int = Field(ge=1)


class NewCluster(Strict):
    """A cluster for one run."""

    spark_version: Text
    node_type_id: Text
    num_workers: int | None = Field(default=None, ge=0)
    autoscale: Workers | None = None
    data_security_mode: Literal["SINGLE_USER", "USER_ISOLATION"]
    single_user_name: Text | None = None
    policy_id: Text | None = None
    custom_tags: dict[Text, Text] = Field(default={})


class JobCluster(Strict):
    """A cluster that tasks share by its key."""

    job_cluster_key: Key
    new_cluster: NewCluster


class Job(Strict):
    """A job; in a target's file the part that differs there."""

    name: Text | None = None
    description: Text | None = None
    schedule: Schedule | None = None
    max_concurrent_runs: int | None = Field(default=None, ge=1)
    queue: Queue | None = None
    timeout_seconds: int | None = Field(default=None, ge=60)
    run_as: RunAs | None = None
    permissions: list[Permission] = Field(default=[])
    email_notifications: Emails | None = None
    tags: dict[Text, Text] = Field(default={})
    environments: list[Environment] = Field(default=[])
    job_clusters: list[JobCluster] = Field(default=[])
    tasks: list[Task] = Field(default=[])


class Resources(Strict):
    """resources:"""

    jobs: dict[Key, Job] = Field(default={})


class Presets(Strict):
    """What a target does to all resources."""

    name_prefix: Text | None = None
    trigger_pause_status: Literal["PAUSED", "UNPAUSED"] | None = None
    tags: dict[Text, Text] = Field(default={})


class Workspace(Strict):
    """Where a target is deployed to."""

    host: Annotated[str, StringConstraints(pattern=r"^https?://[^/@?#]+$")]
    root_path: Text


class TargetPermission(Strict):
    """Who may do what with everything that a target deploys, its files too."""

    level: Literal["CAN_MANAGE", "CAN_VIEW", "CAN_RUN"]
    group_name: Text | None = None
    service_principal_name: Text | None = None
    user_name: Text | None = None


class BundleTarget(Strict):
    """A target."""

    mode: Literal["development", "production"] | None = None
    default: bool = False
    presets: Presets | None = None
    workspace: Workspace
    permissions: list[TargetPermission] = Field(default=[])
    run_as: RunAs | None = None
    variables: dict[Key, str | Variable] = Field(default={})
    resources: Resources = Resources()


class BundleFile(Strict):
    """One file of a bundle; the files together are the bundle."""

    bundle: Bundle | None = None
    include: list[Text] = Field(default=[])
    artifacts: dict[Key, Artifact] = Field(default={})
    variables: dict[Key, Variable] = Field(default={})
    targets: dict[Key, BundleTarget] = Field(default={})
    resources: Resources = Resources()
