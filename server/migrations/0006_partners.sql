-- Organisations that may ask. What they may ask, why and for how long stands in the registrar's signed statement.
CREATE TABLE partners (
  partner_id       TEXT    NOT NULL PRIMARY KEY,
  client_id        TEXT    NOT NULL UNIQUE,
  registration_jwt TEXT    NOT NULL,
  signing_key      BLOB    NOT NULL,
  certificate      BLOB    NOT NULL,
  api_key          BLOB    NOT NULL,
  redirect_uri     TEXT    NOT NULL,
  created_at       INTEGER NOT NULL
);
