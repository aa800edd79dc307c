"""`python -m tests`: the tests in parallel, then those that hold a time, without others. Takes pytest's arguments."""

import sys

import pytest

NOTHING = pytest.ExitCode.NO_TESTS_COLLECTED


def main(words: list[str]) -> int:
    if any(word.startswith("-m") for word in words):
        return pytest.main(words)
    parallel = pytest.main([*words, "-m", "not timing"])
    if parallel not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, NOTHING}:
        return parallel
    timed = pytest.main([*words, "-m", "timing", "--numprocesses=3"])
    if NOTHING in {parallel, timed}:
        return timed if parallel == NOTHING else parallel
    return parallel or timed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
