/** Small valid pictures, 3 pixels wide and 2 high. */
import { crc32 } from 'node:zlib';
import { PNG } from 'pngjs';

const fromBase64 = (text: string) => Buffer.from(text, 'base64');

export function png(width = 3, height = 2): Buffer {
  return PNG.sync.write(new PNG({ width, height, fill: true }));
}

/** A PNG of exactly so many bytes, with a chunk that decoders ignore. */
export function pngOf(size: number): Buffer {
  const picture = png();
  const end = picture.length - 12;
  return Buffer.concat([picture.subarray(0, end), pngChunk('paDd', size - picture.length - 12), picture.subarray(end)]);
}

function pngChunk(type: string, length: number): Buffer {
  const chunk = Buffer.alloc(length + 12);
  chunk.writeUInt32BE(length);
  chunk.write(type, 4, 'latin1');
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), length + 8);
  return chunk;
}

export const jpeg = fromBase64(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z',
);

export const progressiveJpeg = fromBase64(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAAAAF//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABBQJ//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAGPwJ//8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPyF//9oACAEBAAAAEH//xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAE/EH//2Q==',
);

export const lossyWebp = fromBase64('UklGRjIAAABXRUJQVlA4ICYAAABwAQCdASoDAAIADMDOJaACdAFAAAD+3FHSXS5Df6u/O36ntgAAAA==');

export const losslessWebp = fromBase64('UklGRhwAAABXRUJQVlA4TA8AAAAvAkAAAAcQ/Y/+ByKi/wEA');

export const transparentWebp = fromBase64(
  'UklGRlQAAABXRUJQVlA4WAoAAAAQAAAAAgAAAQAAQUxQSAcAAAAAZGRkZGRkAFZQOCAmAAAAcAEAnQEqAwACAAzAziWgAnQBQAAA/txR0l0uQ3+rvzt+p7YAAAA=',
);

export const gif = fromBase64('R0lGODdhAQABAIAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw==');
export const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><script/></svg>');
