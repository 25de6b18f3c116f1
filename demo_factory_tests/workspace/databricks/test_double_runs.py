"""Files of the workspace double, and jobs that really run."""

import base64
import io
import os
import textwrap
import threading
import time
import zipfile

import pytest
from databricks.sdk import errors
from databricks.sdk.service import compute, iam, jobs, workspace
from databricks.sdk.service.catalog import PermissionsChange, Privilege, VolumeType
from databricks.sdk.service.jobs import RunLifeCycleState, RunResultState

from .double import connect

pytestmark = pytest.mark.double
NEW = compute.ClusterSpec(spark_version="17.3.x-scala2.13", node_type_id="m5d.large", num_workers=1)


@pytest.fixture
def volume(client):
    """A managed volume."""
    client.catalogs.create("demo")
    client.volumes.create("demo", "default", "v", VolumeType.MANAGED)
    return "/Volumes/demo/default/v"


# Files


def test_files_on_a_volume(double, client, volume):
    client.files.upload(f"{volume}/a/b.txt", io.BytesIO(b"hello"))
    assert client.files.download(f"{volume}/a/b.txt").contents.read() == b"hello"
    assert client.files.get_metadata(f"{volume}/a/b.txt").content_length == 5
    assert [one.path for one in client.files.list_directory_contents(f"{volume}/a")] == [f"{volume}/a/b.txt"]
    with pytest.raises(errors.AlreadyExists):
        client.files.upload(f"{volume}/a/b.txt", io.BytesIO(b"other"), overwrite=False)
    with pytest.raises(errors.NotFound, match="does not exist"):
        client.files.upload("/Volumes/demo/default/none/x", io.BytesIO(b"x"))
    with pytest.raises(errors.NotFound):
        client.files.get_metadata(f"{volume}/none")
    with pytest.raises(errors.BadRequest, match="not empty"):
        client.files.delete_directory(f"{volume}/a")
    ann = connect(double, double.add_user("ann@example.com"))
    with pytest.raises(errors.PermissionDenied):
        ann.files.download(f"{volume}/a/b.txt")
    for kind, name, privilege in (
        ("catalog", "demo", "USE_CATALOG"),
        ("schema", "demo.default", "USE_SCHEMA"),
        ("volume", "demo.default.v", "READ_VOLUME"),
    ):
        change = PermissionsChange(principal="ann@example.com", add=[Privilege(privilege)])
        client.grants.update(kind, name, changes=[change])
    assert ann.files.download(f"{volume}/a/b.txt").contents.read() == b"hello"
    assert double.objects()["volume_files"] == 1
    client.volumes.delete("demo.default.v")
    assert not {"volumes", "volume_files"} & set(double.objects())


def test_dbfs(double, client):
    client.dbfs.mkdirs("/tmp/x")
    with client.dbfs.open("/tmp/x/big", write=True) as file:
        file.write(b"ab" * 700_000)
    assert client.dbfs.get_status("dbfs:/tmp/x/big").file_size == 1_400_000
    with client.dbfs.open("/tmp/x/big", read=True) as file:
        assert len(file.read(-1)) == 1_400_000
    client.dbfs.put("/tmp/x/small", contents=base64.b64encode(b"s").decode(), overwrite=True)
    assert [one.path for one in client.dbfs.list("/tmp/x")] == ["/tmp/x/big", "/tmp/x/small"]
    with pytest.raises(errors.ResourceAlreadyExists):
        client.dbfs.put("/tmp/x/small", contents="")
    with pytest.raises(errors.ResourceDoesNotExist):
        client.dbfs.read("/tmp/none")
    client.dbfs.delete("/tmp", recursive=True)
    assert double.objects() == {}


def test_workspace_files(double, client):
    client.workspace.mkdirs("/Workspace/Shared/demo")
    client.workspace.upload("/Workspace/Shared/demo/a.txt", b"one", format=workspace.ImportFormat.AUTO)
    with client.workspace.download("/Shared/demo/a.txt") as file:
        assert file.read() == b"one"
    content = base64.b64encode(b"two").decode()
    with pytest.raises(errors.ResourceAlreadyExists):
        client.workspace.import_("/Shared/demo/a.txt", content=content, format=workspace.ImportFormat.RAW)
    client.workspace.import_("/Shared/demo/a.txt", content=content, format=workspace.ImportFormat.RAW, overwrite=True)
    assert base64.b64decode(client.workspace.export("/Shared/demo/a.txt").content) == b"two"
    assert client.workspace.get_status("/Shared/demo").object_type is workspace.ObjectType.DIRECTORY
    assert [one.path for one in client.workspace.list("/Workspace/Shared/demo")] == ["/Workspace/Shared/demo/a.txt"]
    with pytest.raises(errors.NotFound, match="parent folder"):
        client.workspace.import_("/Shared/none/a", content=content, format=workspace.ImportFormat.RAW)
    with pytest.raises(errors.BadRequest, match="not empty"):
        client.workspace.delete("/Shared/demo")
    client.workspace.delete("/Shared/demo", recursive=True)
    assert double.objects() == {}


