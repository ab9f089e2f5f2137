/** The image roles that the service itself uses; callers may use others. */
export const portraitRole = 'persona-avatar';
export const styleRole = 'persona-avatar-styleguide';
