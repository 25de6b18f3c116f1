"""How the tests of the double ask it: a statement to its end, a grant."""

from databricks.sdk.service import sql
from databricks.sdk.service.catalog import PermissionsChange, Privilege


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
