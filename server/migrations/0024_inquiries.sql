-- What people ask the operator, and the answers: the only class of data that is kept in the United States (promise
-- WP-02). Nothing here tells whose it is: `pseudonym` is a keyed hash, and the texts are sealed under a key that stays
-- in Japan. No foreign key leads in or out, so that the table can move to a store of its own. `repeat_hash`: of the
-- wallet's own id.
CREATE TABLE inquiries (
  inquiry_id      TEXT    NOT NULL PRIMARY KEY,
  region          TEXT    NOT NULL CHECK (region = 'US'),
  pseudonym       BLOB    NOT NULL,
  repeat_hash     BLOB    NOT NULL UNIQUE,
  asked_at        INTEGER NOT NULL,
  sealed_question BLOB    NOT NULL,
  answered_at     INTEGER,
  sealed_answer   BLOB
);
CREATE INDEX inquiries_by_pseudonym ON inquiries (pseudonym, asked_at);
CREATE INDEX inquiries_by_time ON inquiries (asked_at);
CREATE INDEX inquiries_by_answer ON inquiries (answered_at);

-- Who stands behind a pseudonym. This stays in Japan.
CREATE TABLE inquirers (
  pseudonym  BLOB NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL UNIQUE,
  region     TEXT NOT NULL CHECK (region = 'JP')
);
