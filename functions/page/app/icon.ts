/** The page's icon, as a blob, since the page's policy only allows blobs as pictures. */
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="8" fill="#1f5c52"/><circle cx="16" cy="12.5" r="5" fill="#fff"/>
<path d="M6.5 27a9.5 8.5 0 0 1 19 0z" fill="#fff"/></svg>`;

export function showIcon(): void {
  const link = document.createElement('link');
  link.rel = 'icon';
  link.href = URL.createObjectURL(new Blob([drawing], { type: 'image/svg+xml' }));
  document.head.append(link);
}
