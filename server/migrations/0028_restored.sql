-- How far the journal of what must not come back (server/journal) has been told to this database, and which key holder
-- it belongs to: an older copy of the database knows an older position, and is told the rest before anybody is answered.
CREATE TABLE journal_state (
  one           INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  number        INTEGER NOT NULL,
  chain         BLOB    NOT NULL,
  keys_identity BLOB    NOT NULL
);
-- Lines after that position whose effect is in this database: written in the transaction of the effect.
CREATE TABLE journal_applied (
  number INTEGER NOT NULL PRIMARY KEY
);
-- When this database was restored, and from what.
CREATE TABLE restores (
  restored_at INTEGER NOT NULL,
  generation  INTEGER NOT NULL,
  made_at     INTEGER NOT NULL
);
-- A list that was open when its database was restored gives no more indexes, and what it does not know of is invalid:
-- after the backup somebody may have got those.
ALTER TABLE status_lists ADD COLUMN closed_at INTEGER;
