// Sees that loading a file of a project ends, by a value or an error: it may call process.exit(), or await what never comes, and then
// the whole command would fall silent, and green. Judges nothing of what is loaded.

/** @throws {Error} where what it loads would end the process, or leaves nothing to wait for. */
export async function loadToEnd(load: () => Promise<unknown>): Promise<unknown> {
  const { exit } = process;
  let onNothingLeft: (() => void) | undefined;
  const nothingLeft = new Promise<never>((_, reject) => {
    // Later, and not at once: what goes on from here may be left with nothing to wait for too, and is to be told of it.
    onNothingLeft = () => void setImmediate(() => reject(new Error(NEVER_ENDS)));
    process.on('beforeExit', onNothingLeft);
  });
  process.exit = refuseExit;
  try {
    return await Promise.race([load(), nothingLeft]);
  } finally {
    process.exit = exit;
    if (onNothingLeft !== undefined) process.off('beforeExit', onNothingLeft);
  }
}

/** What placeOfError knows it by. */
export const NEVER_ENDS = 'what it awaits never comes.';
export const EXITS = 'it calls process.exit(), which would end the command too.';

function refuseExit(): never {
  throw new Error(EXITS);
}
