// Looks at a MongoDB as the raw store will use it. Writes one document to a collection of its own, and removes it.

import { randomUUID } from 'node:crypto';
import { clockFinding, type Diagnosis, type Finding, troubleFinding } from '../diagnosis.ts';
import { connectMongo, hasChangeStreams, hasIndex, INDEXES, type MongoOptions } from './mongo.ts';
import { mongoTrouble } from './mongo-trouble.ts';

const OLDEST = 4;
const PROBE = 'pulse_doctor';

/** @throws {PulseError} CONFIG_INVALID for a URI that is none */
export async function diagnoseMongo(options: MongoOptions): Promise<Diagnosis> {
  const { client, place, db } = connectMongo(options);
  const server = 'MongoDB';
  try {
    await client.connect();
    const before = options.now();
    const hello = await db.command({ hello: 1 });
    const after = options.now();
    const build = await db.command({ buildInfo: 1 });
    const findings: Finding[] = [
      { what: 'reachable', verdict: 'ok', text: `database ${db.databaseName}` },
      versionFinding(build),
      ...(hello['localTime'] instanceof Date ? [clockFinding(hello['localTime'], { before, after })] : []),
      await rightsFinding(db, place),
      await indexFinding(db),
      changeStreams(hello),
    ];
    return { server, place, findings };
  } catch (error) {
    return { server, place, findings: [troubleFinding('reachable', mongoTrouble(error, place))] };
  } finally {
    await client.close();
  }
}

type Db = ReturnType<typeof connectMongo>['db'];
type Answer = Awaited<ReturnType<Db['command']>>;

function versionFinding(build: Answer): Finding {
  const version = String(build['version'] ?? '');
  const ferret = build['ferretdbVersion'];
  if (ferret !== undefined) {
    const hint = 'Good for tests; numbers that no int64 or double holds exactly are turned away (see docs/decisions).';
    return {
      what: 'version',
      verdict: 'warn',
      text: `FerretDB${ferret === 'unknown' ? '' : ` ${ferret}`}, without Decimal128`,
      hint,
    };
  }
  if (Number.parseInt(version, 10) >= OLDEST) return { what: 'version', verdict: 'ok', text: version };
  return { what: 'version', verdict: 'fail', text: version, hint: `Use MongoDB ${OLDEST} or later.` };
}

async function rightsFinding(db: Db, place: string): Promise<Finding> {
  const _id = randomUUID();
  try {
    const probe = db.collection<{ _id: string }>(PROBE);
    await probe.insertOne({ _id });
    await probe.deleteOne({ _id });
    return { what: 'rights', verdict: 'ok', text: 'may read and write' };
  } catch (error) {
    return troubleFinding('rights', mongoTrouble(error, place));
  }
}

async function indexFinding(db: Db): Promise<Finding> {
  const missing: string[] = [];
  for (const { collection, key, unique } of INDEXES) {
    if (await hasIndex(db.collection(collection), { key, unique })) continue;
    missing.push(`db.${collection}.createIndex(${JSON.stringify(key)}${unique ? ', { unique: true }' : ''})`);
  }
  if (missing.length === 0) return { what: 'indexes', verdict: 'ok', text: `all ${INDEXES.length} are there` };
  const hint = `The first run makes them, where the account may; else have somebody run: ${missing.join('; ')}`;
  return { what: 'indexes', verdict: 'warn', text: `${missing.length} of ${INDEXES.length} are not there yet`, hint };
}

function changeStreams(hello: Answer): Finding {
  const isThere = hasChangeStreams(hello);
  const text = isThere
    ? 'there: `pulse ingest --follow` works'
    : 'none (no replica set): `pulse ingest --follow` does not work';
  return { what: 'change streams', verdict: 'ok', text };
}
