"""What is so of a target before anybody asks it: no login, no Java."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Traits:
    """How a target is spoken of, and what it can be relied on for.

    Attributes:
        kind: what it is, for programs.
        about: what it is, for people.
        login: how one logs in.
        compute: what the work runs on.
        place: where demos lie: a folder or a host.
        on: after a demo's name: " on dev", or nothing.
        option: with which a command means it: " --target dev", or nothing.
        verb: the command that brings a demo there.
        noted: where the queries that it knows of come from, as a sentence.
        spark_here: Spark is the one of this machine, in this process.
        is_guest: this process is on the target's own compute; who began the run keeps lock and history.
        side_by_side: steps may go at a time, since one process writes the ledger.
        look_seconds: between two looks of a sensor.
        is_billed: what runs there costs somebody.
        needs_containers: a demo's catalog and schema have to be made, whatever the blueprint governs.
        takes_secrets: values of secrets are put there.
    """

    kind: str
    about: str
    login: str
    compute: str
    place: Path | str
    on: str
    option: str
    verb: str
    noted: str
    spark_here: bool
    is_guest: bool
    side_by_side: bool
    look_seconds: int
    is_billed: bool
    needs_containers: bool
    takes_secrets: bool
