// The text of a file of TypeScript without its comments or texts, for who looks in it for words. Pure; parses nothing.

/** A text in quotes (kept as it is), or a comment. */
const TEXT_OR_COMMENT =
  /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|(\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/g;

/** Comments become spaces, so that every offset stays what it was. A regular expression that holds a quote may hide what follows. */
export const withoutComments = (text: string): string =>
  text.replace(TEXT_OR_COMMENT, (whole, comment: string | undefined) =>
    comment === undefined ? whole : whole.replace(/[^\n]/g, ' '),
  );

/** Texts in quotes become spaces too, but for those that are keys. */
export const withoutTexts = (text: string): string =>
  text.replace(TEXT_OR_COMMENT, (whole, _comment: unknown, at: number) =>
    /^\s*:/.test(text.slice(at + whole.length, at + whole.length + 20)) ? whole : whole.replace(/[^\n]/g, ' '),
  );
