// "Did you mean …?": the nearest of some known words. Pure, knows nothing of assets: selection, vars and columns ask too.

/** The candidate nearest to `word`; where none is near, the shortest that begins with it; undefined where none does. */
export const closest = (word: string, candidates: Iterable<string>): string | undefined => {
  const known = [...candidates];
  return nearest(word, known)?.candidate ?? beginningWith(word, known)[0];
};

/**
 * The candidate nearest to `word` by Damerau-Levenshtein distance (optimal string alignment, case ignored), the
 * first of equals; undefined where none is near: more than a third of the longer word would have to change.
 */
function nearest(word: string, candidates: readonly string[]): Near | undefined {
  const wanted = word.toLowerCase();
  let best: Near | undefined;
  for (const candidate of candidates) {
    const longer = Math.max(word.length, candidate.length);
    const limit = Math.min(best?.distance ?? Number.POSITIVE_INFINITY, Math.max(1, Math.floor(longer / 3)));
    if (Math.abs(word.length - candidate.length) > limit) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance > limit) continue;
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  return best;
}

interface Near {
  readonly candidate: string;
  readonly distance: number;
}

/** Fewer letters say too little. */
const BEGINNING = 3;

/** The shortest first; none where the word is too short. */
function beginningWith(word: string, candidates: readonly string[]): readonly string[] {
  if (word.length < BEGINNING) return [];
  const wanted = word.toLowerCase();
  return candidates.filter(candidate => candidate.toLowerCase().startsWith(wanted)).sort((a, b) => a.length - b.length);
}

/** What is so near was surely meant. */
const SURELY = 2;
/** Names in a hint. */
const OFFERED = 3;

/**
 * The hint of an error about an unknown `word`: `Did you mean "x"?`, with more of them where it is the beginning of several; or
 * `otherwise` where nothing is near.
 */
export function hintClosest(word: string, candidates: Iterable<string>, otherwise: string): string {
  const known = [...candidates];
  const near = nearest(word, known);
  if (near !== undefined && near.distance <= SURELY) return `Did you mean "${near.candidate}"?`;
  const begun = beginningWith(word, known);
  const offered = [...new Set(begun.length > 0 || near === undefined ? begun : [near.candidate])].slice(0, OFFERED);
  if (offered.length === 0) return otherwise;
  const [last = '', ...others] = offered.map(name => `"${name}"`).reverse();
  return `Did you mean ${others.length === 0 ? last : `${others.reverse().join(', ')} or ${last}`}?`;
}

/** How many insertions, deletions, substitutions, or swaps of two neighbours make `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
