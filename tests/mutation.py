#!/usr/bin/env python3
"""Mutation test of the core of resilience: changes one operator or constant at a time, rebuilds, and
expects the tests to go red. Prints the survivors and the share of mutants killed; exits 1 below the
limit.

    cmake --preset dev && cmake --build --preset dev --target resilience_tests
    tests/mutation.py [--build build/dev] [--sample 50] [--seed 1] [--limit 0.95] [file.cpp ...]

Only the changed file is compiled anew; it is linked in front of the library. Mutants that do not
compile do not count. Those that change nothing are listed in tests/mutation_equivalent.txt.
"""

import argparse
import json
import pathlib
import random
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORE = ["backoff", "retry", "retry_after", "rate_limiter", "circuit_breaker", "retry_budget"]
SWAPS = [
    (r"(?<= )<(?= )", "<="), (r"(?<= )<=(?= )", "<"), (r"(?<= )>(?= )", ">="),
    (r"(?<= )>=(?= )", ">"), (r"(?<= )==(?= )", "!="), (r"(?<= )!=(?= )", "=="),
    (r"(?<= )&&(?= )", "||"), (r"(?<= )\|\|(?= )", "&&"), (r"(?<= )\+(?= )", "-"),
    (r"(?<= )-(?= )", "+"), (r"(?<= )\*(?= )", "/"), (r"(?<= )/(?= )", "*"),
    (r"(?<= )%(?= )", "*"), (r"\+\+", "--"), (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
    (r"std::min\b", "std::max"), (r"std::max\b", "std::min"), (r"(?<=[( ])!(?=[a-z(])", ""),
    (r"(?<![\w.'])0(?![\w.'])", "1"), (r"(?<![\w.'])1(?![\w.'])", "2"),
]


def mutants(path):
    """Every single change of a source file, as (line number, old line, new line)."""
    for number, line in enumerate(path.read_text().splitlines()):
        code = line.split("//")[0]
        if not code.strip() or code.lstrip().startswith(("#", "///", "template", "using", "return \"")):
            continue
        spans = [m.span() for m in re.finditer(r'"(?:[^"\\]|\\.)*"', code)]
        for pattern, new in SWAPS:
            for match in re.finditer(pattern, code):
                if any(a <= match.start() < b for a, b in spans):
                    continue
                yield number, line, code[: match.start()] + new + code[match.end():]


def compile_command(build, source):
    commands = json.loads((build / "compile_commands.json").read_text())
    entry = next(c for c in commands if c["file"] == str(source))
    words = shlex.split(entry["command"])
    words = [w for w in words if "ccache" not in w]
    at = words.index("-o")
    return [w for w in words[:at] + words[at + 2:] if w not in ("-c", str(source), "-Werror")], entry["directory"]


def run(words, **options):
    return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, **options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build/dev")
    parser.add_argument("--sample", type=int, default=0, help="number of mutants per file, 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=0.95)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    build = (ROOT / options.build).resolve()
    objects = sorted(str(p) for p in (build / "tests/resilience/CMakeFiles/resilience_tests.dir").rglob("*.o"))
    libraries = [str(build / "resilience/libresilience.a"), str(build / "tests/libcatch_main.a"), "-lpthread"]
    known = set()
    equivalent = ROOT / "tests/mutation_equivalent.txt"
    if equivalent.exists():
        known = {l.strip() for l in equivalent.read_text().splitlines() if l.strip() and l[0] != "#"}
    files = [pathlib.Path(f).resolve() for f in options.files] or [ROOT / f"resilience/{n}.cpp" for n in CORE]

    killed, survivors = 0, []
    with tempfile.TemporaryDirectory() as scratch:
        program, changed, object_file = (str(pathlib.Path(scratch) / n) for n in ("tests", "mutant.cpp", "mutant.o"))
        for source in files:
            command, folder = compile_command(build, source)
            lines = source.read_text().splitlines()
            chosen = list(mutants(source))
            if options.sample and len(chosen) > options.sample:
                chosen = random.Random(options.seed).sample(chosen, options.sample)
            for number, old, new in chosen:
                name = f"{source.name}: {old.strip()}  ->  {new.strip()}"
                if name in known:
                    continue
                pathlib.Path(changed).write_text("\n".join(lines[:number] + [new] + lines[number + 1:]) + "\n")
                if run(command + ["-w", "-c", changed, "-o", object_file], cwd=folder).returncode != 0:
                    continue
                if run(["c++", *objects, object_file, *libraries, "-o", program]).returncode != 0:
                    continue
                try:
                    red = run([program, "~[simulation]", "--abort"], timeout=60).returncode != 0
                except subprocess.TimeoutExpired:
                    red = True  # a loop without end is noticed
                if red:
                    killed += 1
                else:
                    survivors.append(f"{name}   (line {number + 1})")
                    print("survived", survivors[-1], flush=True)
    total = killed + len(survivors)
    share = killed / total if total else 0.0
    print(f"{killed} of {total} mutants killed ({share:.1%})")
    return 0 if share >= options.limit else 1


if __name__ == "__main__":
    sys.exit(main())
