"""Spark's own reading of a query: every node of its parsed or analyzed plan, wherever it hangs.

Spark's plans are Scala objects that Python could only walk call by call (a second for a small query), and `toJSON`
leaves parts out. A visitor of a few lines is compiled by Janino, with which Spark itself compiles queries (14 ms). It
follows everything a node holds (`productIterator`: children, expressions, subqueries, lists, tuples), so nothing is
overlooked because somebody forgot where it hangs.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CATALYST = "org.apache.spark.sql.catalyst."
_VISITOR = """
package demo_factory;

import java.net.URLEncoder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.analysis.UnresolvedGenerator;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.analysis.UnresolvedStar;
import org.apache.spark.sql.catalyst.analysis.UnresolvedTableValuedFunction;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Nondeterministic;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import org.apache.spark.sql.types.StringType;

public class PlanVisitor {
  public static String visit(Object root) throws Exception {
    StringBuilder out = new StringBuilder();
    ArrayDeque waiting = new ArrayDeque();
    waiting.push(new Object[] {root, new Integer(-1)});
    int count = 0;
    while (!waiting.isEmpty()) {
      Object[] next = (Object[]) waiting.pop();
      Object one = next[0];
      Integer above = (Integer) next[1];
      if (one instanceof TreeNode) {
        TreeNode node = (TreeNode) one;
        out.append(above).append(' ').append(kind(node)).append(' ').append(node.getClass().getName());
        append(out, "start", node.origin().startIndex());
        append(out, "stop", node.origin().stopIndex());
        describe(out, node);
        out.append('\\n');
        above = new Integer(count++);
      }
      ArrayList below = new ArrayList();
      if (one instanceof scala.collection.Iterable) {
        add(below, ((scala.collection.Iterable) one).iterator());
      } else if (one instanceof scala.Product && follows(one)) {
        add(below, ((scala.Product) one).productIterator());
      }
      for (int i = below.size() - 1; i >= 0; i--) {
        waiting.push(new Object[] {below.get(i), above});
      }
    }
    return out.toString();
  }

  private static void add(ArrayList below, scala.collection.Iterator all) {
    while (all.hasNext()) {
      Object one = all.next();
      boolean there = false;
      for (int i = 0; i < below.size(); i++) {
        there = there || below.get(i) == one;
      }
      if (!there) {
        below.add(one);
      }
    }
  }

  private static boolean follows(Object one) {
    String name = one.getClass().getName();
    return one instanceof TreeNode || name.startsWith("scala.")
        || (name.startsWith("org.apache.spark.sql.catalyst.")
            && !name.startsWith("org.apache.spark.sql.catalyst.catalog."));
  }

  private static String kind(TreeNode node) {
    return node instanceof LogicalPlan ? "plan" : node instanceof Expression ? "expression" : "other";
  }

  private static void describe(StringBuilder out, TreeNode node) throws Exception {
    if (node instanceof UnresolvedFunction) {
      names(out, ((UnresolvedFunction) node).nameParts());
    } else if (node instanceof UnresolvedTableValuedFunction) {
      names(out, ((UnresolvedTableValuedFunction) node).name());
    } else if (node instanceof UnresolvedGenerator) {
      append(out, "name", ((UnresolvedGenerator) node).name().funcName());
    } else if (node instanceof UnresolvedRelation) {
      names(out, ((UnresolvedRelation) node).multipartIdentifier());
    } else if (node instanceof UnresolvedAttribute) {
      names(out, ((UnresolvedAttribute) node).nameParts());
    } else if (node instanceof UnresolvedStar) {
      if (((UnresolvedStar) node).target().isDefined()) {
        names(out, (scala.collection.Seq) ((UnresolvedStar) node).target().get());
      }
    } else if (node instanceof View) {
      View view = (View) node;
      append(out, "name", view.desc().identifier().database().isDefined()
          ? (String) view.desc().identifier().database().get() : "");
      append(out, "name", view.desc().identifier().table());
    } else if (node instanceof AttributeReference) {
      AttributeReference column = (AttributeReference) node;
      append(out, "name", column.name());
      append(out, "id", Long.toString(column.exprId().id()));
      if (column.metadata().contains("__metadata_col")) {
        append(out, "flag", "metadata");
      }
    } else if (node instanceof Cast) {
      Cast cast = (Cast) node;
      if (cast.resolved() && cast.child().foldable() && cast.child().dataType() instanceof StringType) {
        Object value = cast.child().eval(null);
        append(out, "constant", value == null ? "" : value.toString());
        append(out, "type", cast.dataType().simpleString());
      }
    }
    if (node instanceof Nondeterministic) {
      append(out, "flag", "nondeterministic");
    }
  }

  private static void names(StringBuilder out, scala.collection.Seq parts) throws Exception {
    scala.collection.Iterator all = parts.iterator();
    while (all.hasNext()) {
      append(out, "name", all.next().toString());
    }
  }

