import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import type { Color } from '../../../lib/local/openai/painter/canvas.ts';
import { difference, paletteOf, palettes } from '../../../lib/local/openai/painter/palette.ts';
import { drawPortrait } from '../../../lib/local/openai/painter/portrait.ts';

const corner = (picture: Buffer): Color => {
  const [red = 0, green = 0, blue = 0] = PNG.sync.read(picture).data.subarray(4 * 40);
  return [red, green, blue];
};

describe('a drawn portrait', () => {
  it('is a PNG of 1024 × 1024', () => {
    const { width, height } = PNG.sync.read(drawPortrait('Alice'));
    expect([width, height]).toEqual([1024, 1024]);
  });

  it('depends on the seed only', () => {
    const alice = drawPortrait('Alice');
    expect(drawPortrait('Alice').equals(alice)).toBe(true);
    const others = new Set(Array.from({ length: 6 }, (_, index) => drawPortrait(`Bob ${index}`).toString('base64')));
    expect(others.size).toBe(6);
    expect(others).not.toContain(alice.toString('base64'));
  });

  it('uses the colours of the palette', () => {
    for (const palette of palettes.slice(0, 4)) {
      const [backdrop, shape] = palette;
      const seen = corner(drawPortrait('Alice', palette));
      expect(Math.min(difference(seen, backdrop), difference(seen, shape))).toBeLessThan(difference(backdrop, shape));
    }
  });
});

describe('the palette of pictures', () => {
  const striped = (...colors: readonly Color[]) => {
    const picture = new PNG({ width: 60, height: 60 });
    for (let pixel = 0; pixel < 3600; pixel++) {
      const share = (pixel / 3600) ** 2;
      picture.data.set([...(colors[Math.floor(share * colors.length)] as Color), 255], pixel * 4);
    }
    return picture;
  };
  const red: Color = [220, 30, 40];
  const green: Color = [30, 160, 90];
  const blue: Color = [20, 60, 200];
  const cream: Color = [250, 240, 220];

  it('has the dominant colours, the most frequent first', () => {
    expect(paletteOf([striped(red, green, blue, cream)])).toEqual([red, green, blue, cream]);
  });

  it('is filled up with related colours', () => {
    const palette = paletteOf([striped(red)]);
    expect(palette?.[0]).toEqual(red);
    expect(new Set(palette?.map(String)).size).toBe(4);
  });

  it('is undefined without opaque pixels', () => {
    expect(paletteOf([])).toBeUndefined();
    expect(paletteOf([new PNG({ width: 4, height: 4, fill: true })])).toBeUndefined();
  });
});
