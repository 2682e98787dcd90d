// Writes one payload as JSON text, field by field, under the names of a vendor, with drift. Numbers are written as text, so
// that 63.10 stays 63.10 and a 19-digit id keeps its digits. Knows names and formats, not what a record means.

import type { TimeWriter } from './calendar.ts';
import type { Field, Name, TimeFormat } from './fields.ts';
import type { Rates } from './options.ts';
import type { Draw } from './random.ts';
import type { Tally } from './summary.ts';

/** What every payload is written with. */
export interface Pen {
  readonly times: TimeWriter;
  readonly rates: Rates;
  readonly tally: Tally;
}

const DECOY_SHARE = 0.004;
const DECOY = '"not this one"';

export class Payload {
  private readonly pen: Pen;
  private readonly draw: Draw;
  private readonly vendor: number;
  private flat = '';
  /** Nested fields by their head: `"id":…,"ts":…` of order. */
  private readonly heads: string[] = [];
  private readonly bodies: string[] = [];

  /** @param vendor 0 vendor_a, 1 vendor_b, 2 vendor_c. */
  constructor(pen: Pen, draw: Draw, vendor: number) {
    this.pen = pen;
    this.draw = draw;
    this.vendor = vendor;
  }

  /** @param json the value as JSON text. */
  put(field: Field, json: string): void {
    const index = this.indexOf(field);
    if (json !== 'null' && json !== '""') this.decoy(field, index);
    this.set(field.names[index], json);
  }

  /** Under the vendor's own name only. */
  putOwn(field: Field, json: string): void {
    this.set(field.names[field.own[this.vendor] ?? 0], json);
  }

  putTime(field: Field, seconds: number, fraction: string): void {
    const index = this.indexOf(field);
    this.decoy(field, index);
    const name = field.names[index];
    this.set(name, timeJson(this.pen.times, { format: name?.format ?? 'iso', seconds, fraction }));
  }

  text(): string {
    let text = this.flat;
    for (let i = 0; i < this.heads.length; i += 1)
      text += `${text === '' ? '' : ','}"${this.heads[i]}":{${this.bodies[i]}}`;
    return `{${text}}`;
  }

  /** The vendor's own name, or with drift another of the field's names. */
  private indexOf(field: Field): number {
    const own = field.own[this.vendor] ?? 0;
    if (!this.draw.chance(this.pen.rates.drift)) return own;
    const index = this.draw.below(field.names.length);
    if (index !== own) this.pen.tally.driftedFields += 1;
    return index;
  }

  /** Gives the field a second time, so that reading must keep to the contract's order: null before, a false value after. */
  private decoy(field: Field, index: number): void {
    if (!this.draw.chance(DECOY_SHARE) || this.pen.rates.drift === 0) return;
    const other = this.draw.below(field.names.length);
    if (other === index) return;
    this.pen.tally.decoys += 1;
    this.set(field.names[other], other < index ? 'null' : DECOY);
  }

  private set(name: Name | undefined, json: string): void {
    if (name === undefined) throw new Error('a field without that name');
    if (name.tail === undefined) {
      this.flat += (this.flat === '' ? name.key : name.nextKey) + json;
      return;
    }
    const at = this.heads.indexOf(name.head);
    if (at === -1) {
      this.heads.push(name.head);
      this.bodies.push(name.key + json);
    } else {
      this.bodies[at] += name.nextKey + json;
    }
  }
}

/** @param time `fraction` is "" or ".250"; only ISO times carry it. */
export function timeJson(
  times: TimeWriter,
  time: { readonly format: TimeFormat; readonly seconds: number; readonly fraction: string },
): string {
  const { seconds } = time;
  switch (time.format) {
    case 'minute':
      return `"${times.day(seconds)} ${times.minute(seconds)}"`;
    case 'slash':
      return `"${times.local(seconds).replaceAll('-', '/').replace('T', ' ')}"`;
    case 'local':
      return `"${times.local(seconds)}"`;
    case 'iso':
      return `"${times.local(seconds)}${time.fraction}Z"`;
    case 'epoch':
      return String(seconds);
  }
}
