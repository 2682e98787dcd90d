// A word as a person can paste it into a shell. Knows no command.

/** As it is where no shell would read anything else in it, else in single quotes. */
export const shellWord = (word: string): string =>
  /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
