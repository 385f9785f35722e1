#!/usr/bin/env python3
"""Breaks the transport in one place after the other, and sees to it that a test notices.

Each memory order of pactor/mail that is stronger than relaxed is weakened; each guard of guards.txt is taken away. The
tests run in the order of STAGES, until one fails; a mutation that none finds "survives". What is known to survive, and
why, is in survivors.txt; anything else that does is an error.

Works on a copy of the tree in build/mutations, and writes build/mutations/table.md.
"""
import argparse
import concurrent.futures
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
WORK = SOURCE / "build" / "mutations"
TREE = WORK / "tree"
BUILD = WORK / "build"

MODEL = ["tests_weak_memory_test", "tests_weak_memory_answers_test", "tests_weak_memory_waits_test"]
WIRE = [
    "wire_hostile_test", "wire_wire_test", "wire_decoder_test", "wire_encoder_test", "wire_borrowing_test",
    "wire_descriptor_test", "wire_stored_test", "mail_payload_test",
]
UNITS = [
    "mail_doorbell_test", "mail_slot_set_test", "mail_ring_test", "mail_ring_growth_test", "mail_answers_test", "mail_succession_test",
    "mail_published_wait_test", "mail_wake_schedule_test", "mail_order_schedule_test", "mail_close_schedule_test",
    "mail_answer_schedule_test", "mail_progress_schedule_test", "tests_hostile_bytes_test",
]
PROCESSES = [
    "tests_every_step_test", "tests_kill_test", "tests_scarcity_test", "tests_restart_test", "tests_cycles_test",
    "tests_conformance_mailbox_test", "tests_large_messages_test", "tests_dead_letters_test", "tests_descriptors_test",
    "tests_exhaustion_test",
]
# Which tests run.
PROGRAMS = ["exhaustion_subject", *(path.stem for path in (SOURCE / "tests" / "programs").glob("*.cpp"))]
# What is most likely to find it first.
STAGES = {
    "order": [MODEL, UNITS, PROCESSES],
    "guard": [UNITS, MODEL, PROCESSES],
    "guard of wire": [WIRE, UNITS, PROCESSES],
}
WEAKER = {"release": "relaxed", "acquire": "relaxed", "acq_rel": "relaxed"}
LEAST_PATIENCE_S = 60


class Mutation:
    def __init__(self, kind, path, line, what, text):
        self.kind, self.path, self.line, self.what, self.text = kind, path, line, what, text
        self.whole = (SOURCE / path).read_text()  # now: it may be worked on meanwhile
        self.code = self.whole.splitlines()[line - 1].strip()

    def __str__(self):
        return f"{self.path}:{self.line} {self.what}"

    def known_as(self):
        return f"{self.path}: {self.what}: {self.code}"


def orders():
    for path in sorted((SOURCE / "pactor" / "mail").glob("*.?pp")):
        if path.name.endswith("_test.cpp"):
            continue
        text = path.read_text()
        for match in re.finditer(r"std::memory_order_(seq_cst|acq_rel|acquire|release)", text):
            before = text[: match.start()]
            call = re.findall(r"\.(load|store|exchange|fetch_\w+|compare_exchange_\w+)\(", before)[-1]
            strong = match.group(1)
            weak = WEAKER.get(strong) or {"load": "acquire", "store": "release"}.get(call, "acq_rel")
            line = before.count("\n") + 1
            yield Mutation("order", path.relative_to(SOURCE), line, f"`{call}` {strong} → {weak}",
                           before + "std::memory_order_" + weak + text[match.end():])


def guards():
    path, old, new = None, [], []

    def made():
        text = (SOURCE / path).read_text()
        before = "\n".join(old)
        # Of a single line the indentation may be left out.
        if text.count(before) != 1:
            sys.exit(f"guards.txt: {path}: occurs {text.count(before)} times, not once:\n{before}")
        at = text.index(before)
        line = text[:at].count("\n") + 1
        removed = [o.strip() for o in old if o not in new]
        added = [n.strip() for n in new if n not in old]
        what = f"`{' '.join(removed)}`" + (f" → `{' '.join(added)}`" if added else " taken away")
        kind = "guard of wire" if path.parts[1] == "wire" else "guard"
        return Mutation(kind, path, line, what, text[:at] + "\n".join(new) + text[at + len(before):])

    for row in (HERE / "guards.txt").read_text().splitlines() + ["# end"]:
        if row.startswith("- ") and not new:
            old.append(row[2:])
        elif row.startswith("+ "):
            new.append(row[2:])
        else:
            if old:
                yield made()
            old, new = [], []
            if row.startswith("- "):
                old.append(row[2:])
            elif row.startswith("pactor/"):
                path = Path(row)


