#!/usr/bin/env python3
"""Ask senetd and a Node server the same, alternately; print one table, write build/bench/http.json.

`make bench-http` installs what is needed into build/bench and runs this. bench/README.md says how to read the table.
The exit status is 0 when everything was measured; with --check it is 1 when a goal was missed.
"""
import argparse
import datetime
import json
import os
import platform
import sys
from collections import namedtuple
from pathlib import Path

import engines
from engines import BUILD, EngineError
from http_servers import Load, daemon, node_server, wrk
from report import bold, colour, pad, percent, progress
from run import newer, obtain, processor
from targets import NETWORKS

CONNECTIONS = [1, 8, 64]
# least: connections -> the least ratio of our requests a second to the peer's.
Service = namedtuple("Service", "network image seconds least")
SERVICES = [
    Service("seresnet50", (640, 480), 6, {8: 1.4}),
    Service("mobilenetv3_small_100", (640, 480), 3, {8: 1.8}),
    Service("builtin", (32, 32), 3, {}),
]
CLUSTER = os.cpu_count()  # processes of the second peer

HEALTH_RATE = 20000
HEALTH_CONNECTIONS = 64
SERVICE_MS = 0.25           # of processor time a request, besides decoding, preprocessing and inference
SERVICE_REQUESTS = 10000
WARMUP_REQUESTS, WATCHED_REQUESTS = 10000, 100000
GROWTH_BYTES = 2 * 1000 * 1000
QUEUE_SLACK = 1.5           # p99 / the time that a full queue takes to be served

