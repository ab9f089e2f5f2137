import { createHash } from 'node:crypto';
import { above, box, circle, createCanvas, ellipse, intersect, melt, mirror, shift, without } from './canvas.ts';
import { black, brightness, difference, hex, mix, type Palette, paletteFor, white } from './palette.ts';
import {
  addFreckles,
  backdrops,
  beards,
  brows,
  clothes,
  eyes,
  glasses,
  hairStyles,
  hairs,
  hats,
  ink,
  middle,
  mouths,
  neck,
  noses,
  type Person,
  size,
  skins,
  wearGlasses,
} from './portrait-parts.ts';

/** A flat portrait, head and shoulders, as a PNG of 1024 × 1024. The same seed and palette always give the same bytes. */
export function drawPortrait(seedText: string, palette?: Palette): Buffer {
  const seed = createHash('sha256').update(seedText).digest();
  const random = randomFrom(seed.readUInt32LE());
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  const chance = (share: number) => random() < share;

  const colors = palette ?? paletteFor(seed);
  const skin = pick(skins);
  const hair = pick(hairs.filter((color) => difference(color, colors[1]) > 70 && difference(color, skin) > 80));
  const width = 138 + random() * 20;
  const chin = 606 + random() * 22;
  const person: Person = {
    head: melt(
      60,
      ellipse(middle, 415, width, width * 1.06),
      box(middle, 490, width * (0.74 + random() * 0.2), chin - 490, 88),
    ),
    width,
    chin,
    skin,
    skinShade: mix(skin, hex('#7a2f2a'), 0.2),
    hair,
    palette: colors,
  };
  const style = pick(hairStyles);
  const canvas = createCanvas(size, colors[0]);
  pick(backdrops)(canvas, colors);

  if (style.back) canvas.paint(style.back(person), mix(person.hair, black, 0.18));
  canvas.paint(neck, skin);
  pick(clothes)(canvas, person);
  canvas.paint(intersect(neck, shift(person.head, 0, 30), above(720)), person.skinShade);

  canvas.paint(mirror(ellipse(middle + width + 6, 470, 28, 38), middle), skin);
  canvas.paint(mirror(ellipse(middle + width + 8, 472, 14, 22), middle), person.skinShade);
  canvas.paint(person.head, skin);
  canvas.paint(without(person.head, shift(person.head, -22, -8)), person.skinShade, 0.45);
  canvas.paint(mirror(ellipse(middle + 92, 512, 34, 24), middle), hex('#e8595f'), brightness(skin) > 120 ? 0.28 : 0.16);
  if (chance(0.18)) addFreckles(canvas, person);

  pick(noses)(canvas, person);
  if (style.beard && chance(0.5)) pick(beards)(canvas, person);
  pick(mouths)(canvas, person);
  pick(eyes)(canvas, person);
  canvas.paint(mirror(pick(brows), middle), mix(person.hair, black, 0.25));

  if (style.front) canvas.paint(style.front(person), person.hair, style.opacity);
  const frame = brightness(skin) < 120 ? mix(colors[3], white, 0.2) : ink;
  if (chance(0.35)) wearGlasses(canvas, pick(glasses), frame);
  if (chance(0.3)) canvas.paint(mirror(circle(middle + width + 12, 524, 13), middle), colors[3]);
  if (style.hat && chance(0.4)) pick(hats)(canvas, person, colors[2]);
  return canvas.toPng();
}

/** Mulberry32: numbers from 0 to 1, the same sequence for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