def copy_tree():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=SOURCE,
                            check=True, capture_output=True, text=True).stdout
    wanted = {Path(name) for name in listed.split("\0") if name and (SOURCE / name).is_file()}
    for old in [p.relative_to(TREE) for p in TREE.rglob("*") if p.is_file()]:
        if old not in wanted:
            (TREE / old).unlink()
    for name in wanted:
        to = TREE / name
        if to.exists() and to.read_bytes() == (SOURCE / name).read_bytes():
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / name, to)


def build(targets):
    made = subprocess.run(["cmake", "--build", str(BUILD), "--target", *targets, *PROGRAMS], capture_output=True, text=True)
    if made.returncode != 0:
        errors = [row for row in (made.stdout + made.stderr).splitlines() if "error" in row]
        return "does not compile: " + (errors[0] if errors else "?")
    return None


class Run:
    """One test program at work."""

    LIMIT = 16 << 30

    def __init__(self, test, patience_s):
        self.test, self.patience_s, self.killed = test, patience_s, False
        self.started = subprocess.Popen(
            [str(BUILD / "tests" / test), "--gtest_fail_fast"], cwd=TREE, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (self.LIMIT, self.LIMIT)))

    def kill(self):
        if self.started.poll() is not None:
            return
        self.killed = True
        os.killpg(self.started.pid, signal.SIGKILL)

    def failure(self):
        """Waits for its end. The name of the test that failed, or None."""
        how = ""
        try:
            said, _ = self.started.communicate(timeout=self.patience_s)
        except subprocess.TimeoutExpired:
            how = " (hangs)"
            os.killpg(self.started.pid, signal.SIGKILL)
            said, _ = self.started.communicate()
        if self.started.returncode == 0 or self.killed:
            return None
        failed = re.findall(r"\[  FAILED  \] ([\w./]+)", said)
        begun = re.findall(r"\[ RUN      \] ([\w./]+)", said)
        if not failed and not how:
            how = " (crashes)"
        return (failed or begun[-1:] or [self.test])[0] + how


def run_all(stage, patience):
    """As many programs at a time as there are processors, until a test fails. Returns its name, or None."""
    running, found, lock = set(), [], threading.Lock()

    def run_one(test):
        with lock:
            if found:
                return
            mine = Run(test, patience[test])
            running.add(mine)
        failed = mine.failure()
        with lock:
            running.remove(mine)
            if failed and not found:
                found.append(failed)
                for other in running:
                    other.kill()

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        list(workers.map(run_one, stage))
    return found[0] if found else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="mutations whose line in the table matches this regular expression")
    parser.add_argument("--quick", action="store_true", help="only the tests that are the most likely to notice")
    parser.add_argument("--list", action="store_true", help="say which there are, and break nothing")
    chosen = parser.parse_args()
    mutations = [m for m in [*orders(), *guards()] if re.search(chosen.only, str(m))]
    if chosen.list:
        print(*mutations, sep="\n")
        return 0

    known = (HERE / "survivors.txt").read_text().splitlines()
    TREE.mkdir(parents=True, exist_ok=True)
    copy_tree()
    subprocess.run(["cmake", "--preset", "dev", "-B", str(BUILD), "-DPACTOR_WERROR=OFF"], cwd=TREE, check=True, stdout=subprocess.DEVNULL)
    stages = {kind: tests[:1] if chosen.quick else tests for kind, tests in STAGES.items()}
    patience = {}
    for stage in {tuple(stage) for kind in {m.kind for m in mutations} for stage in stages[kind]}:
        if problem := build(stage):
            sys.exit(f"unbroken, it {problem}")
        for test in stage:
            began = time.monotonic()
            if failed := Run(test, 600).failure():
                sys.exit(f"unbroken, it fails {failed}")
            patience[test] = max(LEAST_PATIENCE_S, 5 * (time.monotonic() - began))

    table = ["| Where | What | Found by |", "|---|---|---|"]
    survived = 0
    for mutation in mutations:
        (TREE / mutation.path).write_text(mutation.text)
        found = None
        for stage in stages[mutation.kind]:
            if found := build(stage):
                break
            if found := run_all(stage, patience):
                break
        (TREE / mutation.path).write_text(mutation.whole)
        row = f"| `{mutation.path}:{mutation.line}` | {mutation.what} | {found or 'nothing'} |"
        table.append(row)
        print(row, flush=True)
        if (found is None or found.startswith("does not compile")) and mutation.known_as() not in known:
            survived += 1
        (WORK / "table.md").write_text("\n".join(table) + "\n")
    print(f"{len(mutations)} mutations, {survived} survive that survivors.txt does not name")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
