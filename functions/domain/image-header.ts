/**
 * Reads type and size from the bytes of a PNG, JPEG or WebP file, and checks that a decoder has all it needs to show the picture. It reads the
 * structure of the file and decodes no pixels. Data after the end of the picture is ignored.
 */
import { crc32 } from 'node:zlib';

export type MediaType = 'image/png' | 'image/jpeg' | 'image/webp';

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface ImageHeader extends Size {
  readonly mediaType: MediaType;
}

/** The header of a complete file; undefined for a truncated one and for other types. */
export function readImageHeader(bytes: Buffer): ImageHeader | undefined {
  try {
    const header = readPng(bytes) ?? readJpeg(bytes) ?? readWebp(bytes);
    return header && header.width > 0 && header.height > 0 ? header : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // read beyond the end
    throw error;
  }
}

/** Bits per sample, by colour type: https://www.w3.org/TR/png-3/#table111 */
const pngDepths: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const palette = 3;
const needed = ['IHDR', 'PLTE', 'IDAT'];

/**
 * https://www.w3.org/TR/png-3/#5DataRep: a signature, then chunks: IHDR, PLTE if colours are indexed, one or more consecutive IDAT, and
 * IEND at the end. Decoders ignore other chunks.
 */
function readPng(bytes: Buffer): ImageHeader | undefined {
  if (bytes.toString('latin1', 0, 16) !== '\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR') return;
  const [depth = 0, colour = 0, compression, filter, interlace = 0] = bytes.subarray(24, 29);
  if (!pngDepths[colour]?.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) return;
  const seen = new Set<string>();
  let at = 8;
  for (;;) {
    const end = at + 12 + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (seen.has('IDAT') && type !== 'IDAT') break;
    if (needed.includes(type)) {
      if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) return;
      seen.add(type);
    }
    at = end;
  }
  const hasColours = colour !== palette || seen.has('PLTE');
  if (!hasColours || !bytes.includes('IEND\xae\x42\x60\x82', at, 'latin1')) return;
  return { mediaType: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** Markers of ITU-T T.81, table B.1. Without the hierarchical frames, which decoders do not show. */
const jpeg = { frames: [0xc0, 0xc1, 0xc2, 0xc3, 0xc9, 0xca], start: 0xd8, end: 0xd9, scan: 0xda, quantization: 0xdb };
const standalone = (marker: number) => marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7);
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const lossless = 0xc3;

/** Far more segments, fill bytes and stray bytes than real files have before the picture. */
const maxSteps = 100_000;

/** ITU-T T.81, annex B: segments up to the first scan, with the tables and the frame that it needs, and later an end of image. */
function readJpeg(bytes: Buffer): ImageHeader | undefined {
  if (bytes.readUInt16BE(0) !== 0xffd8) return;
  let size: Size | undefined;
  let hasTables = false;
  for (let at = 2, steps = 0; steps < maxSteps; steps++) {
    // Decoders skip bytes between two segments.
    at = bytes.indexOf(0xff, at);
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) at += 1;
    else if (standalone(marker)) at += 2;
    else {
      const length = bytes.readUInt16BE(at + 2);
      if (length < 2 || marker === jpeg.start || marker === jpeg.end) return;
      if (isFrame(marker)) {
        if (size || !jpeg.frames.includes(marker)) return;
        const [precision, components = 0] = [bytes.readUInt8(at + 4), bytes.readUInt8(at + 9)];
        if (precision !== 8 || components === 0 || length !== 8 + 3 * components) return;
        size = { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
        hasTables ||= marker === lossless;
      } else if (marker === jpeg.scan) {
        if (!size || !hasTables || bytes.indexOf('\xff\xd9', at, 'latin1') < 0) return;
        return { mediaType: 'image/jpeg', ...size };
      } else hasTables ||= marker === jpeg.quantization;
      at += 2 + length;
    }
  }
  return;
}

/** RFC 9649: a RIFF container of chunks, one of which is a frame: VP8 (lossy), VP8L (lossless) or ANMF (animated). */
function readWebp(bytes: Buffer): ImageHeader | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP') return;
  const end = 8 + bytes.readUInt32LE(4);
  if (end > bytes.length) return;
  let canvas: Size | undefined;
  for (let at = 12; at + 8 <= end; ) {
    const type = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const chunk = bytes.subarray(at + 8, Math.min(end, at + 8 + length));
    if (chunk.length < length) return;
    const isFirst = at === 12;
    if (type === 'VP8X' && isFirst) canvas = extendedSize(chunk);
    else if (type === 'ANMF' && canvas) return { mediaType: 'image/webp', ...canvas };
    else if (type === 'VP8 ' || type === 'VP8L') {
      const size = type === 'VP8 ' ? lossySize(chunk) : losslessSize(chunk);
      return size && (isFirst || canvas) ? { mediaType: 'image/webp', ...(canvas ?? size) } : undefined;
    } else if (!canvas) return;
    at += 8 + length + (length % 2);
  }
  return;
}

const extendedSize = (chunk: Buffer): Size => ({
  width: 1 + chunk.readUIntLE(4, 3),
  height: 1 + chunk.readUIntLE(7, 3),
});

/** RFC 6386, section 9.1: a visible key frame of a known version, its first partition, and a start code. */
function lossySize(chunk: Buffer): Size | undefined {
  const tag = chunk.readUIntLE(0, 3);
  const isShown = (tag & 0x11) === 0x10 && ((tag >> 1) & 7) <= 3;
  if (!isShown || tag >> 5 > chunk.length - 10 || chunk.readUIntBE(3, 3) !== 0x9d012a) return;
  return { width: chunk.readUInt16LE(6) & 0x3fff, height: chunk.readUInt16LE(8) & 0x3fff };
}

/** RFC 9649, section 3.4: a signature, width - 1 and height - 1 in 14 bits each, and version 0. */
function losslessSize(chunk: Buffer): Size | undefined {
  const bits = chunk.readUInt32LE(1);
  if (chunk.readUInt8(0) !== 0x2f || bits >>> 29 !== 0) return;
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}
