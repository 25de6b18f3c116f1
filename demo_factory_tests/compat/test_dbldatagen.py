"""dbldatagen's guess of what uses what, which is left out."""

import inspect

import dbldatagen
import pytest

from demo_factory.compat.dbldatagen import as_they_come
from demo_factory_tests.compat.pins import pinned, takes

pytestmark = pytest.mark.e2e


def test_the_version():
    pinned("dbldatagen>=0.4.0.post1,<0.5")


def test_the_order_is_guessed_by_the_method_that_is_replaced():
    takes(dbldatagen.DataGenerator._adjustBuildOrderForSqlDependencies, "self", "buildOrder", "columnSpecsByName")
    assert "self._adjustBuildOrderForSqlDependencies(" in inspect.getsource(dbldatagen.DataGenerator)


def test_the_order_given_stays():
    class Generator:
        pass

    assert as_they_come(Generator())._adjustBuildOrderForSqlDependencies([["b"], ["a"]], {}) == [["b"], ["a"]]
