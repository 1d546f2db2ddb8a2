'use strict';
// ONNX Runtime, with the interface of `senet bench --json` and `senet run`, so that both are driven alike.
//
//     node bench/peer.js bench FILE.onnx INPUT.npy [--batch B] [--threads T] [--runs N] [--warmup N]
//     node bench/peer.js run FILE.onnx INPUT.npy OUTPUT [--threads T]
//
// INPUT.npy holds float32. bench repeats it for each image of the batch, and prints one JSON object. run writes the
// first output as bare float32. The package lies under build/bench: NODE_PATH says where.
const fs = require('fs');
const { performance } = require('perf_hooks');
const { parseArgs } = require('util');
const ort = require('onnxruntime-node');

const { positionals: [command, file, input, output], values } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(
    Object.entries({ batch: '1', threads: '1', runs: '50', warmup: '5' })
      .map(([name, standard]) => [name, { type: 'string', default: standard }])),
});
const count = (name) => Number(values[name]);

// The numbers are the end of the file, after a header that says what is known here anyway.
function readImage(path, elements) {
  const bytes = fs.readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.length - 4 * elements, bytes.length));
}

// All that it can do for a network that is run again and again: the batch is fixed, as it is in `senet bench`.
function load() {
  return ort.InferenceSession.create(file, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    interOpNumThreads: 1,
    intraOpNumThreads: count('threads'),
    freeDimensionOverrides: { batch: count('batch') },
    logSeverityLevel: 3,
  });
}

function feed(session) {
  const { name, shape } = session.inputMetadata[0];
  const [, ...sizes] = shape;
  const image = readImage(input, sizes.reduce((product, size) => product * size, 1));
  const images = new Float32Array(image.length * count('batch'));
  for (let i = 0; i < count('batch'); i++) images.set(image, i * image.length);
  return { [name]: new ort.Tensor('float32', images, [count('batch'), ...sizes]) };
}

async function bench() {
  const began = performance.now();
  const session = await load();
  const feeds = feed(session);
  await session.run(feeds);
  const firstAnswer = performance.now() - began;
  const resident = process.memoryUsage.rss();
  const times = [];
  for (let i = -count('warmup'); i < count('runs'); i++) {
    const started = performance.now();
    await session.run(feeds);
    if (i >= 0) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({
    min_ms: times[0],
    median_ms: times[times.length >> 1],
    first_answer_ms: firstAnswer,
    resident_bytes: resident,
  }));
}

async function run() {
  const session = await load();
  const answer = await session.run(feed(session));
  const { data } = answer[session.outputNames[0]];
  fs.writeFileSync(output, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

const commands = { bench, run };
commands[command]().catch((error) => {
  console.error(`peer: ${error.message}`);
  process.exitCode = 1;
});
