"""Mutants of the statistics, of the moves and of the recipe, against the tests of these rooms.

    python tests/mutation/mutate.py [--anew] [PATTERN ...]

mutmut writes every mutant of the modules named in pyproject.toml to ``mutants/`` and runs the
tests that reach it. The command ends with 0 if each mutant is killed by a test or explained in
``equivalent.toml`` beside this file, and no explanation there is without its mutant; with 1
otherwise, also while a mutant has not been tried. It says which modules are complete.

A later call goes on where an earlier one stopped, and tries again what survived; ``--anew`` begins
from nothing. Patterns (``fclab.statistics.seeds.*``) take only some of the mutants, and the exit
code is about these; ``--told`` tries nothing and says what came of those that were tried.
"""

import argparse
import fnmatch
import re
import shutil
import sys
import tomllib
from collections import Counter
from pathlib import Path

import libcst as cst
import mutmut.__main__ as mutmut
from mutmut.mutation import file_mutation
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.state import state
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files

EXPLAINED = Path(__file__).with_name("equivalent.toml")
KILLED = ("killed", "timeout", "segfault")
KEPT = ("property", "model_validator")
"""Decorators of functions that are mutated; a cache is left out, it would hide the mutants."""

Change = tuple[str, str, str]
"""A function, what a mutant takes from it and what it puts there."""


# --- decorated functions, which mutmut leaves alone


def is_kept(decorator: cst.Decorator) -> bool:
    made = decorator.decorator
    made = made.func if isinstance(made, cst.Call) else made
    return isinstance(made, cst.Name) and made.value in KEPT


def with_decorated_functions() -> None:
    """Let mutmut mutate properties, validators, and functions whose answers are cached."""
    skip = file_mutation.MutationVisitor._skip_node_and_children
    arrange, contents = (
        file_mutation.function_trampoline_arrangement,
        file_mutation.mutate_file_contents,
    )

    def skips(self, node):
        decorated = isinstance(node, cst.FunctionDef) and node.decorators
        return not all(map(is_kept, node.decorators)) if decorated else skip(self, node)

    def arranged(function, mutants, class_name):
        first, (trampoline, *copies), last, names = arrange(function, mutants, class_name)
        if any(map(is_kept, function.decorators)):
            copies = [copy.with_changes(decorators=[]) for copy in copies]
        return first, [trampoline, *copies], last, names

    def without_caches(filename, code, *covered):
        return contents(filename, re.sub(r"(?m)^@lru_cache\(.*\n", "", code), *covered)

    file_mutation.MutationVisitor._skip_node_and_children = skips
    file_mutation.function_trampoline_arrangement = arranged
    mutmut.mutate_file_contents = without_caches


def with_fast_tests_first() -> None:
    """The tests of a mutant in the order of their time: most mutants die of the first."""
    check = mutmut._check_test_to_mutant_associations

    def sorts(files):
        known = state()
        tests = known.tests_by_mangled_function_name
        for function, reached in tests.items():
            tests[function] = sorted(reached, key=lambda test: (known.duration_by_test[test], test))
        return check(files)

    mutmut._check_test_to_mutant_associations = sorts


# --- what came of them


def tried() -> list[SourceFileMutationData]:
    files = [SourceFileMutationData(path=path) for path in walk_mutatable_files()]
    for file in files:
        file.load()
    return files


def forget_survivors() -> None:
    """Tests may have been added since: what was not killed is tried again."""
    for file in tried():
        for name, code in file.exit_code_by_key.items():
            if status_by_exit_code[code] not in KILLED:
                file.exit_code_by_key[name] = None
        if file.meta_path.exists():
            file.save()


def change(name: str, file: SourceFileMutationData) -> Change:
    lines = get_diff_for_mutant(name, path=file.path).splitlines()[3:]
    taken, put = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )
    function = re.sub(r"\.xǁ(\w+)ǁ|\.x_", r".\1.", name.rpartition("__mutmut_")[0])
    return function.replace("..", "."), taken, put


def explanations() -> dict[Change, str]:
    told = tomllib.loads(EXPLAINED.read_text("utf-8"))
    return {
        (function, one["was"], one["is"]): one["why"]
        for function, changes in told.items()
        for one in changes
    }


def verdict(patterns: list[str]) -> int:
    explained, unexplained, seen = explanations(), [], set()
    modules: dict[str, Counter[str]] = {}
    for file in tried():
        for name, code in file.exit_code_by_key.items():
            if patterns and not any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                continue
            status = "killed" if status_by_exit_code[code] in KILLED else status_by_exit_code[code]
            status = "not tried" if code is None else status
            if status not in ("killed", "not tried"):
                seen.add(found := change(name, file))
                if found in explained:
                    status = "explained"
                else:
                    unexplained.append((status, name, found))
            modules.setdefault(".".join(file.path.with_suffix("").parts[1:]), Counter())[
                status
            ] += 1
    for status, name, (function, was, now) in unexplained:
        print(f"\n{status}: {name}\n  {function}\n  was {was}\n  is  {now}")
    untried = any(count["not tried"] for count in modules.values())
    idle = [] if patterns or untried else [one for one in explained if one not in seen]
    for function, was, now in idle:
        print(f"\nexplained, and yet killed or gone: {function}\n  was {was}\n  is  {now}")
    print()
    for module, count in modules.items():
        whole = count.keys() <= {"killed", "explained"}
        told = ", ".join(f"{n} {status}" for status, n in count.items())
        print(f"{'complete' if whole else 'NOT COMPLETE'}: {module}, {told}")
    return 1 if unexplained or untried or idle else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--anew", action="store_true", help="begin from nothing")
    parser.add_argument("--told", action="store_true", help="try nothing, say what came of it")
    parser.add_argument("--processes", type=int, default=None, help="as many as there are cores")
    parser.add_argument("patterns", nargs="*", help="only these mutants")
    asked = parser.parse_args()
    if asked.anew:
        shutil.rmtree("mutants", ignore_errors=True)
    if asked.told:
        return verdict(asked.patterns)
    forget_survivors()
    with_decorated_functions()
    with_fast_tests_first()
    mutmut._run(asked.patterns, asked.processes)
    return verdict(asked.patterns)


if __name__ == "__main__":
    sys.exit(main())
