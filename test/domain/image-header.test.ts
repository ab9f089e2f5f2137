import { readdirSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readImageHeader } from '../../functions/domain/image-header.ts';
import * as pictures from '../support/pictures.ts';

const { png, jpeg } = pictures;
const size = { width: 3, height: 2 };
const formats: [string, Buffer, object][] = [
  ['PNG', png(), { mediaType: 'image/png', ...size }],
  ['baseline JPEG', jpeg, { mediaType: 'image/jpeg', ...size }],
  ['progressive JPEG', pictures.progressiveJpeg, { mediaType: 'image/jpeg', ...size }],
  ['WebP of VP8', pictures.lossyWebp, { mediaType: 'image/webp', ...size }],
  ['WebP of VP8L', pictures.losslessWebp, { mediaType: 'image/webp', ...size }],
  ['WebP of VP8X', pictures.transparentWebp, { mediaType: 'image/webp', ...size }],
];

const jpegSegment = (marker: number, content: Buffer) => {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
};
const startOfImage = jpeg.subarray(0, 2);
const afterStart = jpeg.subarray(2);

const frameOf = (marker: number, content = [8, 0, 70, 1, 44, 1, 1, 0x11, 0]) =>
  jpegSegment(marker, Buffer.from(content));
const tables = jpegSegment(0xdb, Buffer.alloc(65));
const scan = jpegSegment(0xda, Buffer.from([1, 1, 0, 0, 63, 0]));
const endOfImage = Buffer.from([0xff, 0xd9]);

/** A JPEG of these segments. */
const jpegOf = (...segments: readonly Buffer[]) => Buffer.concat([startOfImage, ...segments, endOfImage]);

const asText = (bytes: Buffer) => bytes.toString('latin1');
const fromText = (text: string) => Buffer.from(text, 'latin1');

const webpChunk = (type: string, content: Buffer) => {
  const head = Buffer.from(`${type}\0\0\0\0`, 'latin1');
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length % 2)]);
};
const webpOf = (...chunks: readonly Buffer[]) => {
  const content = Buffer.concat([Buffer.from('WEBP'), ...chunks]);
  const head = Buffer.from('RIFF\0\0\0\0');
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
};
const webp = (type: string, content: Buffer) => webpOf(webpChunk(type, content));
const vp8 = Buffer.from([0x10, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x7f, 0x2c, 0xc1]);
const vp8l = Buffer.from([0x2f, 0xff, 0x3f, 0x4b, 0, 0, 0]);
const vp8x = Buffer.from([0, 0, 0, 0, 0xff, 0xff, 0xff, 0x2b, 1, 0]);

/** Pictures of the public PngSuite, whose names and documentation describe them. */
const pngsuite = readdirSync(new URL('pngsuite/', import.meta.url))
  .filter((name) => name.endsWith('.png'))
  .map((name) => [name, readFileSync(new URL(`pngsuite/${name}`, import.meta.url))] as const);
const pngsuiteOf = (name: string) => pngsuite.find(([file]) => file === name)?.[1] ?? Buffer.alloc(0);

/** The chunks of a PNG. */
function chunksOf(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 8; at < bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}
const typeOf = (chunk: Buffer) => chunk.toString('latin1', 4, 8);
const pngWith = (bytes: Buffer, change: (chunk: Buffer) => Buffer[]) =>
  Buffer.concat([bytes.subarray(0, 8), ...chunksOf(bytes).flatMap(change)]);

