-- Lines for the journal of what must not come back, written in the transaction of their deed: they go into the journal
-- right after its commit, before anybody is told, and again at the next start (decision 0063).
CREATE TABLE journal_outbox (
  entry_id INTEGER NOT NULL PRIMARY KEY,
  kind     TEXT    NOT NULL,
  subject  BLOB    NOT NULL
) STRICT;
