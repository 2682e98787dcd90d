// Names of the enum values that appear as literal arguments: functions/datetime.proto, normalize_mode.proto and rounding_mode.proto of GoogleSQL.

const ENUMS: Readonly<Record<string, readonly string[]>> = {
  'zetasql.functions.DateTimestampPart': [
    '',
    'YEAR',
    'MONTH',
    'DAY',
    'DAYOFWEEK',
    'DAYOFYEAR',
    'QUARTER',
    'HOUR',
    'MINUTE',
    'SECOND',
    'MILLISECOND',
    'MICROSECOND',
    'NANOSECOND',
    'DATE',
    'WEEK',
    'DATETIME',
    'TIME',
    'ISOYEAR',
    'ISOWEEK',
    'WEEK_MONDAY',
    'WEEK_TUESDAY',
    'WEEK_WEDNESDAY',
    'WEEK_THURSDAY',
    'WEEK_FRIDAY',
    'WEEK_SATURDAY',
  ],
  'zetasql.functions.NormalizeMode': ['NFC', 'NFKC', 'NFD', 'NFKD'],
  'zetasql.functions.RoundingMode': ['', 'ROUND_HALF_AWAY_FROM_ZERO', 'ROUND_HALF_EVEN'],
};

export function enumName(type: string, value: number): string {
  const name = ENUMS[type]?.[value];
  if (!name) throw new Error(`the analyzer gave an enum that pulse does not know: ${type} ${value}`);
  return name;
}
