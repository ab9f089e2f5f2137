import { createHash } from 'node:crypto';

export interface HtmlParts {
  readonly title: string;
  /** Where pictures may come from, the page's icon too, as sources of a content security policy. */
  readonly pictures: string;
  /** What stands in the head beside title and style. */
  readonly head?: string;
  readonly style: string;
  /** HTML between the head and the scripts, without inline styles and handlers: the policy refuses those. */
  readonly body: string;
  readonly scripts: readonly string[];
}

export interface HtmlPage {
  readonly html: string;
  /** For the header Content-Security-Policy. */
  readonly securityPolicy: string;
}

/** A page in one piece: the browser loads nothing from elsewhere, and runs and paints nothing that is not in it. */
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
