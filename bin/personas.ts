#!/usr/bin/env node
/** `npm run -s personas -- --help`: the command line tool, published as `personas-api`. */
import { main } from '../lib/tool/program.ts';

main(process.argv);
