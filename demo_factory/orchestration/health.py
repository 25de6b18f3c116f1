"""Health in Dagster: what `status` answers, as words for alerts and as a check of every asset that promises freshness.

Dagster's freshness policies know when an asset was made. How far its data reaches they do not know: this check does.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from demo_factory.operations.demos import plan_to_date
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_workspace
from demo_factory.orchestration import metadata
from demo_factory.orchestration.schedule import today_due
from demo_factory.plan.health import State
from demo_factory.resources.graph import DemoPlan, Step, TablePlan
from demo_factory.workspace.observe import as_known
from demo_factory.workspace.standing import ObjectStatus, standing

FINE = "fine"
CHECK = "health"
_SPEAK_FOR_ALL: tuple[State, ...] = ("failed", "damaged", "unfinished")
_SPEAK_FOR_PROMISES: tuple[State, ...] = ("stale", "never built")


@dataclass(frozen=True)
class Said:
    """What is said of one asset: only another `word` is news, since a reason may count days or rows.

    `made` is when the object was made, or last judged.
    """

    word: str
    reason: str = ""
    made: str = ""

    @property
    def passes(self) -> bool:
        """Whether it stands as it should; a promise that only warns has a check of its own."""
        return self.word not in (*_SPEAK_FOR_ALL, *_SPEAK_FOR_PROMISES)

    def __str__(self) -> str:
        return f"{self.word}: {self.reason}" if self.reason else self.word


def states(demo: str, file: Path, settings: Settings, day: dt.date) -> dict[str, Said | None]:
    """What is to be said of each asset of a demo on a day; None while it runs, for no verdict is no news.

    It is what `status` answers: failed, damaged and unfinished of every object, stale and never built of those that
    promise to be fresh. Nothing while nothing of the demo was ever built.

    Raises:
        DemoError: the demo's blueprint or the target's ledger cannot be read.
    """
    workspace = open_workspace(settings)
    if not workspace.records.states(demo):
        return {}
    plan = plan_to_date(file, settings, workspace, settings.as_of or day)
    found = standing(plan, workspace, as_known(plan, workspace)).objects
    ours = [one for one in found if one.name in plan.steps]  # what left the blueprint is no asset any longer
    return {metadata.asset_key(plan, one.name).to_user_string(): _say(one, plan.steps[one.name]) for one in ours}


def _say(one: ObjectStatus, step: Step) -> Said | None:
    if one.status == "running":
        return None
    made = one.built or ""
    if one.status in _SPEAK_FOR_ALL or (_promises(step) and one.status in _SPEAK_FOR_PROMISES):
        day = f", its newest day is {one.newest_day}" if one.status == "stale" and one.newest_day else ""
        return Said(one.status, f"{one.reason}{day}", made)
    if one.warnings:
        return Said("breaking a promise that only warns", "; ".join(one.warnings), made)
    return Said(FINE, "", made)


def promising(plan: DemoPlan) -> dict[str, dg.AssetKey]:
    """The assets that promise freshness, by their text."""
    keys = [metadata.asset_key(plan, step.name) for step in plan.steps.values() if _promises(step)]
    return {key.to_user_string(): key for key in keys}


def _promises(step: Step) -> bool:
    return isinstance(step.plan, TablePlan) and step.plan.fresh_within is not None


def evaluations(
    plan: DemoPlan, shown: Mapping[str, str], now: Mapping[str, Said | None]
) -> tuple[list[dg.AssetCheckEvaluation], dict[str, str]]:
    """For Dagster's history: the health of each promising asset that is another one, or was made anew; Dagster shows
    for what was made last only what was said since.

    Args:
        shown: what was shown of each asset at the last look.

    Returns: the evaluations, and what is shown of each asset now.
    """
    found, kept = [], dict(shown)
    for asset, key in promising(plan).items():
        said = now.get(asset)
        if said is None or shown.get(asset) == f"{said.word} {said.made}":
            continue
        kept[asset] = f"{said.word} {said.made}"
        found.append(
            dg.AssetCheckEvaluation(
                key, CHECK, said.passes, {"health": str(said)}, severity=_severity(said), description=str(said)
            )
        )
    return found, kept


def health_checks(file: Path, plan: DemoPlan, settings: Settings) -> list[dg.AssetChecksDefinition]:
    """The check by which Dagster's UI shows the health of each asset that promises freshness; it reads and no more.

    The sensor reports it as it changes. No build runs it: nothing of a build depends on it.
    """
    keys = promising(plan)
    about = "How it stands, by its last verdict and its newest day: what demo-factory status says"
    specs = [dg.AssetCheckSpec(CHECK, asset=key, description=about) for key in keys.values()]
    if not specs:
        return []

    @dg.multi_asset_check(name=f"{plan.demo}_{CHECK}", specs=specs, can_subset=True)
    def health(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        now = states(plan.demo, file, settings, today_due())
        for asset, key in keys.items():
            said = now.get(asset)
            if said is not None and dg.AssetCheckKey(key, CHECK) in context.selected_asset_check_keys:
                text, severity = str(said), _severity(said)
                yield dg.AssetCheckResult(
                    asset_key=key, check_name=CHECK, passed=said.passes, severity=severity, description=text
                )

    return [health]


def _severity(said: Said) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if said.word in _SPEAK_FOR_ALL else dg.AssetCheckSeverity.WARN
