# local-bigquery as its own command starts it, but for its speed: what it asks of its catalog in front of every statement
# (is the table there, of which columns) it asks by enumerating everything that was ever made; here it is looked up.
# Changes no answer. For local-bigquery 0.3.2 alone: the version is pinned in services.mjs.

import threading
from collections import OrderedDict

import duckdb
from local_bigquery.catalog import datasets, metadata, names, row_access, tabledata, tables
from local_bigquery.cli import main
from local_bigquery.engine import database, types
from local_bigquery.errors import not_found
from local_bigquery.jobs import query, store
from local_bigquery.models import Job, RowAccessPolicy
from local_bigquery.sql.rules import partitions
from sqlglot import exp

RESULTS = tables.RESULTS

connect = database._connect


def connect_with_one_thread():
    """Statements of some rows: handing them from thread to thread costs a quarter of their time."""
    isNew = connect.cache_info().currsize == 0
    connection = connect()
    if isNew:
        connection.execute("SET threads TO 1")
    return connection


connect_with_one_thread.cache_info = connect.cache_info
connect_with_one_thread.cache_clear = connect.cache_clear
database._connect = connect_with_one_thread

# --- Tables and columns: from DuckLake's own tables, where duckdb_tables() and duckdb_columns() go through all there are.

OBJECTS = """
SELECT t.table_name, 'TABLE', coalesce(n.record_count, 0)
FROM {meta}.ducklake_table t JOIN {meta}.ducklake_schema s USING (schema_id) LEFT JOIN {meta}.ducklake_table_stats n USING (table_id)
WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND lower(s.schema_name) = lower($1) AND table_name = coalesce($2, table_name)
UNION ALL
SELECT v.view_name, 'VIEW', 0 FROM {meta}.ducklake_view v JOIN {meta}.ducklake_schema s USING (schema_id)
WHERE v.end_snapshot IS NULL AND s.end_snapshot IS NULL AND lower(s.schema_name) = lower($1) AND view_name = coalesce($2, view_name)
ORDER BY 1
"""

COLUMNS = """
SELECT t.table_id, c.column_id, c.begin_snapshot, c.column_name, c.nulls_allowed
FROM {meta}.ducklake_table t JOIN {meta}.ducklake_schema s USING (schema_id) JOIN {meta}.ducklake_column c USING (table_id)
WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND c.end_snapshot IS NULL
  AND s.schema_name = $1 AND t.table_name = $2 AND c.parent_column IS NULL
ORDER BY c.column_order
"""

DATASET = "SELECT 1 FROM {meta}.ducklake_schema WHERE schema_name = $1 AND end_snapshot IS NULL"


def meta(project_id):
    return database.quote(f"__ducklake_metadata_{project_id}", "main")


asked = {}


def look_up(project_id, sql, params):
    """Rows from DuckLake's tables; the same until its next snapshot."""
    of = meta(project_id)
    # Asked first: rows may be newer than it, never older.
    snapshot = database.fetch(f"SELECT max(snapshot_id) FROM {of}.ducklake_snapshot")[0][0]
    key = (project_id, sql, *params)
    at, rows = asked.get(key, (None, None))
    if at != snapshot:
        rows = database.fetch(sql.format(meta=of), list(params))
        asked[key] = (snapshot, rows)
    return rows


enumerated = database.objects


def objects(project_id, dataset_id, table_id=None):
    if project_id == "emulator" and table_id is not None:
        return result(database.quote(project_id, dataset_id, table_id), table_id)
    if project_id not in database._attached:
        return enumerated(project_id, dataset_id, table_id)
    return look_up(project_id, OBJECTS, (dataset_id, table_id))


def result(name, table_id):
    """The rows of a query, kept in a table of the emulator's own."""
    try:
        return [(table_id, "TABLE", database.fetch(f"SELECT count(*) FROM {name}")[0][0])]
    except duckdb.CatalogException:
        return []


known = OrderedDict()
known_lock = threading.Lock()
KNOWN_MAX = 2_000
columns_of_any = tables.columns


def columns(project_id, dataset_id, table_id):
    """What a table's columns are is remembered until DuckLake has others of it."""
    if dataset_id == RESULTS:
        return columns_of_result(project_id, dataset_id, table_id)
    found = rows_of_columns(project_id, dataset_id, table_id)
    if not found:
        return columns_of_any(project_id, dataset_id, table_id)
    key = (project_id, tuple(found))
    with known_lock:
        if key in known:
            return known[key]
    fields = columns_of_any(project_id, dataset_id, table_id)
    with known_lock:
        known[key] = fields
        while len(known) > KNOWN_MAX:
            known.popitem(last=False)
    return fields


