// Which events a text names that could not be read as one: for redaction, which must find them in the quarantine. Pure.

/** The event ids that a raw text names, however broken it is. */
export function idsNamedIn(raw: string): readonly string[] {
  return [...raw.matchAll(NAMED_ID)].flatMap(([, text = '']) => {
    if (!text.startsWith('"')) return [text];
    try {
      return [JSON.parse(text) as string];
    } catch {
      // Not a JSON string: then it is no id that an event could have.
      return [];
    }
  });
}

const NAMED_ID = /"event_id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*)/g;
