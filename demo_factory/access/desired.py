"""Governance of a blueprint as items: each with what it should be, after everything it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from demo_factory.access.policies import FunctionText, filter_function, groups_in, mask_function, unfit
from demo_factory.blueprint.governance import Governance
from demo_factory.blueprint.masks import masks_of
from demo_factory.resources.graph import DemoPlan, PredictionsPlan, TablePlan, ViewPlan
from demo_factory.resources.resource import GovernedKind, Resource, ResourceId, Value

PRINCIPALS, CONTAINERS, TAGS = "access_principals", "access_containers", "access_tags"
MASKS, GRANTS, SECRETS = "access_masks", "access_grants", "access_secrets"
STEPS = (PRINCIPALS, CONTAINERS, TAGS, MASKS, GRANTS)
_STRICTEST = ("pii", "confidential")
SECURABLE = {"table": "table", "view": "table", "predictions": "table", "model": "function"}


def governance_items(plan: DemoPlan, names: Mapping[str, str] | None = None) -> tuple[Resource, ...]:
    """Everything governed of a demo, each after what it needs.

    Args:
        names: a target's own names for groups and service principals of the blueprint.
    """
    return tuple(_Items(plan, names or {}).all())


def mask_name(table: str, column: str) -> str:
    """The name of the function that masks a column."""
    return f"mask_{table}_{column}"


def filter_name(table: str) -> str:
    """The name of the function that filters a table."""
    return f"filter_{table}"


@dataclass
class _Items:
    plan: DemoPlan
    names: Mapping[str, str]

    @property
    def governance(self) -> Governance:
        return self.plan.blueprint.governance

    @property
    def schema(self) -> str:
        return f"{self.plan.catalog}.{self.plan.schema}"

    def all(self) -> Iterator[Resource]:
        yield from self.principals()
        yield from self.containers()
        yield from self.tags()
        guards = [*self.masks(), *self.filters()]
        yield from guards
        grants = list(self.grants(tuple(item.id for item in guards if item.kind != "function")))
        yield from grants
        yield from self.owners((*guards, *grants))
        yield from self.secrets()

    def called(self, name: str) -> str:
        return self.names.get(name, name)

    def principal(self, name: str) -> ResourceId:
        kind: GovernedKind = "group" if name in self.governance.groups else "service_principal"
        return ResourceId(kind, self.called(name))

    def in_schema(self, kind: GovernedKind, name: str, desired: Value, needs: tuple[ResourceId, ...]) -> Resource:
        return Resource(kind, f"{self.schema}.{name}", desired, (ResourceId("schema", self.schema), *needs))

    # -- principals and containers -------------------------------------------------------------------------------------

    def principals(self) -> Iterator[Resource]:
        governance = self.governance
        for name in governance.service_principals:
            yield Resource("service_principal", self.called(name), {}, ())
        done: set[str] = set()
        waiting = dict(governance.groups)
        while waiting:  # the blueprint has no circles: each round finds a group whose member groups are done
            for name, group in list(waiting.items()):
                if any(member in governance.groups and member not in done for member in group.listed):
                    continue
                needs = tuple(self.principal(member) for member in group.listed if "@" not in member)
                members = sorted({self.called(member) for member in group.listed})
                want: Value = {} if group.members is None else {"members": members}
                yield Resource("group", self.called(name), want, needs)
                done.add(name)
                del waiting[name]

    def containers(self) -> Iterator[Resource]:
        blueprint, catalog = self.plan.blueprint, self.plan.catalog
        title = blueprint.title or blueprint.demo
        yield Resource("catalog", catalog, {"comment": f"{title}: made by demo_factory"}, ())
        comment = {"comment": f"{title}: tables, views and models, made by demo_factory"}
        yield Resource("schema", self.schema, comment, (ResourceId("catalog", catalog),))

    # -- tags ----------------------------------------------------------------------------------------------------------

    def tags(self) -> Iterator[Resource]:
        blueprint = self.plan.blueprint
        budget = self.governance.budget_tag or blueprint.demo
        catalog = ResourceId("catalog", self.plan.catalog)
        schema = ResourceId("schema", self.schema)
        yield self.tag("catalog", self.plan.catalog, {"demo": blueprint.demo, "budget": budget}, catalog)
        yield self.tag("schema", self.schema, {"demo": blueprint.demo, "owner": blueprint.owner}, schema)
        for step in self.plan.steps.values():
            match step.plan:
                case TablePlan() as table:
                    kinds = {column.classification for column in table.visible}
                    strictest = next((kind for kind in _STRICTEST if kind in kinds), None)
                    extra = {"classification": strictest} if strictest else {}
                    yield self.tag_of_table(table.name, table.owner, {**extra, **table.tags})
                    for column in table.visible:
                        if column.classification in _STRICTEST:
                            full = f"{table.full_name}.{column.name}"
                            yield self.tag("column", full, {"classification": column.classification}, schema)
                case ViewPlan() as view:
                    yield self.tag_of_table(view.name, view.owner, view.tags)
                case PredictionsPlan() as predictions:
                    classes = self.classes(predictions)
                    strictest = next((kind for kind in _STRICTEST if kind in classes.values()), None)
                    yield self.tag_of_table(
                        predictions.name, predictions.owner, {"classification": strictest} if strictest else {}
                    )
                    for copied, kind in classes.items():
                        full = f"{predictions.full_name}.{copied}"
                        yield self.tag("column", full, {"classification": kind}, schema)

    def classes(self, predictions: PredictionsPlan) -> dict[str, str]:
        """The columns that are copies of classified ones."""
        found = {}
        for column, source in predictions.copies.items():
            planned = self.plan.steps[source.table].plan
            assert isinstance(planned, TablePlan)
            found[column] = next(one.classification for one in planned.visible if one.name == source.column)
        return {column: kind for column, kind in found.items() if kind in _STRICTEST}

    def tag_of_table(self, name: str, owner: str, own: Mapping[str, str]) -> Resource:
        tags = {"demo": self.plan.demo, "owner": owner, **own}
        return self.tag("table", f"{self.schema}.{name}", tags, ResourceId("schema", self.schema))

    def tag(self, kind: str, full_name: str, tags: Mapping[str, str], need: ResourceId) -> Resource:
        return Resource("tags", f"{kind} {full_name}", {"tags": dict(sorted(tags.items()))}, (need,))

    # -- masks and filters ---------------------------------------------------------------------------------------------

    def masks(self) -> Iterator[Resource]:
        for (table, column), mask in masks_of(self.plan.blueprint).items():
            types = self.types(table)
            text = mask_function(mask.show, types[column], [self.called(group) for group in mask.exempt])
            comment = f"What is seen of {table}.{column}{_unless(mask.exempt)}"
            function = self.function(mask_name(table, column), text, comment)
            yield function
            want = {"function": function.key, "using": []}
            yield self.in_schema("mask", f"{table}.{column}", want, (function.id,))
        for predictions in self.predictions():
            yield from self.masks_of_predictions(predictions)

    def predictions(self) -> Iterator[PredictionsPlan]:
        for step in self.plan.of_kind("predictions"):
            assert isinstance(step.plan, PredictionsPlan)
            yield step.plan

    def masks_of_predictions(self, predictions: PredictionsPlan) -> Iterator[Resource]:
        """A copy of a masked column has that column's function; a guess at one has a function of its own."""
        masks = masks_of(self.plan.blueprint)
        for column, source in predictions.copies.items():
            if (source.table, source.column) in masks:
                function = ResourceId("function", f"{self.schema}.{mask_name(source.table, source.column)}")
                want = {"function": function[1], "using": []}
                yield self.in_schema("mask", f"{predictions.name}.{column}", want, (function,))
        if predictions.hides:
            hidden = [masks[source.table, source.column] for source in predictions.hides]
            exempt = [group for group in hidden[0].exempt if all(group in mask.exempt for mask in hidden)]
            show = hidden[0].show if len(hidden) == 1 and not unfit(hidden[0].show, "string") else "hidden"
            text = mask_function(show, "string", [self.called(group) for group in exempt])
            comment = f"What is seen of {predictions.name}.prediction{_unless(exempt)}"
            made = self.function(mask_name(predictions.name, "prediction"), text, comment)
            yield made
            want = {"function": made.key, "using": []}
            yield self.in_schema("mask", f"{predictions.name}.prediction", want, (made.id,))

    def filters(self) -> Iterator[Resource]:
        for table, spec in self.governance.row_filters.items():
            exempt = [self.called(group) for group in spec.exempt]
            text, columns = filter_function(spec.keep, self.types(table), exempt, self.names)
            function = self.function(filter_name(table), text, f"Rows of {table} that are seen{_unless(spec.exempt)}")
            yield function
            want = {"function": function.key, "on": list(columns)}
            yield self.in_schema("row_filter", table, want, (function.id,))
            for predictions in self.predictions():
                named = {source.column: name for name, source in predictions.copies.items() if source.table == table}
                if named:
                    want = {"function": function.key, "on": [named[column] for column in columns]}
                    yield self.in_schema("row_filter", predictions.name, want, (function.id,))

    def function(self, name: str, text: FunctionText, comment: str) -> Resource:
        want = {
            "definition": text.definition,
            "parameters": text.parameters,
            "returns": text.returns,
            "comment": comment,
        }
        asked: tuple[ResourceId, ...] = tuple(ResourceId("group", group) for group in groups_in(text.definition))
        return self.in_schema("function", name, want, asked)

    def types(self, table: str) -> dict[str, str]:
        planned = self.plan.steps[table].plan
        assert isinstance(planned, TablePlan)
        return {column.name: column.type for column in planned.visible}

    # -- grants and owners ---------------------------------------------------------------------------------------------

    def grants(self, guards: tuple[ResourceId, ...]) -> Iterator[Resource]:
        """The whole chain, merged by object and principal. A grant waits for the masks of what it opens."""
        wanted: dict[tuple[str, str], set[str]] = {}
        for grant in self.governance.grants:
            for who in grant.to:
                wanted.setdefault((f"catalog {self.plan.catalog}", who), set()).add("USE_CATALOG")
                wanted.setdefault((f"schema {self.schema}", who), set()).add("USE_SCHEMA")
                for name in grant.on:
                    privileges = {privilege.replace(" ", "_") for privilege in grant.privileges}
                    wanted.setdefault((self.securable(name), who), set()).update(privileges)
        order = {"catalog": 0, "schema": 1}
        for (securable, who), privileges in sorted(wanted.items(), key=lambda one: order.get(one[0][0].split()[0], 2)):
            kind, full_name = securable.split()
            schema = ResourceId("schema", self.schema)
            container = ResourceId("catalog", self.plan.catalog) if kind == "catalog" else schema
            opened = tuple(ref for ref in guards if self.guards(ref[1], kind, full_name))
            needs = (self.principal(who), container, *opened)
            key = f"{securable} {self.called(who)}"
            yield Resource("grant", key, {"privileges": sorted(privileges)}, needs)

    def guards(self, guard: str, kind: str, full_name: str) -> bool:
        """Whether a mask or filter lies on what a grant opens: the table itself, or all that a view or schema shows."""
        step = self.plan.steps.get(full_name.rpartition(".")[2]) if kind == "table" else None
        if kind == "schema" or (step is not None and step.kind == "view"):
            return True
        return kind == "table" and (guard == full_name or guard.rpartition(".")[0] == full_name)

    def securable(self, name: str) -> str:
        if name == "schema":
            return f"schema {self.schema}"
        return f"{SECURABLE[self.plan.steps[name].kind]} {self.schema}.{name}"

    def owners(self, before: tuple[Resource, ...]) -> Iterator[Resource]:
        """Last, since who gives an object away may no longer change it."""
        known = {*self.governance.groups, *self.governance.service_principals}
        for step in self.plan.steps.values():
            kind, owner = SECURABLE.get(step.kind), step.plan.owner
            if kind is None or owner not in known:
                continue
            full = f"{self.schema}.{step.name}"
            on_it = tuple(item.id for item in before if f"{full} " in f"{item.key} " or f"{full}." in item.key)
            tagged: tuple[ResourceId, ...] = (ResourceId("tags", f"{kind} {full}"),) if kind == "table" else ()
            needs = (self.principal(owner), ResourceId("schema", self.schema), *tagged, *on_it)
            yield Resource("owner", f"{kind} {full}", {"owner": self.called(owner)}, needs)

    # -- secrets -------------------------------------------------------------------------------------------------------

    def secrets(self) -> Iterator[Resource]:
        secrets = self.governance.secrets
        if secrets is None:
            return
        scope = secrets.scope or self.plan.catalog
        yield Resource("secret_scope", scope, {}, ())
        need = ResourceId("secret_scope", scope)
        for key, secret in secrets.keys.items():
            yield Resource("secret", f"{scope}/{key}", {"env": secret.env}, (need,))
        for reader in dict.fromkeys(secrets.readers):
            needs = (need, self.principal(reader))
            yield Resource("secret_acl", f"{scope} {self.called(reader)}", {"permission": "READ"}, needs)


def _unless(exempt: list[str]) -> str:
    return f" by all but {', '.join(exempt)}" if exempt else ""
