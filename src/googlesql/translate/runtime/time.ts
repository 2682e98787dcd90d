// Functions of points in time that SQL can't do exactly: zones, formatting, parsing. NULL stands for GoogleSQL's error.

import type { ScalarFunction } from '../scalar.ts';
import { offsetMicros, offsetText, toInstant, toLocal, type Zone, zones } from './zone.ts';

/** Of these functions, with the zones they have met. */
export function timeScalars(): readonly ScalarFunction[] {
  const zoneNamed = zones();
  const inZone = (name: string, call: (zone: Zone, micros: bigint) => bigint): ScalarFunction => ({
    name,
    parameters: ['BIGINT', 'VARCHAR'],
    returns: 'BIGINT',
    call: (micros, zoneName) => {
      const zone = zoneNamed(zoneName as string);
      return zone === undefined ? null : call(zone, micros as bigint);
    },
  });
  return [
    inZone('g_to_local', toLocal),
    inZone('g_to_instant', toInstant),
    {
      name: 'g_offset_text',
      parameters: ['BIGINT', 'VARCHAR'],
      returns: 'VARCHAR',
      call: (micros, zoneName) => {
        const zone = zoneNamed(zoneName as string);
        return zone === undefined ? null : offsetText(offsetMicros(zone, micros as bigint));
      },
    },
  ];
}
