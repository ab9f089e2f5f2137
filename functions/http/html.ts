import { createHash } from 'node:crypto';

export interface HtmlParts {
  readonly title: string;
  /** The allowed sources of pictures and of the icon, for the Content-Security-Policy. */
  readonly pictures: string;
  /** Further elements of the head. */
  readonly head?: string;
  readonly style: string;
  /** HTML before the scripts, without inline styles and event handlers, which the policy blocks. */
  readonly body: string;
  readonly scripts: readonly string[];
}

export interface HtmlPage {
  readonly html: string;
  /** For the header Content-Security-Policy. */
  readonly securityPolicy: string;
}

/** A self-contained page: the policy allows its own scripts and style only, and requests to its own origin. */
export const htmlPage = ({ title, pictures, head = '', style, body, scripts }: HtmlParts): HtmlPage => ({
  html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${head}
<style>${style}</style>
</head>
<body>
${body}
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`,
  securityPolicy: [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(' ')}`,
    `style-src ${hashOf(style)}`,
    `img-src ${pictures}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
});

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
