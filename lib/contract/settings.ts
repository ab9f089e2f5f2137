/** What a deployment chooses for its functions: their environment variables, with the defaults. Data only, no imports. */
export const settingDefaults = {
  STAGE: 'prod',
  /** Origins whose pages may call: `*`, or a list with commas. */
  CORS_ORIGINS: '*',
  /** Draws where a project names no model. */
  IMAGE_MODEL: 'gpt-image-2.6-flare',
  /** Portraits of a project that are drawn in a day (UTC) at most, whatever the project itself says. */
  MAX_IMAGES_PER_DAY: '1000',
  /** Portraits of a persona that are kept though nobody refers to them, the newest; 0: all. */
  KEEP_PORTRAITS: '20',
  /** Style images that are sent along with a prompt at most. */
  STYLE_REFERENCES: '4',
  /** Shorter than the time of the function that draws. */
  PROVIDER_TIMEOUT_MS: '240000',
};

export type Setting = keyof typeof settingDefaults;