def test_only_one_of_many_makes_a_file_without_overwrite(double):
    clients = [connect(double) for _ in range(8)]
    won, lost = [], []

    def take(number):
        try:
            content = base64.b64encode(str(number).encode()).decode()
            clients[number].workspace.import_("/Shared/lock", content=content, format=workspace.ImportFormat.RAW)
            won.append(number)
        except errors.ResourceAlreadyExists:
            lost.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 7)
    assert base64.b64decode(clients[0].workspace.export("/Shared/lock").content) == str(won[0]).encode()


# Compute and permissions


def test_clusters_and_what_there_is(double, client):
    shared = double.add_cluster("shared")
    assert client.clusters.get(shared).state is compute.State.RUNNING
    assert [one.cluster_id for one in client.clusters.list()] == [shared]
    assert [one.type for one in client.clusters.events(shared)] == [compute.EventType.RUNNING]
    assert "17.3.x-scala2.13" in {one.key for one in client.clusters.spark_versions().versions}
    assert client.clusters.list_node_types().node_types
    with pytest.raises(errors.ResourceDoesNotExist):
        client.clusters.get("none")


def test_clusters_are_made_and_deleted(double, client):
    spec = {"spark_version": "17.3.x-scala2.13", "node_type_id": "m5d.large", "num_workers": 1}
    mode = compute.DataSecurityMode.SINGLE_USER
    made = client.clusters.create(cluster_name="run", data_security_mode=mode, **spec).result()
    assert made.state is compute.State.RUNNING
    assert double.objects() == {"clusters": 1}
    with pytest.raises(errors.InvalidParameterValue, match="policy"):
        client.clusters.create(policy_id="none", **spec)
    double.set_limit("cluster", 1)
    with pytest.raises(errors.BadRequest, match="limit of 1 clusters"):
        client.clusters.create(**spec)
    client.clusters.permanent_delete(made.cluster_id)
    assert double.objects() == {}


def test_permissions_of_a_warehouse(double, client):
    double.add_group("analysts")
    entry = iam.AccessControlRequest(group_name="analysts", permission_level=iam.PermissionLevel.CAN_USE)
    client.permissions.update("warehouses", double.warehouse_id, access_control_list=[entry])
    shown = client.permissions.get("warehouses", double.warehouse_id).access_control_list
    assert [(one.group_name, one.all_permissions[0].permission_level.value) for one in shown] == [
        ("analysts", "CAN_USE")
    ]
    nobody = iam.AccessControlRequest(group_name="none", permission_level=iam.PermissionLevel.CAN_USE)
    with pytest.raises(errors.NotFound, match="none does not exist"):
        client.permissions.update("warehouses", double.warehouse_id, access_control_list=[nobody])
    assert double.objects()["permissions"] == 1
    client.permissions.set("warehouses", double.warehouse_id, access_control_list=[])
    assert "permissions" not in double.objects()


# Jobs


def python(path, *parameters):
    return jobs.SparkPythonTask(python_file=path, parameters=list(parameters))


def put(client, path, source):
    data = base64.b64encode(textwrap.dedent(source).encode()).decode()
    client.dbfs.put(path, contents=data, overwrite=True)
    return f"dbfs:{path}"


def submit(client, *tasks, **more):
    return client.jobs.submit(run_name="test", tasks=list(tasks), **more).response.run_id


def task(path, key="main", **more):
    compute_of = {"new_cluster": NEW} if not {"existing_cluster_id", "environment_key"} & set(more) else {}
    return jobs.SubmitTask(task_key=key, spark_python_task=python(path), **compute_of, **more)


def output(client, run_id):
    return client.jobs.get_run_output(client.jobs.get_run(run_id).tasks[0].run_id)


