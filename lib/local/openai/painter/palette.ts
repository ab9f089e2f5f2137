import { createHash } from 'node:crypto';
import type { Color } from './canvas.ts';

/** Backdrop, the shape on it, clothes, accents. */
export type Palette = readonly [Color, Color, Color, Color];

/** A decoded picture, RGBA, 8 bits each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
}

export const hex = (text: string): Color => [
  Number.parseInt(text.slice(1, 3), 16),
  Number.parseInt(text.slice(3, 5), 16),
  Number.parseInt(text.slice(5, 7), 16),
];

export const mix = (from: Color, to: Color, share: number): Color => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

export const black: Color = [20, 14, 28];
export const white: Color = [255, 255, 255];

/** Perceived brightness, 0–255. */
export const brightness = ([red, green, blue]: Color) => 0.299 * red + 0.587 * green + 0.114 * blue;

export const difference = (one: Color, other: Color) =>
  Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);

const palette = (...colors: readonly [string, string, string, string]): Palette => [
  hex(colors[0]),
  hex(colors[1]),
  hex(colors[2]),
  hex(colors[3]),
];

export const palettes: readonly Palette[] = [
  palette('#ffe3cf', '#ffb897', '#2a6f97', '#fff1e6'),
  palette('#d3eee4', '#97d3bf', '#e2674a', '#fff3df'),
  palette('#e4dcf7', '#b9a8ec', '#3d405b', '#f2cc8f'),
  palette('#fff0c2', '#ffd05a', '#3a5a8c', '#fffaf0'),
  palette('#d6e9fb', '#8fc3f0', '#f08a4b', '#fff6e5'),
  palette('#e6ead2', '#b5c48c', '#8c3f55', '#f7ede2'),
  palette('#fcdfe4', '#f497aa', '#43518f', '#ffe8d1'),
  palette('#3b4270', '#6d78b8', '#f6a76b', '#ffe9d6'),
  palette('#2b7a80', '#5bb0ae', '#f2b84b', '#fff4dc'),
  palette('#f3e7d5', '#dcbf98', '#41664f', '#f6f1dd'),
  palette('#f9b8a8', '#f2816d', '#33304a', '#fbe3d6'),
  palette('#dff3f5', '#7cc8d4', '#c2476d', '#fdf0f3'),
];

/** The dominant colours of all pictures together; undefined without opaque pixels. */
export function paletteOf(pictures: readonly Pixels[]): Palette | undefined {
  const bins = new Map<number, { count: number; sum: [number, number, number] }>();
  for (const { width, height, data } of pictures) {
    const step = Math.max(1, Math.floor(Math.sqrt((width * height) / 10_000)));
    for (let y = step >> 1; y < height; y += step) {
      for (let x = step >> 1; x < width; x += step) {
        const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray((y * width + x) * 4);
        if (alpha < 128) continue;
        const key = ((red >> 5) << 6) | ((green >> 5) << 3) | (blue >> 5);
        const bin = bins.get(key) ?? { count: 0, sum: [0, 0, 0] };
        bin.count++;
        bin.sum[0] += red;
        bin.sum[1] += green;
        bin.sum[2] += blue;
        bins.set(key, bin);
      }
    }
  }
  const prominent: Color[] = [];
  for (const { count, sum } of [...bins.values()].sort((one, other) => other.count - one.count)) {
    const color: Color = [sum[0] / count, sum[1] / count, sum[2] / count];
    if (prominent.every((seen) => difference(seen, color) > 48)) prominent.push(color);
  }
  const [first, second, third, fourth] = prominent;
  if (!first) return undefined;
  const opposite = brightness(first) > 128 ? black : white;
  return [
    first,
    second ?? mix(first, opposite, 0.18),
    third ?? mix(second ?? first, opposite, 0.45),
    fourth ?? mix(first, brightness(first) > 128 ? white : black, 0.5),
  ];
}

/** A predefined palette, the same for the same bytes. */
export function paletteFor(bytes: Uint8Array): Palette {
  const digest = createHash('sha256').update(bytes).digest();
  return palettes[digest.readUInt32BE() % palettes.length] as Palette;
}
