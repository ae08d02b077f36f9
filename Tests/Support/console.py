"""Run the console blocks of a documentation page as they are written, and compare what they print.

A block that begins with ```console WHO holds commands after "$ ", which may go on after a backslash
or to the end of a here-document, and under each what it prints. A block that begins with
```LANGUAGE WHO file=PATH is a file that WHO writes; <!-- run: WORDS --> happens in the world
outside. Everything is done in the order of the page.

Times, ids, digests and spans differ from run to run: they are compared by their shape. "..." alone
in a line stands for any lines, inside a line for any text. An id that the page shows stands in
later commands for the id that really came. A command must end with 0, unless it says echo $?.
"""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time

SHAPES = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"\b(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\b"), "<fingerprint>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b\d+ (ms|s|min|h|d)\b"), "<span>"),
)
ID = SHAPES[0][0]
EVENT = re.compile(r"^<!-- run: (.*) -->$")
SYSTEMCTL = """#!/bin/sh
# Stands for systemctl on a machine without systemd: start, reload and stop of the daemon.
set -eu
cd "{folder}"
stop() {{
  kill "$(cat pid)"
  while kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.05; done
}}
start() {{
  # The second env is there for libfaketime, which moves what the first program finds.
  nohup env $(cat environment 2>/dev/null) env "{programs}/referrald" --config "{folder}/etc" \\
    >>journal 2>&1 &
  echo $! >pid
  while kill -0 $! 2>/dev/null; do
    "{programs}/referralctl" --socket "{folder}/admin.sock" health live >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo 'Job for referral-gateway.service failed because the control process exited with error code.'
  exit 1
}}
case $1 in
  reload) kill -HUP "$(cat pid)" ;;
  restart) stop; start ;;
  start | stop) $1 ;;
  *) exit 64 ;;
esac
"""
JOURNALCTL = """#!/bin/sh
# Stands for journalctl --namespace=referral-gateway -o cat -n COUNT.
exec tail -n "$5" "{folder}/journal"
"""
COMMAND_SECONDS = 40
COLUMNS = "160"


class Different(Exception):
    """A page says something else than what happens."""


def shape(line):
    """A line without what differs from run to run."""
    for pattern, name in SHAPES:
        line = pattern.sub(name, line)
    return re.sub(r"\s+", " ", line).strip()


def lines_match(expected, found):
    """Whether the lines found are those expected; and pairs of lines that belong together."""
    if not expected:
        return [] if not found else None
    head, rest = expected[0], expected[1:]
    if head.strip() == "...":
        for skip in range(len(found) + 1):
            pairs = lines_match(rest, found[skip:])
            if pairs is not None:
                return pairs
        return None
    if not found:
        return None
    pattern = ".*".join(re.escape(part) for part in shape(head).split("..."))
    if not re.fullmatch(pattern, shape(found[0])):
        return None
    pairs = lines_match(rest, found[1:])
    return None if pairs is None else [(head, found[0]), *pairs]


def stand_ins(folder, programs):
    """Programs for a PATH, for a machine that has no systemd; they keep their files in folder."""
    place = folder / "bin"
    place.mkdir()
    for name, text in (("systemctl", SYSTEMCTL), ("journalctl", JOURNALCTL)):
        (place / name).write_text(text.format(folder=folder, programs=programs))
        (place / name).chmod(0o755)
    return place


