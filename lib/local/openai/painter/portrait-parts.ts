import {
  above,
  below,
  box,
  type Canvas,
  type Color,
  circle,
  ellipse,
  grow,
  intersect,
  line,
  melt,
  mirror,
  polygon,
  rim,
  type Shape,
  smile,
  turn,
  union,
  without,
} from './canvas.ts';
import { black, hex, mix, type Palette, white } from './palette.ts';

export const size = 1024;
export const middle = size / 2;
const eyeLine = 448;

export const skins = ['#ffdcc4', '#f8caa5', '#ecb48c', '#d99a70', '#c4825b', '#a86a49', '#8a553b', '#6f4432'].map(hex);
export const hairs = [
  '#2a1d1c',
  '#4b2d21',
  '#7c4a2c',
  '#ab6b31',
  '#dba84a',
  '#ecd59a',
  '#b8492e',
  '#90939d',
  '#e9e6e1',
].map(hex);
export const ink = hex('#231a26');

/** The features of a person, chosen from the seed; the parts only read them. */
export interface Person {
  readonly head: Shape;
  /** Half the width of the skull. */
  readonly width: number;
  readonly chin: number;
  readonly skin: Color;
  readonly skinShade: Color;
  readonly hair: Color;
  readonly palette: Palette;
}

export interface HairStyle {
  /** Drawn behind the neck and the body. */
  readonly back?: (person: Person) => Shape;
  /** Drawn over the face. */
  readonly front?: (person: Person) => Shape;
  readonly opacity?: number;
  readonly beard?: true;
  readonly hat?: true;
}

const cap = ({ head }: Person, volume: number, limit: number) => intersect(grow(head, volume), above(limit));

const curls = (width: number, volume: number, from: number, to: number, count: number, radius: number): Shape =>
  union(
    ...Array.from({ length: count }, (_, index) => {
      const angle = from + ((to - from) * index) / (count - 1);
      return circle(middle + Math.cos(angle) * (width + volume), 410 + Math.sin(angle) * (width + volume + 8), radius);
    }),
  );

const parting = (width: number): Shape =>
  intersect(circle(middle - 80, 556, width + 92), circle(middle + 80, 556, width + 92));

