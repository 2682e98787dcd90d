// A table that was rewound: what its publication says of it, and whether it is held as it is. Pure.
// Held: nobody makes it until its SQL is another one or somebody asks for it (docs/decisions/0016-a-rewound-table-is-held.md).

import { noteField } from './note-field.ts';

/** The cause of a mark on a cell that was rewound; no asset has such a name. */
export const REWOUND = ':rewound';

export interface Rewound {
  /** The run as which the table is. */
  readonly to: string;
  /** The run that did it: what is published later beside it is none. */
  readonly by: string;
  /** The code version at the time of the rewind; '' where there was none. */
  readonly against: string;
}

/** What the note of a publication says of a rewind; undefined where it was none. */
export const rewoundOf = (note: string | undefined): Rewound | undefined =>
  noteField(note, 'rewound') as Rewound | undefined;
