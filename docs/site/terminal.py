"""The directive `terminal`: commands, and what they print when the site is built.

    ```{terminal}
    pactor demo --for 2s
    ```

Nothing that a terminal shows on the site is typed by hand. One shell runs all the lines, in order, with the
tool and the examples of the release build in its path; what is still running at its end is ended. A command
that fails is a warning, and so an error of the build.
"""

import os
import pathlib
import signal
import subprocess

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build/release"
SECONDS = 60


def run(commands):
    """What the commands print, each below its prompt; and whether the last one succeeded."""
    script = "".join(f"echo '$ '{quote(line)}\n{line}\n" for line in commands)
    path = f"{BUILD}/bin:{BUILD}/examples:{os.environ['PATH']}"
    shell = subprocess.Popen(
        ["bash", "-e", "-o", "pipefail", "-c", script], cwd=TOP, env={**os.environ, "PATH": path, "COLUMNS": "100"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        output, _ = shell.communicate(timeout=SECONDS)
        return output.decode(), shell.returncode == 0
    finally:
        try:
            os.killpg(shell.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass


def quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


class Terminal(SphinxDirective):
    has_content = True

    def run(self):
        commands = [line for line in self.content if line.strip()]
        output, succeeded = run(commands)
        if not succeeded:
            self.state.document.reporter.warning(f"terminal: {commands} failed:\n{output}", line=self.lineno)
        block = nodes.literal_block("\n".join(commands), "", classes=["terminal"])
        for line in output.rstrip().replace(str(TOP) + "/", "").splitlines():
            kind = "prompt" if line.startswith("$ ") else "output"
            block += nodes.inline("", line, classes=[kind])
            block += nodes.Text("\n")
        return [block]


def setup(app):
    app.add_directive("terminal", Terminal)
    return {"parallel_read_safe": True}
