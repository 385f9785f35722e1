#!/usr/bin/env python3
"""Measures pactor beside its peers, in the same rounds: `./dev bench --peers` builds the programs and runs this.

    run.py [--rounds 5] [--seconds 1] [--only REGEX] [--write] [--programs build/peers/peers]

Each round runs every workload of every peer once, a program each, in turn, so that whatever else the machine does falls
on all alike. Figures are medians of the rounds, with the least and the greatest beside them. Everything goes to
build/peers.json and as tables to standard output; with --write, also to docs/performance.md, and as charts to
docs/performance/. Exit status 1: a program failed, or took too long and was ended.
"""

import argparse
import dataclasses
import json
import math
import os
import pathlib
import platform
import re
import shlex
import signal
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing of a run stays in the tree
import charts  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
PAGE = SOURCE / "docs/performance.md"
CHARTS = SOURCE / "docs/performance"
RESULTS = SOURCE / "build/peers.json"
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
REFUSED = 2


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str  # of the program, too
    title: str
    package: str = ""  # whose version is the peer's
    command: tuple = ()  # what runs it, if it is not a program of its own


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    title: str
    head: str  # of a column
    figure: str = "wall_ns"  # what the overview and the chart show


PEERS = [
    Peer("pactor", "pactor"),
    Peer("boost_queue", "Boost message_queue", "libboost-dev"),
    Peer("zeromq", "ZeroMQ ipc", "libzmq3-dev"),
    Peer("nng", "nng ipc", "libnng-dev"),
    Peer("capnp", "Cap'n Proto RPC", "libcapnp-dev"),
    Peer("nats", "NATS", "nats-server"),
    Peer("socketpair", "socketpair"),
    Peer("pipe", "pipes"),
    Peer("python", "Python multiprocessing", "python3", ("python3", HERE / "multiprocessing_peer.py")),
    Peer("caf", "CAF", "libcaf-dev"),
    Peer("erlang", "Erlang", "erlang-base", ("escript", HERE / "erlang.escript")),
]

WORKLOADS = [
    Workload("ask_hot", "question and answer of 8 bytes, both sides busy", "ask, busy"),
    Workload("ask_asleep", "question and answer of 8 bytes, receiver asleep", "ask, asleep"),
    Workload("stream_8", "stream of messages of 8 bytes", "tell, 8 B"),
    Workload("stream_64", "stream of messages of 64 bytes", "64 B"),
    Workload("stream_1024", "stream of messages of 1,024 bytes", "1 KiB"),
    Workload("four_senders", "stream of messages of 8 bytes from four senders", "four senders"),
    Workload("spawn", "start of a unit, until it is ready", "start"),
    Workload("memory", "memory of an idle unit", "memory", "kib"),
    Workload("ring_100", "a hop in a ring of 100 units", "hop"),
    Workload("large_1", "a message of 1 MiB, read and answered", "1 MiB"),
    Workload("large_64", "a message of 64 MiB, read and answered", "64 MiB"),
]