def test_a_task_really_runs_on_dbfs_volumes_and_secrets(double, client, volume):
    path = put(
        client,
        "/jobs/step.py",
        """
        import gzip, os, pathlib, sys, zipfile
        with zipfile.ZipFile(sys.argv[1]) as archive:
            text = archive.read("a.txt").decode()
        os.makedirs("/dbfs/out", exist_ok=True)
        with gzip.open("/dbfs/out/a.gz", "wb") as file:
            file.write(text.encode())
        pathlib.Path("/Volumes/demo/default/v/a.txt").write_text(text + os.environ["WHO"])
        assert os.path.exists("/dbfs/out/a.gz") and os.listdir("/dbfs/out") == ["a.gz"]
        print("secret of", len(dbutils.secrets.get("s", "k")), __name__)
        """,
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "hello ")
    client.dbfs.upload("/jobs/a.zip", io.BytesIO(archive.getvalue()))
    client.secrets.create_scope("s")
    client.secrets.put_secret("s", "k", string_value="canary")
    cluster = compute.ClusterSpec(**{**NEW.__dict__, "spark_env_vars": {"WHO": "{{secrets/s/k}}"}})
    one = jobs.SubmitTask(task_key="a", new_cluster=cluster, spark_python_task=python(path, "/dbfs//jobs/a.zip"))
    run_id = submit(client, one)
    double.wait(run_id)
    run = client.jobs.get_run(run_id)
    assert run.state.result_state is RunResultState.SUCCESS, output(client, run_id).logs
    assert run.state.life_cycle_state is RunLifeCycleState.TERMINATED
    assert output(client, run_id).logs == "secret of 6 __main__\n"
    assert client.files.download(f"{volume}/a.txt").contents.read() == b"hello canary"
    assert client.clusters.get(run.tasks[0].cluster_instance.cluster_id).state is compute.State.TERMINATED
    with pytest.raises(errors.InvalidParameterValue, match="each individual task run"):
        client.jobs.get_run_output(run_id)


def test_a_run_sees_only_what_it_brought(double, client, monkeypatch):
    monkeypatch.setenv("CANARY", "not for the cluster")
    path = put(client, "/x.py", "import os\nprint('CANARY' in os.environ)\nimport demo_factory")
    run_id = submit(client, task(path))
    double.wait(run_id)
    found = output(client, run_id)
    assert found.logs.startswith("False\n")
    assert found.error == "ModuleNotFoundError: No module named 'demo_factory'"
    assert client.jobs.get_run(run_id).state.result_state is RunResultState.FAILED


def test_a_run_logs_in_as_whoever_it_is_of(double, client):
    path = put(
        client,
        "/who.py",
        """
        # where the SDK looks on a cluster; importing the SDK itself would cost this test seconds
        import json, urllib.request
        from dbruntime.sdk_credential_provider import init_runtime_native_auth
        host, headers = init_runtime_native_auth()
        request = urllib.request.Request(host + "/api/2.0/preview/scim/v2/Me", headers=headers())
        print(json.load(urllib.request.urlopen(request))["userName"])
        """,
    )
    robot = double.add_service_principal("robot")
    run_id = submit(client, task(path), run_as=jobs.JobRunAs(service_principal_name=robot.name))
    double.wait(run_id)
    assert output(client, run_id).logs == f"{robot.name}\n"


def test_serverless_takes_a_wheel_and_the_bootstrap_defines_spark(double, client, volume):
    double.settings.spark_bootstrap = "spark = 'a session'; sc = None"
    source = "import os, shipped\nprint(shipped.NAME, spark, 'sc' in globals(), os.path.exists('/dbfs/x'))"
    client.dbfs.put("/x", contents="")
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("shipped.py", "NAME = 'shipped'")
    client.files.upload(f"{volume}/shipped-1-py3-none-any.whl", io.BytesIO(wheel.getvalue()))
    client.files.upload(f"{volume}/main.py", io.BytesIO(source.encode()))
    dependencies = [f"{volume}/shipped-1-py3-none-any.whl", "databricks-sdk==0.60.0"]
    environment = jobs.JobEnvironment(
        "default", compute.Environment(environment_version="4", dependencies=dependencies)
    )
    one = task(f"{volume}/main.py", environment_key="default")
    ended = []
    double.settings.after_run = ended.append
    run_id = submit(client, one, environments=[environment])
    double.wait(run_id)
    assert ended == [run_id]
    assert output(client, run_id).logs == "shipped a session False False\n"


