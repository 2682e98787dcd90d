// Events of a pack whose id another one before them has. Looks at bytes and hashes, makes no strings.

import { type EventPack, FIELD, hasSameId, STRIDE } from './event-pack.ts';

export class Twins {
  /** By index: 1 where an event before it has its id. */
  readonly isLater: Uint8Array;
  /** Each of those, and the first with its id. */
  readonly later: (readonly [index: number, first: number])[] = [];
  readonly firsts = new Set<number>();
  private readonly pack: EventPack;
  /** Indexes of first events by the hash of their ids, the next free slot where one is taken; -1: free. */
  private readonly slots: Int32Array;

  /** @param isAsked whether an event counts */
  constructor(pack: EventPack, isAsked: (index: number) => boolean) {
    this.pack = pack;
    this.isLater = new Uint8Array(pack.count);
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * pack.count + 2))).fill(-1);
    for (let index = 0; index < pack.count; index++) if (isAsked(index)) this.add(index);
  }

  private add(index: number): void {
    const { slots, pack } = this;
    const mask = slots.length - 1;
    let slot = (pack.fields[index * STRIDE + FIELD.hashLow] as number) & mask;
    for (let one = slots[slot] as number; one >= 0; one = slots[slot] as number) {
      if (hasSameId(pack, one, index)) {
        this.isLater[index] = 1;
        this.later.push([index, one]);
        this.firsts.add(one);
        return;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = index;
  }
}