  private static void append(StringBuilder out, String key, scala.Option value) throws Exception {
    if (value.isDefined()) {
      append(out, key, value.get().toString());
    }
  }

  private static void append(StringBuilder out, String key, String value) throws Exception {
    out.append(' ').append(key).append('=').append(URLEncoder.encode(value, "UTF-8"));
  }
}
"""
_lock = threading.Lock()


@dataclass(frozen=True)
class Node:
    """One node of a plan.

    Attributes:
        above: the index of the node that holds it, -1 for the root.
        kind: "plan", "expression" or "other".
        java: the name of its Java class.
        names: the parts of the name that it speaks of, if any.
        flags: "metadata" for a hidden column of files, "nondeterministic" for a random expression.
        start, stop: the place of what it was written as in the text (inclusive), where Spark says it.
        constant, type: of a CAST of a constant text, the text and the type it is brought to.
        id: of a column, what Spark knows it by, whatever its name.
    """

    above: int
    kind: str
    java: str
    names: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    start: int | None = None
    stop: int | None = None
    constant: str | None = None
    type: str = ""
    id: str = ""

    @property
    def name(self) -> str:
        """The class without its package."""
        return self.java.rpartition(".")[2]

    @property
    def package(self) -> str:
        """The class's package, below Spark's catalyst where it lies there."""
        return self.java.rpartition(".")[0].removeprefix(_CATALYST)


def parse_plan(session: SparkSession, text: str) -> Any:
    """Spark's parsed plan of a text; nothing is looked up and nothing runs.

    Raises:
        ParseException: it is not SQL.
    """
    return session._jsparkSession.sessionState().sqlParser().parsePlan(text)


def parse_name(session: SparkSession, text: str) -> list[str]:
    """The parts of a name in Spark's own reading.

    Raises:
        ParseException: it is no name.
    """
    found = session._jsparkSession.sessionState().sqlParser().parseMultipartIdentifier(text)
    return [found.apply(index) for index in range(found.size())]


def frame_of(session: SparkSession, parsed: Any) -> DataFrame:
    """The frame of a parsed query, analyzed and not run. It must be none of Spark's commands: those run at once.

    Raises:
        AnalysisException: a name, type or number of arguments is wrong.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import AnalysisException
    from pyspark.sql import DataFrame

    classic = session._jvm.org.apache.spark.sql.classic
    try:
        return DataFrame(classic.Dataset.ofRows(session._jsparkSession, parsed), session)
    except Py4JJavaError as error:  # some refusals, as of a collation that there is not, PySpark leaves as Java's own
        if not error.java_exception.getClass().getName().startswith("org.apache.spark."):
            raise
        raise AnalysisException(error.java_exception.getMessage()) from None


def analyzed(frame: DataFrame) -> Any:
    """Spark's analyzed plan of a frame."""
    return frame._jdf.queryExecution().analyzed()


def nodes_of(session: SparkSession, plan: Any) -> Sequence[Node]:
    """Every node of a plan, each after the one that holds it."""
    return [_node(line) for line in str(_visitor(session)(plan)).splitlines()]


def _node(line: str) -> Node:
    above, kind, java, *said = line.split(" ")
    found: dict[str, list[str]] = {}
    for pair in said:
        key, _, value = pair.partition("=")
        found.setdefault(key, []).append(unquote_plus(value))
    numbers = {key: int(found[key][0]) for key in ("start", "stop") if key in found}
    constant = found.get("constant")
    return Node(
        int(above), kind, java, tuple(found.get("name", ())), frozenset(found.get("flag", ())),
        numbers.get("start"), numbers.get("stop"), constant[0] if constant else None, "".join(found.get("type", ())),
        "".join(found.get("id", ())),
    )  # fmt: skip


def _visitor(session: SparkSession) -> Any:
    """The compiled visitor as a Python function; compiled once for each Java."""
    jvm = session._jvm
    with _lock:
        method = getattr(jvm, "_demo_factory_visitor", None) if "_demo_factory_visitor" in vars(jvm) else None
        if method is None:
            compiler = jvm.org.codehaus.janino.SimpleCompiler()
            compiler.setParentClassLoader(jvm.java.lang.Thread.currentThread().getContextClassLoader())
            compiler.cook(_VISITOR)
            made = compiler.getClassLoader().loadClass("demo_factory.PlanVisitor")
            method = next(one for one in made.getMethods() if one.getName() == "visit")
            vars(jvm)["_demo_factory_visitor"] = method
    gateway = session.sparkContext._gateway

    def visit(plan: Any) -> str:
        arguments = gateway.new_array(jvm.java.lang.Object, 1)
        arguments[0] = plan
        return str(method.invoke(None, arguments))

    return visit
