"""The Databricks CLI itself validates the bundle, strictly, against a stand-in of a workspace on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from demo_factory.bundle.render import render
from demo_factory_tests.bundle.sources import TARGETS, coffee

PROGRAM = shutil.which("databricks")
RUNNER = "11111111-2222-3333-4444-555555555555"
ANSWERS = {
    "/api/2.0/preview/scim/v2/Me": {"id": "1", "userName": "ada@example.com"},
    "/api/2.0/preview/scim/v2/ServicePrincipals": {
        "Resources": [{"id": "7", "displayName": "runner", "applicationId": RUNNER}],
        "totalResults": 1,
        "startIndex": 1,
        "itemsPerPage": 1,
    },
    "/api/2.0/permissions/directories/5": {"object_id": "/directories/5", "access_control_list": []},
    "/api/2.0/workspace/get-status": {"object_type": "DIRECTORY", "path": "/x", "object_id": 5},
}


def is_new(program: str | None) -> bool:
    """The program of that name from PyPI is an older one without bundles."""
    if program is None:
        return False
    done = subprocess.run([program, "bundle", "--help"], capture_output=True, timeout=60, check=False)
    return done.returncode == 0


WHY = "the Databricks CLI is not on PATH: its licence allows it to those with an agreement alone"
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not is_new(PROGRAM), reason=WHY)]


class _Workspace(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        found = ANSWERS.get(self.path.partition("?")[0])
        body = json.dumps(found or {"error_code": "NOT_FOUND", "message": "there is none"}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Workspace)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def validate(folder: Path, host: str, target: str, *words: str, **changed: str) -> subprocess.CompletedProcess[str]:
    files = render(coffee(targets=re.sub(r"https://\w+\.example\.com", host, TARGETS)))
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text.replace(*changed["replace"].split("|")) if changed else text)
    return subprocess.run(
        [str(PROGRAM), "bundle", "validate", "--strict", "-t", target, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DATABRICKS_TOKEN": "x",
            "DATABRICKS_CLI_TELEMETRY_DISABLED": "1",
        },
    )


@pytest.mark.parametrize("target", ["dev", "staging", "prod"])
def test_every_target_is_valid(tmp_path, host, target):
    done = validate(tmp_path, host, target)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pull_request_has_names_of_its_own(tmp_path, host):
    done = validate(tmp_path, host, "dev", "--var", "env=pr7", "--output", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    resources = found["resources"]
    assert resources["jobs"]["test_data_quality"]["name"] == "pr7_ada_coffee test data quality"
    assert resources["jobs"]["test_data_quality"]["schedule"]["pause_status"] == "PAUSED"
    assert resources["jobs"]["test_data_quality"]["run_as"] == {"service_principal_name": RUNNER}
    assert set(resources) == {"jobs"}
    assert found["workspace"]["root_path"] == "/Workspace/Users/ada@example.com/.bundle/coffee/pr7"


def test_it_would_tell_us(tmp_path, host):
    done = validate(tmp_path, host, "dev", replace="timeout_seconds|timeout_secs")
    assert done.returncode != 0
    assert "timeout_secs" in done.stdout + done.stderr
