import { PNG } from 'pngjs';

/** Red, green and blue, 0–255. */
export type Color = readonly [number, number, number];

/** A signed distance in pixels: negative inside, positive outside. Outside, it may be too small, but never too large. */
export type Shape = (x: number, y: number) => number;

export interface Canvas {
  paint(shape: Shape, color: Color, opacity?: number): void;
  toPng(): Buffer;
}

const tile = 16;
const reach = 12;

/** A square canvas of `size` pixels, a multiple of 16, in one colour. Edges are anti-aliased by distance. */
export function createCanvas(size: number, backdrop: Color): Canvas {
  const pixels = Buffer.alloc(size * size * 3, Buffer.from(backdrop));

  const blend = (at: number, color: Color, share: number) => {
    for (let channel = 0; channel < 3; channel++) {
      const before = pixels[at + channel] as number;
      pixels[at + channel] = before + ((color[channel] as number) - before) * share;
    }
  };

  return {
    paint(shape, color, opacity = 1) {
      for (let top = 0; top < size; top += tile) {
        for (let left = 0; left < size; left += tile) {
          const outside = shape(left + tile / 2, top + tile / 2);
          if (outside > reach) continue;
          // The distance of ellipses is inexact inside, hence the margin.
          const solid = outside < -3 * reach;
          for (let y = top; y < top + tile; y++) {
            for (let x = left; x < left + tile; x++) {
              const coverage = solid ? 1 : 0.5 - shape(x + 0.5, y + 0.5);
              if (coverage > 0) blend((y * size + x) * 3, color, Math.min(1, coverage) * opacity);
            }
          }
        }
      }
    },
    toPng() {
      const png = new PNG({ width: size, height: size });
      png.data = pixels;
      return PNG.sync.write(png, {
        colorType: 2,
        inputColorType: 2,
        inputHasAlpha: false,
        filterType: 2,
        deflateLevel: 2,
      });
    },
  };
}

// Three times as fast as Math.hypot, which prevents overflow.
const distance = (dx: number, dy: number) => Math.sqrt(dx * dx + dy * dy);

export function circle(cx: number, cy: number, radius: number): Shape {
  return (x, y) => distance(x - cx, y - cy) - radius;
}

/** Close to exact at its edge. https://iquilezles.org/articles/ellipsedist/ */
export function ellipse(cx: number, cy: number, rx: number, ry: number): Shape {
  return (x, y) => {
    const scaled = distance((x - cx) / rx, (y - cy) / ry);
    const slope = distance((x - cx) / (rx * rx), (y - cy) / (ry * ry));
    return slope === 0 ? -Math.min(rx, ry) : (scaled * (scaled - 1)) / slope;
  };
}

export function box(cx: number, cy: number, halfWidth: number, halfHeight: number, corner = 0): Shape {
  return (x, y) => {
    const dx = Math.abs(x - cx) - halfWidth + corner;
    const dy = Math.abs(y - cy) - halfHeight + corner;
    return Math.min(Math.max(dx, dy), 0) + distance(Math.max(dx, 0), Math.max(dy, 0)) - corner;
  };
}

/** A line of the given width with round ends. */
export function line(x1: number, y1: number, x2: number, y2: number, width: number): Shape {
  const squared = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  return (x, y) => {
    const along = Math.min(1, Math.max(0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / squared));
    return distance(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1)) - width / 2;
  };
}

/** The lower arc of a circle, like a smile: `spread` radians to both sides of its lowest point. */
export function smile(cx: number, cy: number, radius: number, spread: number, width: number): Shape {
  const endX = Math.sin(spread) * radius;
  const endY = Math.cos(spread) * radius;
  return (x, y) => {
    const dx = Math.abs(x - cx);
    const dy = y - cy;
    const beyond = Math.atan2(dx, dy) > spread;
    return (beyond ? distance(dx - endX, dy - endY) : Math.abs(distance(dx, dy) - radius)) - width / 2;
  };
}

/** A closed polygon. https://iquilezles.org/articles/distfunctions2d/ */
export function polygon(...corners: readonly (readonly [number, number])[]): Shape {
  return (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    let inside = false;
    let [x2, y2] = corners.at(-1) as readonly [number, number];
    for (const [x1, y1] of corners) {
      const along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / ((x2 - x1) ** 2 + (y2 - y1) ** 2);
      const clamped = Math.min(1, Math.max(0, along));
      nearest = Math.min(nearest, distance(x - x1 - clamped * (x2 - x1), y - y1 - clamped * (y2 - y1)));
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
      x2 = x1;
      y2 = y1;
    }
    return inside ? -nearest : nearest;
  };
}

export const above =
  (limit: number): Shape =>
  (_x, y) =>
    y - limit;

export const below =
  (limit: number): Shape =>
  (_x, y) =>
    limit - y;

export const union =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) =>
    shapes.reduce((nearest, shape) => Math.min(nearest, shape(x, y)), Number.POSITIVE_INFINITY);

export const intersect =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) =>
    shapes.reduce((farthest, shape) => Math.max(farthest, shape(x, y)), Number.NEGATIVE_INFINITY);

export const without =
  (shape: Shape, hole: Shape): Shape =>
  (x, y) =>
    Math.max(shape(x, y), -hole(x, y));

/** A smooth union of two shapes, over `softness` pixels. https://iquilezles.org/articles/smin/ */
export const melt =
  (softness: number, one: Shape, other: Shape): Shape =>
  (x, y) => {
    const a = one(x, y);
    const b = other(x, y);
    const overlap = Math.max(softness - Math.abs(a - b), 0) / softness;
    return Math.min(a, b) - (overlap * overlap * softness) / 4;
  };

export const grow =
  (shape: Shape, by: number): Shape =>
  (x, y) =>
    shape(x, y) - by;

export const rim =
  (shape: Shape, width: number): Shape =>
  (x, y) =>
    Math.abs(shape(x, y)) - width / 2;

export const shift =
  (shape: Shape, dx: number, dy: number): Shape =>
  (x, y) =>
    shape(x - dx, y - dy);

/** The shape on the right of a vertical axis, and its reflection on the left. */
export const mirror =
  (shape: Shape, axis: number): Shape =>
  (x, y) =>
    shape(axis + Math.abs(x - axis), y);

/** Rotates a shape clockwise around a point, in radians. */
export const turn = (shape: Shape, cx: number, cy: number, angle: number): Shape => {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return (x, y) => shape(cx + (x - cx) * cos + (y - cy) * sin, cy - (x - cx) * sin + (y - cy) * cos);
};
