/** One Chromium for all test files of a run. `npm ci` installs it on Linux x64; elsewhere it is Playwright's or an installed Chrome. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BrowserServer, chromium, type LaunchOptions } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import manifest from '../../node_modules/@sparticuz/chromium/package.json' with { type: 'json' };

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the browser for Playwright; undefined without a browser. */
    browser: string | undefined;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await launch();
  project.provide('browser', server?.wsEndpoint());
  return async () => server?.close();
}

async function launch(): Promise<BrowserServer | undefined> {
  try {
    return await chromium.launchServer(await launchOptions());
  } catch (error) {
    const sentence =
      'No browser is installed, so the browser tests cannot run. Install Google Chrome, or run: npx playwright-core install chromium';
    if (process.env.CI) throw new Error(sentence, { cause: error });
    console.warn(`${sentence}\n${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** The options to start a browser. On Linux x64, `npm ci` installs it. */
export async function launchOptions(): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return existsSync(chromium.executablePath()) ? {} : { channel: 'chrome' };
  }
  const directory = await unpackedChromium();
  return {
    executablePath: join(directory, 'chromium'),
    // Minimal containers lack these libraries and fonts.
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(directory, 'al2023/lib'),
      FONTCONFIG_FILE: join(directory, 'fonts.conf'),
    },
  };
}

const fontsConf = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts/fonts</dir><dir>/usr/share/fonts</dir></fontconfig>
`;

/** The folder with Chromium and its libraries, which the first run after `npm ci` unpacks. */
async function unpackedChromium(): Promise<string> {
  const directory = fileURLToPath(new URL(`../../node_modules/.cache/chromium-${manifest.version}`, import.meta.url));
  if (existsSync(directory)) return directory;
  await mkdir(dirname(directory), { recursive: true });
  // The package unpacks into the temporary folder, and its libraries only if it assumes to be in Lambda. The folder is renamed when it is complete, so
  // that an aborted run leaves no partial browser.
  const unfinished = await mkdtemp(`${directory}-`);
  const unpack = "await (await import('@sparticuz/chromium')).default.executablePath()";
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpack], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
  });
  await writeFile(join(unfinished, 'fonts.conf'), fontsConf);
  // Another run may have come first.
  await rename(unfinished, directory).catch(() => rm(unfinished, { recursive: true }));
  return directory;
}
