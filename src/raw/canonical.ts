// Whether two payloads say the same: key order, white space and spelling of numbers and strings do not count.
// Numbers are compared by exact decimal value, so two 19-digit ids that round to one double stay different.

import { Arena } from './arena.ts';
import { canonicalNumber } from './decimal.ts';
import { KIND, NODE, Scanner } from './scan.ts';

/** True where two valid JSON texts are the same value. */
export function isSameJson(left: string, right: string): boolean {
  return left === right || canonicalJson(left) === canonicalJson(right);
}

/** One text for all spellings of a JSON value. For comparing only: it is not JSON that anybody reads. */
function canonicalJson(text: string): string {
  const bytes = Buffer.from(text);
  const scanner = new Scanner(new Arena(bytes.length));
  scanner.scan(bytes, 0, { to: bytes.length });
  const parts: string[] = [];
  write(scanner, 0, parts);
  return parts.join('');
}

function write(scanner: Scanner, node: number, parts: string[]): void {
  const kind = scanner.kind(node);
  if (kind === KIND.object) writeObject(scanner, node, parts);
  else if (kind === KIND.array) writeArray(scanner, node, parts);
  else if (kind === KIND.number) parts.push(canonicalNumber(scanner.text(node)));
  else if (kind === KIND.escapedString) parts.push(JSON.stringify(scanner.string(node)));
  else parts.push(scanner.text(node));
}

function writeArray(scanner: Scanner, node: number, parts: string[]): void {
  const end = scanner.tape[node + 3] as number;
  parts.push('[');
  for (let item = node + NODE; item < end; item = scanner.tape[item + 3] as number) {
    write(scanner, item, parts);
    parts.push(',');
  }
  parts.push(']');
}

function writeObject(scanner: Scanner, node: number, parts: string[]): void {
  const end = scanner.tape[node + 3] as number;
  const members: [name: string, value: number][] = [];
  for (let key = node + NODE; key < end; key = scanner.tape[key + NODE + 3] as number) {
    members.push([scanner.string(key), key + NODE]);
  }
  members.sort(([left], [right]) => (left < right ? -1 : 1));
  parts.push('{');
  for (const [name, value] of members) {
    parts.push(JSON.stringify(name), ':');
    write(scanner, value, parts);
    parts.push(',');
  }
  parts.push('}');
}
