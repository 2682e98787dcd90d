// A query without what is not SQL in it, for who looks for words. Pure.

/** Without comments and texts, everything else in its place. */
export const blanked = (sql: string): string =>
  sql.replace(/--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, text =>
    ' '.repeat(text.length),
  );