export const hairStyles: readonly HairStyle[] = [
  { beard: true, hat: true },
  {
    front: (person) => without(cap(person, 5, 440), box(middle, 520, person.width * 0.86, 165, 70)),
    opacity: 0.85,
    beard: true,
    hat: true,
  },
  {
    front: (person) => without(cap(person, 16, 450), box(middle, 540, person.width * 0.82, 170, 60)),
    beard: true,
    hat: true,
  },
  {
    front: (person) =>
      union(
        without(cap(person, 12, 455), box(middle, 540, person.width * 0.84, 165, 50)),
        intersect(
          melt(
            50,
            turn(ellipse(middle + 20, 285, person.width * 0.92, 62), middle, 285, -0.14),
            circle(middle + 105, 262, 46),
          ),
          above(352),
        ),
      ),
    beard: true,
  },
  {
    front: (person) =>
      without(cap(person, 24, 470), turn(ellipse(middle + 74, 545, person.width * 1.12, 205), middle, 545, -0.25)),
    beard: true,
    hat: true,
  },
  {
    back: ({ width }) => curls(width, 18, Math.PI * 0.93, Math.PI * 2.07, 11, 56),
    front: ({ width }) => intersect(curls(width, -22, Math.PI * 1.12, Math.PI * 1.88, 7, 46), above(400)),
    beard: true,
  },
  {
    back: ({ width }) =>
      union(circle(middle, 370, width + 78), curls(width, 62, Math.PI * 0.85, Math.PI * 2.15, 17, 42)),
    front: (person) => without(cap(person, 14, 430), ellipse(middle, 520, person.width * 0.9, 172)),
    beard: true,
  },
  {
    back: ({ width }) => box(middle, 455, width + 42, 190, 120),
    front: (person) =>
      union(cap(person, 22, 392), without(cap(person, 24, 520), box(middle, 540, person.width * 0.86, 220, 40))),
    hat: true,
  },
  {
    back: ({ width }) => union(box(middle, 470, width + 48, 215, 150), box(middle, 640, width + 40, 130, 60)),
    front: (person) => without(cap(person, 24, 530), parting(person.width)),
    hat: true,
  },
  {
    back: ({ width }) =>
      union(
        box(middle, 460, width + 44, 215, 150),
        mirror(
          union(
            circle(middle + width + 6, 560, 62),
            circle(middle + width + 26, 640, 64),
            circle(middle + width + 16, 722, 62),
            circle(middle + width + 26, 800, 52),
          ),
          middle,
        ),
      ),
    front: (person) =>
      without(cap(person, 24, 500), turn(ellipse(middle + 60, 560, person.width * 1.1, 215), middle, 560, -0.2)),
    hat: true,
  },
  {
    back: ({ width }) => union(circle(middle, 205, 78), circle(middle, 400, width + 10)),
    front: (person) => without(cap(person, 14, 450), ellipse(middle, 545, person.width * 0.93, 195)),
  },
  {
    back: ({ width }) =>
      mirror(union(circle(middle + width + 34, 300, 74), circle(middle + width + 6, 330, 50)), middle),
    front: (person) => without(cap(person, 14, 450), parting(person.width + 8)),
  },
  {
    back: ({ width }) =>
      mirror(
        union(
          ...[500, 562, 624, 686, 744].map((y, index) =>
            turn(ellipse(middle + width + 18 + index * 7, y, 40 - index * 3, 44), middle + width, y, 0.3),
          ),
        ),
        middle,
      ),
    front: (person) => without(cap(person, 16, 480), parting(person.width + 4)),
    hat: true,
  },
  {
    back: ({ width }) =>
      union(
        turn(ellipse(middle + width + 60, 470, 64, 170), middle + width + 60, 470, -0.35),
        circle(middle + width - 10, 320, 52),
      ),
    front: (person) =>
      without(cap(person, 14, 450), turn(ellipse(middle - 40, 545, person.width * 1.02, 200), middle, 545, 0.16)),
  },
];

export const backdrops: readonly ((canvas: Canvas, palette: Palette) => void)[] = [
  (canvas, palette) => canvas.paint(circle(middle, 470, 370), palette[1]),
  (canvas, palette) => canvas.paint(union(circle(middle, 450, 340), box(middle, 790, 340, 340)), palette[1]),
  (canvas, palette) => {
    canvas.paint(circle(760, 300, 190), palette[1]);
    canvas.paint(ellipse(180, 1010, 620, 330), palette[1], 0.6);
    canvas.paint(ellipse(900, 1040, 560, 300), palette[1]);
  },
  (canvas, palette) => {
    for (let row = 0; row < 9; row++) {
      for (let column = 0; column < 9; column++) {
        canvas.paint(circle(column * 128 + (row % 2) * 64, row * 128, 20), palette[1]);
      }
    }
  },
  (canvas, palette) => {
    for (let stripe = -6; stripe < 12; stripe += 2) {
      canvas.paint(line(stripe * 110, 1150, stripe * 110 + 700, -130, 76), palette[1], 0.7);
    }
  },
  (canvas, palette) => {
    canvas.paint(circle(middle, 480, 460), palette[1], 0.45);
    canvas.paint(circle(middle, 480, 360), palette[1], 0.6);
    canvas.paint(circle(middle, 480, 265), palette[1]);
  },
];

const shoulders = grow(
  polygon([440, 830], [584, 830], [716, 884], [752, 960], [764, 1180], [260, 1180], [272, 960], [308, 884]),
  100,
);
export const neck = box(middle, 660, 64, 130, 40);
const neckline = ellipse(middle, 744, 98, 48);

