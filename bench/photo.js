'use strict';
// Draws the JPEG that servers are asked about, the same on every machine: blurred blocks of colour, and grain.
//
//     node bench/photo.js WIDTH HEIGHT FILE.jpg
const sharp = require('sharp');

const [width, height] = process.argv.slice(2, 4).map(Number);
const file = process.argv[4];

// xorshift32
let state = 2463534242;
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4294967296;
}

async function draw() {
  const side = Math.min(24, Math.ceil(width / 16));
  const [columns, rows] = [Math.ceil(width / side), Math.ceil(height / side)];
  const blocks = Buffer.from(Array.from({ length: columns * rows * 3 }, () => Math.floor(256 * random())));
  const picture = await sharp(blocks, { raw: { width: columns, height: rows, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
  for (let i = 0; i < picture.length; i++) picture[i] = Math.min(255, Math.max(0, picture[i] + 24 * (random() - 0.5)));
  await sharp(picture, { raw: { width, height, channels: 3 } }).jpeg({ quality: 90, chromaSubsampling: '4:2:0' })
    .toFile(file);
}

draw().catch((error) => { console.error(`photo: ${error.message}`); process.exitCode = 1; });
