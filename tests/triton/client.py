"""A stock tritonclient.http against senetd with the built-in model: `make test-triton`.

    client.py HOST:PORT IMAGE               does everything that the client can, and checks the answers
    client.py HOST:PORT IMAGE --record DIR  also writes what it sent, byte for byte, for tests/e2e/63-triton.sh
"""

import argparse
import pathlib
import socket
import threading

import numpy as np
import tritonclient.http as triton

checks = 0


def check(truth, what):
    global checks
    if not truth:
        raise SystemExit(f"not so: {what}")
    checks += 1


def refused(status, call):
    try:
        call()
    except triton.InferenceServerException as error:
        check(error.status() == str(status), f"{error} is {status}")
        return
    raise SystemExit(f"not refused with {status}")


def near(a, b):
    return a.shape == b.shape and np.allclose(a, b, atol=1e-4)


class Model:
    def __init__(self, client):
        self.client = client
        self.name = client.get_model_repository_index()[0]["name"]
        self.metadata = client.get_model_metadata(self.name)
        self.input = self.metadata["inputs"][0]["name"]
        self.output = self.metadata["outputs"][0]["name"]
        self.gate = self.metadata["outputs"][1]["name"]
        self.shape = self.metadata["inputs"][0]["shape"][1:]

    def numbers(self, items, seed=1):
        return np.random.default_rng(seed).standard_normal([items, *self.shape]).astype(np.float32)

    def tensor(self, array, binary=True, datatype="FP32"):
        tensor = triton.InferInput(self.input, list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        return [tensor]

    def outputs(self, *names, binary=True, **options):
        return [triton.InferRequestedOutput(name, binary_data=binary, **options) for name in names]

    def infer(self, array, *names, binary=True, datatype="FP32", classes=0, **options):
        outputs = self.outputs(*names, binary=binary, class_count=classes) if names else None
        return self.client.infer(self.name, self.tensor(array, binary, datatype), outputs=outputs, **options)


def check_metadata(model):
    client = model.client
    check(client.is_server_live() and client.is_server_ready(), "the server is live and ready")
    check(client.is_model_ready(model.name) and client.is_model_ready(model.name, "1"), "the model is ready")
    check(not client.is_model_ready("nope"), "another is not")
    server = client.get_server_metadata()
    check({"binary_tensor_data", "classification", "statistics"} <= set(server["extensions"]), server)
    check(model.metadata["inputs"][0]["shape"][0] == -1, "the number of images is open")
    check(all(output["name"].startswith("gate.") for output in model.metadata["outputs"][1:]), "gates are outputs")


def check_inference(model):
    x = model.numbers(2)
    binary = model.infer(x, model.output, model.gate, request_id="one")
    text = model.infer(x, model.output, model.gate, binary=False)
    logits, gates = binary.as_numpy(model.output), binary.as_numpy(model.gate)
    check(binary.get_response()["id"] == "one", "the id comes back")
    check(logits.shape[0] == 2 and gates.shape[0] == 2 and (gates >= 0).all() and (gates <= 1).all(), "two images")
    check(near(logits, text.as_numpy(model.output)) and near(gates, text.as_numpy(model.gate)), "JSON is the same")
    everything = model.infer(x)
    check([output["name"] for output in everything.get_response()["outputs"]] == [model.output], "gates must be named")
    check(near(everything.as_numpy(model.output), logits), "without outputs it is the same")
    for name, datatype in ((np.float64, "FP64"), (np.float32, "FP32")):
        check(near(model.infer(x.astype(name), datatype=datatype).as_numpy(model.output), logits), datatype)
    bytes_of = np.ones([1, *model.shape], dtype=np.uint8)
    ones = model.infer(bytes_of.astype(np.float32)).as_numpy(model.output)
    for binary in (True, False):
        check(near(model.infer(bytes_of, datatype="UINT8", binary=binary).as_numpy(model.output), ones), "UINT8")
    packed = model.infer(x, model.output, response_compression_algorithm="gzip")
    check(near(packed.as_numpy(model.output), logits), "a compressed answer, or one that is not, is the same")
    identity = model.infer(x, model.output, model.gate, parameters={model.gate: 1.0})
    check((identity.as_numpy(model.gate) == 1).all(), "a gate is overridden")
    check(not near(identity.as_numpy(model.output), logits), "and the answer is another")
    return x, logits


def check_classes(model, x, logits):
    for binary in (True, False):
        rows = model.infer(x, model.output, binary=binary, classes=3).as_numpy(model.output)
        check(rows.shape == (2, 3), "three classes of each image")
        for row, values in zip(rows, logits):
            fields = [(c.decode() if isinstance(c, bytes) else c).split(":") for c in row]
            best = sorted(range(len(values)), key=lambda i: -values[i])[:3]
            check([int(field[1]) for field in fields] == best, "the best come first")
            check(all(abs(float(f[0]) - values[int(f[1])]) < 1e-3 and f[2] for f in fields), "with value and label")


def check_images(model, image):
    one = np.array([image], dtype=np.object_)
    first = model.infer(one, model.output, datatype="BYTES").as_numpy(model.output)
    check(first.shape[0] == 1, "an image is one item")
    two = model.infer(np.array([[image], [image]], dtype=np.object_), model.output, datatype="BYTES")
    check(near(two.as_numpy(model.output), np.repeat(first, 2, axis=0)), "two images are two items")
    refused(422, lambda: model.infer(np.array([image[:200]], dtype=np.object_), datatype="BYTES"))
    refused(415, lambda: model.infer(np.array([b"no image"], dtype=np.object_), datatype="BYTES"))


def check_many(model, x, logits):
    before = model.client.get_inference_statistics(model.name)["model_stats"][0]
    pending = [
        model.client.async_infer(
            model.name, model.tensor(x, i % 2 == 0), outputs=model.outputs(model.output, binary=i % 3 == 0)
        )
        for i in range(24)
    ]
    check(all(near(result.get_result().as_numpy(model.output), logits) for result in pending), "24 at once")
    after = model.client.get_inference_statistics(model.name, "1")["model_stats"][0]
    check(after["inference_count"] - before["inference_count"] == 48, "48 images are counted")
    success = after["inference_stats"]["success"]["count"] - before["inference_stats"]["success"]["count"]
    check(success == 24, "24 requests are counted")
    check(after["inference_stats"]["compute_infer"]["ns"] > 0 and after["last_inference"] > 0, "and how long they took")
    check(model.client.get_inference_statistics()["model_stats"][0] == after, "and once more among all models")


def check_refusals(model, x):
    client = model.client
    refused(404, lambda: client.infer("nope", model.tensor(x)))
    refused(404, lambda: client.infer(model.name, model.tensor(x), model_version="7"))
    refused(404, lambda: client.get_inference_statistics("nope"))
    refused(400, lambda: model.infer(x[:, :1]))
    refused(400, lambda: model.infer(x, "nope"))
    refused(400, lambda: model.infer(x, parameters={"gate.nope": 1}))
    for algorithm in ("gzip", "deflate"):
        refused(415, lambda: model.infer(x, request_compression_algorithm=algorithm))
    refused(404, lambda: client.load_model("nope"))


def check_repository(model, x, logits):
    client = model.client
    client.unload_model(model.name)
    check(not client.is_model_ready(model.name), "it is unloaded")
    refused(503, lambda: model.infer(x))
    client.load_model(model.name)
    check(client.is_model_ready(model.name), "it is loaded")
    check(near(model.infer(x).as_numpy(model.output), logits), "and computes what it did")
    state = client.get_model_repository_index()[0]
    check(state["state"] == "READY" and state["name"] == model.name, state)


class Recorder:
    """Forwards one connection to the server, and keeps what came from the client."""

    def __init__(self, address):
        self.server = address
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.sent = b""
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(self.server)
        back = threading.Thread(target=self.copy_back, args=(server, client), daemon=True)
        back.start()
        while part := client.recv(65536):
            self.sent += part
            server.sendall(part)
        server.shutdown(socket.SHUT_WR)

    @staticmethod
    def copy_back(server, client):
        while part := server.recv(65536):
            client.sendall(part)


def record(address, folder, image):
    host, port = address.rsplit(":", 1)
    calls = {
        "live": lambda m: m.client.is_server_live(),
        "ready": lambda m: m.client.is_server_ready(),
        "model-ready": lambda m: m.client.is_model_ready(m.name),
        "server": lambda m: m.client.get_server_metadata(),
        "model": lambda m: m.client.get_model_metadata(m.name),
        "index": lambda m: m.client.get_model_repository_index(),
        "statistics": lambda m: m.client.get_inference_statistics(m.name),
        "statistics-all": lambda m: m.client.get_inference_statistics(),
        "binary": lambda m: m.infer(m.numbers(1), m.output, m.gate, request_id="one"),
        "binary-all": lambda m: m.infer(m.numbers(1)),
        "json": lambda m: m.infer(m.numbers(1).round(), m.output, m.gate, binary=False),
        "classes": lambda m: m.infer(m.numbers(2), m.output, classes=3),
        "classes-json": lambda m: m.infer(m.numbers(1).round(), m.output, classes=3, binary=False),
        "image": lambda m: m.infer(np.array([image], dtype=np.object_), m.output, classes=1, datatype="BYTES"),
        "identity": lambda m: m.infer(m.numbers(1), m.gate, binary=True, parameters={m.gate: 1.0}),
        "unload": lambda m: m.client.unload_model(m.name),
        "load": lambda m: m.client.load_model(m.name),
    }
    model = Model(triton.InferenceServerClient(address))
    for name, call in calls.items():
        recorder = Recorder((host, int(port)))
        model.client = triton.InferenceServerClient("127.0.0.1:%d" % recorder.listener.getsockname()[1])
        call(model)
        model.client.close()
        recorder.thread.join()
        (folder / f"{name}.http").write_bytes(recorder.sent)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("image", type=pathlib.Path)
    parser.add_argument("--record", type=pathlib.Path)
    arguments = parser.parse_args()
    image = arguments.image.read_bytes()
    model = Model(triton.InferenceServerClient(arguments.address, concurrency=8))
    check_metadata(model)
    x, logits = check_inference(model)
    check_classes(model, x, logits)
    check_images(model, image)
    check_many(model, x, logits)
    check_refusals(model, x)
    check_repository(model, x, logits)
    if arguments.record:
        record(arguments.address, arguments.record, image)
    print(f"tritonclient.http: {checks} checks")


main()
