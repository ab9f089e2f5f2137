/** The settings of a deployment that its functions read as environment variables, with defaults. Data only, no imports. */
export const settingDefaults = {
  STAGE: 'prod',
  /** Origins whose pages may call: `*`, or a list separated by commas. */
  CORS_ORIGINS: '*',
  /** The image model of projects that set none. */
  IMAGE_MODEL: 'gpt-image-2.6-flare',
  /** The maximum of a project's portraits in a day (UTC), even if the project sets more. */
  MAX_IMAGES_PER_DAY: '1000',
  /** How many portraits of a persona are kept, even if unused: the newest; 0: all. */
  KEEP_PORTRAITS: '20',
  /** The maximum of style images that are sent with a prompt. */
  STYLE_REFERENCES: '4',
  /** Shorter than the timeout of generate-image. */
  PROVIDER_TIMEOUT_MS: '240000',
};

export type Setting = keyof typeof settingDefaults;
