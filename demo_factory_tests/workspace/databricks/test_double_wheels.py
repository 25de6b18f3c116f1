"""Jobs of the double whose tasks are entry points of wheels: what is installed, what they are given, what they read."""

from __future__ import annotations

import io
import zipfile

import pytest
from databricks.sdk.service import compute, iam, jobs
from databricks.sdk.service.jobs import RunLifeCycleState
from databricks.sdk.service.workspace import ImportFormat

from .asking import give

pytestmark = pytest.mark.double
HOME = "/Workspace/Users/admin@example.com"
CODE = "import os, sys\n\ndef main():\n    print(sys.argv, os.path.exists({path!r}) and open({path!r}).read())\n"


def put_wheel(client, path: str, code: str, metadata: str = "Name: shipped\nVersion: 1\n") -> str:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("shipped/__init__.py", code)
        file.writestr("shipped-1.dist-info/METADATA", f"Metadata-Version: 2.1\n{metadata}")
        file.writestr("shipped-1.dist-info/entry_points.txt", "[console_scripts]\nship-it = shipped:main\n")
    name = f"{path}/shipped-1-py3-none-any.whl"
    client.workspace.upload(name, io.BytesIO(wheel.getvalue()), format=ImportFormat.AUTO, overwrite=True)
    return name


def a_run(double, client, wheel: str, entry: str = "ship-it", **more):
    spec = compute.Environment(environment_version="4", dependencies=[wheel])
    about = jobs.PythonWheelTask(package_name="shipped", entry_point=entry, parameters=["a", "--b", "c d"])
    made = client.jobs.create(
        name="ship",
        tasks=[jobs.Task(task_key="one", environment_key="e", python_wheel_task=about)],
        environments=[jobs.JobEnvironment("e", spec)],
        **more,
    )
    run_id = client.jobs.run_now(made.job_id).run_id
    double.wait(run_id)
    run = client.jobs.get_run(run_id)
    return run, client.jobs.get_run_output(run.tasks[0].run_id)


def test_an_entry_point_runs_with_its_parameters_as_whom_the_job_names(double, client):
    client.workspace.mkdirs("/Workspace/Shared")
    wheel = put_wheel(client, "/Workspace/Shared", "def main():\n    import sys\n    print(sys.argv)\n")
    robot = double.add_service_principal("robot")
    for entry in ("ship-it", "main"):  # a function of the package is found where no entry point has that name
        run, told = a_run(double, client, wheel, entry, run_as=jobs.JobRunAs(service_principal_name=robot.name))
        assert run.state.life_cycle_state is RunLifeCycleState.TERMINATED, told.error
        assert told.logs == f"{[entry, 'a', '--b', 'c d']}\n"
        assert run.creator_user_name == robot.name


def test_a_run_reads_what_it_may_of_the_workspace(double, client):
    client.workspace.mkdirs(f"{HOME}/bundle/files")
    secret = f"{HOME}/bundle/files/x.yaml"
    client.workspace.upload(secret, io.BytesIO(b"hello"), format=ImportFormat.AUTO)
    wheel = put_wheel(client, "/Workspace/Shared", CODE.format(path=secret))
    robot = double.add_service_principal("robot")
    as_robot = {"run_as": jobs.JobRunAs(service_principal_name=robot.name)}
    assert a_run(double, client, wheel, **as_robot)[1].logs.endswith(" False\n")
    mine = put_wheel(client, f"{HOME}/bundle/files", CODE.format(path=secret))
    run, _ = a_run(double, client, mine, **as_robot)
    assert f"{robot.name} may not read it" in run.state.state_message
    folder = client.workspace.get_status(f"{HOME}/bundle").object_id
    level = iam.AccessControlRequest(service_principal_name=robot.name, permission_level=iam.PermissionLevel.CAN_READ)
    client.permissions.set("directories", str(folder), access_control_list=[level])
    assert a_run(double, client, mine, **as_robot)[1].logs.endswith(" hello\n")


def test_what_a_wheel_asks_for_has_to_be_there(double, client):
    for asks, why in (("no-such-package", "has no no-such-package"), ("databricks-sdk==0.1", "databricks-sdk==0.1")):
        wheel = put_wheel(client, "/Workspace/Shared", "", f"Name: shipped\nVersion: 1\nRequires-Dist: {asks}\n")
        run, _ = a_run(double, client, wheel)
        assert run.state.life_cycle_state is RunLifeCycleState.INTERNAL_ERROR
        assert why in run.state.state_message


def test_a_file_of_statements_runs_by_the_rights_of_whoever_the_run_is_of(double, client, demo):
    text = b"-- a comment\nUSE CATALOG {{catalog}};\nSELECT * FROM `shop`.`customers` LIMIT 9;\n"
    client.workspace.upload("/Workspace/Shared/x.sql", io.BytesIO(text), format=ImportFormat.AUTO)
    asked: list[str] = []
    double.settings.sql_backend = lambda statement: (["id"], [[asked.append(statement)]])
    robot = double.add_service_principal("robot")

    def ended(**parameters: str) -> str:
        file = jobs.SqlTaskFile(path="/Workspace/Shared/x.sql")
        task = jobs.SqlTask(warehouse_id=double.warehouse_id, file=file, parameters=parameters)
        made = client.jobs.create(
            tasks=[jobs.Task(task_key="one", sql_task=task)],
            run_as=jobs.JobRunAs(service_principal_name=robot.name),
        )
        run_id = client.jobs.run_now(made.job_id).run_id
        double.wait(run_id)
        return str(client.jobs.get_run(run_id).state.state_message)

    assert "Missing value for the parameter catalog" in ended()
    assert "does not have USE CATALOG on Catalog 'demo'" in ended(catalog="demo")
    for kind, name, privilege in (("catalog", "demo", "USE_CATALOG"), ("schema", "demo.shop", "USE_SCHEMA")):
        give(client, kind, name, robot.name, privilege)
    assert "does not have SELECT on Table 'demo.shop.customers'" in ended(catalog="demo")
    assert asked == []
    give(client, "table", demo, robot.name, "SELECT")
    assert ended(catalog="demo") == ""
    assert asked == ["SELECT * FROM `shop`.`customers` LIMIT 9"]
