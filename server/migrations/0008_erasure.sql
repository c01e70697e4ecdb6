-- Deletions: begun in the transaction that removed the rows, finished when the data key is gone and the receipt signed.
-- `account_lookup` is a keyed hash: it says that an account was erased, not which.
CREATE TABLE erasures (
  erasure_id     TEXT    NOT NULL PRIMARY KEY,
  account_id     TEXT,
  account_lookup BLOB    NOT NULL,
  started_at     INTEGER NOT NULL,
  finished_at    INTEGER,
  receipt        TEXT
);