export const clothes: readonly ((canvas: Canvas, person: Person) => void)[] = [
  (canvas, { palette, skin }) => {
    canvas.paint(shoulders, palette[2]);
    canvas.paint(grow(neckline, 18), mix(palette[2], black, 0.16));
    canvas.paint(union(neckline, neck), skin);
  },
  (canvas, { palette, skin }) => {
    canvas.paint(shoulders, palette[3]);
    for (let y = 800; y < size; y += 76) canvas.paint(intersect(shoulders, box(middle, y, size, 19)), palette[2]);
    canvas.paint(grow(neckline, 16), palette[2]);
    canvas.paint(union(neckline, neck), skin);
  },
  (canvas, { palette }) => {
    canvas.paint(shoulders, palette[2]);
    canvas.paint(box(middle, 716, 84, 64, 26), palette[2]);
    canvas.paint(intersect(box(middle, 716, 84, 64, 26), below(750)), mix(palette[2], black, 0.14));
  },
  (canvas, { palette, skin }) => {
    canvas.paint(shoulders, palette[2]);
    canvas.paint(polygon([middle - 88, 716], [middle + 88, 716], [middle, 900]), palette[3]);
    canvas.paint(union(neck, polygon([middle - 62, 730], [middle + 62, 730], [middle, 840])), skin);
    canvas.paint(
      mirror(grow(polygon([middle + 58, 716], [middle + 108, 752], [middle + 66, 850], [middle + 8, 800]), 6), middle),
      palette[3],
    );
    canvas.paint(line(middle, 905, middle, 1024, 5), mix(palette[2], black, 0.25));
  },
  (canvas, { palette, skin }) => {
    canvas.paint(shoulders, palette[2]);
    canvas.paint(turn(ellipse(middle, 752, 170, 66), middle, 752, 0), mix(palette[2], black, 0.16));
    canvas.paint(union(neckline, neck), skin);
    canvas.paint(
      mirror(union(line(middle + 62, 800, middle + 70, 900, 9), circle(middle + 70, 906, 9)), middle),
      palette[3],
    );
  },
  (canvas, { palette, skin }) => {
    canvas.paint(shoulders, palette[3]);
    canvas.paint(union(neckline, neck), skin);
    canvas.paint(intersect(mirror(line(middle + 165, 740, middle + 150, 920, 62), middle), shoulders), palette[2]);
    canvas.paint(box(middle, 1000, 205, 110, 30), palette[2]);
    canvas.paint(mirror(circle(middle + 152, 918, 15), middle), palette[3]);
  },
  (canvas, { palette, skin }) => {
    canvas.paint(shoulders, palette[3]);
    canvas.paint(grow(neckline, 12), mix(palette[3], black, 0.12));
    canvas.paint(union(neckline, neck), skin);
    canvas.paint(
      intersect(shoulders, mirror(polygon([middle + 104, 700], [900, 760], [900, 1100], [middle + 26, 1100]), middle)),
      palette[2],
    );
    canvas.paint(
      mirror(
        polygon(
          [middle + 110, 738],
          [middle + 168, 800],
          [middle + 138, 846],
          [middle + 160, 866],
          [middle + 36, 1060],
        ),
        middle,
      ),
      mix(palette[2], white, 0.12),
    );
  },
];