/** The picture with a changed byte in its header, and a correct checksum. */
function pngHeaderWith(at: number, value: number): Buffer {
  const bytes = Buffer.from(pngsuiteOf('basn0g08.png'));
  bytes.writeUInt8(value, 16 + at);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

/** The picture with a wrong checksum of the chunk of this type. */
const pngDamaged = (name: string, type: string) =>
  pngWith(pngsuiteOf(name), (chunk) => {
    const changed = Buffer.from(chunk);
    if (typeOf(chunk) === type) changed.writeUInt8(chunk.readUInt8(chunk.length - 1) ^ 1, chunk.length - 1);
    return [changed];
  });

describe('the header of an image', () => {
  it.each(formats)('is read from a %s with type and size', (_, bytes, header) => {
    expect(readImageHeader(bytes)).toEqual(header);
  });

  it('may have a large size', () => {
    expect(readImageHeader(png(300, 70))).toMatchObject({ width: 300, height: 70 });
    expect(readImageHeader(webp('VP8 ', vp8))).toMatchObject({ width: 16_383, height: 300 });
    expect(readImageHeader(webp('VP8L', vp8l))).toMatchObject({ width: 16_384, height: 301 });
    for (const frame of [webpChunk('VP8 ', vp8), webpChunk('VP8L', vp8l), webpChunk('ANMF', Buffer.alloc(24))]) {
      const extended = webpOf(webpChunk('VP8X', vp8x), webpChunk('ICCP', Buffer.alloc(3)), frame);
      expect(readImageHeader(extended)).toMatchObject({ width: 16_777_216, height: 300 });
    }
  });

  it.each(pngsuite)('is read from %s of PngSuite', (name, bytes) => {
    const side = name.startsWith('s') ? Number(name.slice(1, 3)) : 32;
    expect(readImageHeader(bytes)).toEqual({ mediaType: 'image/png', width: side, height: side });
  });

  it('is read from a PNG with text, unknown chunks, and harmless damage', () => {
    const text = Buffer.from('0000000454455874000000000000000a', 'hex');
    const unknown = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('abCd!'), Buffer.alloc(4)]);
    const padded = pngWith(png(), (chunk) => (typeOf(chunk) === 'IHDR' ? [chunk, text, unknown] : [chunk]));
    expect(readImageHeader(padded)).toMatchObject(size);
    expect(readImageHeader(pngDamaged('tbbn1g04.png', 'tRNS'))).toMatchObject({ width: 32 });
    const stray = pngWith(png(), (chunk) => (typeOf(chunk) === 'IEND' ? [Buffer.from('stray'), chunk] : [chunk]));
    expect(readImageHeader(stray)).toMatchObject(size);
  });

  it.each([0xc0, 0xc1, 0xc2, 0xc9, 0xca])('is read from a JPEG at the marker %i', (marker) => {
    const header = { mediaType: 'image/jpeg', width: 300, height: 70 };
    expect(readImageHeader(jpegOf(tables, frameOf(marker), scan))).toEqual(header);
  });

  it('is read from a lossless JPEG without quantization tables', () => {
    expect(readImageHeader(jpegOf(frameOf(0xc3), scan))).toMatchObject({ width: 300, height: 70 });
  });

  it.each([0xc4, 0xc8, 0xcc, 0xe0, 0xfe])('is not read from a JPEG at the marker %i', (marker) => {
    expect(readImageHeader(jpegOf(tables, frameOf(marker), scan))).toBeUndefined();
  });

  it('is read from a JPEG after comments, thumbnails and fill bytes', () => {
    const thumbnail = jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), jpeg]));
    const comment = jpegSegment(0xfe, Buffer.from('\xff\xc0 is no frame', 'latin1'));
    const fill = Buffer.from([0xff, 0xff, 0xff]);
    expect(readImageHeader(Buffer.concat([startOfImage, thumbnail, comment, fill, afterStart]))).toMatchObject(size);
  });

  it.each(['\0', 'stray bytes', '\xff\0', '\xff\xd0', '\xff\x01'])(
    'is read from a JPEG with %j between its segments',
    (text) => {
      const stray = Buffer.from(text, 'latin1');
      expect(readImageHeader(jpegOf(stray, tables, stray, frameOf(0xc0), stray, scan))).toMatchObject({ width: 300 });
    },
  );

  it.each(formats)('is read with data after a %s', (_, bytes, header) => {
    for (const more of [Buffer.alloc(40), Buffer.from('PK\x03\x04'), jpeg, png()]) {
      expect(readImageHeader(Buffer.concat([bytes, more]))).toEqual(header);
    }
  });
});