def free_ports(count):
    """Ports that nobody listens on now; held open together so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def blocks(page):
    """(section, language, who, file or None, text) of each block that names who it is for."""
    section, inside, lines = "", None, []
    for line in page.splitlines():
        event = EVENT.match(line)
        if event and not inside:
            yield (section, "event", "", None, event[1])
        elif line.startswith("```"):
            if inside:
                yield (*inside, "\n".join(lines) + "\n")
            words = line[3:].split()
            inside, lines = None, []
            if len(words) > 1 and "=" not in words[1]:
                file = next((word[5:] for word in words if word.startswith("file=")), None)
                inside = (section, words[0], words[1], file)
        elif inside:
            lines.append(line)
        elif line.startswith("## "):
            section = line[3:].strip()


def commands(text):
    """(command, lines that it prints) of a console block."""
    found, ending = [], None
    for line in text.splitlines():
        if ending is not None:
            found[-1][0].append(line)
            ending = None if line == ending or ending == "" and not line.endswith("\\") else ending
        elif line.startswith("$ "):
            found.append(([line[2:]], []))
            here = re.search(r"<<-?\s*'?(\w+)'?", line)
            ending = here[1] if here else "" if line.endswith("\\") else None
        elif found:
            found[-1][1].append(line)
        else:
            raise Different(f"a console block begins with output: {line}")
    return [("\n".join(command), output) for command, output in found]


class Console:
    """Places where the commands of a page are run, one for each WHO."""

    def __init__(self, homes, names, environment, happen=None):
        """`names`: what the page calls things, and what they are called here."""
        self.happen = happen
        self.homes, self.names, self.ids, self.groups = homes, names, {}, []
        self.environment = {
            **os.environ, "COLUMNS": COLUMNS, "LC_ALL": "C.UTF-8", "TERM": "dumb", **environment}
        self.said = ""

    def here(self, text):
        """The page's names for ours."""
        for name, ours in self.names:
            text = text.replace(name, ours)
        for shown, real in self.ids.items():
            text = text.replace(shown, real)
        return text

    def there(self, text):
        """Our names for the page's."""
        for name, ours in sorted(self.names, key=lambda pair: -len(pair[1])):
            text = text.replace(ours, name)
        return text

    def write(self, who, path, text):
        """A file of the page."""
        target = pathlib.Path(self.here(path))
        if not target.is_absolute():
            target = self.homes[who] / target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.here(text), encoding="utf-8")

    def run(self, who, command):
        """Status and output, on a terminal as a person has one."""
        ours, theirs = os.openpty()
        process = subprocess.Popen(
            ["bash", "-c", self.here(command)], cwd=self.homes[who], stdin=subprocess.DEVNULL,
            stdout=theirs, stderr=theirs, env={**self.environment, "HOME": str(self.homes[who])},
            start_new_session=True)
        os.close(theirs)
        self.groups.append(process.pid)
        octets, end = b"", time.monotonic() + COMMAND_SECONDS
        try:
            while time.monotonic() < end:
                ready, _, _ = select.select([ours], [], [], 0.05)
                if ready:
                    try:
                        more = os.read(ours, 65536)
                    except OSError:  # nobody holds the other end any more
                        break
                    octets += more
                elif process.poll() is not None:
                    break
            else:
                process.kill()
                raise Different(f"not within {COMMAND_SECONDS} s: {command}")
        finally:
            os.close(ours)
        status = process.wait()
        text = re.sub(r"\r(?!\n)[^\n]*\x1b\[K|\x1b\[[0-9;]*[A-Za-z]", "", octets.decode("utf-8"))
        self.said = self.there(text.replace("\r\n", "\n"))
        return status, self.said

    def expect(self, who, command, output):
        """Run one command; Different when it prints or ends otherwise."""
        status, said = self.run(who, command)
        expected = [line for line in output if line.strip()]
        found = [line for line in said.splitlines() if line.strip()]
        pairs = lines_match(expected, found)
        if status != 0 and "$?" not in command:
            raise Different(f"{command}\nended with {status}:\n{said}")
        if pairs is None:
            raise Different(
                f"{command}\nexpected:\n" + "\n".join(expected) + "\nfound:\n" + "\n".join(found))
        for shown, real in pairs:
            self.ids.update(zip(ID.findall(shown), ID.findall(real)))

    def play(self, found):
        """All blocks given, in order; the number of commands that held."""
        held = 0
        for _, language, who, file, text in found:
            if language == "event":
                self.happen(text)
            elif file:
                self.write(who, file, text)
            elif language == "console":
                for command, output in commands(text):
                    self.expect(who, command, output)
                    held += 1
        return held

    def show(self, found):
        """Print what each command says instead of comparing it: to write a page by."""
        for _, language, who, file, text in found:
            if language == "event":
                print(f"-- {text}", flush=True)
                self.happen(text)
            elif file:
                self.write(who, file, text)
            elif language == "console":
                for command, output in commands(text):
                    status, said = self.run(who, command)
                    print(f"{who}$ {command}\n{said}[{status}]", flush=True)
                    shown = ID.findall("\n".join(output))
                    self.ids.update(zip(shown, ID.findall(said)))
        return 0

    def close(self):
        """End what the commands have left running, and nothing else."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            left = []
            for group in self.groups:
                try:
                    os.killpg(group, number)
                    left.append(group)
                except ProcessLookupError:
                    pass
            if not left:
                return
            time.sleep(0.5)
