// Following a stream of changes: what came is taken some time after it came, once, whatever the stream does.

import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { type Following, follow } from '../../src/raw/follow.ts';
import type { Receipt } from '../../src/raw/raw-store.ts';

/** Another program, and what it has written that is in no batch yet. */
class World {
  readonly controller = new AbortController();
  /** What each batch was made of. */
  readonly batches: string[] = [];
  private readonly stray: string[] = [];
  private readonly bus = new EventEmitter();

  write(...events: readonly string[]): void {
    this.stray.push(...events);
    for (const _ of events) this.bus.emit('change');
  }

  breaks(): void {
    this.bus.emit('broken');
  }

  async *changes(): AsyncGenerator<unknown> {
    for (;;) {
      const end = once(this.controller.signal, 'abort').then(() => 'end');
      const broken = once(this.bus, 'broken').then(() => 'broken');
      const what = await Promise.race([once(this.bus, 'change').then(() => 'change'), end, broken]);
      if (what === 'broken') throw new Error('the stream broke');
      if (what === 'end') return;
      yield what;
    }
  }

  readonly take: Following['take'] = async () => {
    const taken = this.stray.splice(0);
    if (taken.length === 0) return [];
    this.batches.push(taken.join());
    return [{ batchId: String(this.batches.length) } as Receipt];
  };

  follow(idleMs = 3_600_000): AsyncGenerator<Receipt> {
    const { take, controller } = this;
    return follow({ changes: this.changes(), take, everyMs: 1, idleMs, signal: controller.signal });
  }
}

test('what is there is taken first, then what comes, and what came last before the end', async () => {
  const world = new World();
  world.write('a', 'b');
  const batches = world.follow();
  expect((await batches.next()).value?.batchId).toBe('1');
  const second = batches.next();
  world.write('c');
  expect((await second).value?.batchId).toBe('2');
  const last = batches.next();
  world.controller.abort();
  world.write('d');
  expect((await last).value?.batchId).toBe('3');
  expect((await batches.next()).done).toBe(true);
  expect(world.batches).toEqual(['a,b', 'c', 'd']);
});

test('a stream that breaks ends it with its error', async () => {
  const world = new World();
  const batches = world.follow();
  const first = batches.next();
  world.write('a');
  await first;
  const next = batches.next();
  world.breaks();
  await expect(next).rejects.toThrow('the stream broke');
});

test('what a stream does not tell is found all the same', async () => {
  const world = new World();
  const silent = { ...world, changes: new World().changes() };
  const { controller } = world;
  const options = { changes: silent.changes, take: world.take, everyMs: 1, idleMs: 5, signal: controller.signal };
  const batches = follow(options);
  const first = batches.next();
  world.write('a');
  expect((await first).value?.batchId).toBe('1');
  controller.abort();
  expect((await batches.next()).done).toBe(true);
});
