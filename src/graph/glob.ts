// Patterns over names and paths: * ? [ab] [!ab], and ** across folders. Pure.

export const isGlob = (pattern: string): boolean => /[*?[]/.test(pattern);

/** Says whether a whole text matches. Without * ? or [ the pattern matches itself only; a [ without its ] is a plain [. */
export function globMatcher(pattern: string): (text: string) => boolean {
  if (!isGlob(pattern)) return text => text === pattern;
  const source = pattern.replace(PIECE, piece => {
    if (piece === '**') return '.*';
    if (piece === '*') return '[^/]*';
    if (piece === '?') return '[^/]';
    if (piece.length > 2 && piece.startsWith('[')) return setOf(piece);
    return `\\${piece}`;
  });
  const whole = new RegExp(`^${source}$`, 's');
  return text => whole.test(text);
}

/** What a pattern holds beside letters, digits and _, piece by piece. */
const PIECE = /\*\*|\[!?[^\]]+\]|[^\w\s]/g;

/** A range the wrong way round holds nothing. */
function setOf(piece: string): string {
  const isNot = piece.startsWith('[!');
  const inside = piece
    .slice(isNot ? 2 : 1, -1)
    .replace(/[\\^[]/g, '\\$&')
    .replace(/(.)-(.)/g, (range, from, to) => (from <= to ? range : ''));
  return `[${isNot ? '^' : ''}${inside}]`;
}
