// SPDX-License-Identifier: Apache-2.0
// What readers of JUnit from npm make of a file: as show.py, one line of JSON for each.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { parse as junit2json } from 'junit2json';
import xunitViewer from 'xunit-viewer/src/cli/parse.js';

const require = createRequire(import.meta.url);
const testResults = require('test-results-parser');
const file = process.argv[2];
const text = fs.readFileSync(file, 'utf8');
const version = (name) => `${name} ${JSON.parse(fs.readFileSync(`node_modules/${name}/package.json`)).version}`;
const print = (name, cases) => console.log(JSON.stringify({ reader: version(name), cases }));
const outcomes = { failure: 'failed', error: 'error', skipped: 'skipped' };

const json = await junit2json(text);
print('junit2json', json.testsuite.flatMap((suite) => suite.testcase).map((item) => {
  const kind = Object.keys(outcomes).find((key) => item[key]);
  return {
    name: item.name, status: outcomes[kind] ?? 'passed', reason: kind ? item[kind][0].message ?? '' : '', output: (item['system-out'] ?? []).join('\n'),
  };
}));

// It knows errors as failures, and shows no output of what passes.
const results = testResults.parse({ type: 'junit', files: [file] });
print('test-results-parser', results.suites.flatMap((suite) => suite.cases).map((item) => ({
  name: item.name, status: { PASS: 'passed', FAIL: 'failed or error', SKIP: 'skipped' }[item.status], reason: item.failure, output: item.stack_trace,
})));

// It shows all messages of a case in a row: reason, type, output.
const { suites } = await xunitViewer(text);
print('xunit-viewer', Object.values(suites).flatMap((suite) => Object.values(suite.tests)).map((item) => ({
  name: item.name, status: outcomes[item.status] ?? item.status, reason: item.status === 'passed' ? '' : item.messages.join('\n'), output: item.messages.join('\n'),
})));
