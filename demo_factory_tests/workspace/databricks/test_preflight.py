"""What some steps need of a workspace: asked for in few reads, refused in one error before the first write."""

from __future__ import annotations

import pytest

from demo_factory.access.stages import with_access
from demo_factory.blueprint.errors import NotReady
from demo_factory.blueprint.load import loads
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.diff import changes
from demo_factory.resources.registry import governed_resources
from demo_factory.resources.resource import Change, State
from demo_factory.workspace.databricks.workspace import DatabricksWorkspace
from demo_factory.workspace.observe import observe
from demo_factory.workspace.preflight import missing, refuse_unready
from demo_factory_tests.access.governed import CATALOG, GOVERNED, governed
from demo_factory_tests.plan.demos import AS_OF

from .double import Double, connect
from .small import target

pytestmark = pytest.mark.double
PLAN = with_access(governed(), governed_resources(governed()))


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv("GOV_PASSWORD", "canary-7c1f")


def workspace(double: Double, token: str | None = None, **more: object) -> DatabricksWorkspace:
    return DatabricksWorkspace("dev", target(double, **more), connect(double, token))


def lacking(there: DatabricksWorkspace, todo=tuple(PLAN.steps)) -> dict[str, str]:
    found = there.requirements(PLAN, todo, changes(PLAN, observe(PLAN, there)))
    return {one.name: f"{one.reason}. {one.remedy}" for one in missing(found)}


def test_nothing_is_missing_for_an_admin_and_little_is_asked(double, secret):
    there = workspace(double)
    found = changes(PLAN, observe(PLAN, there))
    before = len(double.calls)
    refuse_unready(PLAN, tuple(PLAN.steps), found, there)
    asked = [call.path.rpartition("/")[2] for call in double.calls[before:]]
    assert asked == ["Me", "warehouses", CATALOG, "metastore_summary"]
    assert double.writes() == []


def test_what_a_guest_lacks_comes_as_one_error_with_every_remedy(double, secret):
    there = workspace(double, double.add_user("ann@example.com"))
    with pytest.raises(NotReady) as caught:
        refuse_unready(PLAN, tuple(PLAN.steps), changes(PLAN, observe(PLAN, there)), there)
    said = str(caught.value)
    assert "dev is not ready for gov, nothing was made:" in said
    assert "these are not there: service principal robot, group germans" in said
    assert f"{CATALOG} is not there, and ann@example.com holds no CREATE CATALOG on the metastore" in said
    assert "GRANT CREATE CATALOG ON METASTORE TO `ann@example.com`" in said
    assert double.writes() == []


def test_only_what_the_steps_need_is_asked_of_them(double):
    there = workspace(double, double.add_user("ann@example.com"), compute={"cluster": {"existing": "none-there"}})
    assert list(lacking(there, ["customers"])) == ["compute"]
    assert list(lacking(there, ["access_containers"])) == ["catalog"]
    assert list(lacking(there, ["access_grants"])) == ["catalog"]  # USE CATALOG is granted on it
    assert lacking(there, []) == {}


@pytest.mark.parametrize(("version", "lacks"), [("15.4.x-scala2.12", ["compute"]), ("16.4.x-scala2.12", [])])
def test_a_runtime_that_writes_no_guarded_table_is_refused_before_anything_is_made(double, version, lacks):
    """customers has a mask; docs.databricks.com/aws/en/compute/single-user-fgac: writes from 16.3 on."""
    compute = {"cluster": {"spark_version": version, "node_type": "m5d.large", "workers": 1}}
    assert list(lacking(workspace(double, compute=compute), ["customers"])) == lacks
    there = {"cluster": {"existing": double.add_cluster("shared", spark_version=version)}}
    found = lacking(workspace(double, compute=there), ["customers"])
    assert list(found) == lacks
    assert all("16.4 LTS or later, or serverless" in said for said in found.values())
    assert lacking(workspace(double, compute=compute), ["spending"]) == {}


