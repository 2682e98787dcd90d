// The contract on SQLite in memory: what other rooms' tests use for a state.

import { openSqliteState } from '../../src/state/knex.ts';
import { stateStoreContract } from './state-store-contract.ts';

stateStoreContract('SQLite in memory', now => openSqliteState(':memory:', { now }));
