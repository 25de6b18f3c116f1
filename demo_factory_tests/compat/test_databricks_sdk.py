"""The SDK's configuration and its session of HTTP."""

import pytest
import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config

from demo_factory.compat.databricks_sdk import config_of_profile, fail_early
from demo_factory_tests.compat.pins import pinned, takes

pytestmark = pytest.mark.e2e


def test_the_version():
    pinned("databricks-sdk<0.61")


def test_a_profile_stands_alone(monkeypatch, tmp_path):
    takes(Config._load_from_env, "self")
    file = tmp_path / "cfg"
    file.write_text("[mine]\nhost = https://mine.example.com\ntoken = of-the-file\n", encoding="utf-8")
    monkeypatch.setenv("DATABRICKS_TOKEN", "of-the-environment")
    asked = {"profile": "mine", "config_file": str(file), "host": "https://mine.example.com"}
    assert Config(**asked).token == "of-the-environment"
    assert config_of_profile()(**asked).token == "of-the-file"


def test_every_call_goes_through_the_session_that_is_given_a_door():
    client = WorkspaceClient(host="https://a.example.com", token="x")
    session = client.api_client._api_client._session
    assert isinstance(session, requests.Session)
    before = session.get_adapter("https://a.example.com")
    fail_early(client, lambda error, url: None)
    assert session.get_adapter("https://a.example.com") is not before
