/**
 * What the bytes of a PNG, JPEG or WebP file say of themselves: type and size, read from the header in a bounded number of
 * steps, and whether the file goes on to its end. Nothing is decoded.
 */
export type MediaType = 'image/png' | 'image/jpeg' | 'image/webp';

export interface ImageHeader {
  readonly mediaType: MediaType;
  readonly width: number;
  readonly height: number;
}

/** The header of a complete file; undefined for a truncated one and for everything that is not one of the three. */
export function readImageHeader(bytes: Buffer): ImageHeader | undefined {
  try {
    const header = readPng(bytes) ?? readJpeg(bytes) ?? readWebp(bytes);
    return header && header.width > 0 && header.height > 0 ? header : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // read beyond the end
    throw error;
  }
}

/** https://www.w3.org/TR/png-3/#5DataRep: signature, IHDR of 13 bytes first, IEND last. */
function readPng(bytes: Buffer): ImageHeader | undefined {
  if (bytes.toString('latin1', 0, 16) !== '\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR') return;
  if (!bytes.includes('IEND\xae\x42\x60\x82', -12, 'latin1')) return;
  return { mediaType: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/**
 * ITU-T T.81, annex B: marker segments up to the frame header (SOF); the picture and its end-of-image marker follow. That of a
 * thumbnail comes before.
 */
function readJpeg(bytes: Buffer): ImageHeader | undefined {
  if (bytes.readUInt16BE(0) !== 0xffd8) return;
  for (let at = 2, steps = 0; bytes.readUInt8(at) === 0xff && steps < mostSteps; steps++) {
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) at += 1;
    else if (isFrameHeader(marker)) {
      if (bytes.lastIndexOf('\xff\xd9', undefined, 'latin1') < at) return;
      return { mediaType: 'image/jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    } else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return;
}

/** Far more segments and fill bytes than a camera writes before the picture. */
const mostSteps = 1_000;

/** SOF0 to SOF15, without DHT, JPG and DAC, which share their range. */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** RFC 9649: a RIFF container whose first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended). */
function readWebp(bytes: Buffer): ImageHeader | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP') return;
  if (bytes.readUInt32LE(4) + 8 > bytes.length) return;
  const size = { width: 0, height: 0 };
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      if (bytes.readUIntBE(23, 3) !== 0x9d012a) return; // start code
      size.width = bytes.readUInt16LE(26) & 0x3fff;
      size.height = bytes.readUInt16LE(28) & 0x3fff;
      break;
    case 'VP8L':
      if (bytes.readUInt8(20) !== 0x2f) return; // signature
      size.width = 1 + (bytes.readUInt32LE(21) & 0x3fff);
      size.height = 1 + ((bytes.readUInt32LE(21) >>> 14) & 0x3fff);
      break;
    case 'VP8X':
      if (bytes.readUInt32LE(16) !== 10) return; // size of this chunk
      size.width = 1 + bytes.readUIntLE(24, 3);
      size.height = 1 + bytes.readUIntLE(27, 3);
      break;
    default:
      return;
  }
  return { mediaType: 'image/webp', ...size };
}
