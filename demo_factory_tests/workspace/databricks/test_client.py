"""Logging in, and errors as plain sentences: the object, the reason, the remedy."""

from __future__ import annotations

import socket
import time

import pytest
from databricks.sdk import errors

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.databricks.client import connect, plainly, reason

from .small import target

pytestmark = pytest.mark.double
M2M = {"service_principal": {"client_id": "abc", "secret_env": "DEV_SECRET"}}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("DATABRICKS_TOKEN", "DATABRICKS_HOST", "DATABRICKS_CONFIG_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_token_of_the_environment_logs_in_and_shows_nowhere(double, monkeypatch):
    monkeypatch.setenv("DATABRICKS_TOKEN", double.token)
    client = connect(target(double))
    assert client.current_user.me().user_name == "admin@example.com"
    assert double.token not in repr(client) + repr(client.config) + str(client.config)


def test_a_service_principal_without_its_variable_says_which(double):
    with pytest.raises(DemoError, match="DEV_SECRET is not set, and the target logs in with it"):
        connect(target(double, auth=M2M), {})


def test_a_wrong_secret_is_one_sentence_without_the_secret(double):
    client = connect(target(double, auth=M2M), {"DEV_SECRET": "canary-secret"})
    with pytest.raises(DemoError, match=r"Could not look: not logged in .*invalid_client") as caught, plainly("look"):
        client.current_user.me()
    assert "canary-secret" not in str(caught.value)


def test_nothing_to_log_in_with(double, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    said = r"Nobody can log in to http://\S+ by the environment: there is nothing to log in with. Set DATABRICKS_"
    with pytest.raises(DemoError, match=said):
        connect(target(double))


def test_a_profile_that_is_not_there(double, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATABRICKS_TOKEN", double.token)  # of somebody else: a named profile stands alone
    with pytest.raises(DemoError, match=r"by the profile nobody: .*databricks auth login .* --profile nobody"):
        connect(target(double, auth={"profile": "nobody"}))


def test_a_profile_goes_before_the_environment(double, monkeypatch, tmp_path):
    monkeypatch.setenv("DATABRICKS_TOKEN", "of-another-workspace")
    file = tmp_path / "profiles"
    file.write_text(f"[mine]\nhost = {double.url}\ntoken = {double.token}\n")
    client = connect(target(double, auth={"profile": "mine"}), {"DATABRICKS_CONFIG_FILE": str(file)})
    assert client.current_user.me().user_name == "admin@example.com"


@pytest.mark.parametrize("why", ["it refuses connections", "its name is not known"])
def test_a_host_that_was_never_reached_is_told_at_once(double, monkeypatch, why):
    monkeypatch.setenv("DATABRICKS_TOKEN", "canary-token")
    if why == "its name is not known":
        host = "https://no-such-workspace.invalid"
        monkeypatch.setattr(socket, "getaddrinfo", _unknown)
    else:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            host = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = connect(target(double, host=host))
    started = time.monotonic()
    with pytest.raises(DemoError, match=f"Could not reach .*: the workspace cannot be reached: {why}[.]") as caught:
        client.current_user.me()
    assert time.monotonic() - started < 5
    assert "canary-token" not in str(caught.value)


def _unknown(*args, **kwargs):
    raise socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            errors.Unauthenticated("Invalid access token: the token has expired."),
            "not logged in .*expired.*Log in again",
        ),
        (errors.PermissionDenied("Invalid access token."), "not logged in .*Check `auth`"),
        (errors.PermissionDenied("User does not have USE CATALOG"), "a privilege is missing .*USE CATALOG.*Ask"),
        (errors.NotFound("Catalog 'x' does not exist."), "it is not there, or you may not see it .*'x'"),
        (errors.BadRequest("limit: 1", error_code="QUOTA_EXCEEDED"), "a quota is used up .*higher quota"),
        (errors.NotImplemented("not enabled"), "this workspace does not have that"),
        (errors.TooManyRequests("slow down", error_code="REQUEST_LIMIT_EXCEEDED"), "too busy .*goes on where it was"),
        (errors.BadRequest("Name is too long"), r"Could not make x: Name is too long\.$"),
        (ConnectionResetError("reset by peer"), "the connection broke .*reset by peer.*goes on where it was"),
    ],
)
def test_each_error_of_the_sdk_is_a_sentence(error, said):
    assert isinstance(reason(error, "make x"), DemoError)
    with (
        pytest.raises(DemoError, match=f"Could not make x: .*{said}" if "Could" not in said else said),
        plainly("make x"),
    ):
        raise error
