"""The workspace double through the real SDK: it takes what a workspace takes, refuses the rest, and counts."""

import pytest
from databricks.sdk import errors
from databricks.sdk.service import catalog as uc
from databricks.sdk.service import iam, sql, workspace
from databricks.sdk.service.catalog import PermissionsChange, Privilege

from .double import Killed, add_version, connect

PATCH = [iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]


@pytest.fixture
def demo(double, client):
    """A catalog with a schema and a table of the admin's."""
    client.catalogs.create("demo", comment="a demo")
    client.schemas.create("shop", "demo")
    double.add_table("demo.shop.customers", {"id": "BIGINT", "email": "STRING", "country": "STRING"})
    return "demo.shop.customers"


def run(client, double, statement, **more):
    """One statement to its end."""
    return client.statement_execution.execute_statement(statement, double.warehouse_id, wait_timeout="50s", **more)


def ok(client, double, statement, **more):
    answer = run(client, double, statement, **more)
    assert answer.status.state is sql.StatementState.SUCCEEDED, answer.status.error
    return (answer.result.data_array or []) if answer.result else []


def failed(client, double, statement, **more):
    answer = run(client, double, statement, **more)
    assert answer.status.state is sql.StatementState.FAILED
    return answer.status.error.message


def give(client, kind, name, who, *privileges):
    change = PermissionsChange(principal=who, add=[Privilege(privilege) for privilege in privileges])
    return client.grants.update(kind, name, changes=[change])


# Strictness


def test_unknown_routes_fields_and_enums_are_violations(double, client):
    do = client.api_client.do
    for call in (
        lambda: do("GET", "/api/2.0/no/such/route"),
        lambda: do("POST", "/api/2.1/unity-catalog/catalogs", body={"name": "x", "colour": "red"}),
        lambda: do("POST", "/api/2.1/unity-catalog/catalogs", body={"comment": "no name"}),
        lambda: do("POST", "/api/2.0/secrets/acls/put", body={"scope": "s", "principal": "p", "permission": "ALL"}),
        lambda: do("GET", "/api/2.1/unity-catalog/schemas", query={"catalog": "x"}),
        lambda: do("POST", "/api/2.1/unity-catalog/catalogs", body={"name": 7}),
    ):
        with pytest.raises(errors.DatabricksError):
            call()
    assert len(double.violations) == 6
    assert "unknown field 'colour'" in double.violations[1]
    assert "required field 'name'" in double.violations[2]
    assert "READ" in double.violations[3]
    double.violations.clear()
    assert double.objects() == {}


def test_an_enum_in_the_path_is_a_violation(double, client, demo):
    with pytest.raises(errors.BadRequest, match="the enum's value"):
        client.grants.get(uc.SecurableType.TABLE, demo)
    assert len(double.violations) == 1
    double.violations.clear()
    assert client.grants.get(uc.SecurableType.TABLE.value, demo).privilege_assignments == []


def test_tokens(double):
    with pytest.raises(errors.PermissionDenied, match="Invalid access token"):
        connect(double, "dapi-nobody").current_user.me()
    old = double.add_user("old@example.com")
    double.expire(old)
    with pytest.raises(errors.Unauthenticated, match="expired"):
        connect(double, old).current_user.me()


# Identity


def test_service_principals_and_groups(double, client):
    robot = client.service_principals.create(display_name="robot", active=True)
    assert [one.id for one in client.service_principals.list(filter='displayName eq "robot"')] == [robot.id]
    assert list(client.service_principals.list(filter='displayName eq "other"')) == []
    group = client.groups.create(display_name="local", members=[iam.ComplexValue(value=robot.id)])
    with pytest.raises(errors.ResourceConflict):
        client.groups.create(display_name="local")
    client.groups.patch(
        group.id,
        operations=[iam.Patch(op=iam.PatchOp.REMOVE, path=f'members[value eq "{robot.id}"]')],
        schemas=PATCH,
    )
    assert client.groups.get(group.id).members == []
    client.groups.patch(
        group.id,
        operations=[iam.Patch(op=iam.PatchOp.ADD, path="members", value=[{"value": robot.id}])],
        schemas=PATCH,
    )
    client.service_principals.delete(robot.id)
    assert client.groups.get(group.id).members == []
    client.groups.delete(group.id)
    with pytest.raises(errors.NotFound):
        client.groups.get(group.id)
    assert double.objects() == {}


def test_lists_come_in_pages(double, client):
    for number in range(5):
        double.add_group(f"g{number}")
    asked = len(double.calls)
    assert len(list(client.groups.list(count=2))) == 5
    assert len(double.calls) - asked == 4