def columns_of_result(project_id, dataset_id, table_id):
    with database.cursor() as cur:
        try:
            relation = cur.sql(f"SELECT * FROM {tables.name(project_id, dataset_id, table_id)} LIMIT 0")
        except duckdb.CatalogException:
            raise not_found("Table", names.label(project_id, dataset_id, table_id)) from None
        return [types.field(column, t) for column, t in zip(relation.columns, relation.types)]


def rows_of_columns(project_id, dataset_id, table_id):
    if project_id not in database._attached:
        return []
    return look_up(project_id, COLUMNS, (dataset_id, table_id))


hidden_of_any = partitions._hidden


def hidden(table):
    if table.catalog not in database._attached or not table.db:
        return False if table.catalog == "emulator" else hidden_of_any(table)
    return any(row[3] == tables.INGESTION_TIME for row in rows_of_columns(table.catalog, table.db, table.name))


schema_of_any = datasets.exists


def dataset_exists(project_id, dataset_id):
    if project_id not in database._attached:
        return schema_of_any(project_id, dataset_id)
    return bool(look_up(project_id, DATASET, (dataset_id,)))


database.objects = objects
tables.columns = tabledata.columns = columns
partitions._hidden = hidden
datasets.exists = dataset_exists

# --- What is said of a table (labels, expiry) beside DuckLake: read once, until it is written.

said = {}
said_lock = threading.RLock()
read_said, write_said, remove_said = metadata.load, metadata.save, metadata.delete


def load_said(model, *keys):
    with said_lock:
        if (model, keys) not in said:
            said[(model, keys)] = read_said(model, *keys)
        found = said[(model, keys)]
    return found and found.model_copy(deep=True)


def save_said(resource, *keys):
    with said_lock:
        said.pop((type(resource), keys), None)
        if isinstance(resource, RowAccessPolicy):
            policies.add(keys)
        return write_said(resource, *keys)


def delete_said(model, *keys):
    with said_lock:
        for other in [one for one in said if one[0] is model and one[1][: len(keys)] == keys]:
            del said[other]
        remove_said(model, *keys)


metadata.load, metadata.save, metadata.delete = load_said, save_said, delete_said

policies = set()
secured_tables = row_access.secured
row_access.secured = lambda: secured_tables() if policies else frozenset()


evaluator = query._evaluator


def evaluator_of_texts(cursor):
    """A text is itself."""
    evaluate = evaluator(cursor)
    return lambda node: node.this if isinstance(node, exp.Literal) and node.is_string else evaluate(node)


query._evaluator = evaluator_of_texts

# --- Jobs: in memory. Nothing here outlives the process.

jobs = {}
jobs_lock = threading.Lock()


def save(job):
    kept = job.model_dump_json(by_alias=True, exclude_none=True)
    about = (job.statistics.parentJobId, job.status.state, int(job.statistics.creationTime))
    with jobs_lock:
        jobs[(job.jobReference.projectId, job.jobReference.jobId)] = (about, kept)
    return job


def load(project_id, job_id):
    with jobs_lock:
        _, kept = jobs.get((project_id, job_id), (None, None))
    return kept and Job.model_validate_json(kept)


def listed(project_id, states=None, parent_job_id=None, min_creation_time=None, max_creation_time=None):
    with jobs_lock:
        every = [(key[1], *value) for key, value in jobs.items() if key[0] == project_id]
    found = [
        (-created, job_id, kept)
        for job_id, (parent, state, created), kept in every
        if parent == parent_job_id
        and (states is None or state in states)
        and (min_creation_time is None or created >= min_creation_time)
        and (max_creation_time is None or created <= max_creation_time)
    ]
    return [Job.model_validate_json(kept) for _, _, kept in sorted(found)]


def delete(project_id, job_id):
    with jobs_lock:
        for key, (about, _) in list(jobs.items()):
            if key[0] == project_id and job_id in (key[1], about[0]):
                del jobs[key]


store.save, store.load, store.list_, store.delete = save, load, listed, delete

if __name__ == "__main__":
    main()
