"""Routes of MLflow's real client. Their shapes are MLflow's own messages, which say where they are sent, too.

Importing this takes as long as importing MLflow, so nobody does but the tests of models.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from mlflow.protos import databricks_pb2, databricks_uc_registry_messages_pb2
from mlflow.protos.databricks_uc_registry_service_pb2 import UcModelRegistryService
from mlflow.protos.service_pb2 import MlflowService
from mlflow.utils.proto_json_utils import message_to_json
from mlflow.utils.rest_utils import extract_api_info_for_service

from ..errors import wrong_shape
from ..kind import Kind, Request

_SENT_TO = {
    message: place
    for service in (MlflowService, UcModelRegistryService)
    for message, place in extract_api_info_for_service(service, "/api/2.0").items()
}
Answers = Callable[[Request], "dict[str, Any] | None"]


def mlflow_route(kind: Kind, message: Any) -> Callable[[Answers], Answers]:
    """Answer one of MLflow's requests; what is answered has to fit its answer's message."""
    path, method = _SENT_TO[message]
    answer = _answer_of(message)

    def read(in_path: dict[str, str], query: dict[str, list[str]], body: object) -> dict[str, Any]:
        return _read(message, in_path, query, body)

    def register(handler: Answers) -> Answers:
        def handle(request: Request) -> dict[str, Any]:
            shown = json_format.ParseDict(handler(request) or {}, answer())
            return dict(json.loads(message_to_json(shown)))

        kind.route(method, path, {}, body="none" if method == "GET" else "json", read=read)(handle)
        return handler

    return register


def _answer_of(message: Any) -> Any:
    name = message.DESCRIPTOR.name.replace("Request", "Response")
    return getattr(message, "Response", None) or getattr(databricks_uc_registry_messages_pb2, name)


def _read(message: Any, in_path: dict[str, str], query: dict[str, list[str]], body: object) -> dict[str, Any]:
    fields = message.DESCRIPTOR.fields_by_name
    if not isinstance(body, dict):
        raise wrong_shape(f"body: expected an object, got {type(body).__name__}")
    if body and query:
        raise wrong_shape(f"query on a request with a body: {query}")
    given = {**in_path, **body, **{name: _of_query(fields.get(name), texts) for name, texts in query.items()}}
    try:
        parsed = json_format.ParseDict(given, message())
    except json_format.ParseError as error:
        raise wrong_shape(f"{message.DESCRIPTOR.name}: {error}") from None
    found: dict[str, Any] = json_format.MessageToDict(parsed, preserving_proto_field_name=True)
    for name, field in fields.items():
        if field.GetOptions().Extensions[databricks_pb2.validate_required] and name not in found:
            raise wrong_shape(f"{message.DESCRIPTOR.name}: required field {name!r} is missing")
    return found


def _of_query(field: FieldDescriptor | None, texts: list[str]) -> object:
    if field is not None and field.label == FieldDescriptor.LABEL_REPEATED:
        return texts
    text = texts[0] if len(texts) == 1 else str(texts)
    if field is not None and field.type == FieldDescriptor.TYPE_BOOL:
        return {"true": True, "false": False}.get(text, text)
    return text