# timm's for networks of 224x224, and no labels: the built-in model brings its own.
CONFIG = {"num_classes": 1000, "pretrained_cfg": {
    "input_size": [3, 224, 224], "interpolation": "bicubic", "crop_pct": 0.875, "crop_mode": "center",
    "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--senet", default="build/senet")
    parser.add_argument("--senetd", default="build/senetd")
    parser.add_argument("--models", nargs="*", metavar="NAME", default=[service.network for service in SERVICES])
    parser.add_argument("--rounds", type=int, default=3, help="runs of wrk for each figure; the best counts")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json", action="store_true", help="print the results instead of a table")
    arguments = parser.parse_args()
    arguments.services = [service for service in SERVICES if service.network in arguments.models]
    if arguments.rounds < 1 or not arguments.services:
        parser.error(f"rounds count from 1, and models are of {' '.join(service.network for service in SERVICES)}")
    return arguments


def model_folder(network):
    """A model directory with the weights that `make bench` draws."""
    if not network.skeleton:
        return engines.FOLDER.parent / "models/builtin"
    folder = BUILD / "http" / network.name
    folder.mkdir(parents=True, exist_ok=True)
    drawn, model = obtain(network).model, folder / "model.onnx"
    if not newer(model, drawn):
        model.write_bytes(drawn.read_bytes())
    (folder / "config.json").write_text(json.dumps({"architecture": network.name, **CONFIG}))
    return folder


def photo(width, height):
    path = BUILD / f"photo-{width}x{height}.jpg"
    if not newer(path, engines.FOLDER / "photo.js"):
        engines.run(["node", engines.FOLDER / "photo.js", width, height, path],
                    NODE_PATH=str(BUILD / "node_modules"))
    return path


class Report:
    COLUMNS = [
        ("model", -18), ("clients", 7), ("ours /s", 8), ("p50 ms", 8), ("p99 ms", 8), ("peer /s", 8), ("p50 ms", 8),
        ("p99 ms", 8), ("ratio", 6), ("goal", 5), ("reached", 7), (f"x{CLUSTER} /s", 8), ("ratio", 6), ("others", 6)]

    def __init__(self, quiet):
        self.quiet = quiet

    def say(self, text=""):
        progress()
        if not self.quiet:
            print(text, flush=True)

    def head(self):
        self.say(bold("  ".join(pad(title, width) for title, width in self.COLUMNS)))

    def row(self, row):
        ours, peer, cluster = row["ours"], row["peer"], row["cluster"]
        cells = [row["title"], str(row["connections"]),
                 *(f"{number:.1f}" for server in (ours, peer) for number in
                   (server["rate"], server["p50_ms"], server["p99_ms"])),
                 f"{row['ratio']:.2f}", f"{row['goal']:.1f}" if row["goal"] else "-", reached(row["holds"]),
                 f"{cluster['rate']:.1f}", f"{row['cluster_ratio']:.2f}", percent(row["others_share"])]
        self.say("  ".join(colour(pad(text, width), COLOUR_OF.get(text, text))
                           for text, (_, width) in zip(cells, self.COLUMNS)))

    def facts(self, facts):
        self.say()
        self.say(bold(f"{'senetd alone':58s}  {'measured':>10s}  {'goal':>10s}  reached"))
        for fact in facts:
            text = reached(fact["holds"])
            self.say(f"{fact['what']:58s}  {fact['value']:>10.4g}  {fact['goal']:>10.4g}  "
                     f"{colour(pad(text, 7), COLOUR_OF.get(text, text))}")


COLOUR_OF = {"yes": "must", "no": "missed"}


def reached(holds):
    return {None: "-", True: "yes", False: "no"}[holds]


def best(runs):
    """The run that served most: the others were disturbed more."""
    return {**max(runs, key=lambda run: run["rate"]), "rates": [round(run["rate"], 1) for run in runs]}


def compare(service, network, arguments, report):
    folder, image = model_folder(network), photo(*service.image)
    rows = []
    with daemon(arguments.senetd, folder) as ours, node_server(folder, 1) as peer, \
            node_server(folder, CLUSTER) as cluster:
        servers = [ours, peer, cluster]
        for server in servers:
            wrk(server.url(), 8, 1, image)
        for connections in CONNECTIONS:
            runs, load = {server: [] for server in servers}, Load(servers)
            for number in range(arguments.rounds):
                progress(f"{network.title}, {connections} at a time: round {number + 1} of {arguments.rounds}")
                for server in servers if number % 2 == 0 else reversed(servers):
                    runs[server].append(wrk(server.url(), connections, service.seconds, image))
            rows.append(row_of(service, network, connections, [best(runs[server]) for server in servers],
                               load.others_share()))
            report.row(rows[-1])
    return rows


def row_of(service, network, connections, results, others_share):
    ours, peer, cluster = results
    ratio, goal = ours["rate"] / peer["rate"], service.least.get(connections)
    return {"model": network.name, "title": network.title, "connections": connections, "ours": ours, "peer": peer,
            "cluster": cluster, "ratio": ratio, "cluster_ratio": ours["rate"] / cluster["rate"], "goal": goal,
            "holds": None if goal is None else ratio >= goal, "others_share": others_share}


def fact(what, value, goal, holds, **more):
    return {"what": what, "value": value, "goal": goal, "holds": holds, **more}


def health(arguments):
    progress("/healthz")
    with daemon(arguments.senetd, None) as server:
        result = best([wrk(server.url("/healthz"), HEALTH_CONNECTIONS, 4) for _ in range(arguments.rounds)])
    return fact(f"/healthz, {HEALTH_CONNECTIONS} clients: requests a second", result["rate"], HEALTH_RATE,
                result["rate"] >= HEALTH_RATE, run=result)


def ask(server, requests, image, connections=8):
    """At least that many; how many it were."""
    done = 0
    while done < requests:
        done += wrk(server.url(), connections, 4, image)["requests"]
    return done


def parts_ms(arguments, image):
    """What an image takes without the service."""
    times = json.loads(engines.run([arguments.senet, "preprocess", image, "--repeat", 2000, "--json"]))
    inference = json.loads(engines.run([arguments.senet, "bench", "--json", "--runs", 1000]))
    return times["decode"]["median_ms"] + times["preprocess"]["median_ms"] + inference["median_ms"]


def service_time(arguments):
    """One thread an inference: a team that waits for its members would be counted as the service's."""
    progress("processor time a request")
    image = photo(32, 32)
    with daemon(arguments.senetd, None, "--threads", 1) as server:
        ask(server, 1000, image)
        parts = parts_ms(arguments, image)
        began = server.cpu_seconds()
        requests = ask(server, SERVICE_REQUESTS, image)
        used = (server.cpu_seconds() - began) / requests * 1e3
        parts = (parts + parts_ms(arguments, image)) / 2
    return fact("built-in: ms of processor time a request beyond its parts", used - parts, SERVICE_MS,
                used - parts <= SERVICE_MS, request_ms=used, parts_ms=parts, requests=requests)


def growth(arguments):
    image = photo(32, 32)
    with daemon(arguments.senetd, None) as server:
        progress("memory: warm-up")
        ask(server, WARMUP_REQUESTS, image)
        before, done = server.resident_bytes(), 0
        while done < WATCHED_REQUESTS:
            progress(f"memory: {done} of {WATCHED_REQUESTS} requests")
            done += ask(server, 1, image)
        grown = server.resident_bytes() - before
    return fact(f"bytes that {WATCHED_REQUESTS} requests add to what is resident", grown, GROWTH_BYTES,
                grown <= GROWTH_BYTES, resident_bytes=before, requests=done)


def bounded(rows):
    """With 64 clients all others wait: nobody longer than it takes to serve so many, and half as long again."""
    facts = []
    for row in (row for row in rows if row["connections"] == CONNECTIONS[-1]):
        goal = QUEUE_SLACK * row["connections"] / row["ours"]["rate"] * 1e3
        facts.append(fact(f"{row['title']}: ms that 99 % of {row['connections']} clients wait at most",
                          row["ours"]["p99_ms"], goal, row["ours"]["p99_ms"] <= goal))
    return facts


def measure(arguments, report):
    versions = [engines.Senet(arguments.senet).version(), engines.onnx_runtime().version(),
                f"sharp {json.loads((BUILD / 'node_modules/sharp/package.json').read_text())['version']}"]
    machine = {"processor": processor(), "cores": os.cpu_count(), "system": platform.platform()}
    made = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="minutes")
    report.say(f"{made}  {machine['processor']}, {machine['cores']} cores")
    report.say("; ".join(versions))
    report.say()
    report.head()
    networks = {network.name: network for network in NETWORKS}
    rows = [row for service in arguments.services
            for row in compare(service, networks[service.network], arguments, report)]
    facts = bounded(rows) + [health(arguments), service_time(arguments), growth(arguments)]
    report.facts(facts)
    missed = [f"{row['title']}, {row['connections']} clients" for row in rows if row["holds"] is False]
    missed += [fact["what"] for fact in facts if not fact["holds"]]
    report.say()
    report.say(f"missed: {'; '.join(missed)}" if missed else "every goal holds")
    return {"made": made, "machine": machine, "versions": versions, "rounds": arguments.rounds, "rows": rows,
            "facts": facts, "missed": missed}


def main():
    arguments = parse_arguments()
    try:
        results = measure(arguments, Report(arguments.json))
    except EngineError as error:
        progress()
        sys.exit(f"bench-http: {error}")
    except KeyboardInterrupt:
        progress()
        sys.exit(130)
    text = json.dumps(results, indent=1) + "\n"
    (BUILD / "http.json").write_text(text)
    if arguments.json:
        print(text, end="")
    sys.exit(1 if arguments.check and results["missed"] else 0)


if __name__ == "__main__":
    main()
