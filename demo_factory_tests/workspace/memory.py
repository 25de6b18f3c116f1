"""A target and its ledger made of two dictionaries, with the ledger's own rules."""

from __future__ import annotations

from dataclasses import replace

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.diff import diff
from demo_factory.resources.resource import State
from demo_factory.workspace.apply import to_look_for
from demo_factory.workspace.ledger import Ledger, as_found


def differs(wanted, hands, ledger, demo, only=None):
    """What differs, by the ledger and a look at all that is wanted or was made.

    Args:
        only: the ids of what the ledger is asked for; all by default.
    """
    states = {one.id: one for one in ledger.states(demo) if only is None or one.id in only}
    ids = {one.id for one in wanted}
    unwanted = [one for id, one in states.items() if id not in ids]
    for id, found in hands.find([*wanted, *to_look_for(unwanted)]).items():
        if found is not None or id in states:
            states[id] = replace(states.get(id) or State(*id), found=found)
    return diff(wanted, states)


class MemoryLedger(Ledger):
    """See `demo_factory.workspace.ledger.Ledger`."""

    def __init__(self):
        self.kept, self.facts_kept = {}, {}

    def states(self, demo=None):
        return [state for (name, _), state in self.kept.items() if demo in (None, name)]

    def look(self, demo, only=None):
        return {one.id: replace(one, found=as_found(one)) for one in self.states(demo)}

    def thaw(self, demo):
        self.facts_kept.clear()

    def _known(self, demo, id):
        return self.kept.get((demo, id))

    def _change(self, demo, id, change):
        after = change(self.kept.get((demo, id)))
        if after is None:
            self.kept.pop((demo, id), None)
        else:
            self.kept[demo, id] = after

    def _is_foreign(self, demo, resource):
        return False

    def _facts(self, demo):
        return self.facts_kept

    def _keep_facts(self, demo, facts):
        self.facts_kept.update(facts)


class Killed(BaseException):
    """What ends a process in the middle."""


class Target(MemoryLedger):
    """A target and its ledger.

    Attributes:
        log: in which order things happened.
        broken: what cannot be made or removed.
        left: after how many writes, of the target or of the ledger, the process is killed; None: never.
    """

    def __init__(self):
        super().__init__()
        self.there, self.log, self.broken, self.left = {}, [], set(), None

    def find(self, resources):
        return {one.id: self.there.get(one.id) for one in resources}

    def make(self, resource, found):
        self.log.append(("make", resource.key))
        if resource.id in self.broken:
            raise DemoError(f"no {resource.key}")
        self._tick()
        self.there[resource.id] = resource.desired
        self._tick()
        return {"id": resource.key}

    def remove(self, state):
        self.log.append(("remove", state.key))
        if state.id in self.broken:
            raise DemoError(f"{state.key} stays")
        self._tick()
        return self.there.pop(state.id, None) is not None

    def _change(self, demo, id, change):
        super()._change(demo, id, change)
        after = self.kept.get((demo, id))
        self.log.append((after.status if after else "forgotten", id.key))
        self._tick()

    def _tick(self):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Killed
