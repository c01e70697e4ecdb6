-- A case: somebody proves who they are. Everything that says who is sealed under the person's key.
CREATE TABLE cases (
  case_id      TEXT    NOT NULL PRIMARY KEY,
  account_id   TEXT    NOT NULL,
  method       TEXT    NOT NULL,
  state        TEXT    NOT NULL CHECK (state IN ('open', 'in_review', 'approved', 'rejected')),
  server_nonce BLOB    NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  submitted_at INTEGER,
  decided_at   INTEGER,
  claims       BLOB,
  findings     BLOB
);
CREATE INDEX cases_by_account ON cases (account_id);
CREATE INDEX cases_by_state ON cases (state, submitted_at);

-- Raw evidence files, each sealed under the person's key, named by case and file.
CREATE TABLE evidence_files (
  case_id TEXT NOT NULL REFERENCES cases (case_id) ON DELETE CASCADE,
  name    TEXT NOT NULL,
  sealed  BLOB NOT NULL,
  UNIQUE (case_id, name)
);

-- Four eyes: the uniqueness of (case, reviewer) is what makes the second person a different one.
CREATE TABLE reviews (
  case_id     TEXT    NOT NULL REFERENCES cases (case_id) ON DELETE CASCADE,
  reviewer_id TEXT    NOT NULL,
  decision    TEXT    NOT NULL CHECK (decision IN ('approve', 'reject')),
  reason_code TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  UNIQUE (case_id, reviewer_id)
);
