// NET: IP addresses as BYTES, as text and as INT64. NULL stands for an error.

import net from 'node:net';
import type { ScalarFunction } from '../scalar.ts';

function addressBytes(text: string): Uint8Array | null {
  if (net.isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!net.isIPv6(text) || text.includes('%')) return null;
  const plain = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_match, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groups = (part: string | undefined): number[] =>
    part === undefined || part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16));
  const [first, last] = [groups(head), groups(tail)];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  return Uint8Array.from(all.flatMap(group => [group >> 8, group & 255]));
}

/** As inet_ntop writes it: the longest run of two or more zeros left out, an IPv4 address in dots at the end. */
function addressText(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return null;
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const run = longestZeros(groups);
  const isMapped = run.at === 0 && (run.length === 6 || (run.length === 5 && groups[5] === 0xffff));
  const dotted = isMapped ? [bytes.slice(12).join('.')] : [];
  const texts = groups.slice(0, isMapped ? 6 : 8).map(group => group.toString(16));
  if (run.length < 2) return texts.join(':');
  const tail = [...texts.slice(run.at + run.length), ...dotted];
  return `${texts.slice(0, run.at).join(':')}::${tail.join(':')}`;
}

function longestZeros(groups: readonly number[]): { readonly at: number; readonly length: number } {
  let best = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (groups[at + length] === 0) length += 1;
    if (length > best.length) best = { at, length };
  }
  return best;
}

/** Of so many bytes the first `prefix` bits. */
function mask(length: number, prefix: number): Uint8Array | null {
  if ((length !== 4 && length !== 16) || prefix < 0 || prefix > 8 * length) return null;
  return Uint8Array.from({ length }, (_, i) => (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * i))) & 255);
}

function truncated(bytes: Uint8Array, prefix: number): Uint8Array | null {
  const kept = mask(bytes.length, prefix);
  return kept && bytes.map((byte, i) => byte & (kept[i] ?? 0));
}

function fromInteger(n: bigint): Uint8Array | null {
  if (n < -0x8000_0000n || n > 0xffff_ffffn) return null;
  const bits = Number(BigInt.asUintN(32, n));
  return Uint8Array.from([bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255]);
}

export const NET_SCALARS: readonly ScalarFunction[] = [
  { name: 'g_ip_from_string', parameters: ['VARCHAR'], returns: 'BLOB', call: text => addressBytes(text as string) },
  { name: 'g_ip_to_string', parameters: ['BLOB'], returns: 'VARCHAR', call: bytes => addressText(bytes as Uint8Array) },
  {
    name: 'g_ip_net_mask',
    parameters: ['BIGINT', 'BIGINT'],
    returns: 'BLOB',
    call: (length, prefix) => mask(Number(length), Number(prefix)),
  },
  {
    name: 'g_ip_trunc',
    parameters: ['BLOB', 'BIGINT'],
    returns: 'BLOB',
    call: (bytes, prefix) => truncated(bytes as Uint8Array, Number(prefix)),
  },
  { name: 'g_ipv4_from_int64', parameters: ['BIGINT'], returns: 'BLOB', call: n => fromInteger(n as bigint) },
  {
    name: 'g_ipv4_to_int64',
    parameters: ['BLOB'],
    returns: 'BIGINT',
    call: bytes => {
      const given = bytes as Uint8Array;
      return given.length === 4 ? BigInt(`0x${Buffer.from(given).toString('hex')}`) : null;
    },
  },
];
