// The program: what Bun compiles into bin/tsrun-engine, and what Node runs where there is none.
import { main } from './main.js';

process.exit(await main(process.argv.slice(2)));
