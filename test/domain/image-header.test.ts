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

const jpegFrame = (marker: number) => {
  const frame = Buffer.from([8, 0, 70, 1, 44, 1, 1, 0x11, 0]);
  return Buffer.concat([startOfImage, jpegSegment(marker, frame), Buffer.from([0xff, 0xd9])]);
};

const webp = (chunk: string, content: Buffer) => {
  const head = Buffer.from(`RIFF\0\0\0\0WEBP${chunk}\0\0\0\0`, 'latin1');
  head.writeUInt32LE(content.length + 12, 4);
  head.writeUInt32LE(content.length, 16);
  return Buffer.concat([head, content]);
};

describe('the header of an image', () => {
  it.each(formats)('tells type and size of a %s', (_, bytes, header) => {
    expect(readImageHeader(bytes)).toEqual(header);
  });

  it('tells a large size', () => {
    expect(readImageHeader(png(300, 70))).toMatchObject({ width: 300, height: 70 });
    const vp8 = Buffer.from([0, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x7f, 0x2c, 0xc1]);
    expect(readImageHeader(webp('VP8 ', vp8))).toMatchObject({ width: 16_383, height: 300 });
    const vp8l = Buffer.from([0x2f, 0xff, 0x3f, 0x4b, 0, 0, 0]);
    expect(readImageHeader(webp('VP8L', vp8l))).toMatchObject({ width: 16_384, height: 301 });
    const vp8x = Buffer.from([0, 0, 0, 0, 0xff, 0xff, 0xff, 0x2b, 1, 0]);
    expect(readImageHeader(webp('VP8X', vp8x))).toMatchObject({ width: 16_777_216, height: 300 });
  });

  it.each([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])(
    'is found in a JPEG at the marker %i',
    (marker) => {
      expect(readImageHeader(jpegFrame(marker))).toEqual({ mediaType: 'image/jpeg', width: 300, height: 70 });
    },
  );

  it.each([0xc4, 0xc8, 0xcc, 0xdb, 0xe0, 0xfe])('is not looked for in a JPEG at the marker %i', (marker) => {
    expect(readImageHeader(jpegFrame(marker))).toBeUndefined();
  });

  it('is found in a JPEG behind comments, thumbnails and fill bytes', () => {
    const thumbnail = jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), jpegFrame(0xc0)]));
    const comment = jpegSegment(0xfe, Buffer.from('\xff\xc0 is no frame', 'latin1'));
    const fill = Buffer.from([0xff, 0xff, 0xff]);
    expect(readImageHeader(Buffer.concat([startOfImage, thumbnail, comment, fill, afterStart]))).toMatchObject(size);
  });

  it('is found where a camera adds bytes to the end of a JPEG', () => {
    expect(readImageHeader(Buffer.concat([jpeg, Buffer.alloc(40)]))).toMatchObject(size);
  });
});

describe('no image', () => {
  it.each(formats)('is a %s that is cut off anywhere', (_, bytes) => {
    for (let end = 0; end < bytes.length; end++) {
      expect([end, readImageHeader(bytes.subarray(0, end))]).toEqual([end, undefined]);
    }
  });

  it('is a JPEG that is cut off behind the whole thumbnail in it', () => {
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
    ['a JPEG that ends where it begins', Buffer.from([0xff, 0xd8, 0xff, 0xd9])],
    ['a JPEG of a length of 0', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0xff, 0xd9])],
  ])('is %s', (_, bytes) => {
    expect(readImageHeader(bytes)).toBeUndefined();
  });

  it.each(['width', 'height'])('is a PNG with a %s of 0', (side) => {
    const bytes = png();
    bytes.writeUInt32BE(0, side === 'width' ? 16 : 20);
    expect(readImageHeader(bytes)).toBeUndefined();
  });

  it('is made of bytes with any start, and none of them is an accident', () => {
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
