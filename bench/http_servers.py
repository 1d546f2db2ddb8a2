"""Servers as processes, what they use, and wrk against them."""
import json
import os
import re
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import engines
from engines import BUILD, FOLDER, EngineError
from measure import Others

START_SECONDS = 60
ANSWER_SECONDS = 60  # wrk counts what takes longer as failed


class Server:
    """A process that listens on a port of this machine."""

    def __init__(self, title, process, port, path):
        self.title, self.process, self.port, self.path = title, process, port, path

    def url(self, path=None):
        return f"http://127.0.0.1:{self.port}{path or self.path}"

    def cpu_seconds(self):
        """User and system time of the process and all that it has started, proc(5)."""
        ticks = 0
        for pid in family(self.process.pid):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
        return ticks / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        """Memory of its own. Pages of programs and libraries come and go with what else the machine does."""
        return sum(int(re.search(r"^RssAnon:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)[1]) * 1024
                   for pid in family(self.process.pid))


def family(pid):
    """The process, its children, theirs, ..."""
    pids = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            pids += family(int(child))
    return pids


class Load:
    """What part of the machine neither these servers nor we had since this was made: their noise is in the figures."""

    def __init__(self, servers):
        self.servers, self.others, self.used = servers, Others(), self.server_seconds(servers)

    @staticmethod
    def server_seconds(servers):
        return sum(server.cpu_seconds() for server in servers)

    def others_share(self):
        return self.others.share(self.server_seconds(self.servers) - self.used)


def wait_until(found, process, title):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        answer = found()
        if answer:
            return answer
        if process.poll() is not None:
            break
        time.sleep(0.02)
    process.kill()
    raise EngineError(f"{title} does not start")


@contextmanager
def started(title, command, port_of, path, log, **environment):
    with open(log, "w") as stream:
        process = subprocess.Popen([str(word) for word in command], stdout=stream, stderr=subprocess.STDOUT,
                                   env={**os.environ, **environment})
    try:
        yield Server(title, process, wait_until(port_of, process, title), path)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def daemon(senetd, folder, *flags):
    """Ours as it comes, over a model directory; None is the built-in one. The peer has no gates to answer with."""
    with tempfile.TemporaryDirectory() as place:
        port_file = Path(place) / "port"
        model = ["--model", f"bench={folder}"] if folder else []
        with started("senetd", [senetd, "--listen", "127.0.0.1:0", "--port-file", port_file, *model, *flags],
                     lambda: port_file.exists() and port_file.read_text().strip(), "/v1/predict?attention=none",
                     BUILD / "senetd.log") as server:
            yield server


@contextmanager
def node_server(folder, processes):
    log = BUILD / f"node-{processes}.log"

    def port():
        found = re.match(r"(\d+)\n", log.read_text())
        return found and found[1]

    with started(f"node, {processes}", ["node", FOLDER / "node_server.js", folder / "model.onnx",
                                        folder / "config.json"], port, "/predict", log,
                 NODE_PATH=str(BUILD / "node_modules"), PROCESSES=str(processes)) as server:
        yield server


def wrk(url, connections, seconds, body=None):
    """Requests over that many connections, which stay open: what bench/wrk.lua prints."""
    environment = {"WRK_BODY": str(body)} if body else {}
    text = engines.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={ANSWER_SECONDS}s",
                        "-s", FOLDER / "wrk.lua", url], **environment)
    result = json.loads(text.splitlines()[-1])
    result["rate"] = result["requests"] / result["seconds"]
    if result["failed"] or not result["requests"]:
        raise EngineError(f"{url} with {connections} connections: {result['failed']} of {result['requests']} failed")
    return result
