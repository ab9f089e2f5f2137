/** One Chromium for all test files of a run that need one. It comes with `npm ci` on Linux x64; elsewhere Playwright's own or an installed Chrome serves. */
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
    /** Where Playwright reaches the browser; undefined where this machine has none. */
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
      'There is no browser here, so the tests in a browser cannot run. Install Google Chrome, or run: npx playwright-core install chromium';
    if (process.env.CI) throw new Error(sentence, { cause: error });
    console.warn(`${sentence}\n${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** How a browser is started here. On Linux x64 it comes with `npm ci`. */
export async function launchOptions(): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return existsSync(chromium.executablePath()) ? {} : { channel: 'chrome' };
  }
  const directory = await unpackedChromium();
  return {
    executablePath: join(directory, 'chromium'),
    // A bare container has neither these libraries nor a font.
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

/** The folder that holds Chromium and its libraries. The first run after `npm ci` unpacks them. */
async function unpackedChromium(): Promise<string> {
  const directory = fileURLToPath(new URL(`../../node_modules/.cache/chromium-${manifest.version}`, import.meta.url));
  if (existsSync(directory)) return directory;
  await mkdir(dirname(directory), { recursive: true });
  // The package unpacks into the temporary folder, and its libraries where it takes itself to be in Lambda. Until all is there, the
  // folder has another name: a run that breaks off leaves no half of a browser.
  const unfinished = await mkdtemp(`${directory}-`);
  const unpack = "await (await import('@sparticuz/chromium')).default.executablePath()";
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpack], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
  });
  await writeFile(join(unfinished, 'fonts.conf'), fontsConf);
  // Another run may have been first.
  await rename(unfinished, directory).catch(() => rm(unfinished, { recursive: true }));
  return directory;
}
