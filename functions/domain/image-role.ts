/** What an image is for. These two are known to the service; a caller may use others. */
export const portraitRole = 'persona-avatar';
export const styleRole = 'persona-avatar-styleguide';
