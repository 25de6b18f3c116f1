"""Targets: the workspaces a demo may stand on, and what is allowed there. Secrets are only named, never held."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from demo_factory.blueprint.model import Blueprint
from demo_factory.blueprint.names import Name, NameTemplate
from demo_factory.blueprint.values import Strict

_HOST = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?")
_LOOPBACK = re.compile(r"http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?")
_ENV_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_MAIL = re.compile(r"[^@\s:/]+@[^@\s:/]+\.[^@\s:/]+")
_STORAGE = re.compile(r"(s3|gs|abfss)://[^\s?#]+")


ME = "{me}"  # in a folder: whoever is logged in
OWN_FOLDER = f"/Workspace/Users/{ME}/.demo_factory"


def _check_host(value: str) -> str:
    if _HOST.fullmatch(value) or _LOOPBACK.fullmatch(value):
        return value
    rule = "a host is https:// and the workspace's name, with no path, user or query"
    raise ValueError(f"{rule} -> write for example https://adb-1234567890123456.7.azuredatabricks.net")


def _check_env_name(value: str) -> str:
    if _ENV_NAME.fullmatch(value):
        return value
    rule = "must be the name of an environment variable, in capitals"
    raise ValueError(f"{rule} -> write for example DEV_CLIENT_SECRET, and keep the secret itself out of this file")


def is_mail(value: str) -> bool:
    """Whether it has the form of an e-mail address."""
    return _MAIL.fullmatch(value) is not None


def _check_mail(value: str) -> str:
    if is_mail(value):
        return value
    raise ValueError(f"{value!r:.60} is not an e-mail address -> write for example data-team@example.com")


def _check_storage(value: str) -> str:
    if _STORAGE.fullmatch(value):
        return value
    raise ValueError(f"{value!r:.60} is not a storage path -> write for example s3://bucket/folder")


def _check_folder(value: str) -> str:
    if not re.fullmatch(r"/Workspace(/[^/\s]+)+", value) or ".." in value:
        raise ValueError(f"{value!r:.60} is not a workspace folder -> write for example {OWN_FOLDER}")
    if value.startswith("/Workspace/Shared"):
        rule = "is where every user of the workspace may write, ledger and scripts included"
        raise ValueError(
            f"{value!r:.60} {rule} -> write for example {OWN_FOLDER}, or a folder that only few may change"
        )
    return value


def _check_volume(value: str) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2}", value):
        return value
    raise ValueError(f"{value!r:.60} is not the full name of a volume -> write catalog.schema.volume")


Text = Annotated[str, StringConstraints(min_length=1)]
Host = Annotated[str, AfterValidator(_check_host), WithJsonSchema({"type": "string", "pattern": "^https?://[^/@?#]+$"})]
EnvName = Annotated[
    str, AfterValidator(_check_env_name), WithJsonSchema({"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"})
]
Mail = Annotated[str, AfterValidator(_check_mail), WithJsonSchema({"type": "string", "format": "email"})]
Storage = Annotated[
    str, AfterValidator(_check_storage), WithJsonSchema({"type": "string", "pattern": "^(s3|gs|abfss)://"})
]
Folder = Annotated[str, AfterValidator(_check_folder), WithJsonSchema({"type": "string", "pattern": "^/Workspace/"})]
Volume = Annotated[
    str,
    AfterValidator(_check_volume),
    WithJsonSchema({"type": "string", "pattern": r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2}$"}),
]
Price = Annotated[float, Field(ge=0)]


class ServicePrincipalAuth(Strict):
    """A service principal that logs in with an OAuth secret."""

    client_id: Text = Field(description="its application id")
    secret_env: EnvName = Field(description="the environment variable with its OAuth secret, never the secret itself")


class Auth(Strict):
    """How to log in: a profile of ~/.databrickscfg, a service principal, or the environment (the default)."""

    profile: Text | None = Field(default=None, description="a profile of ~/.databrickscfg")
    service_principal: ServicePrincipalAuth | None = Field(default=None, description="an OAuth secret, by variable")
    environment: bool = Field(default=False, description="what DATABRICKS_* variables say; OIDC in CI works so")

    @model_validator(mode="before")
    @classmethod
    def _by_default(cls, data: Any) -> Any:
        return {"environment": True} if data == {} else data

    @model_validator(mode="after")
    def _one_way(self) -> Auth:
        if sum((self.profile is not None, self.service_principal is not None, self.environment)) != 1:
            raise ValueError("give exactly one of profile, service_principal or environment: true")
        return self

    @property
    def kind(self) -> str:
        """profile, service principal or environment."""
        if self.profile is not None:
            return "profile"
        return "environment" if self.service_principal is None else "service principal"


class Autoscale(Strict):
    """Between how many workers a cluster grows and shrinks."""

    min: int = Field(ge=1, le=1_000, description="fewest workers")
    max: int = Field(ge=1, le=1_000, description="most workers")

    @model_validator(mode="after")
    def _in_order(self) -> Autoscale:
        if self.min > self.max:
            raise ValueError(f"min {self.min} must not be above max {self.max}")
        return self


class Cluster(Strict):
    """Classic compute: a new cluster for each run, or one that is there."""

    spark_version: str = Field(default="", description="as 17.3.x-scala2.13")
    node_type: str = Field(default="", description="as i3.xlarge or Standard_DS3_v2")
    workers: int | None = Field(default=None, ge=1, le=1_000, description="how many workers")
    autoscale: Autoscale | None = Field(default=None, description="or between how many")
    data_security_mode: Literal["SINGLE_USER"] = Field(
        default="SINGLE_USER", description="dedicated access mode: the step launcher needs it"
    )
    single_user: Text | None = Field(default=None, description="whose cluster: a principal's name or application id")
    policy_id: Text | None = Field(default=None, description="the cluster policy")
    existing: Text | None = Field(default=None, description="the id of a cluster that is there, and nothing else")
    volume: Volume | None = Field(default=None, description="catalog.schema.volume for staging; default: one of ours")

    @model_validator(mode="after")
    def _new_or_existing(self) -> Cluster:
        others = self.model_fields_set - {"existing", "volume"}
        if self.existing is not None:
            if others:
                raise ValueError(f"existing stands alone -> remove {', '.join(sorted(others))}")
            return self
        for name in ("spark_version", "node_type"):
            if not getattr(self, name):
                raise ValueError(f"{name!r} is missing -> add `{name}:`, or `existing:` with a cluster's id")
        if (self.workers is None) == (self.autoscale is None):
            raise ValueError("give exactly one of workers and autoscale")
        return self


class Serverless(Strict):
    """Serverless compute, through Dagster Pipes and a volume for staging."""

    environment_version: str = Field(default="4", pattern="^[1-9][0-9]?$", description="of the serverless environment")
    volume: Volume | None = Field(default=None, description="catalog.schema.volume for staging; default: one of ours")


class Compute(Strict):
    """Where the work runs: a cluster or serverless."""

    cluster: Cluster | None = Field(default=None, description="classic compute")
    serverless: Serverless | None = Field(default=None, description="serverless compute; {} takes the defaults")

    @model_validator(mode="after")
    def _one_of_two(self) -> Compute:
        if (self.cluster is None) == (self.serverless is None):
            raise ValueError("give exactly one of cluster and serverless")
        return self

    @property
    def volume(self) -> str | None:
        """The volume for staging, where one of its own is named."""
        named = self.cluster or self.serverless
        return named.volume if named is not None else None

    @property
    def kind(self) -> str:
        """cluster or serverless."""
        return "cluster" if self.cluster is not None else "serverless"


class Allow(Strict):
    """What may be done on a target."""

    destroy: bool = Field(default=True, description="remove demos; default on production: false")
    create_catalog: bool = Field(default=True, description="make the demo's catalog; false: it has to be there")
    create_groups: bool = Field(default=True, description="make account groups; false: they have to be there")
    create_service_principals: bool = Field(default=True, description="make them; false: they have to be there")


class Target(Strict):
    """A Databricks workspace, and how a demo stands on it."""

    host: Host = Field(description="the workspace, as https://adb-1234567890123456.7.azuredatabricks.net")
    auth: Auth = Field(default=Auth(environment=True), description="how to log in; default: the environment")
    env: Name | None = Field(default=None, description="fills {env} in names; default: the target's name")
    catalog: NameTemplate | None = Field(default=None, description="that demos stand in here; default: the blueprint's")
    schema_name: NameTemplate | None = Field(
        default=None, alias="schema", description="the same of the schema; with {user} each person has one of their own"
    )
    production: bool = Field(default=False, description="what people rely on; default: true for a target named prod")
    compute: Compute = Field(description="a cluster or serverless")
    warehouse: Text = Field(description="the SQL warehouse, by name or id")
    principals: dict[Text, Text] = Field(default={}, description="the blueprint's names -> this workspace's own")
    readers: list[Text] = Field(
        default=[],
        description="who may read all of a demo here, masks and filters as ever: users, groups, applications",
    )
    storage_root: Storage | None = Field(default=None, description="of the catalog; default: the metastore's")
    allow: Allow = Field(default=Allow(), description="what may be done here")
    prices: dict[Text, Price] = Field(default={}, description="per DBU by SKU; default: the built-in list")
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$", description="of the prices")
    notify: list[Mail] = Field(default=[], description="e-mail addresses that hear of failed jobs")
    folder: Folder = Field(
        default=OWN_FOLDER, description="where ledger, lock and scripts lie; {me} is whoever is logged in"
    )
    budget_tag: Text | None = Field(default=None, description="on all compute; default: the demo's")

    def named(self, name: str) -> Target:
        """The target with what follows from its name: its environment, and whether it is production."""
        production = self.production if "production" in self.model_fields_set else name == "prod"
        destroy = self.allow.destroy if "destroy" in self.allow.model_fields_set else not production
        allow = self.allow.model_copy(update={"destroy": destroy})
        return self.model_copy(update={"env": self.env or name, "production": production, "allow": allow})

    def as_json(self) -> str | None:
        """What a file of targets says of it; None for this machine, of which none does."""
        return self.model_dump_json(exclude_defaults=True, by_alias=True) if self.host else None

    def in_env(self, env: str) -> Target:
        """The target for one environment; another than its own, as of a pull request, has a ledger of its own there.

        This machine has one ledger for all.
        """
        if not self.host or env == self.env:
            return self
        return self.model_copy(update={"env": env, "folder": f"{self.folder}/{env}"})

    def placing(self, blueprint: Blueprint) -> Blueprint:
        """The blueprint with the catalog and schema that this target gives every demo."""
        own = {"catalog": self.catalog, "schema_name": self.schema_name}
        return blueprint.model_copy(update={field: value for field, value in own.items() if value is not None})


class Targets(Strict):
    """The file of targets."""

    targets: dict[Name, Target] = Field(min_length=1, description="workspaces by name; local is always there")


# This machine: no host, no compute of its own.
LOCAL = Target.model_construct(
    host="", auth=Auth(environment=True), env="dev", compute=Compute.model_construct(), warehouse=""
)
