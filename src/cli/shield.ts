// Keeps words that begin like an option and are none from being read as options: `-` for standard input, and SQL that
// begins with a comment. yargs takes them for options, so they wear a sign while it reads.

/** No word of a command line can hold it. */
const SHIELD = '\u0000';

export const shielded = (argv: readonly string[]): string[] =>
  argv.map(word => (/^-(?:$|[^=]*\s)/.test(word) ? SHIELD + word : word));

const bare = (value: unknown): unknown =>
  typeof value === 'string' && value.startsWith(SHIELD)
    ? value.slice(1)
    : Array.isArray(value)
      ? value.map(bare)
      : value;

/** The words as they were typed, by option. */
export const unshielded = (args: object): object =>
  Object.fromEntries(Object.entries(args).map(([name, value]) => [name, bare(value)]));
