"""The errors: one tree, told once, with exit codes a script can use."""

import inspect
import re

from vallum.ground import errors
from vallum.ground.errors import BadInput, BadSetting, NotAProject, StoreError, VallumError

DECLARED = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, Exception)
}


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    told: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"^    ((?:│   |    |├── |└── )*)([A-Z]\w+)", line)
        if match is None:
            continue
        depth = len(match[1]) // 4
        above[depth:] = [match[2]]
        told[match[2]] = above[depth - 1] if depth else "Exception"
    assert told == {name: value.__bases__[0].__name__ for name, value in DECLARED.items()}


def test_every_error_says_what_it_means() -> None:
    assert all(
        (value.__doc__ or "").rstrip().endswith((".", "code.")) for value in DECLARED.values()
    )


def test_wrong_usage_exits_with_2_and_everything_else_with_1() -> None:
    usage = {name for name, value in DECLARED.items() if value.exit_code == 2}
    assert usage == {NotAProject.__name__, BadSetting.__name__}
    assert {value.exit_code for value in DECLARED.values()} == {1, 2}


def test_the_class_name_is_the_code() -> None:
    assert BadInput("x").code == "BadInput"
    assert all(value("x").code == name for name, value in DECLARED.items())
    assert issubclass(StoreError, VallumError)
