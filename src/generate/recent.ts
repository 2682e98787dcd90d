// A bounded memory of what was written lately, to write it again: the last ones, and a few from long ago.

import type { Draw } from './random.ts';

const LAST = 128;
const OLD = 64;
/** Remembering everything would keep the garbage collector copying it. */
const REMEMBERED_SHARE = 0.2;

export class Recent<T> {
  private readonly last: T[] = [];
  private readonly old: T[] = [];
  private next = 0;

  remember(item: T, draw: Draw): void {
    if (this.last.length > 0 && !draw.chance(REMEMBERED_SHARE)) return;
    this.last[this.next] = item;
    this.next = (this.next + 1) % LAST;
    if (this.old.length < OLD) this.old.push(item);
    else if (draw.chance(1 / 64)) this.old[draw.below(OLD)] = item;
  }

  /** One of a sample of the last 640 or so written, or now and then one from longer ago; undefined before anything was. */
  pick(draw: Draw): T | undefined {
    const from = draw.chance(0.25) ? this.old : this.last;
    return from[draw.below(Math.max(from.length, 1))];
  }
}