def test_account_groups_hold_grants_and_local_ones_do_not(double, client, demo):
    do = client.api_client.do
    made = do("POST", "/api/2.0/identity/groups", body={"group_name": "analysts"})
    client.groups.create(display_name="local")
    give(client, "table", demo, "analysts", "SELECT")
    for nobody in ("local", "users", "nobody@example.com"):
        with pytest.raises(errors.NotFound, match="Could not find principal"):
            give(client, "table", demo, nobody, "SELECT")
    members = f"/api/2.0/identity/groups/{made['internal_id']}/direct-members"
    who = int(double.add_service_principal("robot").id)
    do("POST", members, body={"principal_id": who})
    assert do("GET", members)["direct_group_members"] == [{"principal_id": who}]
    with pytest.raises(errors.PermissionDenied, match="group of the account"):
        client.groups.delete(str(made["internal_id"]))
    do("DELETE", f"/api/2.0/identity/groups/{made['internal_id']}")
    assert double.objects().get("grants") is None


# Unity Catalog


def test_catalogs_and_schemas(double, client, demo):
    assert client.metastores.summary().owner == "admin@example.com"
    assert {one.full_name for one in client.schemas.list("demo")} == {
        "demo.default",
        "demo.information_schema",
        "demo.shop",
    }
    for twice in (lambda: client.catalogs.create("DEMO"), lambda: client.schemas.create("shop", "demo")):
        with pytest.raises(errors.BadRequest, match="already exists") as caught:
            twice()
        assert caught.value.error_code.endswith("_ALREADY_EXISTS")
    with pytest.raises(errors.InvalidParameterValue, match="256 characters"):
        client.catalogs.create("x" * 256)
    with pytest.raises(errors.NotFound) as gone:
        client.schemas.get("demo.none")
    assert gone.value.error_code == "SCHEMA_DOES_NOT_EXIST"
    client.schemas.update("demo.shop", comment="shop", properties={"a": "b"})
    assert client.schemas.get("demo.shop").properties == {"a": "b"}
    with pytest.raises(errors.BadRequest, match=r"not empty. The schema has 1 tables\(s\)"):
        client.schemas.delete("demo.shop")
    with pytest.raises(errors.BadRequest, match="not empty"):
        client.catalogs.delete("demo")
    client.tables.delete(demo)
    client.schemas.delete("demo.shop")
    client.schemas.delete("demo.default")
    client.catalogs.delete("demo")
    assert double.objects() == {}


def test_tables_show_columns_and_change_owners(double, client, demo):
    shown = client.tables.get(demo)
    assert [(one.name, one.type_name) for one in shown.columns][:2] == [
        ("id", uc.ColumnTypeName.LONG),
        ("email", uc.ColumnTypeName.STRING),
    ]
    assert client.tables.exists(demo).table_exists
    assert not client.tables.exists("demo.shop.none").table_exists
    double.add_group("owners")
    client.tables.update(demo, owner="owners")
    assert client.tables.get(demo).owner == "owners"
    with pytest.raises(errors.NotFound, match="Could not find principal"):
        client.tables.update(demo, owner="nobody")
    assert [one.name for one in client.tables.list("demo", "shop")] == ["customers"]


def test_models_and_aliases(double, client, demo):
    client.registered_models.create("demo", "shop", "churn")
    name = "demo.shop.churn"
    with pytest.raises(errors.NotFound):
        client.registered_models.set_alias(name, "champion", 1)
    assert add_version(double.state, name) == 1
    client.registered_models.set_alias(name, "champion", 1)
    assert client.model_versions.get_by_alias(name, "champion").version == 1
    give(client, "function", name, "account users", "EXECUTE")
    assert {"models": 1, "aliases": 1, "grants": 1}.items() <= double.objects().items()
    client.registered_models.delete(name)
    assert not {"models", "aliases", "grants"} & set(double.objects())


def test_grants_are_inherited_and_vanish_with_their_object(double, client, demo):
    double.add_group("analysts")
    give(client, "catalog", "demo", "analysts", "USE_CATALOG", "SELECT")
    give(client, "schema", "demo.shop", "analysts", "USE_SCHEMA")
    answer = give(client, "table", demo, "analysts", "MODIFY")
    assert [one.privileges for one in answer.privilege_assignments] == [[Privilege.MODIFY]]
    effective = client.grants.get_effective("table", demo).privilege_assignments[0]
    found = {(one.privilege.value, one.inherited_from_name) for one in effective.privileges}
    assert found == {("MODIFY", None), ("SELECT", "demo")}
    for kind, name, privilege in (
        ("table", demo, "CREATE_SCHEMA"),
        ("table", demo, "USE_CATALOG"),
        ("catalog", "demo", "CREATE_CATALOG"),
    ):
        with pytest.raises(errors.InvalidParameterValue, match="is not applicable"):
            give(client, kind, name, "analysts", privilege)
    client.tables.delete(demo)
    double.add_table(demo, {"id": "INT"})
    assert client.grants.get("table", demo).privilege_assignments == []


