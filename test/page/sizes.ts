/** Window sizes of a desktop and a phone, in CSS pixels. */
export const sizes = [
  { at: 'a desk', viewport: { width: 1280, height: 860 } },
  { at: 'a phone', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
] as const;
