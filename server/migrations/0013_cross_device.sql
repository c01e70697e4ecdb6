-- What ties a request to the browser session that started it. Same device: the result needs the session's secret beside
-- the response_code. Cross device: nobody comes back, so the result is encrypted to a key that the session's secret
-- makes (session_public_key), and the answer must carry the code that the session's page shows.
ALTER TABLE presentation_requests ADD COLUMN mode TEXT NOT NULL DEFAULT 'same_device';  -- or 'cross_device', 'dc_api'
ALTER TABLE presentation_requests ADD COLUMN session_sha256 BLOB;
ALTER TABLE presentation_requests ADD COLUMN session_public_key BLOB;
ALTER TABLE presentation_requests ADD COLUMN pairing_code BLOB;  -- sealed
ALTER TABLE presentation_requests ADD COLUMN pairing_tries INTEGER NOT NULL DEFAULT 0;  -- at most 5
ALTER TABLE presentation_requests ADD COLUMN pairing_locked INTEGER NOT NULL DEFAULT 0;
