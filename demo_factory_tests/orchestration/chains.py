"""A build that is killed at one moment after the other and goes on each time; and a table of how that went."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from demo_factory_tests.orchestration.delta_files import contents
from demo_factory_tests.orchestration.faults import Place, Victim, no_trace

Fault = Callable[[Victim], None]
Table = dict[tuple[str, str], str]  # (moment, fault) -> ok, or what failed


def python_killed(victim: Victim) -> None:
    """kill -9 of the command itself; its Java ends when the pipe to it closes."""
    victim.kill()


def java_killed(victim: Victim) -> None:
    """kill -9 of Java, of which the command has to say one plain sentence."""
    victim.kill_java()
    victim.follow_from_here()
    if victim.process.returncode:
        said = no_trace(victim.said())
        assert victim.process.returncode == 3, said
        assert "Java" in said


def build_hit_everywhere(
    place: Place, fault_at: Callable[[str, Victim], Fault | None], whole: dict[str, object], table: Table
) -> None:
    """Build, hit it at the first moment that was not hit yet, build again, and so on until no moment is left.

    Each build goes on from what the one before has left, so each is the proof that the fault before it did no harm.
    What a build gets over at once (Java that dies before it is needed) leaves nothing to go on from: begin anew then.

    Args:
        fault_at: what to do at a moment; None lets it pass.
        whole: what an unbroken build made, which each table that is there must equal at any time.
        table: what was hit before; it is added to.
    """
    last: tuple[str, str] | None = None
    got_over = False
    while True:
        victim = place.build()
        at = victim.follow(partial(_to_hit, fault_at, victim, table))
        wrong = [name for name, found in contents(place.lakehouse).items() if found != whole.get(name)]
        if at is None and victim.process.returncode:
            wrong.append(victim.said().strip().splitlines()[-1])
        if last is not None:
            table[last] = f"failed: {wrong}" if wrong else "ok"
        assert not wrong, (last, wrong, victim.said())
        if at is None:
            assert contents(place.lakehouse) == whole
            if not got_over:
                return
            last, got_over = None, False
            shutil.rmtree(place.state)
            continue
        fault = fault_at(at, victim)
        assert fault is not None
        last = (at, fault.__name__.replace("_", " "))
        table[last] = "not known"
        fault(victim)
        got_over = victim.process.returncode == 0


def _to_hit(fault_at: Callable[[str, Victim], Fault | None], victim: Victim, table: Table, moment: str) -> bool:
    fault = fault_at(moment, victim)
    return fault is not None and (moment, fault.__name__.replace("_", " ")) not in table


def destroy_killed_everywhere(place: Place, table: Table, only: Collection[str] = ()) -> None:
    """For each moment: destroy a whole demo, kill it there, destroy again; nothing may be left."""
    kept = place.folder / "kept"
    shutil.copytree(place.state, kept)
    unbroken: list[str] = []
    place.destroy().follow(lambda moment: unbroken.append(moment) is not None)
    assert place.left() == []
    for moment in dict.fromkeys(unbroken):
        if only and moment not in only:
            continue
        shutil.copytree(kept, place.state)
        victim = place.destroy()
        assert victim.follow(lambda reached, at=moment: reached == at) == moment, victim.said()  # type: ignore[misc]
        victim.kill()
        again = place.destroy()
        again.follow()
        no_trace(again.said())
        left = [str(Path(path).name) for path in place.left()]
        table[moment, "python killed"] = f"failed: left {', '.join(left[:5])}" if left else "ok"
        assert (again.process.returncode, left) == (0, []), (moment, again.said())


def shown(title: str, table: Table) -> str:
    """The table for people: a moment a line, a fault a column."""
    faults = list(dict.fromkeys(fault for _, fault in table))
    moments = list(dict.fromkeys(moment for moment, _ in table))
    lines = [f"\n{title}: {len(moments)} moments", f"{'moment':<60}  " + "  ".join(f"{fault:<14}" for fault in faults)]
    for moment in moments:
        lines.append(f"{moment:<60}  " + "  ".join(f"{table.get((moment, fault), '-'):<14}" for fault in faults))
    return "\n".join(lines)
