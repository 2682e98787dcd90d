// Text functions. GoogleSQL counts code points; BYTES count bytes. What DuckDB does otherwise is done by JavaScript (runtime/text.ts).

import type { Call, Rule } from '../rule.ts';
import { WHITE_SPACE } from '../runtime/text.ts';
import { argument, attempt, bound, byType, fault, plain, raise, refuse, sqls, text, typed, withBound } from './sql.ts';

const first = (call: Call): string => argument(call, 0).sql;

/** DuckDB's own function for ASCII, where it answers alike; JavaScript's for the rest. */
const ascii = (name: string, other: string): Rule =>
  withBound(call => {
    const x = first(call);
    return `CASE WHEN strlen(${x}) <> length(${x}) THEN ${other}(${x}) ELSE ${name}(${x}) END`;
  });

const scripted =
  (name: string, message: string): Rule =>
  call =>
    attempt(call, (...names) => `${name}(${names.join(', ')})`, `${call.name.toUpperCase()}: ${message}`);

/** As `scripted`, over an array: NULL where an element is NULL. */
const ofWhole = (name: string, message: string): Rule =>
  withBound(call => {
    const isBroken = `len(list_filter(${first(call)}, lambda e: e IS NULL)) > 0`;
    return `CASE WHEN ${isBroken} THEN NULL ELSE ${scripted(name, message)(call)} END`;
  });

/** Never fails. */
const script =
  (name: string): Rule =>
  call =>
    `${name}(${sqls(call).join(', ')})`;

const trim = (name: 'trim' | 'ltrim' | 'rtrim'): Rule =>
  byType({
    STRING: call => {
      if (call.args.length === 1)
        return name === 'trim' ? trimmed(call) : `${name}(${first(call)}, ${text(WHITE_SPACE)})`;
      return `g_${name}(${sqls(call).join(', ')})`;
    },
    BYTES: call => `g_bytes_${name}(${sqls(call).join(', ')})`,
  });

/** Most texts have nothing to trim, which is seen faster than it is tried. */
const trimmed: Rule = withBound(call => `text_trim(${first(call)})`);

/** Longer than any text that fits into memory; DuckDB takes no 64-bit positions. */
const FAR = 2_147_483_647;

const substr: Rule = call => {
  const [position, length] = [call.args[1], call.args[2]];
  const isSimple = (value: unknown, from: number): boolean => typeof value === 'number' && value >= from && value < FAR;
  if (isSimple(position?.literal, 1) && (length === undefined || isSimple(length.literal, 0))) {
    return `substr(${sqls(call).join(', ')})`;
  }
  return withBound(general)(call);
  function general(over: Call): string {
    const [x, p, l] = sqls(over);
    const start = `CASE WHEN ${p} > ${FAR} THEN ${FAR} WHEN ${p} > 0 THEN ${p} WHEN ${p} = 0 THEN 1 WHEN length(${x}) + ${p} >= 0 THEN length(${x}) + ${p} + 1 WHEN ${p} < 0 THEN 1 END`;
    if (l === undefined) return `CASE WHEN ${p} IS NOT NULL THEN substr(${x}, ${start}) END`;
    const failed = raise(fault('Third argument in SUBSTR() cannot be negative'), over.type);
    return `CASE WHEN ${p} IS NULL OR ${l} IS NULL OR ${x} IS NULL THEN NULL WHEN ${l} < 0 THEN ${failed} ELSE substr(${x}, ${start}, least(${l}, ${FAR})) END`;
  }
};

const side = (name: 'left' | 'right'): Rule =>
  byType({
    STRING: withBound(call => {
      const [x, n] = sqls(call);
      const failed = raise(fault(`Second argument in ${name.toUpperCase()}() cannot be negative`), call.type);
      return `CASE WHEN ${n} IS NULL OR ${x} IS NULL THEN NULL WHEN ${n} < 0 THEN ${failed} ELSE ${name}(${x}, least(${n}, ${FAR})) END`;
    }),
    BYTES: scripted(`g_bytes_${name}`, 'the length cannot be negative'),
  });

const replace: Rule = byType({
  STRING: call => {
    const from = argument(call, 1);
    if (typeof from.literal === 'string' && from.literal !== '') return `replace(${sqls(call).join(', ')})`;
    return withBound(over => {
      const [x, f, to] = sqls(over);
      return `CASE WHEN ${f} = '' AND ${to} IS NOT NULL THEN ${x} ELSE replace(${x}, ${f}, ${to}) END`;
    })(call);
  },
  BYTES: script('g_bytes_replace'),
});

const split: Rule = byType({
  STRING: call => {
    const delimiter = call.args[1];
    if (delimiter === undefined) return `string_split(${first(call)}, ',')`;
    const parts = `string_split(${first(call)}, ${delimiter.sql})`;
    return typeof delimiter.literal === 'string' ? parts : `CASE WHEN ${delimiter.sql} IS NOT NULL THEN ${parts} END`;
  },
  BYTES: script('g_bytes_split'),
});

const concat: Rule = call => (call.args.length === 1 ? first(call) : `(${sqls(call).join(' || ')})`);

const concatOperator: Rule = byType({
  STRING: concat,
  BYTES: concat,
  ARRAY: withBound(call => {
    const [a, b] = sqls(call);
    return `CASE WHEN ${a} IS NOT NULL AND ${b} IS NOT NULL THEN list_concat(${a}, ${b}) END`;
  }),
});

const ends = (name: 'starts_with' | 'ends_with'): Rule =>
  byType({
    STRING: plain(name),
    BYTES: call =>
      `${name}(${sqls(call)
        .map(sql => `hex(${sql})`)
        .join(', ')})`,
  });

