/**
 * Version 1. Shipped text is never edited: a change is a new version with a migration.
 *
 * Times of the file system are two columns, whole seconds and the nanoseconds after them: one
 * 64-bit count of nanoseconds ends in the year 2262, file systems do not. Enumerations are small
 * integers, named in the file that writes them.
 */
export const VERSION_1 = `
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID, STRICT;

CREATE TABLE folders (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  root_device TEXT,
  root_inode TEXT,
  last_reconcile_ms INTEGER,
  last_change_ms INTEGER,
  compared INTEGER NOT NULL DEFAULT 0,
  may_have_lost_writes INTEGER NOT NULL DEFAULT 0,
  folding TEXT, -- Which names the target takes for one; NULL where every spelling is a name of its own.
  entries INTEGER NOT NULL DEFAULT 0,
  files INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  safe_up_to_ms INTEGER, -- Every change until then is at the target.
  unsafe_awake_ms INTEGER NOT NULL DEFAULT 0, -- How long this computer worked since.
  proof TEXT -- The last proof of restore, JSON.
) STRICT;

CREATE TABLE baseline (
  folder INTEGER NOT NULL,
  path TEXT NOT NULL,
  is_file INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mtime_s INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  mode INTEGER,
  inode TEXT,
  ctime_s INTEGER,
  ctime_ns INTEGER,
  content_hash TEXT,
  remote_etag TEXT,
  remote_version TEXT,
  remote_size INTEGER NOT NULL,
  verified_by INTEGER NOT NULL,
  recorded_ms INTEGER NOT NULL,
  stored_ms INTEGER, -- When this computer put it at the target.
  folded TEXT, -- What all spellings of the path have in common, where the target takes them for one.
  PRIMARY KEY (folder, path)
) WITHOUT ROWID, STRICT;
CREATE INDEX baseline_folded ON baseline (folder, folded) WHERE folded IS NOT NULL;
CREATE INDEX baseline_inode ON baseline (folder, inode) WHERE inode IS NOT NULL;
CREATE INDEX baseline_altered ON baseline (folder, size) WHERE verified_by = 3;
CREATE INDEX baseline_recorded ON baseline (folder, size) WHERE verified_by = 4;

-- Stretches of a folder in which nothing was to be done, each after one path and up to another; see common/stretch.ts.
CREATE TABLE quiet (
  folder INTEGER NOT NULL,
  last TEXT NOT NULL,
  after TEXT NOT NULL,
  local TEXT NOT NULL, -- Digests of what was there.
  remote TEXT,
  PRIMARY KEY (folder, last)
) WITHOUT ROWID, STRICT;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  folder INTEGER NOT NULL,
  path TEXT NOT NULL,
  behind INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  state INTEGER NOT NULL,
  phase INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  kind TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  approved INTEGER NOT NULL,
  action TEXT NOT NULL,
  failure TEXT,
  hold TEXT
) STRICT;
CREATE UNIQUE INDEX jobs_path ON jobs (folder, path, behind);
CREATE INDEX jobs_due ON jobs (folder, lane, phase, rank, id) WHERE state = 0 AND behind = 0;
CREATE INDEX jobs_waiting ON jobs (folder, lane, not_before_ms) WHERE state = 2;
CREATE INDEX jobs_open ON jobs (state, folder, id) WHERE state <> 0;

CREATE TABLE history (
  id INTEGER PRIMARY KEY, -- Grows by itself: only the oldest rows are ever removed.
  at_ms INTEGER NOT NULL,
  folder TEXT NOT NULL,
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  method TEXT NOT NULL,
  size INTEGER NOT NULL,
  bytes_sent INTEGER NOT NULL,
  bytes_reused INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  kept_aside TEXT,
  kept TEXT,
  undone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX history_undoable ON history (id) WHERE kept IS NOT NULL AND undone = 0;

CREATE TABLE problems (
  folder INTEGER NOT NULL,
  path TEXT NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (folder, path, reason)
) WITHOUT ROWID, STRICT;

CREATE TABLE sessions (
  target TEXT NOT NULL,
  path TEXT NOT NULL,
  token TEXT NOT NULL,
  body TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (target, path)
) WITHOUT ROWID, STRICT;

CREATE TABLE thaws (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  folder INTEGER NOT NULL,
  state INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE thaw_files (
  thaw INTEGER NOT NULL,
  path TEXT NOT NULL,
  size INTEGER NOT NULL,
  state INTEGER NOT NULL,
  failure TEXT, -- Why a file was refused.
  token TEXT, -- Names an earlier version; NULL: what the target holds now.
  PRIMARY KEY (thaw, path)
) WITHOUT ROWID, STRICT;
CREATE INDEX thaw_files_state ON thaw_files (thaw, state, path);

CREATE TABLE feeds ( -- Of targets that tell of their changes: where the next look begins.
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL UNIQUE,
  token TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE feed_items ( -- What such a target holds as it was last told, by its own ids.
  feed INTEGER NOT NULL,
  id TEXT NOT NULL,
  parent TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (feed, id)
) WITHOUT ROWID, STRICT;
CREATE INDEX feed_items_parent ON feed_items (feed, parent);

CREATE TABLE conflicts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  folder INTEGER NOT NULL,
  path TEXT NOT NULL,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  detected_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  versions TEXT NOT NULL,
  resolution TEXT
) STRICT;
CREATE UNIQUE INDEX conflicts_unresolved ON conflicts (folder, path) WHERE state <> 2;
CREATE INDEX conflicts_state ON conflicts (state, id);
CREATE INDEX conflicts_ended ON conflicts (ended_ms) WHERE state = 2;
`
