// Who listens to a run: takes its events and prints them. Which one listens is open-reporter.ts's choice.

import type { Emit } from '../../run/events.ts';

/** Takes the events of one run; `close` leaves the terminal as it was, also after an exception. */
export interface Reporter {
  readonly emit: Emit;
  close(): void;
}