def test_the_caller_needs_rights(double, client, demo):
    ann = connect(double, double.add_user("ann@example.com"))
    with pytest.raises(errors.PermissionDenied, match="CREATE CATALOG on Metastore"):
        ann.catalogs.create("hers")
    with pytest.raises(errors.PermissionDenied, match="User does not have USE CATALOG on Catalog 'demo'"):
        ann.catalogs.get("demo")
    assert list(ann.catalogs.list()) == []
    give(client, "catalog", "demo", "ann@example.com", "USE_CATALOG")
    with pytest.raises(errors.PermissionDenied, match="CREATE SCHEMA on Catalog 'demo'"):
        ann.schemas.create("hers", "demo")
    give(client, "catalog", "demo", "ann@example.com", "CREATE_SCHEMA")
    ann.schemas.create("hers", "demo")
    assert ann.schemas.get("demo.hers").owner == "ann@example.com"
    with pytest.raises(errors.PermissionDenied, match="not an owner of Table"):
        give(ann, "table", demo, "ann@example.com", "SELECT")
    assert "PERMISSION_DENIED" in failed(ann, double, f"ALTER TABLE {demo} SET TAGS ('a' = 'b')")
    give(client, "schema", "demo.shop", "ann@example.com", "USE_SCHEMA", "APPLY_TAG")
    ok(ann, double, f"ALTER TABLE {demo} SET TAGS ('a' = 'b')")


# Statements


def test_tags(double, client, demo):
    ok(client, double, "ALTER TABLE `demo`.`shop`.`customers` SET TAGS ('owner' = 'it''s', 'pii' = 'yes')")
    ok(client, double, f"ALTER TABLE {demo} ALTER COLUMN `email` SET TAGS ('class' = 'pii')")
    ok(client, double, "ALTER CATALOG demo SET TAGS ('budget' = 'x')")
    rows = ok(
        client,
        double,
        "SELECT tag_name, tag_value FROM demo.information_schema.table_tags "
        "WHERE schema_name = :schema AND table_name = 'customers' ORDER BY tag_name",
        parameters=[sql.StatementParameterListItem(name="schema", value="shop")],
    )
    assert rows == [["owner", "it's"], ["pii", "yes"]]
    ok(client, double, f"ALTER TABLE {demo} UNSET TAGS ('owner', 'pii')")
    assert ok(client, double, "SELECT * FROM demo.information_schema.table_tags") == []
    found = ok(client, double, "SELECT column_name, tag_value FROM demo.information_schema.column_tags")
    assert found == [["email", "pii"]]
    assert double.objects()["tags"] == 2
    assert "not valid" in failed(client, double, "ALTER CATALOG demo SET TAGS ('a.b' = 'c')")
    assert "cannot be found" in failed(client, double, "ALTER TABLE demo.shop.none SET TAGS ('a' = 'b')")


def test_masks_and_row_filters(double, client, demo):
    ok(
        client,
        double,
        "CREATE OR REPLACE FUNCTION demo.shop.hide(value STRING) RETURNS STRING COMMENT 'hides' "
        "RETURN CASE WHEN is_account_group_member('pii') THEN value ELSE '****' END",
    )
    ok(client, double, "CREATE FUNCTION demo.shop.only(country STRING) RETURNS BOOLEAN RETURN country = 'DE'")
    ok(client, double, f"ALTER TABLE {demo} ALTER COLUMN email SET MASK demo.shop.hide")
    ok(client, double, f"ALTER TABLE {demo} SET ROW FILTER demo.shop.only ON (country)")
    shown = client.tables.get(demo)
    assert shown.columns[1].mask.function_name == "demo.shop.hide"
    assert shown.row_filter.input_column_names == ["country"]
    function = client.functions.get("demo.shop.hide")
    assert function.comment == "hides"
    assert function.routine_definition.startswith("CASE WHEN")
    assert {"masks": 1, "row_filters": 1, "functions": 2}.items() <= double.objects().items()
    assert "takes 1 arguments" in failed(
        client, double, f"ALTER TABLE {demo} ALTER COLUMN email SET MASK demo.shop.hide USING COLUMNS (country)"
    )
    assert "not LONG" in failed(client, double, f"ALTER TABLE {demo} ALTER COLUMN id SET MASK demo.shop.hide")
    ok(client, double, f"ALTER TABLE {demo} ALTER COLUMN email DROP MASK")
    ok(client, double, f"ALTER TABLE {demo} DROP ROW FILTER")
    ok(client, double, "DROP FUNCTION demo.shop.hide")
    ok(client, double, "DROP FUNCTION IF EXISTS demo.shop.hide")
    assert "cannot be found" in failed(client, double, "DROP FUNCTION demo.shop.hide")


