'use strict';
// A classifier over HTTP as it is written for Node: http, sharp, onnxruntime-node. The peer of `make bench-http`.
//
//     node bench/node_server.js FILE.onnx CONFIG.json
//     PROCESSES=1 THREADS=cores     processes that share the port, and threads of each inference
//
// CONFIG.json is a model directory's. POST /predict takes an image and answers the five best classes. The port, a free
// one, is printed once connections are accepted. The packages lie under build/bench: NODE_PATH says where.
const cluster = require('cluster');
const fs = require('fs');
const http = require('http');
const os = require('os');
const ort = require('onnxruntime-node');
const sharp = require('sharp');

const [file, configFile] = process.argv.slice(2);
const processes = Number(process.env.PROCESSES || 1);
// What ONNX Runtime and sharp would choose by themselves for one process: all cores. More processes share them out.
const threads = Number(process.env.THREADS || Math.max(1, Math.floor(os.cpus().length / processes)));
const config = JSON.parse(fs.readFileSync(configFile));
const { input_size: [channels, height, width], crop_pct: cropShare, mean, std } = config.pretrained_cfg;
const LARGEST_BODY = 32 * 1024 * 1024;
const BEST = 5;

sharp.concurrency(threads);
// Every request is another image: keeping what was decoded would only cost.
sharp.cache(false);

const open = () => ort.InferenceSession.create(file, {
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  interOpNumThreads: 1,
  intraOpNumThreads: threads,
  freeDimensionOverrides: { batch: 1 },
  logSeverityLevel: 3,
});

// timm's evaluation transform in one pipeline: the short side to size / crop_pct, the centre of that.
async function pixelsOf(body) {
  const [fullHeight, fullWidth] = [height, width].map((side) => Math.floor(side / cropShare));
  const image = sharp(body).removeAlpha().toColourspace('srgb');
  if (fullHeight !== height || fullWidth !== width || cropShare !== 1) {
    image.resize(fullWidth, fullHeight, { fit: 'cover', kernel: 'cubic' })
      .extract({ left: (fullWidth - width) >> 1, top: (fullHeight - height) >> 1, width, height });
  } else {
    image.resize(width, height, { fit: 'cover', kernel: 'cubic' });
  }
  return image.raw().toBuffer();
}

// Interleaved bytes to planes of floats: one multiplication and one addition a number.
function tensorOf(pixels) {
  const size = height * width;
  const floats = new Float32Array(channels * size);
  for (let c = 0; c < channels; c++) {
    const scale = 1 / (255 * std[c]);
    const shift = -mean[c] / std[c];
    const plane = floats.subarray(c * size, (c + 1) * size);
    for (let i = 0; i < size; i++) plane[i] = pixels[i * channels + c] * scale + shift;
  }
  return new ort.Tensor('float32', floats, [1, channels, height, width]);
}

function bestOf(logits) {
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const best = [];
  for (let i = 0; i < logits.length; i++) {
    if (best.length === BEST && logits[i] <= logits[best[BEST - 1]]) continue;
    let place = Math.min(best.length, BEST - 1);
    for (; place > 0 && logits[best[place - 1]] < logits[i]; place--) best[place] = best[place - 1];
    best[place] = i;
  }
  return best.map((i) => ({
    class_id: i,
    label: config.label_names ? config.label_names[i] : undefined,
    score: Math.exp(logits[i] - largest) / sum,
  }));
}

function bodyOf(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.length;
      if (size > LARGEST_BODY) reject(new Error('the body is too large'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

function answer(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

async function serve() {
  const session = await open();
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  const predict = async (body) => {
    const answers = await session.run({ [input]: tensorOf(await pixelsOf(body)) });
    return bestOf(answers[output].data);
  };
  await session.run({ [input]: tensorOf(Buffer.alloc(channels * height * width)) });
  const server = http.createServer({ keepAlive: true, noDelay: true }, async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/predict') {
      answer(response, 404, { error: 'not found' });
      return;
    }
    try {
      answer(response, 200, { predictions: await predict(await bodyOf(request)) });
    } catch (error) {
      answer(response, 400, { error: error.message });
    }
  });
  server.listen(0, '127.0.0.1', () => {
    if (cluster.isPrimary) console.log(server.address().port);
  });
}

// Processes that listen on "port 0" get the same one of their primary.
function serveWithMany() {
  let ready = 0;
  cluster.on('listening', (worker, address) => {
    ready += 1;
    if (ready === processes) console.log(address.port);
  });
  cluster.on('exit', () => process.exit(1));
  process.on('SIGTERM', () => process.exit(0));
  for (let i = 0; i < processes; i++) cluster.fork();
}

if (processes > 1 && cluster.isPrimary) serveWithMany();
else serve().catch((error) => { console.error(`node_server: ${error.message}`); process.exit(1); });
