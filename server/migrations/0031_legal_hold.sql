-- What a statute keeps of people whose accounts have ended: the vault. The values are sealed to pairs of people outside
-- this server; no key of the server's opens them.
CREATE TABLE legal_holds (
  hold_id        TEXT    NOT NULL PRIMARY KEY,
  erasure_id     TEXT    NOT NULL,
  account_lookup BLOB    NOT NULL, -- as on the receipt of erasure
  duty_id        TEXT    NOT NULL,
  law            TEXT    NOT NULL,
  article        TEXT    NOT NULL,
  controller     TEXT    NOT NULL,
  kept_at        INTEGER NOT NULL,
  until          TEXT    NOT NULL, -- the last day in Japan
  erase_at       INTEGER NOT NULL, -- when it has passed
  UNIQUE (erasure_id, duty_id)
);
CREATE INDEX legal_holds_by_end ON legal_holds (erase_at);

-- One value for one pair of people: a JWE to the first, of a JWE to the second.
CREATE TABLE legal_hold_fields (
  hold_id       TEXT NOT NULL REFERENCES legal_holds (hold_id) ON DELETE CASCADE,
  field         TEXT NOT NULL,
  first_person  TEXT NOT NULL,
  second_person TEXT NOT NULL,
  envelope      TEXT NOT NULL,
  UNIQUE (hold_id, field, first_person, second_person)
);

-- Who had what opened, for which order of which authority. Stays when the record itself has gone.
CREATE TABLE legal_hold_openings (
  opening_id   TEXT    NOT NULL PRIMARY KEY,
  hold_id      TEXT    NOT NULL,
  duty_id      TEXT    NOT NULL,
  case_number  TEXT    NOT NULL,
  authority    TEXT    NOT NULL,
  article      TEXT    NOT NULL,
  fields       TEXT    NOT NULL,   -- JSON: those and no others
  requested_by TEXT    NOT NULL,
  requested_at INTEGER NOT NULL,
  approved_by  TEXT,
  approved_at  INTEGER,
  halves       TEXT,               -- JSON: what the first of the two has opened, for the second; until it was read
  handed_at    INTEGER,
  read_at      INTEGER
);
CREATE INDEX legal_hold_openings_by_hold ON legal_hold_openings (hold_id);