def test_what_cannot_run_is_refused(double, client):
    path = put(client, "/x.py", "print(1)")
    bad = compute.ClusterSpec(spark_version="9.1.x", node_type_id="m5d.large", num_workers=1)
    node = compute.ClusterSpec(spark_version="17.3.x-scala2.13", node_type_id="tiny", num_workers=1)
    book = jobs.SubmitTask(task_key="n", new_cluster=NEW, notebook_task=jobs.NotebookTask(notebook_path="/Shared/n"))
    for wrong, why in (
        (jobs.SubmitTask(task_key="a", spark_python_task=python(path), new_cluster=bad), "spark version"),
        (jobs.SubmitTask(task_key="a", spark_python_task=python(path), new_cluster=node), "Node type tiny"),
        (task(path, existing_cluster_id="none"), "Cluster none does not exist"),
        (task(path, environment_key="default"), "environment 'default' is not defined"),
        (jobs.SubmitTask(task_key="a", spark_python_task=python(path)), "exactly one of"),
        (book, "cannot run a notebook_task"),
    ):
        with pytest.raises(errors.InvalidParameterValue, match=why):
            submit(client, wrong)
    with pytest.raises(errors.InvalidParameterValue, match="run_as"):
        submit(client, task(path), run_as=jobs.JobRunAs(service_principal_name="nobody"))
    assert list(client.jobs.list_runs()) == []


@pytest.mark.parametrize(
    ("package", "why"),
    [
        ("databricks-sdk=0.60.0", "Invalid requirement"),
        ("databricks-sdk==0.1.0", "the double has databricks-sdk 0.60.0"),
        ("no-such-package", "the double has no no-such-package"),
    ],
)
def test_a_library_that_cannot_be_had_fails_the_run(double, client, package, why):
    path = put(client, "/x.py", "print(1)")
    library = compute.Library(pypi=compute.PythonPyPiLibrary(package=package))
    run_id = submit(client, task(path, libraries=[library]))
    double.wait(run_id)
    state = client.jobs.get_run(run_id).state
    assert state.life_cycle_state is RunLifeCycleState.INTERNAL_ERROR
    assert why in state.state_message


def sleeper(client, double):
    """A run that has begun and will not end by itself."""
    path = put(client, "/sleep.py", "import time\nopen('/dbfs/begun', 'w').close()\ntime.sleep(600)")
    run_id = submit(client, task(path, existing_cluster_id=double.add_cluster()))
    until = time.monotonic() + 20
    while not (double.state.folder / "dbfs" / "begun").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert client.jobs.get_run(run_id).state.life_cycle_state is RunLifeCycleState.RUNNING
    return run_id


def test_runs_are_canceled_and_killed(double, client):
    run_id = sleeper(client, double)
    client.jobs.cancel_run(run_id)
    double.wait(run_id)
    assert client.jobs.get_run(run_id).state.result_state is RunResultState.CANCELED
    client.dbfs.delete("/begun")
    run_id = sleeper(client, double)
    pid = double.state.kept["runs"][run_id].tasks[0].process.pid
    double.kill_run(run_id)
    double.wait(run_id)
    state = client.jobs.get_run(run_id).state
    assert state.result_state is RunResultState.FAILED
    assert "Could not reach driver" in state.state_message
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_tasks_wait_for_each_other(double, client):
    bad, good = put(client, "/bad.py", "raise ValueError('no')"), put(client, "/good.py", "print(1)")
    cluster = double.add_cluster()
    after = [jobs.TaskDependency(task_key="bad")]
    run_id = submit(
        client,
        task(bad, "bad", existing_cluster_id=cluster),
        task(good, "good", existing_cluster_id=cluster, depends_on=after),
        idempotency_token="once",
    )
    double.wait(run_id)
    run = client.jobs.get_run(run_id)
    assert [one.state.result_state.value for one in run.tasks] == ["FAILED", "UPSTREAM_FAILED"]
    assert run.state.state_message == "ValueError: no"
    assert submit(client, task(good, "good", existing_cluster_id=cluster), idempotency_token="once") == run_id


def test_jobs(double, client):
    path = put(client, "/x.py", "print('from a job')")
    robot = double.add_service_principal("robot")
    one = jobs.Task(task_key="a", spark_python_task=python(path), job_cluster_key="c")
    made = client.jobs.create(
        name="nightly",
        tasks=[one],
        job_clusters=[jobs.JobCluster(job_cluster_key="c", new_cluster=NEW)],
        run_as=jobs.JobRunAs(service_principal_name=robot.name),
    )
    assert [one.job_id for one in client.jobs.list(name="nightly")] == [made.job_id]
    assert list(client.jobs.list(name="other")) == []
    run_id = client.jobs.run_now(made.job_id).response.run_id
    double.wait(run_id)
    assert output(client, run_id).logs == "from a job\n"
    client.jobs.delete(made.job_id)
    with pytest.raises(errors.ResourceDoesNotExist):
        client.jobs.get(made.job_id)
    assert "jobs" not in double.objects()
