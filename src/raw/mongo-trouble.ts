// What goes wrong with a MongoDB, as errors that a person can act on. Never repeats the URI: it holds the password.

import {
  MongoAPIError,
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { PulseError } from '../errors.ts';

const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;
const OUT_OF_DISK = 14031;

/** The driver's word for what a second try may mend (MongoDB's retryable-writes specification), and the codes servers give for it. */
const PASSING_LABELS = ['RetryableWriteError', 'TransientTransactionError', 'NetworkTimeout', 'SystemOverloadedError'];
/** With those of a cursor that the server has forgotten, which is opened anew. */
const PASSING_CODES = [6, 7, 43, 89, 91, 189, 237, 262, 9001, 10107, 11600, 11602, 13435, 13436];

/** Whether the same call may succeed later: the connection broke, the primary moved, the server was busy. */
export function mayPass(thrown: unknown): boolean {
  const error = unwrapped(thrown);
  if (error instanceof MongoServerSelectionError) return false;
  if (error instanceof MongoNetworkError) return true;
  if (!(error instanceof MongoError)) return false;
  return (
    PASSING_LABELS.some(label => error.hasErrorLabel(label)) ||
    (error instanceof MongoServerError && PASSING_CODES.includes(Number(error.code)))
  );
}

/** What the driver put into its error of a bulk: only that says that a connection broke, where the server gives no labels. */
function unwrapped(error: unknown): unknown {
  if (!(error instanceof MongoBulkWriteError)) return error;
  const cause: unknown = error.errorResponse;
  return cause instanceof Error ? cause : error;
}

/** An error of the driver or the server as a PulseError; everything else as it is. `place` names the server, without its password. */
export function mongoTrouble(thrown: unknown, place: string): unknown {
  const error = unwrapped(thrown);
  if (!(error instanceof Error) || error instanceof PulseError) return error;
  const said = withoutSecrets(error.message);
  // The parser of URIs is a package of its own, with an error of the same name that is not the driver's.
  if (error.name === 'MongoParseError' || (error instanceof MongoAPIError && place === '')) {
    return new PulseError('CONFIG_INVALID', `The URI of MongoDB cannot be used: ${said}.`, {
      hint: 'Write it as mongodb://user:password@host:27017/database in MONGO_URI or in the target.',
      cause: error,
    });
  }
  if (!(error instanceof MongoError)) return error;
  const code = error instanceof MongoServerError ? Number(error.code) : undefined;
  if (code === AUTHENTICATION_FAILED || /auth(entication)? failed/i.test(error.message)) {
    return new PulseError('RAW_STORE_UNREACHABLE', `MongoDB at ${place} refuses the user or the password.`, {
      hint: 'Look at user, password and authSource in MONGO_URI.',
      cause: error,
    });
  }
  if (code === UNAUTHORIZED) {
    return new PulseError('RAW_STORE_FAILED', `MongoDB at ${place} does not allow it: ${said}.`, {
      hint: 'Give the account the role readWrite on the database of MONGO_DB.',
      cause: error,
    });
  }
  if (code === OUT_OF_DISK) {
    return new PulseError('DISK_FULL', `MongoDB at ${place} has no room left.`, {
      hint: "Make room on the server's disk, then run it again.",
      cause: error,
    });
  }
  if (error instanceof MongoServerSelectionError || error instanceof MongoNetworkError) {
    return new PulseError('RAW_STORE_UNREACHABLE', `MongoDB at ${place} cannot be reached: ${said}.`, {
      hint: 'See that the server runs, that host and port in MONGO_URI are right, and that no firewall or TLS setting is between.',
      transient: true,
      cause: error,
    });
  }
  return new PulseError('RAW_STORE_FAILED', `MongoDB at ${place} failed: ${said}.`, {
    hint: 'Run `pulse doctor` to see what the server has and allows.',
    transient: mayPass(error),
    cause: error,
  });
}

/** Drivers put addresses into messages; user and password go. */
const withoutSecrets = (text: string): string => text.replace(/\/\/[^@\s/]*@/g, '//').replace(/\.$/, '');