def end_group(process):
    """The program first, which removes what it made; then whatever is left of its group."""
    process.terminate()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def run(command, seconds):
    """The figures of one run, or why there are none: {"refused": …} or {"failed": …}."""
    limit = 60 + 10 * seconds
    environment = os.environ | {"ERL_CRASH_DUMP_BYTES": "0"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        return {"failed": f"ended after {limit:g} s"}
    finally:
        end_group(process)
    reason = err.strip().splitlines()[-1] if err.strip() else f"exit status {process.returncode}"
    if process.returncode == REFUSED:
        return {"refused": reason}
    if process.returncode != 0:
        return {"failed": reason}
    try:
        return json.loads(out)
    except json.JSONDecodeError:
        return {"failed": f"printed {out!r}"}


def measure(options, pairs):
    runs = {pair: [] for pair in pairs}
    for number in range(options.rounds):
        print(f"peers: round {number + 1} of {options.rounds}", file=sys.stderr)
        for peer, workload in pairs:
            known = runs[peer, workload]
            if known and "refused" in known[0]:
                continue
            command = [*(peer.command or (options.programs / peer.name,)), workload.name, f"{options.seconds:g}"]
            figures = run(command, options.seconds)
            if "failed" in figures:
                print(f"peers: {peer.name} {workload.name}: {figures['failed']}", file=sys.stderr)
            known.append(figures)
    return runs


def summary(runs):
    """Of each figure its median, least and greatest; or why there is none."""
    for reason in ("failed", "refused"):
        for figures in runs:
            if reason in figures:
                return {reason: figures[reason]}
    return {
        name: {"median": statistics.median(values), "min": min(values), "max": max(values)}
        for name in runs[0]
        for values in [[figures[name] for figures in runs]]
    }


def version(peer):
    if peer.name == "pactor":
        header = (SOURCE / "pactor/version.hpp").read_text()
        return ".".join(re.findall(r"define PACTOR_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))
    if peer.name == "python":
        return platform.python_version()
    if not peer.package:
        return ""
    query = ["dpkg-query", "-Wf", "${Version}", peer.package]
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {
        "cpu": model[1] if model else platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "kernel": ".".join(platform.release().split(".")[:2]),
    }


# --- As text --------------------------------------------------------------------------------------------


def digits(value):
    """Three that count."""
    if value == 0:
        return "0"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def scale(figure, value):
    if figure == "kib":
        return 1, "KiB"
    for factor, unit in ((1e6, "ms"), (1e3, "µs")):
        if value >= factor:
            return factor, unit
    return 1, "ns"


def text(figure, value):
    factor, unit = scale(figure, value)
    return f"{digits(value / factor)} {unit}"


def cell(result, figure, spread=False):
    if "failed" in result:
        return "failed"
    if figure not in result:
        return "–"
    values = result[figure]
    shown = text(figure, values["median"])
    if spread:
        factor, _ = scale(figure, values["median"])  # so that the three can be compared at a glance
        shown += f" ({digits(values['min'] / factor)}–{digits(values['max'] / factor)})"
    return shown


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


FIGURES = {
    "kib": "each (least–greatest)",
    "wall_ns": "wall (least–greatest)",
    "cpu_ns": "user + sys",
    "p50_ns": "p50",
    "p99_ns": "p99",
}


def overview(results, peers, workloads):
    rows = [[peer.title] + [cell(results[peer, workload], workload.figure) for workload in workloads] for peer in peers]
    return table([""] + [workload.head for workload in workloads], rows)


def workload_table(results, peers, workload):
    shown = [figure for figure in FIGURES if any(figure in results[peer, workload] for peer in peers)]
    rows = [
        [peer.title] + [cell(results[peer, workload], figure, figure == workload.figure) for figure in shown]
        for peer in peers
    ]
    return table([""] + [FIGURES[figure] for figure in shown], rows)


def refusals(results):
    lines = [
        f"- {peer.title}, {workload.title}: {result['refused']}."
        for (peer, workload), result in results.items()
        if "refused" in result
    ]
    return "Where there is no figure:\n\n" + "\n".join(lines) if lines else ""


def section(results, peers, workloads, options):
    about = machine()
    versions = ", ".join(f"{peer.title} {version(peer)}" for peer in peers if version(peer))
    parts = [
        f"Measured on {about['cpus']} CPUs of one {about['cpu']} with Linux {about['kernel']}, by `./dev bench --peers "
        f"--rounds {options.rounds} --seconds {options.seconds:g}`: medians of {options.rounds} interleaved rounds. Times "
        "are those of one operation: one question with its answer, one message, one start, one hop.",
        f"{versions}." if versions else "",
        overview(results, peers, workloads),
        refusals(results),
    ]
    for workload in workloads:
        if not any(workload.figure in results[peer, workload] for peer in peers):
            continue
        title = workload.title[0].upper() + workload.title[1:]
        parts += [
            f"### {title}",
            f"![{title}: bars of all peers](performance/{workload.name}.svg)",
            workload_table(results, peers, workload),
        ]
    return "\n\n".join(part for part in parts if part)


def bars(results, peers, workload):
    return [
        charts.Bar(
            peer.title,
            **result[workload.figure],
            label=cell(result, workload.figure),
            ours=peer.name == "pactor",
        )
        for peer in peers
        for result in [results[peer, workload]]
        if workload.figure in result
    ]


def write(results, peers, workloads, body):
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit(f"peers: {PAGE} lacks {BEGIN} and {END}")
    PAGE.write_text(f"{before}{BEGIN}\n\n{body}\n\n{END}{after}")
    CHARTS.mkdir(exist_ok=True)
    for workload in workloads:
        unit = "KiB" if workload.figure == "kib" else "ns"
        chart = charts.svg(workload.title, unit, bars(results, peers, workload))
        (CHARTS / f"{workload.name}.svg").write_text(chart)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=5, help="how often to measure everything [5]")
    arguments.add_argument("--seconds", type=float, default=1, help="how long each measurement takes, about [1]")
    arguments.add_argument("--only", default="", metavar="REGEX", help="what to measure, of PEER/WORKLOAD")
    arguments.add_argument("--write", action="store_true", help="put tables and charts into docs/")
    arguments.add_argument("--programs", type=pathlib.Path, default=SOURCE / "build/peers/peers")
    options = arguments.parse_args()
    if options.write and options.only:
        arguments.error("--write wants everything measured, without --only")
    pairs = [
        (peer, workload)
        for workload in WORKLOADS
        for peer in PEERS
        if re.search(options.only, f"{peer.name}/{workload.name}")
    ]
    if not pairs or options.rounds < 1:
        arguments.error("nothing to measure")
    results = {pair: summary(runs) for pair, runs in measure(options, pairs).items()}
    peers = [peer for peer in PEERS if any(pair[0] == peer for pair in pairs)]
    workloads = [workload for workload in WORKLOADS if any(pair[1] == workload for pair in pairs)]
    stored = {
        "machine": machine(),
        "command": shlex.join(["./dev", "bench", "--peers", *sys.argv[1:]]),
        "versions": {peer.name: version(peer) for peer in peers},
        "results": {
            workload.name: {peer.name: results[peer, workload] for peer in peers if (peer, workload) in results}
            for workload in workloads
        },
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(stored, indent=2) + "\n")
    for peer in peers:
        for workload in workloads:
            results.setdefault((peer, workload), {})
    failed = any("failed" in result for result in results.values())
    body = section(results, peers, workloads, options)
    if options.write and not failed:
        write(results, peers, workloads, body)
    else:
        print(body)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
