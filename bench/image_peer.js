// sharp on the lines that bench/image.py writes: "REPEATS FILE" is answered by the least milliseconds from the file's
// bytes to normalised planar floats, on one thread.
'use strict';
const fs = require('fs');
const readline = require('readline');
const sharp = require(require('path').resolve(process.argv[2], 'node_modules/sharp'));

const SIDE = 224, SCALED = 256;
const MEAN = [0.485, 0.456, 0.406], STD = [0.229, 0.224, 0.225];
sharp.concurrency(1);
sharp.cache(false);

async function tensorOf(bytes) {
  const { data, info } = await sharp(bytes)
    .resize(SCALED, SCALED, { fit: 'outside', kernel: 'cubic' })
    .removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const left = Math.round((info.width - SIDE) / 2), top = Math.round((info.height - SIDE) / 2);
  const tensor = new Float32Array(3 * SIDE * SIDE);
  for (let channel = 0, to = 0; channel < 3; channel++) {
    const scale = 1 / 255 / STD[channel], shift = -MEAN[channel] / STD[channel];
    for (let y = 0; y < SIDE; y++) {
      let from = ((y + top) * info.width + left) * 3 + channel;
      for (let x = 0; x < SIDE; x++, from += 3) tensor[to++] = data[from] * scale + shift;
    }
  }
  return tensor;
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [repeats, file] = line.split(' ');
    const bytes = fs.readFileSync(file);
    let least = Infinity;
    for (let i = 0; i < Number(repeats); i++) {
      const begun = process.hrtime.bigint();
      await tensorOf(bytes);
      least = Math.min(least, Number(process.hrtime.bigint() - begun) / 1e6);
    }
    console.log(least.toFixed(4));
  }
}
main();