export const eyes: readonly ((canvas: Canvas, person: Person) => void)[] = [
  (canvas) => {
    canvas.paint(mirror(ellipse(middle + 66, eyeLine, 13, 17), middle), ink);
    for (const side of [-66, 66]) canvas.paint(circle(middle + side + 4, eyeLine - 6, 4.5), white);
  },
  (canvas) => {
    canvas.paint(mirror(ellipse(middle + 66, eyeLine, 30, 24), middle), white);
    canvas.paint(mirror(circle(middle + 64, eyeLine, 16), middle), ink);
    for (const side of [-66, 66]) canvas.paint(circle(middle + side + 5, eyeLine - 6, 5), white);
  },
  (canvas) =>
    canvas.paint(
      mirror(turn(smile(middle + 66, eyeLine - 16, 25, 1.1, 10), middle + 66, eyeLine, Math.PI), middle),
      ink,
    ),
  (canvas) => {
    canvas.paint(mirror(ellipse(middle + 66, eyeLine + 2, 13, 16), middle), ink);
    canvas.paint(
      mirror(
        union(
          line(middle + 74, eyeLine - 6, middle + 92, eyeLine - 15, 6),
          line(middle + 77, eyeLine + 3, middle + 94, eyeLine, 6),
        ),
        middle,
      ),
      ink,
    );
  },
  (canvas, { skinShade }) => {
    canvas.paint(mirror(ellipse(middle + 66, eyeLine, 29, 23), middle), white);
    canvas.paint(mirror(circle(middle + 66, eyeLine + 2, 15), middle), ink);
    canvas.paint(mirror(intersect(ellipse(middle + 66, eyeLine, 31, 25), above(eyeLine - 9)), middle), skinShade);
    canvas.paint(mirror(line(middle + 38, eyeLine - 9, middle + 93, eyeLine - 9, 6), middle), ink);
  },
];

export const brows: readonly Shape[] = [
  line(middle + 42, 400, middle + 92, 400, 13),
  line(middle + 42, 396, middle + 94, 405, 14),
  turn(smile(middle + 68, 360, 44, 0.66, 12), middle + 68, 382, Math.PI),
  turn(smile(middle + 68, 332, 72, 0.4, 16), middle + 68, 368, Math.PI),
];

export const noses: readonly ((canvas: Canvas, person: Person) => void)[] = [
  (canvas, { skinShade }) => canvas.paint(smile(middle, 494, 20, 1.05, 9), mix(skinShade, black, 0.12)),
  (canvas, { skinShade }) => canvas.paint(ellipse(middle, 500, 25, 19), skinShade),
  (canvas, { skinShade }) =>
    canvas.paint(
      union(line(middle + 4, 456, middle + 17, 505, 8), line(middle + 17, 505, middle - 8, 510, 8)),
      mix(skinShade, black, 0.08),
    ),
  (canvas, { skinShade }) =>
    canvas.paint(grow(polygon([middle, 462], [middle + 20, 500], [middle - 20, 500]), 10), skinShade),
];

export const mouths: readonly ((canvas: Canvas, person: Person) => void)[] = [
  (canvas) => canvas.paint(smile(middle, 526, 48, 0.95, 9), mix(ink, hex('#a33b45'), 0.35)),
  (canvas) => {
    const open = intersect(ellipse(middle, 546, 54, 42), below(546));
    canvas.paint(grow(open, 4), hex('#7c2a37'));
    canvas.paint(intersect(open, ellipse(middle, 594, 34, 22)), hex('#e0707a'));
    canvas.paint(intersect(open, box(middle, 546, 46, 13, 6)), white);
  },
  (canvas) => {
    canvas.paint(intersect(ellipse(middle, 556, 38, 20), below(556)), hex('#c9505c'));
    canvas.paint(intersect(mirror(ellipse(middle + 16, 557, 22, 12), middle), above(557)), hex('#b8434f'));
  },
  (canvas) =>
    canvas.paint(turn(smile(middle + 10, 516, 52, 0.6, 9), middle, 560, -0.16), mix(ink, hex('#a33b45'), 0.35)),
  (canvas) => {
    canvas.paint(intersect(ellipse(middle, 548, 44, 26), below(548)), white);
    canvas.paint(rim(intersect(ellipse(middle, 548, 44, 26), below(548)), 7), hex('#7c2a37'));
  },
];

