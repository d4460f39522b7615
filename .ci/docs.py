#!/usr/bin/env python3
"""Runs the commands of a page: every line of every ```sh block, in order, as a reader would type them.

    .ci/docs.py PAGE...

Three things differ from a reader's terminal. A command that runs until it is stopped (`dev`, `serve`) is started in the
background, awaited until it says that it is ready, and interrupted at the end of its page. `--release` builds use the
`ci` profile (release without link-time optimisation, which is what is cached), in CARGO_TARGET_DIR. A build of the broker
alone gets a target directory of its own, so that it does not replace the full binary.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")).absolute()
READY = re.compile(r"^listening on |^Try", re.M)
FOREVER = re.compile(r"(cargo run -- dev|vltava dev|vltava serve)\b")


def commands(page):
    """The commands of a page: one per line, each with its here-document."""
    for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S):
        lines = iter(block.splitlines())
        for line in filter(str.strip, lines):
            here = re.search(r"<<'(\w+)'$", line)
            while here and not line.endswith(f"\n{here[1]}"):
                line += "\n" + next(lines)
            yield line


def as_built_here(command):
    if "cargo build --release" in command:
        command = command.replace("--release", "--profile ci")
        if "--no-default-features" in command:
            command += f" --target-dir {TARGET}/broker-only"
    return command.replace("target/release/", f"{TARGET}/ci/")


def start(command):
    """Starts a command that does not end, and returns it once it is ready."""
    output = tempfile.NamedTemporaryFile("w+", suffix=".out", delete=False)
    process = subprocess.Popen(f"exec {command}", shell=True, stdout=output, stderr=subprocess.STDOUT)
    # The first command may have to build everything.
    deadline = time.monotonic() + 1800
    while not READY.search(pathlib.Path(output.name).read_text()):
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"{command}\ndid not become ready:\n{pathlib.Path(output.name).read_text()}")
        time.sleep(0.2)
    return process


def stop(command, process):
    process.send_signal(signal.SIGINT)
    code = process.wait(60)
    if code != 0:
        sys.exit(f"{command}\nended with {code} when interrupted")


def main(pages):
    for page in map(pathlib.Path, pages):
        # Remove the directories of an earlier run of the page.
        for directory in re.findall(r"/tmp/vltava-[a-z]+(?=[\s/`'])", page.read_text()):
            shutil.rmtree(directory, ignore_errors=True)
        running = []
        try:
            for command in map(as_built_here, commands(page)):
                print(f"== {page}: {command}", flush=True)
                if FOREVER.search(command):
                    # One server at a time holds the port.
                    while running:
                        stop(*running.pop())
                    running.append((command, start(command)))
                elif (code := subprocess.run(command, shell=True, executable="/bin/bash").returncode) != 0:
                    sys.exit(f"{command}\nended with {code}")
            while running:
                stop(*running.pop())
        finally:
            # A failed page leaves no server behind.
            for _, process in running:
                process.kill()


main(sys.argv[1:])
