// SPDX-License-Identifier: Apache-2.0
// What tap-parser makes of a file: "TESTS FAILED SKIPPED"; anything that it does not understand is an error.
import fs from 'node:fs';
import { Parser } from 'tap-parser';

let extra = '';
const parser = new Parser((results) => {
  if (extra.trim() || results.failures.some((failure) => failure.tapError)) {
    console.error(`not understood: ${extra} ${JSON.stringify(results.failures)}`);
    process.exit(1);
  }
  console.log(results.count, results.fail, results.skip);
});
parser.on('extra', (line) => { extra += line; });
parser.end(fs.readFileSync(process.argv[2], 'utf8'));
