// src/googlesql/protocol.json is what the package's .proto files say. UPDATE_PROTOCOL=1 writes it anew.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { analyzerFiles } from './installed.ts';
import { readProtocol } from './protocol-source.ts';

const file = path.resolve(import.meta.dirname, '../../src/googlesql/protocol.json');

test.skipIf(!analyzerFiles)("the committed protocol is the analyzer package's own", () => {
  const protocol = readProtocol(path.join(analyzerFiles ?? '', 'protos'));
  if (process.env.UPDATE_PROTOCOL) writeFileSync(file, `${JSON.stringify(protocol, null, 1)}\n`);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(protocol);
});
