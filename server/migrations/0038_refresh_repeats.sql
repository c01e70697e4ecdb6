-- When a refresh token was used, and the random half of its successor (the other half is the token itself), so that who
-- lost the answer is given the same one again. NULL: used before there was such a half; it is not answered twice.
ALTER TABLE refresh_tokens ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refresh_tokens ADD COLUMN successor_half BLOB;