def test_a_function_that_guards_something_is_not_dropped(double, client, demo):
    ok(client, double, "CREATE FUNCTION demo.shop.hide(value STRING) RETURNS STRING RETURN '****'")
    ok(client, double, f"ALTER TABLE {demo} ALTER COLUMN email SET MASK demo.shop.hide")
    with pytest.raises(errors.BadRequest, match=r"still guards demo\.shop\.customers\.email"):
        client.functions.delete("demo.shop.hide")
    assert len(double.violations) == 1
    double.violations.clear()


def test_owners_comments_and_drops_by_sql(double, client, demo):
    double.add_group("stewards")
    double.add_table("demo.shop.v", {"id": "INT"}, table_type="VIEW")
    ok(client, double, "COMMENT ON TABLE demo.shop.customers IS 'people'")
    ok(client, double, "COMMENT ON COLUMN demo.shop.customers.email IS 'where to write'")
    ok(client, double, f"ALTER TABLE {demo} SET OWNER TO `stewards`")
    shown = client.tables.get(demo)
    assert (shown.comment, shown.columns[1].comment, shown.owner) == ("people", "where to write", "stewards")
    assert "EXPECT_TABLE_NOT_VIEW" in failed(client, double, "DROP TABLE demo.shop.v")
    ok(client, double, "DROP VIEW demo.shop.v")
    ok(client, double, "CREATE SCHEMA IF NOT EXISTS demo.more COMMENT 'x'")
    ok(client, double, "DROP SCHEMA demo.more")
    ok(client, double, f"DROP TABLE {demo}")
    assert not client.tables.exists(demo).table_exists


def test_the_asynchronous_protocol(double, client):
    api = client.statement_execution
    answer = api.execute_statement("SELECT current_user()", double.warehouse_id, wait_timeout="0s")
    states = [answer.status.state.value]
    while answer.status.state.value in ("PENDING", "RUNNING"):
        answer = api.get_statement(answer.statement_id)
        states.append(answer.status.state.value)
    assert states == ["PENDING", "RUNNING", "SUCCEEDED"]
    assert answer.result.data_array == [["admin@example.com"]]
    for wrong in ("4s", "51s", "1m"):
        with pytest.raises(errors.InvalidParameterValue, match="wait_timeout"):
            api.execute_statement("SELECT 1", double.warehouse_id, wait_timeout=wrong)
    with pytest.raises(errors.InvalidParameterValue, match="not a valid endpoint id"):
        api.execute_statement("SELECT 1", "nowhere")
    with pytest.raises(errors.NotFound, match="does not exist"):
        api.execute_statement("SELECT 1", "0123456789abcdef")
    pending = api.execute_statement("SELECT current_user()", double.warehouse_id, wait_timeout="0s")
    api.cancel_execution(pending.statement_id)
    assert api.get_statement(pending.statement_id).status.state is sql.StatementState.CANCELED


def test_what_the_double_does_not_understand_goes_to_the_backend(double, client):
    assert "not understood by the double" in failed(client, double, "OPTIMIZE demo.shop.customers")
    seen = []
    double.sql_backend = lambda statement: seen.append(statement) or (["n", "ok"], [[1, True], [2, None]])
    item = sql.StatementParameterListItem
    parameters = [item(name="n", value="7", type="INT"), item(name="s", value="it's")]
    rows = ok(client, double, "SELECT n, ok FROM t WHERE n > :n AND s = :s", parameters=parameters)
    assert rows == [["1", "true"], ["2", None]]
    assert seen == ["SELECT n, ok FROM t WHERE n > 7 AND s = 'it\\'s'"]
    with pytest.raises(errors.InvalidParameterValue, match="not of type INT"):
        run(client, double, "SELECT :n FROM t", parameters=[item(name="n", value="x", type="INT")])
    assert "unbound parameter: n" in failed(client, double, "SELECT :n FROM t")
    assert "one statement at a time" in failed(client, double, "SELECT 1 FROM t; SELECT 2 FROM t")