describe('no image', () => {
  it.each(formats)('is a truncated %s', (_, bytes) => {
    for (let end = 0; end < bytes.length; end++) {
      expect([end, readImageHeader(bytes.subarray(0, end))]).toEqual([end, undefined]);
    }
  });

  it('is a JPEG that is truncated after its thumbnail', () => {
    const thumbnail = jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), jpeg]));
    const whole = Buffer.concat([startOfImage, thumbnail, afterStart]);
    expect(readImageHeader(whole)).toMatchObject(size);
    expect(readImageHeader(whole.subarray(0, -2))).toBeUndefined();
  });

  it.each(formats)('is a %s with something before it', (_, bytes) => {
    expect(readImageHeader(Buffer.concat([Buffer.from(' '), bytes]))).toBeUndefined();
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['SVG', pictures.svg],
    ['a GIF', pictures.gif],
    ['a text', Buffer.from('IHDR IEND RIFF WEBP')],
    ['a RIFF of another sort', webp('fmt ', Buffer.alloc(20))],
    ['a WebP of an unknown sort', webp('VP9 ', Buffer.alloc(20))],
    ['a WebP of a canvas alone', webp('VP8X', vp8x)],
    ['a WebP with a truncated frame', webpOf(webpChunk('VP8X', vp8x), webpChunk('VP8 ', vp8).subarray(0, -1))],
    ['a WebP of a frame that depends on others', webp('VP8 ', Buffer.concat([Buffer.from([0x11]), vp8.subarray(1)]))],
    ['a WebP with a hidden frame', webp('VP8 ', Buffer.concat([Buffer.from([0]), vp8.subarray(1)]))],
    ['a WebP whose partition goes on', webp('VP8 ', Buffer.concat([Buffer.from([0x30]), vp8.subarray(1)]))],
    ['a lossless WebP of another version', webp('VP8L', Buffer.from([0x2f, 0xff, 0x3f, 0x4b, 0x20]))],
    ['a JPEG that ends where it begins', jpegOf()],
    ['a JPEG of a length of 0', jpegOf(Buffer.from([0xff, 0xe0, 0, 0, 0, 0]), tables, frameOf(0xc0), scan)],
    ['a JPEG without a scan', jpegOf(tables, frameOf(0xc0))],
    ['a JPEG without a frame', jpegOf(tables, scan)],
    ['a JPEG without quantization', jpegOf(frameOf(0xc0), scan)],
    ['a JPEG of two frames', jpegOf(tables, frameOf(0xc0), frameOf(0xc2), scan)],
    ['a hierarchical JPEG', jpegOf(tables, frameOf(0xc5), scan)],
    ['a JPEG without components', jpegOf(tables, frameOf(0xc0, [8, 0, 70, 1, 44, 0]), scan)],
    ['a JPEG whose frame is too short', jpegOf(tables, frameOf(0xc0, [8, 0, 70, 1, 44, 3, 1, 0x11, 0]), scan)],
    ['a JPEG of 12 bits', jpegOf(tables, frameOf(0xc1, [12, 0, 70, 1, 44, 1, 1, 0x11, 0]), scan)],
    // The corrupt files of PngSuite: https://www.schaik.com/pngsuite/pngsuite_xxx_png.html
    ['a PNG without IDAT', pngWith(png(), (chunk) => (typeOf(chunk) === 'IDAT' ? [] : [chunk]))],
    ['a PNG with another checksum of its header', pngDamaged('basn0g08.png', 'IHDR')],
    ['a PNG with another checksum of its pixels', pngDamaged('basn0g08.png', 'IDAT')],
    ['a PNG with another checksum of its palette', pngDamaged('basn3p04.png', 'PLTE')],
    [
      'a PNG without its palette',
      pngWith(pngsuiteOf('basn3p04.png'), (chunk) => (typeOf(chunk) === 'PLTE' ? [] : [chunk])),
    ],
    ['a PNG of a depth of 0', pngHeaderWith(8, 0)],
    ['a PNG of a depth of 3', pngHeaderWith(8, 3)],
    ['a PNG of a depth of 99', pngHeaderWith(8, 99)],
    ['a PNG of the colour type 1', pngHeaderWith(9, 1)],
    ['a PNG of the colour type 9', pngHeaderWith(9, 9)],
    ['a PNG of another compression', pngHeaderWith(10, 1)],
    ['a PNG of another filter', pngHeaderWith(11, 1)],
    ['a PNG of another interlacing', pngHeaderWith(12, 2)],
    ['a PNG whose line ends became those of another system', fromText(asText(png()).replace('\r\n', '\n'))],
    ['a PNG that lost a bit of each byte', fromText(asText(png()).replace('\x89', '\x09'))],
  ])('is %s', (_, bytes) => {
    expect(readImageHeader(bytes)).toBeUndefined();
  });

  it.each([0, 4])('is a PNG with width or height 0, at %i in its header', (at) => {
    const bytes = png();
    bytes.writeUInt32BE(0, 16 + at);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    expect(readImageHeader(bytes)).toBeUndefined();
  });

  it('is any bytes with any start', () => {
    const starts = formats.map(([, bytes]) => bytes.subarray(0, 16));
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.nat(16), fc.uint8Array({ maxLength: 60 }), (start, kept, rest) => {
        const header = readImageHeader(Buffer.concat([start.subarray(0, kept), rest]));
        if (header) expect(Math.min(header.width, header.height)).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});
