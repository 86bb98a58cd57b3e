"""`python -m asgikit`."""

import subprocess
import sys


def run(*words):
    return subprocess.run([sys.executable, "-m", "asgikit", *words], capture_output=True, text=True, timeout=60)


def test_the_module_is_the_command():
    """With its output and its exit code."""
    done = run("rules", "HTTP-RESP-013")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("HTTP-RESP-013  must")


def test_an_error_has_its_exit_code():
    """And no traceback."""
    done = run("rules", "NO-SUCH-RULE")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("asgikit rules: no rule matches")