def test_results_come_in_chunks(double, client):
    double.state.chunk_rows = 2
    double.set_rows("system.access.audit", ["who", "what"], [[str(n), "read"] for n in range(5)])
    answer = run(client, double, "SELECT who, what FROM system.access.audit WHERE event_date > '2026-01-01'")
    assert answer.manifest.total_row_count == 5
    found, index = list(answer.result.data_array), answer.result.next_chunk_index
    while index is not None:
        more = client.statement_execution.get_statement_result_chunk_n(answer.statement_id, index)
        found += more.data_array
        index = more.next_chunk_index
    assert [row[0] for row in found] == ["0", "1", "2", "3", "4"]
    assert "the test put in who, what" in failed(client, double, "SELECT whom FROM system.access.audit")


def test_warehouses(double, client):
    client.warehouses.stop(double.warehouse_id)
    assert client.warehouses.get(double.warehouse_id).state is sql.State.STOPPED
    ok(client, double, "SELECT current_user()")
    assert [one.state for one in client.warehouses.list()] == [sql.State.RUNNING]


# Secrets


def test_secrets_and_their_acls(double, client):
    client.secrets.create_scope("demo")
    client.secrets.put_secret("demo", "key", string_value="canary")
    assert client.dbutils.secrets.get("demo", "key") == "canary"
    robot = double.add_service_principal("robot")
    as_robot = connect(double, double.token_for(robot.name))
    with pytest.raises(errors.PermissionDenied, match="READ permission on scope demo"):
        as_robot.secrets.get_secret("demo", "key")
    client.secrets.put_acl("demo", robot.name, workspace.AclPermission.READ)
    assert as_robot.secrets.get_secret("demo", "key").value == "Y2FuYXJ5"
    with pytest.raises(errors.PermissionDenied):
        as_robot.secrets.put_secret("demo", "key", string_value="other")
    with pytest.raises(errors.ResourceAlreadyExists):
        client.secrets.create_scope("demo")
    with pytest.raises(errors.ResourceDoesNotExist):
        client.secrets.get_secret("demo", "none")
    assert {"scopes": 1, "secrets": 1, "acls": 2}.items() <= double.objects().items()
    client.secrets.delete_scope("demo")
    assert not {"scopes", "secrets", "acls"} & set(double.objects())


# Faults


def test_retried_faults_leave_one_object(double, client):
    double.faults.at(1, "503")
    double.faults.at(2, "429")
    double.faults.at(("POST", "/schemas$", 1), "drop")
    client.catalogs.create("demo")
    client.schemas.create("shop", "demo")
    assert [call.status for call in double.calls] == [503, 429, 200, 0, 200]
    assert double.objects() == {"catalogs": 1, "schemas": 2}
    assert [kind for *_, kind in double.faults.met] == ["503", "429", "drop"]


def test_drop_after_does_the_work_and_a_retry_meets_it(double, client):
    double.faults.at(("POST", "/catalogs$", 1), "drop-after")
    with pytest.raises(errors.BadRequest, match="already exists"):
        client.catalogs.create("demo")
    assert client.catalogs.get("demo").name == "demo"


def test_an_expired_token_is_not_retried(double, client):
    double.faults.at(("GET", "/catalogs", 2), "401")
    list(client.catalogs.list())
    with pytest.raises(errors.Unauthenticated):
        list(client.catalogs.list())
    assert len(double.calls) == 2


@pytest.mark.parametrize(("kind", "there"), [("kill", False), ("kill-after", True)])
def test_a_killed_client_stays_dead_and_another_goes_on(double, client, kind, there):
    double.faults.at(1, kind)
    for _ in range(2):
        with pytest.raises(Killed):
            client.catalogs.create("demo")
    double.faults.clear()
    assert ("demo" in [one.name for one in connect(double).catalogs.list()]) is there


def test_the_hook_sees_every_call_and_the_log_tells_writes(double, client, demo):
    seen = []
    double.on_call = lambda number, method, path: seen.append((number, method))
    before = len(double.calls)
    client.tables.get(demo)
    ok(client, double, "SELECT * FROM demo.information_schema.table_tags")
    assert not [call for call in double.writes() if call.number > before]
    ok(client, double, "ALTER CATALOG demo SET TAGS ('a' = 'b')")
    assert [call.body["statement"][:13] for call in double.writes() if call.number > before] == ["ALTER CATALOG"]
    assert seen == [(before + 1, "GET"), (before + 2, "POST"), (before + 3, "POST")]
