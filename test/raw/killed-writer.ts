// A process that opens a batch, writes to it, says so, and waits to be killed (sqlite.test.ts).
import { packEvents } from '../../src/raw/event-pack.ts';
import { openSqliteRawStore } from '../../src/raw/sqlite.ts';
import { event, NOW } from './sample-events.ts';

const store = await openSqliteRawStore(process.argv[2] ?? '', { now: () => NOW });
const batch = await store.openBatch('killed');
await batch.write(packEvents([event('a'), event('b'), event('a')]), [{ line: 4, reason: 'no', raw: '', isCut: false }]);
process.stdout.write('written\n');
setInterval(() => undefined, 60_000);
