"""Governance in the blueprint: who there is, who may do what, and what they see of personal data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from demo_factory.blueprint.names import Name
from demo_factory.blueprint.values import Days, Strict

Privilege = Literal[
    "SELECT", "MODIFY", "EXECUTE", "CREATE TABLE", "CREATE FUNCTION", "CREATE MODEL", "READ VOLUME", "WRITE VOLUME"
]
Show = Literal["hidden", "hash", "first_letter", "year", "nothing"]
Classification = Literal["pii", "confidential", "public"]
ColumnName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]


class Group(Strict):
    """A group of the account: the only kind that can hold grants on Unity Catalog."""

    comment: str = Field(default="", description="who is in it")
    members: list[str] | None = Field(
        default=None,
        description="users by e-mail, service principals and groups by name; without it members are left to people",
    )

    @property
    def listed(self) -> list[str]:
        """The members that the blueprint names."""
        return self.members or []


class ServicePrincipal(Strict):
    """An identity that no person logs in with."""

    comment: str = Field(default="", description="what it is for")


class Grant(Strict):
    """Privileges for some principals; USE CATALOG and USE SCHEMA come with them, and nothing more."""

    to: list[Name] = Field(min_length=1, description="groups and service principals of this blueprint")
    privileges: list[Privilege] = Field(min_length=1, description="as Databricks names them")
    on: list[Name] = Field(
        min_length=1, description="tables, views, models and volumes by short name, or schema for all"
    )


class Mask(Strict):
    """What people see instead of a column's values, unless they are in `except`.

    A mask that names a column stands before one for its classification.
    """

    columns: list[ColumnName] = Field(default=[], description="as customers.email")
    classification: Classification | None = Field(default=None, description="or all columns of a classification")
    show: Show = Field(
        default="hidden",
        description="what is seen: hidden is ****, or NULL for what is no text; nothing is NULL",
    )
    exempt: list[Name] = Field(default=[], alias="except", description="groups that see the real values")

    @model_validator(mode="after")
    def _one_way(self) -> Mask:
        if bool(self.columns) == (self.classification is not None):
            raise ValueError("give either columns or classification")
        return self


class RowFilter(Strict):
    """Which rows of a table people see, unless they are in `except`."""

    keep: str = Field(min_length=1, description="a condition over the table's columns, as country = 'DE'")
    exempt: list[Name] = Field(default=[], alias="except", description="groups that see all rows")


class Secret(Strict):
    """A secret by the name of the environment variable that holds it; the value never stands in a file."""

    env: EnvName = Field(description="the environment variable with the value, asked for when it is not set")
    comment: str = Field(default="", description="what it is for")


class Secrets(Strict):
    """A secret scope of the demo."""

    scope: str | None = Field(default=None, description="default: the catalog's name")
    keys: dict[Name, Secret] = Field(min_length=1, description="secrets by name")
    readers: list[Name] = Field(default=[], description="groups and service principals that may read them")


class Governance(Strict):
    """Who may do what."""

    groups: dict[Name, Group] = Field(default={}, description="by name; a target may give another name")
    service_principals: dict[Name, ServicePrincipal] = Field(default={}, description="by name")
    runs_as: Name | None = Field(default=None, description="the service principal that runs the demo's jobs")
    grants: list[Grant] = Field(default=[], description="who may do what")
    masks: list[Mask] = Field(default=[], description="what is seen instead of personal data")
    row_filters: dict[Name, RowFilter] = Field(default={}, description="by table")
    secrets: Secrets | None = Field(default=None, description="kept in a secret scope")
    audit: Days | None = Field(default=None, description="how far back the audit of who read what looks")
    budget_tag: str | None = Field(default=None, description="on all compute; default: the demo's name")
