-- However often it is renewed, what an authorization gives ends then. What was given before this ends as it was told.
ALTER TABLE authorizations ADD COLUMN granted_until INTEGER NOT NULL DEFAULT 0;
UPDATE authorizations SET granted_until = expires_at;