export const beards: readonly ((canvas: Canvas, person: Person) => void)[] = [
  (canvas, person) => {
    canvas.paint(
      without(
        intersect(grow(person.head, 9), below(478)),
        melt(40, ellipse(middle, 455, person.width * 0.86, 72), box(middle, 480, 60, 36, 20)),
      ),
      person.hair,
    );
    canvas.paint(intersect(ellipse(middle, 550, 60, 36), below(530)), mix(person.skinShade, hex('#a33b45'), 0.25));
  },
  (canvas, person) =>
    canvas.paint(mirror(turn(ellipse(middle + 34, 528, 42, 15), middle + 34, 528, 0.22), middle), person.hair),
  (canvas, person) => {
    canvas.paint(mirror(turn(ellipse(middle + 34, 528, 42, 14), middle + 34, 528, 0.22), middle), person.hair);
    canvas.paint(melt(14, ellipse(middle, person.chin - 12, 42, 30), box(middle, 590, 12, 18, 8)), person.hair);
  },
  (canvas, person) =>
    canvas.paint(
      without(intersect(person.head, below(490)), ellipse(middle, 470, person.width * 0.84, 62)),
      mix(person.hair, black, 0.2),
      0.28,
    ),
];

export const glasses: readonly Shape[] = [
  circle(middle + 66, eyeLine, 50),
  box(middle + 68, eyeLine + 2, 54, 40, 16),
  melt(20, ellipse(middle + 68, eyeLine + 6, 54, 38), circle(middle + 104, eyeLine - 22, 14)),
];

export const hats: readonly ((canvas: Canvas, person: Person, color: Color) => void)[] = [
  (canvas, person, color) => {
    canvas.paint(circle(middle, 222, 42), mix(color, white, 0.35));
    canvas.paint(cap(person, 34, 372), color);
    canvas.paint(box(middle, 356, person.width + 38, 34, 28), mix(color, black, 0.16));
    for (let x = -140; x <= 140; x += 40)
      canvas.paint(line(middle + x, 338, middle + x, 374, 6), mix(color, black, 0.28));
  },
  (canvas, person, color) => {
    canvas.paint(cap(person, 32, 356), color);
    canvas.paint(turn(ellipse(middle + 92, 358, 165, 26), middle + 92, 358, 0.04), mix(color, black, 0.22));
    canvas.paint(circle(middle, 232, 13), mix(color, black, 0.22));
  },
  (canvas, person, color) => {
    canvas.paint(turn(ellipse(middle + 26, 300, person.width + 62, 84), middle, 320, -0.13), color);
    canvas.paint(line(middle + 18, 228, middle + 26, 198, 14), mix(color, black, 0.2));
    canvas.paint(turn(ellipse(middle + 4, 352, person.width + 12, 20), middle, 350, -0.03), mix(color, black, 0.2));
  },
  (canvas, person, color) => {
    canvas.paint(box(middle, 286, person.width * 0.92, 100, 60), color);
    canvas.paint(box(middle, 340, person.width * 0.94, 26), mix(color, black, 0.35));
    canvas.paint(ellipse(middle, 368, person.width + 120, 26), mix(color, black, 0.12));
  },
];

const freckles = [
  [66, 494],
  [88, 486],
  [108, 496],
  [80, 508],
  [100, 512],
] as const;

export function addFreckles(canvas: Canvas, { skin }: Person): void {
  const color = mix(skin, hex('#7a2f2a'), 0.45);
  for (const [x, y] of freckles) canvas.paint(mirror(circle(middle + x, y, 4), middle), color);
}

export function wearGlasses(canvas: Canvas, lens: Shape, color: Color): void {
  canvas.paint(mirror(lens, middle), white, 0.22);
  canvas.paint(
    mirror(union(rim(lens, 9), line(middle + 116, eyeLine - 8, middle + 158, eyeLine - 2, 9)), middle),
    color,
  );
  canvas.paint(turn(smile(middle, eyeLine - 14, 20, 1, 9), middle, eyeLine - 2, Math.PI), color);
}
