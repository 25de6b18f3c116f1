"""Pandera's extension points."""

import pandera.pyspark as pa
import pytest
from pandera.api.base.checks import CheckResult
from pandera.api.extensions import register_builtin_check, register_check_method
from pandera.backends.base import BaseCheckBackend, BaseSchemaBackend

from demo_factory.compat.pandera import ErrorHandler, get_error_category
from demo_factory.quality.predicates import Cell, _predicates, _promises, register
from demo_factory_tests.compat.pins import pinned, takes

pytestmark = pytest.mark.e2e


def test_the_version():
    pinned("pandera[pandas]>=0.35,<0.36")


def test_the_extension_points():
    assert CheckResult._fields == ("check_output", "check_passed", "checked_object", "failure_cases")
    takes(register_builtin_check, "fn")
    takes(register_check_method, "check_fn", "statistics", "supported_types")
    takes(BaseCheckBackend, "check")
    takes(
        BaseSchemaBackend.validate, "check_obj", "schema", "head", "tail", "sample", "random_state", "lazy", "inplace"
    )
    takes(BaseSchemaBackend.failure_cases_metadata, "schema_name", "schema_errors")
    takes(ErrorHandler, "lazy")
    takes(ErrorHandler.collect_error, "error_type", "reason_code", "schema_error")
    takes(ErrorHandler.summarize, "schema_name")
    takes(get_error_category, "reason_code")
    check = pa.Check.gt(1)
    assert callable(check._check_fn)
    assert check._check_kwargs == {"min_value": 1}


def test_every_check_is_registered_once_however_often_it_is_asked_for():
    register()
    register()
    assert {one.__name__ for one in _promises} <= set(pa.Check.REGISTERED_CUSTOM_CHECKS)
    assert {one.__name__ for one in _predicates} <= set(pa.Check.CHECK_FUNCTION_REGISTRY)
    assert pa.Check.get_backend(Cell(None))
