import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { absentOr, Id, ImageId, text } from './fields.ts';
import { type MediaType, readImageHeader } from './image-header.ts';
import { newId } from './new-id.ts';
import { Paging } from './paging.ts';
import { imageTooLarge, imageTooWide, notAnImage, notBase64 } from './refusal.ts';

export const ImagePath = z.object({ projectId: Id, imageId: ImageId });
export type ImagePath = z.infer<typeof ImagePath>;

const role = (required: string) =>
  z
    .string({ error: ({ input }) => (input == null ? required : 'role must be a string') })
    .check(
      z.minLength(1, { error: required, abort: true }),
      z.regex(/^[a-z0-9_-]{1,64}$/, 'role must be 1 to 64 characters of a-z, 0-9, - and _'),
    );

export const ImagesQuery = z.extend(Paging, { role: role('role query parameter is required') });
export type ImagesQuery = z.infer<typeof ImagesQuery>;

const imageBase64Required = 'imageBase64 is required';

/** An image to store. Parsing decodes `imageBase64` into an Image. */
export const NewImage = z.object({
  imageBase64: z.pipe(
    z
      .string({ error: ({ input }) => (input == null ? imageBase64Required : 'imageBase64 must be a string') })
      .check(z.minLength(1, { error: imageBase64Required, abort: true })),
    z.transform(decodeImage),
  ),
  role: role('role is required'),
  filename: absentOr(text('filename', 255)),
});
/* @__PURE__ */ annotate(NewImage, () => ({
  description: 'An image to store.',
  fields: {
    imageBase64:
      'A PNG, JPEG or WebP in base64 or base64url, with or without white space, padding and `data:…;base64,`. At most 4 MB decoded, and 8 192 pixels wide and high. Its type is detected from its bytes.',
    role: 'The purpose of the image. Portraits are drawn in the style of the images of the role `persona-avatar-styleguide`.',
    filename: 'Ignored: the service chooses the id.',
  },
}));

export interface Image {
  readonly bytes: Buffer;
  readonly mediaType: MediaType;
}

const megabytes = 4;
const maxPixels = 8_192;
const dataUrl = /^\s*data:[^,]{0,200}; *base64,/i;

/** Decodes an image from base64, with or without `data:…;base64,`. Refuses what is not an image, or too large. */
function decodeImage(encoded: string): Image {
  return imageFrom(bytesOf(encoded.replace(dataUrl, '')));
}

/** Reads these bytes as an image. Refuses what is not an image, or too large. */
export function imageFrom(bytes: Buffer): Image {
  if (bytes.length > megabytes * 1024 * 1024) throw imageTooLarge(megabytes);
  const header = readImageHeader(bytes);
  if (!header) throw notAnImage();
  if (Math.max(header.width, header.height) > maxPixels) throw imageTooWide(maxPixels);
  return { bytes, mediaType: header.mediaType };
}

/** Decodes base64 or base64url as browsers do: https://infra.spec.whatwg.org/#forgiving-base64-decode */
function bytesOf(base64: string): Buffer {
  try {
    return Buffer.from(atob(base64.replaceAll('-', '+').replaceAll('_', '/')), 'latin1');
  } catch (error) {
    throw error instanceof DOMException ? notBase64() : error;
  }
}

const extensions = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' } as const;

/** A new image's id: a UUIDv7, so that ids sort by creation time, and the extension of its type. */
export const newImageId = ({ mediaType }: Image): string => `${newId()}.${extensions[mediaType]}`;
