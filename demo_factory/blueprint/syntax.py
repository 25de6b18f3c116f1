"""What a YAML syntax error means in plain words, whichever of the two parsers found it."""

from __future__ import annotations

import re

from yaml.error import MarkedYAMLError

_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        r"mapping values are not allowed",
        "a colon stands where none can be",
        "put text that contains ': ' in quotes, or check the indentation",
    ),
    (r"sequence entries are not allowed", "a list item cannot start here", "put '- ' items on lines of their own"),
    (
        r"found unexpected end of stream",
        "a quote is opened and never closed",
        "close it; a quote inside '...' is written ''",
    ),
    (r"unknown escape", 'unknown escape after \\ in "..."', "use '...' quotes, in which \\ is itself"),
    (r"expected ',' or '\]'", "a list opened with [ is not closed", "separate items by ', ' and close it with ]"),
    (
        r"expected ',' or '\}'",
        "a mapping opened with { is not closed",
        "separate entries by ', ', close it with } and quote text that contains ': '",
    ),
    (r"could not find expected ':'", "a line that is neither `name: value` nor a list item", "add ': ' or quotes"),
    (
        r"expected '-' indicator|but found '\?'",
        "a list and a mapping are mixed",
        "start every item with '- ', or none",
    ),
    (
        r"expected (the )?node content",
        "a value is missing between separators",
        "remove the extra separator or write a value",
    ),
    (r"maximum nesting depth", "brackets are nested too deeply", "no blueprint needs more than ten levels"),
    (r"tag handle|could not determine a constructor|tag", "tags (!...) are not supported", "remove the tag"),
    (r"incompatible YAML document", "this YAML version is not supported", "remove the %YAML line"),
    (r"block scalar|chomping|comment or line break", "text after | or > is wrong", "start the text on the next line"),
    (
        r"expected key|expected <block end>",
        "the indentation or the quotes do not fit the lines above",
        "indent the entries of one mapping alike, and quote the whole text, not a part of it",
    ),
)


def _forbidden_start(text: str, index: int) -> tuple[str, str]:
    found = text[index : index + 1]
    if found == "\t":
        return "a tab stands in the indentation", "indent with spaces"
    return f"text cannot start with {found!r}", "put it in quotes"


def explain_syntax(error: MarkedYAMLError, text: str) -> tuple[str, str, int, int]:
    """Message, remedy, line and column of a syntax error; lines and columns start at 1."""
    problem, context = error.problem or "", error.context or ""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    opened = error.context_mark
    if "cannot start any token" in problem and mark:
        return (*_forbidden_start(text, mark.index), line, column)
    searched = f"{context} {problem}" if "block scalar" in context else problem
    for pattern, message, remedy in _MEANINGS:
        if re.search(pattern, searched):
            if "opened" in message and opened:
                return f"{message} (it opens in line {opened.line + 1})", remedy, opened.line + 1, opened.column + 1
            return message, remedy, line, column
    return f"this is not valid YAML: {problem or context}", "", line, column
