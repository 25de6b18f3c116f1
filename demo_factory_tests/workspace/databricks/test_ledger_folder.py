"""Where ledger, lock and scripts lie: in a folder of who applies, shared with who runs the jobs and nobody else."""

import pytest
from databricks.sdk.service import iam, workspace

from demo_factory.blueprint.errors import DemoError
from demo_factory.operations.settings import Settings
from demo_factory.resources.resource import Resource
from demo_factory.targets.model import ME, OWN_FOLDER
from demo_factory.workspace.databricks.ledger import DatabricksLedger
from demo_factory.workspace.databricks.probe import probe

from .double import ADMIN, connect
from .small import Small, target

pytestmark = pytest.mark.double
ROBOT = Resource("service_principal", "robot", {"ledger": "CAN_MANAGE"})


def test_the_folder_is_of_whoever_is_logged_in(double):
    assert ME in OWN_FOLDER
    for name in (ADMIN, "ann@example.com"):
        client = connect(double, double.add_user(name, admin=True))
        assert DatabricksLedger(client, target(double)).folder == f"/Workspace/Users/{name}/.demo_factory"
    named = target(double, folder="/Workspace/Users/ann@example.com/x")
    assert DatabricksLedger(connect(double), named).folder == "/Workspace/Users/ann@example.com/x"
    assert DatabricksLedger(connect(double), named.in_env("pr7")).folder == "/Workspace/Users/ann@example.com/x/pr7"


def test_who_runs_the_jobs_may_keep_the_ledger_and_nothing_is_written_twice(double):
    small = Small(double)
    assert [one.kind for one in small.apply_some([ROBOT])] == ["create"]
    robot = next(one for one in double.state.principals.values() if one.display_name == "robot")
    folder = small.client.workspace.get_status(small.records.folder)
    [entry] = small.client.permissions.get("directories", str(folder.object_id)).access_control_list
    assert (entry.service_principal_name, entry.all_permissions[0].permission_level) == (
        robot.name, iam.PermissionLevel.CAN_MANAGE,
    )  # fmt: skip
    before = len(double.writes())
    assert [one.kind for one in small.plan([ROBOT])] == ["keep"]
    assert len(double.writes()) == before
    double.state.kept["permissions"].clear()
    assert [one.kind for one in small.plan([ROBOT])] == ["mend"]


def test_for_the_one_that_runs_them_its_own_folder_is_its_own(double):
    robot = double.add_service_principal("robot")
    mine = Small(double, connect(double, double.token_for(robot.name)))
    assert [one.kind for one in mine.plan([ROBOT])] == ["use"]


@pytest.mark.parametrize(
    ("who", "level", "ok"),
    [("users", "CAN_MANAGE", False), ("users", "CAN_EDIT", False), ("users", "CAN_READ", True),
     ("builders", "CAN_MANAGE", True)],
)  # fmt: skip
def test_a_named_folder_that_everybody_may_write_to_is_refused(double, who, level, ok):
    double.add_group("builders")
    small = Small(double, folder="/Workspace/Users/ann@example.com/shared/ledger")
    double.add_user("ann@example.com")
    small.client.workspace.mkdirs("/Workspace/Users/ann@example.com/shared")
    there = small.client.workspace.get_status("/Workspace/Users/ann@example.com/shared")
    entry = iam.AccessControlRequest(group_name=who, permission_level=iam.PermissionLevel(level))
    small.client.permissions.set("directories", str(there.object_id), access_control_list=[entry])
    [_, found] = probe(small.governor._api, "c", ["folder"])
    assert found.ok is ok
    assert ok or "all of users may write to /Workspace/Users/ann@example.com/shared" in found.reason


def test_what_is_read_raw_is_what_the_sdk_knows(double):
    small = Small(double)
    small.apply_some([ROBOT])
    api = small.client.api_client
    status = api.do("GET", "/api/2.0/workspace/get-status", query={"path": small.records.folder})
    assert workspace.ObjectInfo.from_dict(status).as_dict() == status
    shown = api.do("GET", f"/api/2.0/permissions/directories/{status['object_id']}")
    assert iam.ObjectPermissions.from_dict(shown).as_dict() == shown


def test_a_job_is_given_the_folder_of_whoever_deployed_it(tmp_path):
    file = tmp_path / "targets.yaml"
    file.write_text("targets: {dev: {host: 'https://a.example.com', compute: {serverless: {}}, warehouse: w}}")
    said = {"DEMO_FACTORY_TARGETS": str(file), "DEMO_FACTORY_TARGET": "dev"}
    found = Settings.read({**said, "DEMO_FACTORY_LEDGER_OF": "ann@example.com", "DEMO_FACTORY_ENV": "pr7"})
    assert found.targets["dev"].folder == "/Workspace/Users/ann@example.com/.demo_factory/pr7"
    with pytest.raises(DemoError, match=r"--ledger-of or DEMO_FACTORY_LEDGER_OF: '../../Shared' is nobody's name"):
        Settings.read({**said, "DEMO_FACTORY_LEDGER_OF": "../../Shared"})
    file.write_text(file.read_text().replace("warehouse: w", "warehouse: w, folder: /Workspace/Users/b@c.d/x"))
    assert (
        Settings.read({**said, "DEMO_FACTORY_LEDGER_OF": "ann@example.com"}).targets["dev"].folder.endswith("b@c.d/x")
    )
