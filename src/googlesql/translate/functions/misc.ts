// What belongs to no family: errors, random values, fingerprints.

import type { Rule } from '../rule.ts';
import { argument, byType, raise, refuse } from './sql.ts';

export const MISC: Readonly<Record<string, Rule>> = {
  error: call => raise(`'GoogleSQL: ' || coalesce(${argument(call, 0).sql}, '')`, call.type),
  generate_uuid: () => 'CAST(uuid() AS VARCHAR)',
  rand: () => 'random()',
  farm_fingerprint: byType({
    STRING: call => `g_farm_fingerprint(encode(${argument(call, 0).sql}))`,
    BYTES: call => `g_farm_fingerprint(${argument(call, 0).sql})`,
  }),
  session_user: refuse('a parameter'),
};