// Bytes as text, and hashes

/** Hashes come as hex; TO_HEX around one is then nothing. */
const hash =
  (name: 'md5' | 'sha1' | 'sha256'): Rule =>
  call =>
    `from_hex(${name}(${first(call)}))`;

const toHex: Rule = call => {
  const inner = /^from_hex\((md5|sha1|sha256)\((.*)\)\)$/s.exec(first(call));
  if (inner && isBalanced(inner[2] ?? '')) return `${inner[1]}(${inner[2]})`;
  return `lower(hex(${first(call)}))`;
};

/** True where no parenthesis closes what it did not open; one in a text counts too, which only makes this say false. */
function isBalanced(sql: string): boolean {
  let depth = 0;
  for (const char of sql) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

const normalize =
  (name: string): Rule =>
  call =>
    `${name}(${first(call)}, ${text(String(call.args[1]?.literal ?? 'NFC'))})`;

const padding = (name: 'lpad' | 'rpad'): Rule =>
  byType({
    STRING: call => padded(call, `g_${name}`, "' '"),
    BYTES: call => padded(call, `g_bytes_${name}`, "'\\x20'::BLOB"),
  });

const padded = (call: Call, name: string, blank: string): string =>
  attempt(
    call,
    (x, length, pattern = blank) => `${name}(${x}, ${length}, ${pattern})`,
    `${call.name.toUpperCase()}: a negative length, an empty pattern, or a result that is too large`,
  );

/** With position and occurrence filled in. */
const instr = (call: Call): string =>
  attempt(
    call,
    (x, y, position = '1::BIGINT', occurrence = '1::BIGINT') =>
      `${argument(call, 0).type.kind === 'BYTES' ? 'g_bytes_instr' : 'g_instr'}(${x}, ${y}, ${position}, ${occurrence})`,
    'INSTR: position must not be 0, occurrence must be positive',
  );

const initcap: Rule = call =>
  call.args.length === 1
    ? `g_initcap(${first(call)}, ${text(INITCAP_DELIMITERS)})`
    : `g_initcap(${sqls(call).join(', ')})`;

const INITCAP_DELIMITERS = ' \t\n\v\f\r[](){}/|<>!?@"^#$&~_,.:;*%+-';

const soundexRule: Rule = call => bound([typed('STRING', first(call))], x => `g_soundex(${x})`);

export const STRING: Readonly<Record<string, Rule>> = {
  concat,
  $concat_op: concatOperator,
  upper: byType({ STRING: ascii('upper', 'g_upper'), BYTES: script('g_bytes_upper') }),
  lower: byType({ STRING: ascii('lower', 'g_lower'), BYTES: script('g_bytes_lower') }),
  trim: trim('trim'),
  ltrim: trim('ltrim'),
  rtrim: trim('rtrim'),
  length: byType({ STRING: plain('length'), BYTES: plain('octet_length') }),
  char_length: plain('length'),
  byte_length: byType({ STRING: plain('strlen'), BYTES: plain('octet_length') }),
  substr: byType({ STRING: substr, BYTES: call => bytesSubstr(call) }),
  left: side('left'),
  right: side('right'),
  replace,
  split,
  starts_with: ends('starts_with'),
  ends_with: ends('ends_with'),
  strpos: byType({ STRING: plain('instr'), BYTES: instr }),
  instr,
  lpad: padding('lpad'),
  rpad: padding('rpad'),
  repeat: byType({
    STRING: scripted('g_repeat', 'a negative count, or a result that is too large'),
    BYTES: scripted('g_bytes_repeat', 'a negative count, or a result that is too large'),
  }),
  reverse: byType({ STRING: ascii('reverse', 'g_reverse'), BYTES: script('g_bytes_reverse') }),
  translate: byType({
    STRING: scripted('g_translate', 'a character occurs twice in the second argument'),
    BYTES: scripted('g_bytes_translate', 'a byte occurs twice in the second argument'),
  }),
  initcap,
  soundex: soundexRule,
  normalize: normalize('g_normalize'),
  normalize_and_casefold: normalize('g_normalize_and_casefold'),
  ascii: byType({
    STRING: scripted('g_ascii', 'the first character is not ASCII'),
    BYTES: script('g_bytes_ascii'),
  }),
  unicode: call => `CASE WHEN ${first(call)} = '' THEN 0 ELSE unicode(${first(call)}) END::BIGINT`,
  chr: scripted('g_chr', 'not a code point'),
  to_code_points: byType({ STRING: script('g_to_code_points'), BYTES: script('g_bytes_to_code_points') }),
  code_points_to_string: ofWhole('g_code_points_to_string', 'not a code point'),
  code_points_to_bytes: ofWhole('g_code_points_to_bytes', 'not a byte'),
  safe_convert_bytes_to_string: script('g_safe_convert_bytes_to_string'),
  to_hex: toHex,
  from_hex: scripted('g_from_hex', 'not hexadecimal digits'),
  to_base64: plain('to_base64'),
  from_base64: scripted('g_from_base64', 'not base64'),
  to_base32: refuse('TO_BASE64'),
  from_base32: refuse('FROM_BASE64'),
  md5: hash('md5'),
  sha1: hash('sha1'),
  sha256: hash('sha256'),
  sha512: byType({ STRING: script('g_sha512'), BYTES: script('g_bytes_sha512') }),
};

function bytesSubstr(call: Call): string {
  const far = `${FAR}::BIGINT`;
  return attempt(
    call,
    (x, position, length = far) => `g_bytes_substr(${x}, ${position}, ${length})`,
    'SUBSTR: a negative length',
  );
}
