// How many bytes queries may bill. A limit is never exceeded, because each job is started with the most that is left for it
// (maximumBytesBilled, which BigQuery enforces) and what runs already is taken to bill all that it may. No I/O.

import { PulseError } from '../../errors.ts';

export interface Limits {
  readonly bytesPerQuery?: number;
  readonly bytesPerRun?: number;
  readonly bytesPerDay?: number;
}

export interface BudgetOptions extends Limits {
  /** Bytes that were billed today (UTC), by whoever shares the state; asked before each job where there is a limit a day. */
  readonly billedToday?: () => Promise<number>;
}

export interface Reserved {
  /** The most that the job may bill; undefined for no limit. */
  readonly maximumBytes?: number;
  /** Says what it billed; undefined where that is not known: then all of it counts. */
  release(billed: number | undefined): void;
}

/** What BigQuery bills of a query that reads anything. Less than that left is nothing left. */
const LEAST_BYTES = 10 * 2 ** 20;

export class Budget {
  private readonly options: BudgetOptions;
  private billed = 0;
  private reserved = 0;
  /** Who waits for something that runs to end. */
  private waiting: (() => void)[] = [];

  constructor(options: BudgetOptions) {
    this.options = options;
  }

  /** Waits while what is left is promised to jobs that run. @throws {PulseError} BUDGET_EXCEEDED where nothing is left */
  async reserve(): Promise<Reserved> {
    const { bytesPerQuery, bytesPerRun, bytesPerDay } = this.options;
    if (bytesPerRun === undefined && bytesPerDay === undefined) {
      return { ...(bytesPerQuery !== undefined && { maximumBytes: bytesPerQuery }), release: () => undefined };
    }
    for (;;) {
      const before = (await this.options.billedToday?.()) ?? 0;
      const left = Math.min(
        (bytesPerRun ?? Number.POSITIVE_INFINITY) - this.billed,
        (bytesPerDay ?? Number.POSITIVE_INFINITY) - Math.max(before, this.billed),
      );
      const free = left - this.reserved;
      const wanted = Math.min(bytesPerQuery ?? left, left);
      if (left < LEAST_BYTES) throw this.exceeded(before);
      if (free >= wanted) return this.take(wanted);
      await new Promise<void>(resolve => this.waiting.push(resolve));
    }
  }

  private take(bytes: number): Reserved {
    this.reserved += bytes;
    return {
      maximumBytes: bytes,
      release: billed => {
        this.reserved -= bytes;
        this.billed += billed ?? bytes;
        const waiting = this.waiting;
        this.waiting = [];
        for (const wake of waiting) wake();
      },
    };
  }

  private exceeded(before: number): PulseError {
    const { bytesPerRun, bytesPerDay } = this.options;
    const isRun = bytesPerRun !== undefined && bytesPerRun - this.billed < LEAST_BYTES;
    const [what, limit, used] = isRun ? ['run', bytesPerRun, this.billed] : ['day', bytesPerDay ?? 0, before];
    return new PulseError(
      'BUDGET_EXCEEDED',
      `The budget of a ${what} (${limit} bytes) is used up: ${used} bytes were billed.`,
      {
        hint: `Look at \`pulse cost --by ${isRun ? 'asset' : 'run'}\`; raise budget.bytesPer${isRun ? 'Run' : 'Day'} in pulse.config.ts, or go on ${isRun ? 'with another run' : 'tomorrow (UTC)'}: what is published stays.`,
      },
    );
  }
}
