// What a DuckDB connection needs before translated SQL runs on it: macros, and functions of JavaScript where SQL can't be exact.

import { CAST_SCALARS } from './cast-text.ts';
import { INTERVAL_MACROS } from './functions/interval.ts';
import { JSON_MACROS } from './functions/json.ts';
import { MACROS } from './macros.ts';
import { BIGNUMERIC_SCALARS } from './runtime/bignumeric.ts';
import { BIT_SCALARS } from './runtime/bits.ts';
import { BUCKET_SCALARS } from './runtime/bucket.ts';
import { CAST_FORMAT_SCALARS } from './runtime/cast-format.ts';
import { FINGERPRINT_SCALARS } from './runtime/fingerprint.ts';
import { floatScalars } from './runtime/float.ts';
import { formatScalars } from './runtime/format.ts';
import { FRAME_SCALARS } from './runtime/frame.ts';
import { INTERVAL_SCALARS } from './runtime/interval.ts';
import { jsonScalars } from './runtime/json.ts';
import { jsonChangeScalars } from './runtime/json-change.ts';
import { MOMENT_SCALARS } from './runtime/moments.ts';
import { NET_SCALARS } from './runtime/net.ts';
import { NUMERIC_SCALARS } from './runtime/numeric.ts';
import { regexpScalars } from './runtime/regexp.ts';
import { STATISTICS_SCALARS } from './runtime/statistics.ts';
import { TEXT_SCALARS } from './runtime/text.ts';
import { timeScalars } from './runtime/time.ts';
import type { ScalarFunction } from './scalar.ts';

/** Statements to run once on each connection, in order. */
export const PRELUDE: readonly string[] = [...INTERVAL_MACROS, ...MACROS, ...JSON_MACROS];

/** To be registered before the prelude runs. */
export const SCALARS: readonly ScalarFunction[] = [
  ...CAST_SCALARS,
  ...NUMERIC_SCALARS,
  ...BIGNUMERIC_SCALARS,
  ...INTERVAL_SCALARS,
  ...BUCKET_SCALARS,
  ...FRAME_SCALARS,
  ...NET_SCALARS,
  ...STATISTICS_SCALARS,
  ...MOMENT_SCALARS,
  ...CAST_FORMAT_SCALARS,
  ...BIT_SCALARS,
  ...TEXT_SCALARS,
  ...timeScalars(),
  ...jsonScalars(),
  ...jsonChangeScalars(),
  ...floatScalars(),
  ...formatScalars(),
  ...FINGERPRINT_SCALARS,
  ...regexpScalars(),
];