def test_on_its_own_compute_no_other_is_needed(double):
    compute = {"cluster": {"spark_version": "1.x", "node_type": "none", "workers": 1}}
    inside = DatabricksWorkspace("dev", target(double, compute=compute), connect(double), inside=True)
    assert lacking(inside, ["customers"]) == {}
    assert list(lacking(workspace(double, compute=compute), ["customers"])) == ["compute"]


def test_what_is_in_the_way_or_may_not_be_made_is_named(double, client, monkeypatch):
    monkeypatch.delenv("GOV_PASSWORD", raising=False)
    double.add_catalog(CATALOG)
    double.add_schema(f"{CATALOG}.shop")
    double.add_group("germans", account=False)
    there = workspace(double, allow={"create_groups": False, "create_service_principals": True})
    found = lacking(there)
    assert "demo_factory did not make it: it belongs to admin@example.com" in found[f"schema {CATALOG}.shop"]
    assert "germans is a group of the workspace" in found["group germans"]
    assert "this target may not create one. Ask for it, map it" in found["group analysts"]
    assert "GOV_PASSWORD is not set" in found[f"secret {CATALOG}/password"]
    assert "service principal robot" not in found
    assert "catalog" not in found  # the admin owns it


def test_what_the_steps_are_made_without_is_given_back(double, secret):
    plan = compile_demo(loads(f"{GOVERNED}optimize:\n  spending: {{cache: true}}\n"), as_of=AS_OF)
    there = workspace(double)
    [off] = refuse_unready(plan, ["optimize_spending"], {}, there)
    assert (off.name, off.reason) == ("cache", "serverless compute keeps no tables in memory")
    assert refuse_unready(plan, ["customers"], {}, there) == ()


def test_what_is_as_it_should_be_needs_nothing(double):
    """A second apply of the same has no steps; and a step that keeps all its things needs none of them made."""
    kept = [Change("keep", one, "as it should be") for one in PLAN.resources]
    there = workspace(double, double.add_user("ann@example.com"))
    found = there.requirements(PLAN, ["access_principals", "access_containers", "access_secrets"], kept)
    assert missing(found) == ()
    asked = [call.path.rpartition("/")[2] for call in double.calls]
    assert asked == ["Me", "warehouses"]  # which functions, that stand with the containers, are made by


def test_a_workspace_says_what_is_off_beside_what_is_needed(double, secret):
    there = workspace(double)
    found = there.requirements(PLAN, tuple(PLAN.steps), changes(PLAN, observe(PLAN, there)), whole=True)
    off = {one.name: one.needed for one in found if not one.ok}
    assert off == {"system.access.audit": False, "system.query.history": False}
    assert {one.name for one in found if one.needed} >= {"warehouse", "catalog", "principals", "compute", "staging"}


def standing_with_new_days(double):
    """The changes of a day later: the guarded table stands, and another one gets new days."""
    there = workspace(double)
    kinds = {"table": "append", "optimize": "keep"}
    known = {"table": {"fingerprint": "f"}}
    return [
        Change(kinds.get(one.kind, "keep"), one, "", State(*one.id, found=known.get(one.kind, {})))
        for one in PLAN.resources
    ], there


@pytest.mark.parametrize("member", [True, False])
def test_new_days_are_made_by_whoever_sees_what_masks_hide(double, member):
    """The group's test is what the masks themselves ask, so that the warehouse is asked and not a list of members."""
    for name in ("analysts", "germans"):
        double.add_group(name)
    double.add_group("engineers", ["admin@example.com"] if member else [])
    found, there = standing_with_new_days(double)
    asked = len(double.calls)
    told = there.requirements(PLAN, ["customers"], found)
    [one] = [one for one in told if one.name == "exemption"]
    assert one.needed
    assert one.ok == member
    if not member:
        assert "admin@example.com does not see customers." in one.reason
        assert "Put it into" in one.remedy
        assert "engineers" in one.remedy
    assert len([call for call in double.calls[asked:] if call.method == "POST" and "statements" in call.path]) == 1
    assert double.writes() == []


def test_nobody_is_asked_before_a_mask_stands(double, secret):
    there = workspace(double)
    found = changes(PLAN, observe(PLAN, there))
    assert "exemption" not in {one.name for one in there.requirements(PLAN, tuple(PLAN.steps), found)}
