#!/usr/bin/env python3
"""How long pactor takes to compile: user time of the compiler, in rounds, beside the same class without pactor.

    bench/compile_time.py [--rounds 5] [--compiler g++] [--compiler clang++-19]

Each round compiles every program once, in turn, so that whatever else the machine does falls on all alike; the
figures are medians, with the least and the greatest beside them. The budget is a ratio within one run, to the same
class called directly, for it is the compiler and the machine that make the milliseconds. Exit status 1: a
budget is not kept.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=c++20", "-O3", "-DNDEBUG", f"-I{SOURCE}"]  # as the preset `release`
COUNTS = [1, 10, 50]

# What a class has besides pactor: its plain twin includes these too, and so does whoever uses either.
INCLUDES = "#include <chrono>\n#include <functional>\n#include <memory>\n#include <string>\n#include <vector>\n"

# Parameters, and what is passed for them, in turn.
PARAMETERS = [
    ("int", "1"),
    ("std::string", '"text"'),
    ("const std::vector<int>&", "{1, 2}"),
    ("double", "2.5"),
    ("std::string_view", '"view"'),
]

# A class with so many methods, all called once, compiles in at most so many times what its twin takes.
BUDGETS = {0: 1.8, 1: 2.1, 10: 3.6, 50: 6.3}


def program(methods, actor):
    """Half of the methods take two parameters and are told, half return a value and are asked."""
    lines = ["#include <pactor/pactor.hpp>" if actor else "", INCLUDES]
    if methods == 0:
        return "\n".join(lines)
    declarations, calls = [], []
    for i in range(methods):
        parameter, argument = PARAMETERS[i % len(PARAMETERS)]
        if i % 2 == 0:
            declarations.append(f"  void m{i}({parameter} a, int b);")
            calls.append(f"  subject{'->' if actor else '.'}m{i}({argument}, 2);")
        else:
            declarations.append(f"  int m{i}({parameter} a) const;")
            asked = f"subject.ask()->m{i}({argument}).get()" if actor else f"subject.m{i}({argument})"
            calls.append(f"  static_cast<void>({asked});")
    lines += ["class Subject {", " public:", *declarations, " private:", "  int state_ = 0;", "};"]
    if actor:
        lines.append(f"PACTOR_ACTOR(Subject, {', '.join(f'm{i}' for i in range(methods))});")
    lines += ["void use() {", f"  {'pactor::Actor<Subject>' if actor else 'Subject'} subject;", *calls, "}", ""]
    return "\n".join(lines)


def compile_ms(compiler, file):
    """User time alone: what the system does for the compiler hangs on the state of its caches."""
    process = subprocess.Popen([compiler, *FLAGS, "-c", file, "-o", "/dev/null"])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{compiler} refuses {file}")
    return usage.ru_utime * 1000


def measure(compiler, rounds, directory):
    times = {(methods, actor): [] for methods in [0, *COUNTS] for actor in (False, True)}
    for methods, actor in times:
        pathlib.Path(directory, f"{methods}_{actor}.cpp").write_text(program(methods, actor))
    for _ in range(rounds):
        for (methods, actor), taken in times.items():
            taken.append(compile_ms(compiler, f"{directory}/{methods}_{actor}.cpp"))
    return times


def report(compiler, times):
    medians = {key: statistics.median(taken) for key, taken in times.items()}
    print(f"\n{compiler} {' '.join(FLAGS[:3])}: user time in ms, median (least - greatest)")
    print(f"{'':14}{'with pactor':>22}{'without':>22}{'ratio':>7}{'budget':>8}{'per class':>11}{'per method':>12}")
    kept = True
    for methods, budget in BUDGETS.items():
        with_it, without = (times[methods, actor] for actor in (True, False))
        ratio = medians[methods, True] / medians[methods, False]
        label = f"{methods} method{'s' if methods > 1 else ''}" if methods else "only #include"
        row = f"{label:14}"
        for taken in (with_it, without):
            row += f"{statistics.median(taken):9.0f} ({min(taken):.0f} - {max(taken):.0f})".rjust(22)
        row += f"{ratio:7.2f}{budget:8.1f}"
        if methods:
            of_class = medians[methods, True] - medians[0, True]
            row += f"{of_class:11.0f}{of_class / methods:12.1f}"
        if ratio > budget:
            kept = False
            row += "  OVER BUDGET"
        print(row)
    return kept


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--compiler", action="append", help="default: g++ and clang++-19, as far as present")
    options = arguments.parse_args()
    compilers = options.compiler or [name for name in ("g++", "clang++-19") if shutil.which(name)]
    kept = True
    (SOURCE / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SOURCE / "build") as directory:
        for compiler in compilers:
            kept &= report(compiler, measure(compiler, options.rounds, directory))
    print(f"\nbudget {'kept' if kept else 'NOT kept'}")
    return 0 if kept else 1


sys.exit(main())
