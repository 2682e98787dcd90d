// The project's settings. Secrets and addresses come from the environment, never from here.
import { defineConfig } from 'pulse';

export default defineConfig({
  name: 'commercepulse',
  vars: {
    // A USD amount above this is taken to be NGN with the wrong label (data contract, section 4).
    plausible_max_usd: 1000,
  },
  quality: {
    // The daily checks of sql/checks, by measure (data contract, section 9).
    checks: {
      duplicate_event_rate: {
        thresholds: { duplicate_rate: { warnAbove: 0.1, failAbove: 0.3 } },
        minimum: { received: 20 },
      },
      late_arriving_share: {
        thresholds: { late_share: { warnAbove: 0.15, failAbove: 0.5 } },
        minimum: { live_events: 20 },
      },
      refund_reconciliation: {
        thresholds: {
          over_refunded_orders: { warnAbove: 0, failAbove: 500 },
          unknown_order_refunds: { warnAbove: 0, failAbove: 500 },
        },
      },
      revenue_drift: {
        thresholds: { drift: { warnAbove: 3.5, failAbove: 7, warnBelow: -3.5, failBelow: -7 } },
        minimum: { trailing_days: 7 },
        // A good day is no reason to stop a pipeline.
        severity: 'warn',
      },
      payment_without_order: {
        thresholds: { without_order_share: { warnAbove: 0, failAbove: 0.6 } },
      },
      rejected_and_conflicting_events: {
        thresholds: {
          turned_away_share: { warnAbove: 0, failAbove: 0.05 },
          // What the receipts count and the quarantine does not hold.
          unexplained: { failAbove: 0 },
        },
      },
      incomplete_or_corrected_rows: {
        thresholds: {
          no_order_id: { warnAbove: 0, failAbove: 500 },
          unparsable_amount: { warnAbove: 0, failAbove: 500 },
          unparsable_line: { warnAbove: 0, failAbove: 500 },
          unparsable_time: { warnAbove: 0, failAbove: 500 },
          unknown_currency: { warnAbove: 0, failAbove: 500 },
          currency_corrected: { warnAbove: 0 },
        },
      },
    },
  },
});
